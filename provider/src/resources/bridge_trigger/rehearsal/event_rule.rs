//! Triggers by the events of a bus.

use checker::{Action, Import, Life, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, furnished, made, statements, with};
use crate::aws::testing::Contents;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_trouble_in,
};

fn shipped() -> Json {
    json!({
        "bridge_name": "thumbnails",
        "event_rule": { "event_pattern": "{\"source\": [\"shop\"]}" },
    })
}

fn shipped_with(block: Json) -> Json {
    with(shipped(), json!({ "event_rule": with(shipped()["event_rule"].clone(), block) }))
}

fn leftovers(contents: &Contents) -> usize {
    statements(contents) + contents.rules.len()
}

#[tokio::test]
async fn a_rule_lives_by_the_rules() {
    let transformer = json!({
        "input_paths": { "id": "$.detail.id" }, "input_template": "{\"order\": <id>}",
    });
    for import in [Import::by_attribute("id"), Import::by_identity()] {
        let account = furnished();
        let life = Life::new(shipped_with(json!({ "input_transformer": transformer })))
            .import(import)
            .update(shipped_with(json!({
                "retry_policy": { "maximum_retry_attempts": 2 },
                "dead_letter_arn": "arn:aws:sqs:us-east-1:111122223333:lost",
            })))
            .update(shipped_with(json!({ "state": "DISABLED" })))
            .update(shipped_with(json!({ "event_pattern": "{\"source\":[\"other\"]}" })))
            .update(shipped_with(json!({ "event_bus_name": "orders" })))
            .update(shipped_with(json!({ "event_bus_name": "orders", "name": "shipped" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let (update, replace) = (Action::Update, Action::Replace);
        let expected = [Action::Create, update, update, update, replace, replace];
        assert_eq!(report.actions, expected);
        assert_eq!(leftovers(&account.contents()), 0);
    }
}

#[tokio::test]
async fn the_bus_may_be_given_by_its_arn_and_what_is_said_by_default_needs_no_saying() {
    let account = furnished();
    let core = core(&account).await;
    let arn = "arn:aws:events:us-east-1:111122223333:event-bus/orders";
    let config = shipped_with(json!({
        "event_bus_name": arn,
        "name": "shipped",
        "retry_policy": { "maximum_event_age_in_seconds": 86400 },
    }));
    let object = made(&core, &config).await;
    assert_eq!(object.value.attribute("id"), Value::text("thumbnails/event_rule/orders/shipped"));
    let source = "arn:aws:events:us-east-1:111122223333:rule/orders/shipped";
    assert_eq!(object.value.attribute("source_arn"), Value::text(source));
    let permission = &account.contents().functions["thumbnails"]["Policy"][0];
    assert_eq!(permission["Condition"]["ArnLike"]["AWS:SourceArn"], source);
    let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
    assert_eq!(core.plan(TYPE, Some(&read), &config).await.unwrap().action, Action::NoOp);
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    fn rule(contents: &mut Contents) -> &mut Json {
        contents.rules.values_mut().next().unwrap()
    }
    let takes: [fn(&mut Contents); 6] = [
        |contents| contents.rules.clear(),
        |contents| rule(contents)["Targets"] = json!([]),
        |contents| {
            rule(contents)["Targets"][0]["Arn"] =
                json!("arn:aws:lambda:us-east-1:111122223333:function:renders");
        },
        |contents| rule(contents)["State"] = json!("DISABLED"),
        |contents| rule(contents)["EventPattern"] = json!("{\"source\":[\"other\"]}"),
        |contents| contents.functions.get_mut("thumbnails").unwrap()["Policy"] = json!([]),
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = furnished();
        let core = core(&account).await;
        let object = made(&core, &shipped()).await;
        let before = account.contents();
        account.edit(take);

        let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), shipped()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), shipped()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        assert_eq!(mended.value, object.value, "take {number}");
        assert_eq!(account.contents().functions, before.functions, "take {number}");
        let (mut now, mut then) = (account.contents().rules, before.rules);
        for rule in now.values_mut().chain(then.values_mut()) {
            rule["Tags"].take();
        }
        assert_eq!(now, then, "take {number}");
    }
}

#[tokio::test]
async fn a_rule_of_the_same_name_is_not_taken_over() {
    let account = furnished();
    let core = core(&account).await;
    made(&core, &shipped()).await;
    let before = account.contents();

    let planned = core.plan(TYPE, None, &shipped()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;

    assert!(applied.saved.is_none());
    expect![[r#"
        Error: Cannot create rule "thumbnails-bbe9c451" of event bus "default"

          at .event_rule.name

        Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/event_rule/default/thumbnails-bbe9c451@us-east-1"
        }

        events:PutRule failed: the bus has a rule "thumbnails-bbe9c451""#]]
    .assert_eq(&applied.outcome.unwrap_err().to_string());
    assert_eq!(account.contents(), before);
}

#[tokio::test]
async fn a_rule_that_calls_others_too_is_not_deleted() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &shipped()).await;
    account.edit(|contents| {
        let rule = contents.rules.values_mut().next().unwrap();
        let other = json!({ "Id": "other", "Arn": "arn:aws:sqs:us-east-1:111122223333:copy" });
        rule["Targets"].as_array_mut().unwrap().push(other);
    });
    let planned = core.plan_destroy(TYPE, &object).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;
    expect![[r#"
        Error: Cannot delete rule "thumbnails-bbe9c451" of event bus "default"

          at .event_rule

        Somebody else has added targets to it. Remove them, and apply again.

        events:DeleteRule answered ValidationException: Rule can't be deleted since it has targets.
        AWS request id: req-1"#]]
    .assert_eq(&applied.outcome.unwrap_err().to_string());
}

#[tokio::test]
async fn a_bus_of_another_account_is_refused_before_anything_is_made() {
    let core = core(&furnished()).await;
    let arn = "arn:aws:events:us-east-1:999988887777:event-bus/orders";
    let config = shipped_with(json!({ "event_bus_name": arn }));
    let refused = core.plan(TYPE, None, &config).await.unwrap_err();
    expect![[r#"
        Error: Invalid value for event_rule.event_bus_name

          at .event_rule.event_bus_name

        The event bus is in us-east-1 of account 999988887777, and the bridge in us-east-1 of account 111122223333: a rule calls functions of its own region and account. Let a rule there send the events to an event bus here."#]].assert_eq(&refused.to_string());
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let updated = shipped_with(json!({ "state": "DISABLED" }));
    plans_before_the_provider_is_known_in(&furnished(), TYPE, &shipped(), &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&furnished(), TYPE, &shipped(), &["id", "region"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = shipped_with(json!({ "state": "DISABLED", "retry_policy": {} }));
    survives_trouble_in(furnished, leftovers, TYPE, &shipped(), &changed).await;
}
