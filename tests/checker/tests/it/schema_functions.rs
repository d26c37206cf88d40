//! Declarations of functions that Terraform does not load.

use checker::Rule;
use expect_test::{Expect, expect};
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::Fake;
use crate::refused;

async fn is_refused(
    name: &'static str,
    spoil: impl Fn(&mut wire::Function) + Send + Sync + 'static,
    words: Expect,
) {
    let fake = Fake::new().get_schema(move |_, mut answer| {
        let mut function = answer.functions.remove("shout").unwrap();
        spoil(&mut function);
        answer.functions.insert(name.to_owned(), function);
        answer
    });
    let refusal = fake.connection().connect().await.map(|_| ());
    refused(refusal, Rule::FunctionDeclaration, &words);
}

#[tokio::test]
async fn names_are_identifiers_and_used_once() {
    is_refused(
        "1shout",
        |_| (),
        expect![[
            r#"Error: provider example.com/acme/tiny declares function with invalid name "1shout""#
        ]],
    )
    .await;
    is_refused("shout", |f| f.parameters[0].name = String::new(), expect![[r#"Error: provider example.com/acme/tiny function "shout" declares invalid name "" for parameter 0"#]]).await;
    let again = |f: &mut wire::Function| f.parameters.push(f.parameters[0].clone());
    is_refused("shout", again, expect![[r#"Error: provider example.com/acme/tiny function "shout" reuses name "text" for both parameters 0 and 1"#]]).await;
    let variadic = |name: &'static str| {
        move |f: &mut wire::Function| {
            f.variadic_parameter.as_mut().unwrap().name = name.to_owned();
        }
    };
    is_refused("shout", variadic("a b"), expect![[r#"Error: provider example.com/acme/tiny function "shout" declares invalid name "a b" for its variadic parameter"#]]).await;
    is_refused("shout", variadic("text"), expect![[r#"Error: provider example.com/acme/tiny function "shout" reuses name "text" for both parameter 0 and its variadic parameter"#]]).await;
}

#[tokio::test]
async fn types_can_be_read() {
    is_refused(
        "shout",
        |f| f.r#return = None,
        expect![[r#"Error: invalid declaration for function "shout": no return type"#]],
    )
    .await;
    let returning = |f: &mut wire::Function| f.r#return.as_mut().unwrap().r#type.clear();
    is_refused("shout", returning, expect![[r#"Error: invalid declaration for function "shout": invalid return type constraint: EOF while parsing a value at line 1 column 0"#]]).await;
    is_refused("shout", |f| f.parameters[0].r#type = b"{}".to_vec(), expect![[r#"Error: invalid declaration for function "shout": invalid parameter 0 ("text"): invalid type constraint: invalid complex type description"#]]).await;
    let variadic = |f: &mut wire::Function| {
        f.variadic_parameter.as_mut().unwrap().r#type = b"\"text\"".to_vec();
    };
    is_refused("shout", variadic, expect![[r#"Error: invalid declaration for function "shout": invalid variadic parameter ("more"): invalid type constraint: invalid primitive type name "text""#]]).await;
}
