//! Functions.

use std::sync::atomic::{AtomicUsize, Ordering};

use checker::{Path, Refusal, Rule, Type, UNKNOWN, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, wired};
use crate::refused;

async fn shouting(fake: Fake) -> Result<Value, Refusal> {
    fake.core().await.call_function("shout", &[json!("a"), json!("b")]).await
}

fn answering(value: Value, ty: Type) -> Fake {
    Fake::new().call_function(move |_, mut answer| {
        answer.result = Some(wired(&value, &ty));
        answer
    })
}

fn complaining(argument: Option<i64>) -> Fake {
    Fake::new().call_function(move |_, mut answer| {
        answer.error =
            Some(wire::FunctionError { text: "too quiet".to_owned(), function_argument: argument });
        answer
    })
}

#[tokio::test]
async fn a_function_gives_a_value_of_its_type() {
    assert_eq!(shouting(Fake::new()).await, Ok(Value::text("A B")));
    let fake = answering(Value::Bool(true), Type::Bool);
    refused(shouting(fake).await, Rule::WireValue, &expect!["Error: string is required"]);
}

#[tokio::test]
async fn a_function_gives_something() {
    let fake = Fake::new().call_function(|_, _| wire::call_function::Response::default());
    refused(
        shouting(fake).await,
        Rule::FunctionResult,
        &expect!["Error: provider returned no result and no errors"],
    );
    let fake = answering(Value::unknown(Type::String), Type::String);
    refused(
        shouting(fake).await,
        Rule::FunctionResult,
        &expect![[r#"
        Error: function "shout" returned what is not known for arguments that are

        cty.UnknownVal(cty.String)"#]],
    );
}

#[tokio::test]
async fn a_function_gives_the_same_for_the_same() {
    let calls = AtomicUsize::new(0);
    let fake = Fake::new().call_function(move |_, mut answer| {
        let text = format!("call {}", calls.fetch_add(1, Ordering::Relaxed));
        answer.result = Some(wired(&Value::text(text), &Type::String));
        answer
    });
    refused(
        shouting(fake).await,
        Rule::FunctionRepeatable,
        &expect![[r#"
        Error: function returned an inconsistent result,
        was: cty.StringVal("call 0"),
        now: cty.StringVal("call 1")"#]],
    );
}

#[tokio::test]
async fn a_complaint_is_the_providers_and_names_its_argument() {
    let Err(Refusal::Provider(said)) = shouting(complaining(Some(1))).await else {
        unreachable!("the function complains");
    };
    assert_eq!(said[0].summary, "too quiet");
    assert_eq!(said[0].path, Path::root().index(1));
    assert!(matches!(shouting(complaining(None)).await, Err(Refusal::Provider(_))));
}

#[tokio::test]
async fn a_complaint_is_about_an_argument_that_there_is() {
    refused(
        shouting(complaining(Some(2))).await,
        Rule::FunctionArgument,
        &expect![[r#"
        Error: function "shout" complains about an argument that there is not

        It was given 2 arguments and says of the one with index 2: too quiet"#]],
    );
    refused(
        shouting(complaining(Some(-1))).await,
        Rule::FunctionArgument,
        &expect![[r#"
        Error: function "shout" complains about an argument that there is not

        It was given 2 arguments and says of the one with index -1: too quiet"#]],
    );
}

#[tokio::test]
async fn what_terraform_knows_to_be_wrong_does_not_reach_the_function() {
    let fake = Fake::new();
    let calls = fake.calls();
    let core = fake.core().await;
    calls.lock().unwrap().clear();
    let missing = core.call_function("shout", &[]).await.unwrap_err();
    expect![[r#"
        Error: Not enough function arguments

        Function "shout" takes 1 arguments."#]]
    .assert_eq(&missing.to_string());
    let null = core.call_function("shout", &[json!(null)]).await.unwrap_err();
    expect![[r#"
        Error: Invalid function argument

        argument "text" cannot be null"#]]
    .assert_eq(&null.to_string());
    let unknown = core.call_function("shout", &[json!("a"), json!(UNKNOWN)]).await;
    assert_eq!(unknown, Ok(Value::unknown(Type::String)));
    assert!(calls.lock().unwrap().is_empty());
}
