//! Configurations that Terraform does not take to the provider, and how tests write them.

use checker::{Number, Refinement, Refusal, Type, UNKNOWN, Value, refined};
use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use crate::fake::Fake;

async fn read(config: Json) -> Result<Value, Refusal> {
    Fake::new().core().await.config("tiny_thing", config)
}

async fn is_refused(config: Json, words: Expect) {
    let refusal = read(config).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Configuration(_)));
    words.assert_eq(&refusal.to_string());
}

#[tokio::test]
async fn what_is_not_written_is_null_or_empty() {
    let config = read(json!({ "name": "alpha" })).await.unwrap();
    assert_eq!(config.attribute("note"), Value::Null(Type::String));
    assert_eq!(config.attribute("rule").len(), 0);
    assert!(config.attribute("one").is_null());
}

#[tokio::test]
async fn unknown_values_may_stand_anywhere() {
    let config = json!({
        "name": refined(Refinement::prefix("arn:")),
        "size": refined(Refinement {
            not_null: true,
            minimum: Some((Number::from(1_i64), false)),
            ..Refinement::default()
        }),
        "tags": { "a": UNKNOWN },
        "any": [UNKNOWN, 1],
        "rule": UNKNOWN,
        "zone": { "x": { "port": UNKNOWN } },
    });
    let config = read(config).await.unwrap();
    assert_eq!(config.attribute("name"), Refinement::prefix("arn:").of(Type::String));
    let paths: Vec<_> = config.unknown_paths().iter().map(ToString::to_string).collect();
    let expected = [".any[0]", ".name", ".rule", ".size", ".tags[\"a\"]", ".zone[\"x\"].port"];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn numbers_are_read_in_full() {
    let json = r#"{ "name": "a", "size": 123456789012345678901234567890.5 }"#;
    let config = read(serde_json::from_str(json).unwrap()).await.unwrap();
    let Value::Number(size) = config.attribute("size") else { unreachable!("it is a number") };
    assert_eq!(size.plain(), "123456789012345678901234567890.5");
}

#[tokio::test]
async fn what_terraform_refuses_does_not_reach_the_provider() {
    is_refused(
        json!({}),
        expect![[r#"
        Error: Missing required argument

        The argument "name" is required, but no definition was found."#]],
    )
    .await;
    is_refused(json!({ "name": "a", "id": "i" }), expect![[r#"
        Error: Value for unconfigurable attribute

        Can't configure a value for "id": its value will be decided automatically based on the result of applying this configuration."#]]).await;
    is_refused(
        json!({ "name": "a", "nope": 1 }),
        expect![[r#"
        Error: Unsupported argument

        An argument named "nope" is not expected here."#]],
    )
    .await;
    is_refused(
        json!({ "name": 1 }),
        expect![[r#"
        Error: Incorrect attribute value type

        Inappropriate value at .name: string required."#]],
    )
    .await;
    is_refused(
        json!({ "name": "a", "rule": {} }),
        expect![[r#"
        Error: Incorrect attribute value type

        Inappropriate value at .rule: an array of blocks is required."#]],
    )
    .await;
    is_refused(
        json!({ "name": "a", "zone": [] }),
        expect![[r#"
        Error: Incorrect attribute value type

        Inappropriate value at .zone: an object of labelled blocks is required."#]],
    )
    .await;
    is_refused(json!({ "name": "a", "zone": { "x": { "rid": "r" } } }), expect![[r#"
        Error: Value for unconfigurable attribute

        Can't configure a value for "rid": its value will be decided automatically based on the result of applying this configuration."#]]).await;
    is_refused(
        json!([]),
        expect![[r#"
        Error: Incorrect attribute value type

        Inappropriate value at the root: an object is required."#]],
    )
    .await;
}

#[tokio::test]
async fn there_are_as_many_blocks_as_the_schema_allows() {
    let fake = || {
        Fake::new().get_schema(|_, mut answer| {
            let thing = answer.resource_schemas.get_mut("tiny_thing").unwrap();
            let rule = &mut thing.block.as_mut().unwrap().block_types[0];
            (rule.min_items, rule.max_items) = (1, 2);
            answer
        })
    };
    let core = fake().core().await;
    let none = core.config("tiny_thing", json!({ "name": "a" })).unwrap_err();
    expect![[r#"
        Error: Insufficient rule blocks

        At least 1 "rule" blocks are required."#]]
    .assert_eq(&none.to_string());
    let three = json!({ "name": "a", "rule": [{}, {}, {}] });
    let three = core.config("tiny_thing", three).unwrap_err();
    expect![[r#"
        Error: Too many rule blocks

        No more than 2 "rule" blocks are allowed"#]]
    .assert_eq(&three.to_string());
    assert!(core.config("tiny_thing", json!({ "name": "a", "rule": UNKNOWN })).is_ok());
}

#[tokio::test]
async fn a_ready_value_is_checked_too() {
    let core = Fake::new().core().await;
    let value = Value::object([("name", Value::Bool(true))]);
    let refusal = core.config("tiny_thing", value).unwrap_err();
    expect![[r#"
        Error: Unsuitable value type

        : missing required attribute "any""#]]
    .assert_eq(&refusal.to_string());
}
