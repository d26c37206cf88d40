//! Actions.

use checker::{Invoked, Refusal, Rule, UNKNOWN};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;
use wire::invoke_action::Event;
use wire::invoke_action::event::{Completed, Type};

use crate::fake::{Fake, error};
use crate::refused;

async fn invoking(fake: Fake) -> Result<Invoked, Refusal> {
    fake.core().await.invoke_action("tiny_ping", json!({ "name": "alpha" })).await
}

fn answering(spoil: impl Fn(Vec<Event>) -> Vec<Event> + Send + Sync + 'static) -> Fake {
    Fake::new().invoke_action(move |_, events| spoil(events))
}

#[tokio::test]
async fn an_action_is_validated_planned_and_invoked() {
    let core = Fake::new().core().await;
    core.validate_action("tiny_ping", json!({ "name": UNKNOWN })).await.unwrap();
    core.plan_action("tiny_ping", json!({ "name": UNKNOWN })).await.unwrap();
    let invoked = core.invoke_action("tiny_ping", json!({ "name": "alpha" })).await.unwrap();
    assert_eq!(invoked.progress, ["pinging"]);
}

#[tokio::test]
async fn an_action_is_not_put_off_even_where_deferrals_are_allowed() {
    let fake = Fake::new().plan_action(|request, mut answer| {
        assert!(!request.client_capabilities.unwrap().deferral_allowed);
        answer.deferred =
            Some(wire::Deferred { reason: wire::deferred::Reason::AbsentPrereq.into() });
        answer
    });
    let core = fake.connection().allow_deferral().connect().await.unwrap();
    let refusal = core.plan_action("tiny_ping", json!({})).await;
    refused(
        refusal,
        Rule::DeferralNotAllowed,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "action.tiny_ping.a", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );
}

#[tokio::test]
async fn an_action_ends_once() {
    let fake = answering(|mut events| {
        events.pop();
        events
    });
    refused(
        invoking(fake).await,
        Rule::ActionCompletion,
        &expect![[r#"
        Error: Provider return invalid response

        The stream of events of action "tiny_ping" ended without being completed."#]],
    );
    let fake = answering(|mut events| {
        events.reverse();
        events
    });
    refused(
        invoking(fake).await,
        Rule::ActionCompletion,
        &expect![[r#"
        Error: Provider return invalid response

        The stream of events of action "tiny_ping" went on after it was completed."#]],
    );
}

#[tokio::test]
async fn an_event_is_progress_or_completion() {
    let fake = answering(|_| vec![Event { r#type: None }]);
    refused(
        invoking(fake).await,
        Rule::ActionEvent,
        &expect![[r#"
        Error: unexpected event in the answer of action "tiny_ping"

        It is neither progress nor completion. Terraform panics."#]],
    );
}

#[tokio::test]
async fn an_action_can_fail() {
    let fake = answering(|_| {
        let completed = Completed { diagnostics: vec![error("Nobody answers")] };
        vec![Event { r#type: Some(Type::Completed(completed)) }]
    });
    assert_eq!(invoking(fake).await.unwrap_err().to_string(), "Error: Nobody answers");
}
