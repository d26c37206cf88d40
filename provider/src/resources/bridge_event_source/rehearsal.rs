//! The life of an event source.

use checker::{Action, Core, Import, ImportTarget, Life, Object};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::{Account, Contents};
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_trouble_in,
};

const TYPE: &str = "modal_bridge_event_source";

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:jobs";

fn jobs() -> Json {
    json!({ "bridge_name": "worker", "event_source_arn": QUEUE })
}

fn clicks() -> Json {
    json!({
        "bridge_name": "worker",
        "event_source_arn": "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
        "starting_position": "LATEST",
    })
}

/// A configuration with other values.
fn with(mut config: Json, changes: Json) -> Json {
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

async fn made(core: &Core, config: &Json) -> Object {
    let planned = core.plan(TYPE, None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

/// The policies on the worker's role, as they are.
fn policies(account: &Account) -> Vec<Json> {
    let role = account.contents().roles.remove("worker-role").unwrap();
    role.policies.values().map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[tokio::test]
async fn a_queues_event_source_lives_by_the_rules() {
    for import in [Import::by_attribute("uuid"), Import::by_attribute("arn"), Import::by_identity()]
    {
        let account = Account::with_worker();
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:worker";
        let life = Life::new(jobs())
            .import(import)
            .update(with(jobs(), json!({ "enabled": false })))
            .update(with(
                jobs(),
                json!({ "batch_size": 100, "maximum_batching_window_in_seconds": 5 }),
            ))
            // As usual, and said so.
            .update(with(
                jobs(),
                json!({ "batch_size": 10, "maximum_batching_window_in_seconds": 0 }),
            ))
            .update(with(jobs(), json!({ "function_response_types": [] })))
            .update(with(
                jobs(),
                json!({
                    "filter_criteria": { "filter": [
                        { "pattern": r#"{"body":{"kind":["image"]}}"# },
                        { "pattern": r#"{"body":{"kind":["video"]}}"# },
                    ] },
                    "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/1",
                    "scaling_config": { "maximum_concurrency": 2 },
                }),
            ))
            .update(with(
                jobs(),
                json!({ "filter_criteria": {}, "scaling_config": { "maximum_concurrency": 3 } }),
            ))
            .update(with(jobs(), json!({ "tags": { "env": "prod" } })))
            .update(with(jobs(), json!({ "manage_permissions": false })))
            .update(jobs())
            .update(with(jobs(), json!({ "bridge_name": arn })))
            .update(with(jobs(), json!({ "event_source_arn": format!("{QUEUE}.fifo") })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 12];
        (expected[0], expected[10], expected[11]) =
            (Action::Create, Action::Replace, Action::Replace);
        assert_eq!(report.actions, expected);
        assert_eq!(account.contents().mappings.len(), 0);
        assert_eq!(policies(&account), [] as [Json; 0]);
    }
}

#[tokio::test]
async fn a_streams_event_source_lives_by_the_rules() {
    let account = Account::with_worker();
    let table = "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/1";
    let orders = with(clicks(), json!({ "event_source_arn": table }));
    let life = Life::new(clicks())
        .import(Import::by_attribute("uuid"))
        .update(with(
            clicks(),
            json!({
                "batch_size": 1000,
                "parallelization_factor": 10,
                "bisect_batch_on_function_error": true,
                "maximum_record_age_in_seconds": 60,
                "maximum_retry_attempts": 0,
                "destination_config": {
                    "on_failure": { "destination_arn": "arn:aws:s3:::failed" },
                },
            }),
        ))
        // As usual, and said so.
        .update(with(
            clicks(),
            json!({
                "batch_size": 100,
                "parallelization_factor": 1,
                "bisect_batch_on_function_error": false,
                "maximum_record_age_in_seconds": -1,
                "maximum_retry_attempts": -1,
                "destination_config": {
                    "on_failure": {
                        "destination_arn": "arn:aws:sns:us-east-1:111122223333:failed",
                    },
                },
            }),
        ))
        .update(with(clicks(), json!({ "destination_config": {} })))
        .update(with(
            clicks(),
            json!({
                "starting_position": "AT_TIMESTAMP",
                "starting_position_timestamp": "2026-01-31T12:00:00+01:00",
            }),
        ))
        .update(orders);

    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

    let (update, replace) = (Action::Update, Action::Replace);
    assert_eq!(report.actions, [Action::Create, update, update, update, replace, replace]);
    assert_eq!(account.contents().mappings.len(), 0);
    assert_eq!(policies(&account), [] as [Json; 0]);
}

#[tokio::test]
async fn whatever_somebody_changed_is_planned_back() {
    type Change = fn(&mut Contents);
    let changes: [(Change, Action); 9] = [
        (|all| mapping(all)["State"] = "Disabled".into(), Action::Update),
        (|all| mapping(all)["BatchSize"] = 1.into(), Action::Update),
        (|all| mapping(all)["FunctionResponseTypes"] = json!([]), Action::Update),
        (|all| mapping(all)["ScalingConfig"] = json!({ "MaximumConcurrency": 7 }), Action::Update),
        (|all| mapping(all)["Tags"]["team"] = "theirs".into(), Action::Update),
        (|all| mapping(all)["FilterCriteria"] = filters(), Action::Update),
        (|all| role(all).clear(), Action::Update),
        (|all| role(all).values_mut().for_each(|policy| *policy = "{}".to_owned()), Action::Update),
        (|all| all.mappings.clear(), Action::Replace),
    ];
    for (number, (change, action)) in changes.into_iter().enumerate() {
        let account = Account::with_worker();
        let core = core(&account).await;
        let made = made(&core, &jobs()).await;
        let before = policies(&account);
        account.edit(change);

        let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), jobs()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), jobs()).await.unwrap();
        assert_eq!(planned.action, action, "change {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        assert_eq!(policies(&account), before, "change {number}");
        let again = core.plan(TYPE, Some(&mended), jobs()).await.unwrap();
        assert_eq!(again.action, Action::NoOp, "change {number}");
    }
}

fn mapping(contents: &mut Contents) -> &mut Json {
    contents.mappings.values_mut().next().unwrap()
}

fn role(contents: &mut Contents) -> &mut std::collections::BTreeMap<String, String> {
    &mut contents.roles.get_mut("worker-role").unwrap().policies
}

fn filters() -> Json {
    json!({ "Filters": [{ "Pattern": "{}" }] })
}

#[tokio::test]
async fn the_rights_follow_the_bridge_to_another_role() {
    let account = Account::with_worker();
    let core = core(&account).await;
    let made = made(&core, &jobs()).await;
    account.edit(|contents| {
        contents.roles.insert("theirs".to_owned(), Default::default());
        let function = contents.functions.get_mut("worker").unwrap();
        function["Configuration"]["Role"] = "arn:aws:iam::111122223333:role/theirs".into();
    });

    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), jobs()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    core.apply_as_planned(&planned).await.done().unwrap();

    assert_eq!(policies(&account), [] as [Json; 0]);
    assert_eq!(account.contents().roles["theirs"].policies.len(), 1);
}

#[tokio::test]
async fn what_of_a_source_is_left_goes_with_it() {
    let account = Account::with_worker();
    let core = core(&account).await;
    let made = made(&core, &jobs()).await;
    account.edit(|contents| contents.mappings.clear());

    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    let planned = core.plan_destroy(TYPE, &read).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    assert_eq!(policies(&account), [] as [Json; 0]);

    account.edit(|contents| contents.mappings.clear());
    assert_eq!(core.refresh(TYPE, &made).await.unwrap(), None);
}

#[tokio::test]
async fn a_mapping_that_is_there_already_is_not_adopted() {
    let account = Account::with_worker();
    let core = core(&account).await;
    made(&core, &jobs()).await;
    let before = account.contents();

    let planned = core.plan(TYPE, None, jobs()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;

    let refusal = applied.outcome.unwrap_err().to_string();
    expect![[r#"
        Error: Cannot create the event source mapping from "arn:aws:sqs:us-east-1:111122223333:jobs" to "worker"

          at .event_source_arn

        Lambda feeds the bridge from there already. Delete that event source mapping, or bring it under Terraform:

        import {
          to = modal_bridge_event_source.<name>
          id = "00000000-0000-4000-8000-000000000001@us-east-1"
        }"#]].assert_eq(&refusal);
    assert!(applied.saved.is_none());
    assert_eq!(account.contents(), before);
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let account = Account::with_worker();
    let updated = with(jobs(), json!({ "enabled": false, "batch_size": 5 }));
    plans_before_the_provider_is_known_in(&account, TYPE, &jobs(), &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&Account::with_worker(), TYPE, &jobs(), &["uuid"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let updated = with(jobs(), json!({ "batch_size": 5, "tags": { "a": "b" } }));
    survives_trouble_in(Account::with_worker, leftovers, TYPE, &jobs(), &updated).await;
    let updated = with(clicks(), json!({ "manage_permissions": false }));
    survives_trouble_in(Account::with_worker, leftovers, TYPE, &clicks(), &updated).await;
}

fn leftovers(left: &Contents) -> usize {
    left.mappings.len() + left.roles["worker-role"].policies.len()
}

#[tokio::test]
async fn what_cannot_be_imported_says_why() {
    let account = Account::with_worker();
    account.edit(|contents| {
        let mapping = json!({
            "UUID": "u-1",
            "EventSourceMappingArn":
                "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:u-1",
            "FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:worker",
            "EventSourceArn": "arn:aws:kafka:us-east-1:111122223333:cluster/c/1",
            "State": "Enabled",
            "Tags": {},
        });
        contents.mappings.insert("u-1".to_owned(), mapping);
    });
    let core = core(&account).await;
    let refused =
        async |target: ImportTarget| core.import(TYPE, &target).await.unwrap_err().to_string();
    expect![[r#"
        Error: Cannot import event source mapping "u-1"

        It polls "arn:aws:kafka:us-east-1:111122223333:cluster/c/1", and this resource knows SQS queues, Kinesis streams and DynamoDB streams."#]].assert_eq(&refused(ImportTarget::id("u-1")).await);
    expect![[r#"
        Error: Cannot import event source mapping "u-2"

        There is no such event source mapping in this account in eu-west-1. The id to import by is its UUID, or UUID@region."#]].assert_eq(&refused(ImportTarget::id("u-2@eu-west-1")).await);
    let identity = json!({ "uuid": "u-1", "account_id": "999988887777" });
    expect![[r#"
        Error: Cannot import event source mapping "u-1"

        The identity names account 999988887777, and this provider works in account 111122223333. Import it with a provider block for account 999988887777."#]].assert_eq(&refused(ImportTarget::identity(identity)).await);
}
