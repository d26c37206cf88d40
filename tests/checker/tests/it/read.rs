//! What is read.

use checker::{Core, Object, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, thing_type, unwired, wired, with};
use crate::refused;

async fn existing(core: &Core) -> Object {
    let config = json!({ "name": "alpha", "rule": [{ "port": 1 }] });
    let planned = core.plan("tiny_thing", None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

async fn reading(fake: Fake) -> Result<Option<Object>, checker::Refusal> {
    let core = fake.core().await;
    let object = existing(&core).await;
    core.refresh("tiny_thing", &object).await
}

/// A provider that reads what `spoil` makes of the state.
fn finding(spoil: impl Fn(Value) -> Value + Send + Sync + 'static) -> Fake {
    Fake::new().read_resource(move |_, mut answer| {
        let read = unwired(answer.new_state.as_ref(), &thing_type());
        answer.new_state = Some(wired(&spoil(read), &thing_type()));
        answer
    })
}

#[tokio::test]
async fn what_is_read_replaces_what_was_there() {
    let fake = finding(|read| with(&read, "note", &Value::text("drifted")));
    let fake = {
        let drifting = fake;
        drifting.apply_resource_change(|_, mut answer| {
            answer.private = b"from apply".to_vec();
            answer
        })
    };
    let read = reading(fake).await.unwrap().unwrap();
    assert_eq!(read.value.attribute("note"), Value::text("drifted"));
    assert_eq!(read.private, b"from apply");
}

#[tokio::test]
async fn an_object_that_is_read_as_null_is_gone() {
    assert_eq!(reading(finding(|_| Value::Null(thing_type()))).await, Ok(None));
}

#[tokio::test]
async fn a_read_that_answers_nothing_would_lose_the_object() {
    let fake = Fake::new().read_resource(|_, _| wire::read_resource::Response::default());
    refused(
        reading(fake).await,
        Rule::ReadMissing,
        &expect![[r#"
        Error: Provider read an object and returned nothing

        Provider "example.com/acme/tiny" returned no state for tiny_thing.a, not even a null one. Terraform takes that for an object that is gone, and plans to make it again."#]],
    );
}

#[tokio::test]
async fn nothing_is_unknown_after_a_read() {
    let fake = finding(|read| with(&read, "id", &Value::unknown(Type::String)));
    refused(
        reading(fake).await,
        Rule::ReadUnknown,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a during refresh: The returned state contains unknown values.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_is_read_fits_the_schema() {
    let fake = Fake::new().read_resource(|_, mut answer| {
        answer.new_state = Some(wire::DynamicValue { msgpack: vec![0x80], json: Vec::new() });
        answer
    });
    let refusal = reading(fake).await.unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::ReadType));
    expect![[r#"
        Error: Provider produced invalid object

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a during refresh: missing required attribute "any".

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]].assert_eq(&refusal.breaches()[0].to_string());
}

#[tokio::test]
async fn blocks_are_read_as_empty_and_not_as_null() {
    let ty = Type::object([("port", Type::Number), ("rid", Type::String)]);
    let fake = finding(move |read| with(&read, "tag", &Value::Null(Type::set(ty.clone()))));
    refused(
        reading(fake).await,
        Rule::ReadNullBlocks,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a during refresh: .tag: blocks are null, which should be empty to indicate no blocks.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_write_only_value_is_not_read() {
    let fake = finding(|read| with(&read, "secret_wo", &Value::text("w")));
    refused(
        reading(fake).await,
        Rule::ReadWriteOnly,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" returned a value for the write-only attribute "tiny_thing.a.secret_wo" during refresh. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_read_that_is_put_off_leaves_the_object() {
    let fake = Fake::new().read_resource(|_, mut answer| {
        answer.deferred =
            Some(wire::Deferred { reason: wire::deferred::Reason::ProviderConfigUnknown.into() });
        answer.new_state = None;
        answer
    });
    let core = fake.connection().allow_deferral().connect().await.unwrap();
    let object = existing(&core).await;
    assert_eq!(core.refresh("tiny_thing", &object).await, Ok(Some(object)));
}
