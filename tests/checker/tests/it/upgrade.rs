//! Stored state, brought to the schema of now.

use checker::{Refusal, Rule, Type, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, thing_type, wired};
use crate::refused;

fn stored() -> Json {
    json!({ "id": "i", "name": "alpha", "size": 12, "rule": [], "tag": [], "zone": {},
        "free": { "value": [], "type": ["tuple", []] } })
}

async fn upgrading(fake: Fake, version: i64, stored: Json) -> Result<Value, Refusal> {
    fake.core().await.upgrade("tiny_thing", version, &stored).await
}

fn answering(value: Value) -> Fake {
    Fake::new().upgrade_resource_state(move |_, mut answer| {
        answer.upgraded_state = Some(wired(&value, &thing_type()));
        answer
    })
}

async fn upgraded_with(name: &str, part: Value) -> Result<Value, Refusal> {
    let Value::Object(mut parts) = upgrading(Fake::new(), 1, stored()).await.unwrap() else {
        unreachable!("an object was stored");
    };
    parts.insert(name.to_owned(), part);
    upgrading(answering(Value::Object(parts)), 0, stored()).await
}

#[tokio::test]
async fn state_of_the_same_version_is_upgraded_too_without_what_the_schema_lost() {
    let mut old = stored();
    old["gone"] = json!(1);
    let value = upgrading(Fake::new(), 1, old).await.unwrap();
    assert_eq!(value.attribute("name"), Value::text("alpha"));
}

#[tokio::test]
async fn state_of_another_version_is_the_providers_to_clean() {
    let mut old = stored();
    old["gone"] = json!(1);
    refused(
        upgrading(Fake::new(), 0, old).await,
        Rule::WireValue,
        &expect![[r#"Error: unsupported attribute "gone""#]],
    );
}

#[tokio::test]
async fn state_of_a_later_version_is_not_read() {
    refused(
        upgrading(Fake::new(), 2, stored()).await,
        Rule::UpgradeNewer,
        &expect![[r#"
            Error: Resource instance managed by newer provider version

            The current state of tiny_thing.a was created by a newer provider version than is currently selected. Upgrade the tiny provider to work with this state."#]],
    );
}

#[tokio::test]
async fn nothing_is_unknown_after_an_upgrade() {
    let refusal = upgraded_with("id", Value::unknown(Type::String)).await;
    refused(
        refusal,
        Rule::UpgradeUnknown,
        &expect![[r#"
            Error: Invalid resource state upgrade

            The tiny provider upgraded the state for tiny_thing.a from a previous version, but produced an invalid result: The returned state contains unknown values."#]],
    );
}

#[tokio::test]
async fn an_upgrade_does_not_lose_the_object() {
    let fake = Fake::new()
        .upgrade_resource_state(|_, _| wire::upgrade_resource_state::Response::default());
    refused(
        upgrading(fake, 1, stored()).await,
        Rule::UpgradeNull,
        &expect![[r#"
            Error: Invalid resource state upgrade

            The tiny provider upgraded the state for tiny_thing.a from a previous version, but produced an invalid result: The returned state is null, so the object would be forgotten."#]],
    );
}

#[tokio::test]
async fn what_is_upgraded_fits_the_schema() {
    let fake = Fake::new().upgrade_resource_state(|_, mut answer| {
        answer.upgraded_state = Some(wire::DynamicValue { msgpack: vec![0x80], json: vec![] });
        answer
    });
    let refusal = upgrading(fake, 1, stored()).await.unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::UpgradeType));
    expect![[r#"
        Error: Invalid resource state upgrade

        The tiny provider upgraded the state for tiny_thing.a from a previous version, but produced an invalid result: missing required attribute "any"."#]].assert_eq(&refusal.breaches()[0].to_string());
}

#[tokio::test]
async fn a_write_only_value_does_not_come_up_in_an_upgrade() {
    let refusal = upgraded_with("secret_wo", Value::text("w")).await;
    refused(
        refusal,
        Rule::UpgradeWriteOnly,
        &expect![[r#"
            Error: Invalid resource state upgrade

            While attempting to upgrade state of resource tiny_thing.a, the provider "tiny" returned a value for the write-only attribute "tiny_thing.a.secret_wo". Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_identity_of_the_same_version_is_taken_as_it_is() {
    let fake = Fake::new();
    let calls = fake.calls();
    let core = fake.core().await;
    calls.lock().unwrap().clear();
    let stored = json!({ "name": "stored" });
    let identity = core.upgrade_identity("tiny_thing", 1, &stored).await.unwrap();
    assert_eq!(identity.attribute("name"), Value::text("stored"));
    assert!(calls.lock().unwrap().is_empty());
    let identity = core.upgrade_identity("tiny_thing", 0, &stored).await.unwrap();
    assert_eq!(identity.attribute("name"), Value::text("alpha"));
    let refusal = core.upgrade_identity("tiny_thing", 2, &stored).await;
    refused(
        refusal,
        Rule::UpgradeNewer,
        &expect![[r#"
            Error: Resource instance managed by newer provider version

            The current state of tiny_thing.a was created by a newer provider version than is currently selected. Upgrade the tiny provider to work with this state."#]],
    );
}

#[tokio::test]
async fn an_upgraded_identity_is_known_and_there() {
    let answering = |data: Option<Vec<u8>>| {
        Fake::new().upgrade_resource_identity(move |_, mut answer| {
            answer.upgraded_identity = data.clone().map(|msgpack| wire::ResourceIdentityData {
                identity_data: Some(wire::DynamicValue { msgpack, json: Vec::new() }),
            });
            answer
        })
    };
    let upgrading = |fake: Fake| async move {
        fake.core().await.upgrade_identity("tiny_thing", 0, &json!({})).await
    };
    let unknown = upgrading(answering(Some(b"\x81\xa4name\xd4\0\0".to_vec()))).await;
    refused(
        unknown,
        Rule::IdentityUnknown,
        &expect![[r#"
            Error: Invalid resource identity upgrade

            The tiny provider upgraded the identity for tiny_thing.a from a previous version, but produced an invalid result: The returned state contains unknown values."#]],
    );
    let missing = upgrading(answering(None)).await;
    refused(
        missing,
        Rule::IdentityMissing,
        &expect![[r#"
            Error: Invalid resource identity upgrade

            The tiny provider upgraded the identity for tiny_thing.a from a previous version, but produced an invalid result: The returned identity is null."#]],
    );
    let empty = upgrading(answering(Some(vec![0x80]))).await;
    refused(
        empty,
        Rule::IdentityConforms,
        &expect![[r#"
            Error: Invalid resource identity upgrade

            The tiny provider upgraded the identity for tiny_thing.a from a previous version, but produced an invalid result: missing required attribute "name"."#]],
    );
}
