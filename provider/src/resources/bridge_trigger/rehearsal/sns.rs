//! Triggers by the messages of a topic.

use std::collections::BTreeMap;

use checker::{Action, Import, ImportTarget, Life};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, furnished, made, statements, with};
use crate::aws::testing::Contents;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known_in, reads_older_state_in, survives_trouble_in,
};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails";

fn alerts() -> Json {
    json!({
        "bridge_name": "thumbnails",
        "sns": { "topic_arn": TOPIC, "filter_policy": "{\"store\": [\"example\"]}" },
    })
}

fn alerts_with(block: Json) -> Json {
    with(alerts(), json!({ "sns": with(alerts()["sns"].clone(), block) }))
}

fn leftovers(contents: &Contents) -> usize {
    statements(contents) + contents.subscriptions.len()
}

#[tokio::test]
async fn a_subscription_lives_by_the_rules() {
    let elsewhere = "arn:aws:sns:us-east-1:999988887777:alerts";
    for import in [Import::by_attribute("id"), Import::by_identity()] {
        let account = furnished();
        let nested = json!({
            "filter_policy": "{\"a\":{\"b\":[\"c\"]}}", "filter_policy_scope": "MessageBody",
        });
        let lost = "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:111122223333:lost\"}";
        let life = Life::new(alerts())
            .import(import)
            .update(alerts_with(nested))
            .update(alerts_with(json!({ "filter_policy": null, "redrive_policy": lost })))
            .update(alerts_with(json!({ "topic_arn": elsewhere })))
            .update(with(alerts(), json!({ "bridge_name": "renders" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let (update, replace) = (Action::Update, Action::Replace);
        assert_eq!(report.actions, [Action::Create, update, update, replace, replace]);
        assert_eq!(leftovers(&account.contents()), 0);
    }
}

#[tokio::test]
async fn a_topic_of_another_region_speaks_to_the_bridge() {
    let account = furnished();
    let topic = "arn:aws:sns:ap-east-1:111122223333:alerts";
    made(&core(&account).await, &alerts_with(json!({ "topic_arn": topic }))).await;
    let contents = account.contents();
    assert_eq!(contents.elsewhere["ap-east-1"].subscriptions.len(), 1);
    let statement = &contents.functions["thumbnails"]["Policy"][0];
    // A region that must be enabled speaks for itself.
    assert_eq!(statement["Principal"], json!({ "Service": "sns.ap-east-1.amazonaws.com" }));
    assert_eq!(statement["Condition"]["ArnLike"]["AWS:SourceArn"], topic);
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    let takes: [fn(&mut Contents); 3] = [
        |contents| contents.subscriptions.clear(),
        |contents| contents.functions.get_mut("thumbnails").unwrap()["Policy"] = json!([]),
        |contents| {
            let found = contents.subscriptions.values_mut().next().unwrap();
            found.insert("FilterPolicy".to_owned(), "{\"store\":[\"other\"]}".to_owned());
        },
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = furnished();
        let core = core(&account).await;
        let object = made(&core, &alerts()).await;
        account.edit(take);

        let read = core.refresh(TYPE, &object).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), alerts()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), alerts()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        assert_eq!(leftovers(&account.contents()), 2, "take {number}");
        let found = account.contents().subscriptions.into_values().next().unwrap();
        assert_eq!(found["FilterPolicy"], "{\"store\": [\"example\"]}", "take {number}");
    }
}

#[tokio::test]
async fn a_subscription_that_somebody_else_made_is_not_taken_over() {
    let account = furnished();
    let theirs = BTreeMap::from([
        ("TopicArn".to_owned(), TOPIC.to_owned()),
        ("Endpoint".to_owned(), FUNCTION.to_owned()),
    ]);
    account.edit(|contents| {
        contents.subscriptions.insert(format!("{TOPIC}:5a2c"), theirs);
    });
    let before = account.contents();
    let core = core(&account).await;

    let planned = core.plan(TYPE, None, &alerts()).await.unwrap();
    let applied = core.apply_as_planned(&planned).await;

    assert!(applied.saved.is_none());
    expect![[r#"
        Error: Cannot subscribe arn:aws:lambda:us-east-1:111122223333:function:thumbnails to arn:aws:sns:us-east-1:111122223333:alerts

          at .sns

        SNS has one subscription for each topic and function, and does not tell who made it. Remove it where it was made, or bring it under Terraform:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/sns/arn:aws:sns:us-east-1:111122223333:alerts@us-east-1"
        }

        There is arn:aws:sns:us-east-1:111122223333:alerts:5a2c."#]]
    .assert_eq(&applied.outcome.unwrap_err().to_string());
    assert_eq!(account.contents(), before);

    let id = ImportTarget::id(&format!("thumbnails/sns/{TOPIC}"));
    let imported = core.import(TYPE, &id).await.unwrap();
    let planned = core.plan_twice(TYPE, Some(&imported), alerts()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let updated = alerts_with(json!({ "filter_policy": null }));
    plans_before_the_provider_is_known_in(&furnished(), TYPE, &alerts(), &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state_in(&furnished(), TYPE, &alerts(), &["id", "region"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = alerts_with(json!({ "filter_policy": "{\"store\":[\"other\"]}" }));
    survives_trouble_in(furnished, leftovers, TYPE, &alerts(), &changed).await;
}
