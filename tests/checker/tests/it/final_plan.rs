//! The plan made again at apply, when everything is known.

use std::sync::atomic::{AtomicUsize, Ordering};

use checker::{Action, Object, Rule, Type, UNKNOWN, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, names, thing_type, unwired, wired, with};
use crate::refused;

/// A provider that spoils every plan but the first.
fn later(
    spoil: impl Fn(wire::plan_resource_change::Response) -> wire::plan_resource_change::Response
    + Send
    + Sync
    + 'static,
) -> Fake {
    let plans = AtomicUsize::new(0);
    Fake::new().plan_resource_change(move |_, answer| {
        if plans.fetch_add(1, Ordering::Relaxed) == 0 { answer } else { spoil(answer) }
    })
}

fn planning_another(name: &'static str, value: Value) -> Fake {
    later(move |mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        answer.planned_state = Some(wired(&with(&planned, name, &value), &thing_type()));
        answer
    })
}

async fn existing() -> Object {
    let core = Fake::new().core().await;
    let planned = core.plan("tiny_thing", None, json!({ "name": "a" })).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

#[tokio::test]
async fn what_becomes_known_changes_only_what_was_unknown() {
    let core = Fake::new().core().await;
    let config = json!({ "name": "a", "note": UNKNOWN, "rule": UNKNOWN });
    let planned = core.plan("tiny_thing", None, config).await.unwrap();
    let known = json!({ "name": "a", "note": "n", "rule": [{ "port": 1 }] });
    let object = core.apply(&planned, known).await.done().unwrap().unwrap();
    assert_eq!(object.value.attribute("note"), Value::text("n"));
}

#[tokio::test]
async fn what_was_planned_as_known_stays() {
    let core = planning_another("size", Value::integer(2)).core().await;
    let first = core.plan("tiny_thing", None, json!({ "name": "a", "size": 1 })).await.unwrap();
    let applied = core.apply(&first, json!({ "name": "a" })).await;
    assert_eq!(applied.saved, None);
    refused(
        applied.done(),
        Rule::FinalPlanValue,
        &expect![[r#"
        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_thing.a to include new values learned so far during apply, provider "example.com/acme/tiny" produced an invalid new value for .size: was cty.NumberIntVal(1), but now cty.NumberIntVal(2).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_update_does_not_become_a_replacement() {
    let object = existing().await;
    let fake = later(|mut answer| {
        answer.requires_replace = vec![names(&["note"])];
        answer
    });
    let core = fake.core().await;
    let config = json!({ "name": "a", "note": "n" });
    let planned = core.plan("tiny_thing", Some(&object), config).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;
    assert_eq!(applied.saved, Some(object), "nothing was done");
    refused(
        applied.done(),
        Rule::FinalPlanAction,
        &expect![[r#"
        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_thing.a to include new values learned so far during apply, provider "example.com/acme/tiny" changed the planned action from Update to DeleteThenCreate.

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_thing.a to include new values learned so far during apply, provider "example.com/acme/tiny" produced an invalid new value for .id: was known, but now unknown.

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_thing.a to include new values learned so far during apply, provider "example.com/acme/tiny" produced an invalid new value for .size: was known, but now unknown.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_update_may_turn_out_to_be_nothing() {
    let object = existing().await;
    let core = Fake::new().core().await;
    let config = json!({ "name": "a", "note": UNKNOWN });
    let planned = core.plan("tiny_thing", Some(&object), config).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let applied = core.apply(&planned, json!({ "name": "a" })).await;
    assert_eq!(applied.done(), Ok(Some(object)));
}

#[tokio::test]
async fn what_was_not_put_off_at_plan_is_not_put_off_at_apply() {
    let fake = later(|mut answer| {
        answer.deferred =
            Some(wire::Deferred { reason: wire::deferred::Reason::AbsentPrereq.into() });
        answer
    });
    let core = fake.connection().allow_deferral().connect().await.unwrap();
    let planned = core.plan("tiny_thing", None, json!({ "name": "a" })).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;
    refused(
        applied.done(),
        Rule::FinalPlanDeferred,
        &expect![[r#"
        Error: Resource deferred during apply, but not during plan

        Terraform has encountered a bug where a provider would mark the resource "tiny_thing.a" as deferred during apply, but not during plan. This is most likely a bug in the provider. Please file an issue with the provider."#]],
    );
}

#[tokio::test]
async fn a_plan_that_guesses_what_it_cannot_know_is_found_by_trying() {
    let fake = Fake::new().plan_resource_change(|request, mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        let config = unwired(request.config.as_ref(), &thing_type());
        let id = match config.attribute("note") {
            Value::String(note) => Value::text(format!("id-of-{note}")),
            // Nothing is known of the note: to name the object all the same is a guess.
            _ => Value::text("id"),
        };
        answer.planned_state = Some(wired(&with(&planned, "id", &id), &thing_type()));
        answer
    });
    let core = fake.core().await;
    let config = json!({ "name": "a", "note": "n" });
    refused(
        core.plan_unknowns("tiny_thing", None, config).await,
        Rule::FinalPlanValue,
        &expect![[r#"
        Error: Provider produced inconsistent final plan

        When expanding the plan for tiny_thing.a to include new values learned so far during apply, provider "example.com/acme/tiny" produced an invalid new value for .id: was cty.StringVal("id"), but now cty.StringVal("id-of-n").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn unknown_values_of_any_type_reach_the_provider() {
    let core = Fake::new().core().await;
    let config = json!({ "name": "a", "any": UNKNOWN });
    let planned = core.plan("tiny_thing", None, config).await.unwrap();
    assert_eq!(planned.value.attribute("any"), Value::unknown(Type::Dynamic));
}
