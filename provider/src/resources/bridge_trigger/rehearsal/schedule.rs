//! Triggers by the clock.

use checker::{Action, Import, Life, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, furnished, made, statements, with};
use crate::aws::testing::Contents;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_trouble_in,
};

fn hourly() -> Json {
    json!({
        "bridge_name": "thumbnails",
        "schedule": { "expression": "rate(1 hour)", "input": "{\"run\": \"all\"}" },
    })
}

fn hourly_with(block: Json) -> Json {
    with(hourly(), json!({ "schedule": with(hourly()["schedule"].clone(), block) }))
}

/// Where events go that could not be handed over.
const LOST: &str = "arn:aws:sqs:us-east-1:111122223333:lost";

fn leftovers(contents: &Contents) -> usize {
    statements(contents) + contents.schedules.len() + contents.roles.len()
}

#[tokio::test]
async fn a_schedule_lives_by_the_rules() {
    for import in [Import::by_attribute("id"), Import::by_identity()] {
        let account = furnished();
        let life = Life::new(hourly())
            .import(import)
            .update(hourly_with(json!({
                "expression": "cron(0 3 * * ? *)",
                "timezone": "Europe/Berlin",
                "start": "2030-01-31T00:00:00+01:00",
                "end": "2031-01-31T00:00:00Z",
                "flexible_window": 15,
            })))
            .update(hourly_with(json!({ "input": null, "state": "DISABLED" })))
            .update(hourly_with(json!({
                "dead_letter_arn": LOST,
                "retry_policy": { "maximum_event_age_in_seconds": 600 },
            })))
            .update(hourly_with(json!({
                "retry_policy": {
                    "maximum_event_age_in_seconds": 86_400,
                    "maximum_retry_attempts": 0,
                },
            })))
            .update(hourly_with(json!({ "group": "nightly" })))
            .update(hourly_with(json!({ "group": "nightly", "name": "all" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let (update, replace) = (Action::Update, Action::Replace);
        let expected = [Action::Create, update, update, update, update, replace, replace];
        assert_eq!(report.actions, expected);
        assert_eq!(leftovers(&account.contents()), 0);
    }
}

#[tokio::test]
async fn the_role_may_invoke_this_bridge_alone_and_only_scheduler_may_assume_it() {
    let account = furnished();
    let object =
        made(&core(&account).await, &hourly_with(json!({ "group": "nightly", "name": "all" })))
            .await;
    assert_eq!(
        object.value.attribute("role_arn"),
        Value::text("arn:aws:iam::111122223333:role/nightly-all-schedule-us-east-1")
    );
    let contents = account.contents();
    let role = &contents.roles["nightly-all-schedule-us-east-1"];
    expect![[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","aws:SourceArn":"arn:aws:scheduler:us-east-1:111122223333:schedule-group/nightly"}}}]}"#
    ]]
    .assert_eq(&role.trust_policy);
    expect![[
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:111122223333:function:thumbnails"}]}"#
    ]]
    .assert_eq(&role.policies["invoke-bridge"]);
    assert_eq!((role.policies.len(), role.attached.len()), (1, 0));
    assert_eq!(statements(&contents), 0);
}

#[tokio::test]
async fn the_role_may_send_to_the_queue_that_takes_what_is_lost() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &hourly()).await;
    let statements = || {
        let contents = account.contents();
        let policy = &contents.roles.values().next().unwrap().policies["invoke-bridge"];
        let policy: Json = serde_json::from_str(policy).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    };
    assert_eq!(statements().len(), 1);

    let lost = hourly_with(json!({ "dead_letter_arn": LOST }));
    let planned = core.plan_twice(TYPE, Some(&object), &lost).await.unwrap();
    let object = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let send = json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": LOST });
    assert_eq!(statements()[1..], [send]);

    let planned = core.plan_twice(TYPE, Some(&object), &hourly()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    assert_eq!(statements().len(), 1);
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    fn schedule(contents: &mut Contents) -> &mut Json {
        contents.schedules.values_mut().next().unwrap()
    }
    let takes: [fn(&mut Contents); 6] = [
        |contents| contents.schedules.clear(),
        |contents| contents.roles.clear(),
        |contents| contents.roles.values_mut().next().unwrap().policies.clear(),
        |contents| {
            schedule(contents)["Target"]["RoleArn"] = json!("arn:aws:iam::111122223333:role/x");
        },
        |contents| schedule(contents)["State"] = json!("DISABLED"),
        |contents| schedule(contents)["ScheduleExpression"] = json!("rate(2 hours)"),
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = furnished();
        let core = core(&account).await;
        let object = made(&core, &hourly()).await;
        let before = account.contents();
        account.edit(take);

        let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), hourly()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), hourly()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        assert_eq!(mended.value, object.value, "take {number}");
        let (mut now, mut then) = (account.contents().schedules, before.schedules);
        for schedule in now.values_mut().chain(then.values_mut()) {
            schedule["ClientToken"].take();
        }
        assert_eq!(now, then, "take {number}");
        assert_eq!(account.contents().roles.len(), 1, "take {number}");
    }
}

#[tokio::test]
async fn what_is_left_of_an_apply_that_was_cut_short_is_imported() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &hourly()).await;
    account.edit(|contents| contents.schedules.clear());

    let planned = core.plan(TYPE, None, &hourly()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;

    assert!(applied.saved.is_none());
    expect![[r#"
        Error: Cannot create schedule "thumbnails-c22b72ee" of group "default"

          at .schedule.name

        Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/schedule/default/thumbnails-c22b72ee@us-east-1"
        }

        iam:CreateRole answered EntityAlreadyExists: Role with name thumbnails-c22b72ee-schedule-us-east-1 already exists.
        AWS request id: req-1"#]].assert_eq(&applied.outcome.unwrap_err().to_string());
    let derived =
        account.contents().roles.into_values().next().unwrap().tags["modal-bridge:owner"].clone();
    let id = derived.split_once('@').unwrap().0;
    let imported = core.import(TYPE, &checker::ImportTarget::id(id)).await.unwrap();
    let planned = core.plan(TYPE, Some(&imported), &hourly()).await.unwrap();
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(mended.value, object.value);
}

#[tokio::test]
async fn a_role_of_somebody_else_is_not_touched() {
    let account = furnished();
    let core = core(&account).await;
    let object = made(&core, &hourly()).await;
    account.edit(|contents| {
        contents.schedules.clear();
        contents.roles.values_mut().next().unwrap().tags.clear();
    });
    let before = account.contents();

    let planned = core.plan(TYPE, None, &hourly()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;
    assert!(applied.saved.is_none());
    expect![[r#"
        Error: Cannot create IAM role "thumbnails-c22b72ee-schedule-us-east-1"

          at .schedule.name

        The schedule needs a role of its own, and there is another of its name. Delete it, or give the schedule another name.

        iam:CreateRole answered EntityAlreadyExists: Role with name thumbnails-c22b72ee-schedule-us-east-1 already exists.
        AWS request id: req-1"#]].assert_eq(&applied.outcome.unwrap_err().to_string());

    assert_eq!(core.refresh(TYPE, &object).await.unwrap(), None);
    let destroyed = core.plan_destroy(TYPE, &object).await.unwrap();
    core.apply_as_planned(&destroyed).await.done().unwrap();
    assert_eq!(account.contents(), before);
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let updated = hourly_with(json!({ "state": "DISABLED" }));
    plans_before_the_provider_is_known_in(&furnished(), TYPE, &hourly(), &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&furnished(), TYPE, &hourly(), &["id", "region"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = hourly_with(json!({ "expression": "rate(2 hours)", "dead_letter_arn": LOST }));
    survives_trouble_in(furnished, leftovers, TYPE, &hourly(), &changed).await;
}
