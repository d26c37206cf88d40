//! Data sources.

use checker::{Rule, Type, UNKNOWN, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, pair_type, wired};
use crate::refused;

async fn reading(fake: Fake) -> Result<Value, checker::Refusal> {
    fake.core().await.read_data_source("tiny_info", json!({ "name": "alpha" })).await
}

fn answering(value: Value) -> Fake {
    Fake::new().read_data_source(move |_, mut answer| {
        answer.state = Some(wired(&value, &pair_type()));
        answer
    })
}

fn pair(name: &str, text: Value) -> Value {
    Value::object([("name", Value::text(name)), ("text", text)])
}

#[tokio::test]
async fn what_is_found_comes_with_what_was_asked() {
    let found = reading(Fake::new()).await.unwrap();
    assert_eq!(found, pair("alpha", Value::text("ALPHA")));
}

#[tokio::test]
async fn a_data_source_gives_an_object() {
    let fake = answering(Value::Null(pair_type()));
    refused(
        reading(fake).await,
        Rule::DataSourceNull,
        &expect![[r#"
        Error: Provider produced null object

        Provider "provider[\"example.com/acme/tiny\"]" produced a null value for data.tiny_info.a.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let fake = Fake::new().read_data_source(|_, _| wire::read_data_source::Response::default());
    refused(
        reading(fake).await,
        Rule::DataSourceNull,
        &expect![[r#"
        Error: Provider produced null object

        Provider "provider[\"example.com/acme/tiny\"]" produced a null value for data.tiny_info.a.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_data_source_gives_all_of_it() {
    let fake = answering(pair("alpha", Value::unknown(Type::String)));
    refused(
        reading(fake).await,
        Rule::DataSourceUnknown,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" produced a value for data.tiny_info.a that is not wholly known.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_data_source_gives_what_the_schema_says() {
    let fake = Fake::new().read_data_source(|_, mut answer| {
        answer.state = Some(wire::DynamicValue { msgpack: vec![0x80], json: Vec::new() });
        answer
    });
    refused(
        reading(fake).await,
        Rule::DataSourceType,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" produced an invalid value for data.tiny_info.a: missing required attribute "name".

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" produced an invalid value for data.tiny_info.a: missing required attribute "text".

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_data_source_answers_what_it_was_asked() {
    let fake = answering(pair("beta", Value::text("BETA")));
    refused(
        reading(fake).await,
        Rule::DataSourceConfiguration,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" produced an invalid value for data.tiny_info.a.name: planned value cty.StringVal("beta") does not match config value cty.StringVal("alpha").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_data_source_can_be_put_off_if_that_is_allowed() {
    let deferring = || {
        Fake::new().read_data_source(|_, mut answer| {
            answer.deferred = Some(wire::Deferred {
                reason: wire::deferred::Reason::ProviderConfigUnknown.into(),
            });
            answer
        })
    };
    refused(
        reading(deferring()).await,
        Rule::DeferralNotAllowed,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "data.tiny_info.a", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
    let core = deferring().connection().allow_deferral().connect().await.unwrap();
    let config = json!({ "name": "alpha" });
    let (_, reason) = core.read_data_source_or_defer("tiny_info", config).await.unwrap();
    assert_eq!(reason, Some(wire::deferred::Reason::ProviderConfigUnknown));
}

#[tokio::test]
async fn a_configuration_of_which_not_all_is_known_is_validated() {
    let core = Fake::new().core().await;
    assert_eq!(core.validate_data_source("tiny_info", json!({ "name": UNKNOWN })).await, Ok(()));
}
