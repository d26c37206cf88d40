//! Ephemeral resources.

use std::time::{Duration, SystemTime};

use checker::{Opened, Refusal, Rule, Type, UNKNOWN, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, error, pair_type, wired};
use crate::refused;

async fn opening(fake: Fake) -> Result<Opened, Refusal> {
    fake.core().await.open("tiny_token", json!({ "name": "alpha" })).await
}

fn answering(value: Value) -> Fake {
    Fake::new().open_ephemeral_resource(move |_, mut answer| {
        answer.result = Some(wired(&value, &pair_type()));
        answer
    })
}

fn pair(name: &str, text: Value) -> Value {
    Value::object([("name", Value::text(name)), ("text", text)])
}

#[tokio::test]
async fn what_is_open_is_renewed_and_closed_with_what_the_provider_kept() {
    let fake = Fake::new()
        .renew_ephemeral_resource(|request, answer| {
            assert_eq!(request.private.as_deref(), Some(&b"opened"[..]));
            answer
        })
        .close_ephemeral_resource(|request, answer| {
            assert_eq!(request.private.as_deref(), Some(&b"renewed"[..]));
            answer
        });
    let core = fake.core().await;
    let mut opened = core.open("tiny_token", json!({ "name": "alpha" })).await.unwrap();
    assert_eq!(opened.value, pair("alpha", Value::text("ALPHA")));
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(opened.renew_at, at(60));
    core.renew(&mut opened).await.unwrap();
    assert_eq!(opened.renew_at, at(120));
    core.close(opened).await.unwrap();
}

#[tokio::test]
async fn what_needs_no_renewal_keeps_its_private_data() {
    let fake = Fake::new().renew_ephemeral_resource(|_, mut answer| {
        answer.renew_at = None;
        answer
    });
    let core = fake.core().await;
    let mut opened = core.open("tiny_token", json!({ "name": "alpha" })).await.unwrap();
    core.renew(&mut opened).await.unwrap();
    assert_eq!((opened.renew_at, opened.private.as_slice()), (None, &b"opened"[..]));
}

#[tokio::test]
async fn a_result_agrees_with_the_configuration() {
    let fake = answering(pair("beta", Value::text("BETA")));
    refused(
        opening(fake).await,
        Rule::EphemeralResult,
        &expect![[r#"
        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_token produced an inconsistent result: .name: planned value cty.StringVal("beta") does not match config value cty.StringVal("alpha")."#]],
    );
    let fake = answering(Value::Null(pair_type()));
    refused(
        opening(fake).await,
        Rule::EphemeralResult,
        &expect![[r#"
        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_token produced an inconsistent result: planned for absence but config wants existence."#]],
    );
    let fake = Fake::new().open_ephemeral_resource(|_, mut answer| {
        answer.result = Some(wire::DynamicValue { msgpack: vec![0x80], json: Vec::new() });
        answer
    });
    refused(
        opening(fake).await,
        Rule::EphemeralResult,
        &expect![[r#"
        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_token produced an inconsistent result: missing required attribute "name".

        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_token produced an inconsistent result: missing required attribute "text"."#]],
    );
}

#[tokio::test]
async fn a_result_is_known() {
    let fake = answering(pair("alpha", Value::unknown(Type::String)));
    refused(
        opening(fake).await,
        Rule::EphemeralUnknown,
        &expect![[r#"
        Error: Provider produced invalid ephemeral resource instance

        The provider for tiny_token produced an inconsistent result: .text: is not known."#]],
    );
}

#[tokio::test]
async fn an_ephemeral_resource_can_be_put_off_if_that_is_allowed() {
    let deferring = || {
        Fake::new().open_ephemeral_resource(|_, mut answer| {
            answer.deferred =
                Some(wire::Deferred { reason: wire::deferred::Reason::AbsentPrereq.into() });
            answer
        })
    };
    refused(
        opening(deferring()).await,
        Rule::DeferralNotAllowed,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "ephemeral.tiny_token.a", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
    let core = deferring().connection().allow_deferral().connect().await.unwrap();
    let opened = core.open("tiny_token", json!({ "name": "alpha" })).await.unwrap();
    assert_eq!(opened.deferred, Some(wire::deferred::Reason::AbsentPrereq));
}

#[tokio::test]
async fn errors_of_each_step_are_the_providers() {
    let fake = Fake::new()
        .renew_ephemeral_resource(|_, mut answer| {
            answer.diagnostics = vec![error("Cannot renew")];
            answer
        })
        .close_ephemeral_resource(|_, mut answer| {
            answer.diagnostics = vec![error("Cannot close")];
            answer
        });
    let core = fake.core().await;
    core.validate_ephemeral("tiny_token", json!({ "name": UNKNOWN })).await.unwrap();
    let mut opened = core.open("tiny_token", json!({ "name": "alpha" })).await.unwrap();
    let refusal = core.renew(&mut opened).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Error: Cannot renew");
    let refusal = core.close(opened).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Error: Cannot close");
}
