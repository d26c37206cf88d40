//! Objects that move to another type.

use checker::{Move, Object, Refusal, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, identity_type, thing_type, unwired, wired, with};
use crate::refused;

async fn moving(fake: Fake) -> Result<Object, Refusal> {
    let moved = Move {
        source_provider_address: "registry.terraform.io/other/old".to_owned(),
        source_type_name: "old_thing".to_owned(),
        source_schema_version: 3,
        source_state: json!({ "title": "moved" }),
        source_private: b"old".to_vec(),
        source_identity: None,
        target_type_name: "tiny_thing".to_owned(),
    };
    fake.core().await.move_state(&moved).await
}

fn answering(spoil: impl Fn(Value) -> Value + Send + Sync + 'static) -> Fake {
    Fake::new().move_resource_state(move |_, mut answer| {
        let moved = unwired(answer.target_state.as_ref(), &thing_type());
        answer.target_state = Some(wired(&spoil(moved), &thing_type()));
        answer
    })
}

#[tokio::test]
async fn a_move_gives_the_object_in_its_new_type() {
    let fake = Fake::new().move_resource_state(|request, answer| {
        let state = request.source_state.clone().unwrap();
        assert_eq!(state.json, br#"{"title":"moved"}"#);
        assert_eq!((request.source_schema_version, &*request.source_private), (3, &b"old"[..]));
        answer
    });
    let object = moving(fake).await.unwrap();
    assert_eq!(object.value.attribute("name"), Value::text("moved"));
    assert_eq!(object.private, b"moved");
}

#[tokio::test]
async fn a_provider_that_does_not_announce_moves_is_not_asked() {
    let fake = Fake::new().get_schema(|_, mut answer| {
        answer.server_capabilities = None;
        answer
    });
    refused(
        moving(fake).await,
        Rule::MoveNotAnnounced,
        &expect![[r#"
        Error: Unsupported `moved` across resource types

        The provider "example.com/acme/tiny" does not support moved operations across resource types and providers."#]],
    );
}

#[tokio::test]
async fn a_move_gives_an_object_that_is_known() {
    let nothing = Fake::new().move_resource_state(|_, mut answer| {
        answer.target_state = None;
        answer
    });
    refused(
        moving(nothing).await,
        Rule::MoveType,
        &expect![[r#"
        Error: Provider returned invalid value

        The provider returned an invalid value during an across type move operation to tiny_thing.a. This is a bug in the relevant provider; Please report it."#]],
    );
    let fake = answering(|moved| with(&moved, "id", &Value::unknown(Type::String)));
    refused(
        moving(fake).await,
        Rule::MoveUnknown,
        &expect![[r#"
        Error: Provider returned invalid value

        The provider provider["example.com/acme/tiny"] returned an invalid value during an across type move operation: The returned state contains unknown values. This is a bug in the relevant provider; Please report it."#]],
    );
    let fake = answering(|moved| with(&moved, "secret_wo", &Value::text("w")));
    refused(
        moving(fake).await,
        Rule::MoveWriteOnly,
        &expect![[r#"
        Error: Provider returned invalid value

        The provider "provider[\"example.com/acme/tiny\"]" returned a value for the write-only attribute "tiny_thing.a.secret_wo" during an across type move operation to tiny_thing.a. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_move_gives_an_identity_that_is_known() {
    let fake = Fake::new().move_resource_state(|_, mut answer| {
        let identity = Value::object([("name", Value::unknown(Type::String))]);
        answer.target_identity = Some(wire::ResourceIdentityData {
            identity_data: Some(wired(&identity, &identity_type())),
        });
        answer
    });
    refused(
        moving(fake).await,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "provider[\"example.com/acme/tiny\"]" planned an identity with unknown values for the move from old_thing.a to tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}
