//! Rules against a scripted EventBridge.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::super::testing::{Answer, FakeAws, json as answer, json_error, waiter};
use super::*;

const ARN: &str = "arn:aws:events:us-east-1:111122223333:rule/orders/shipped";

fn eventbridge(aws: &FakeAws) -> EventBridge {
    EventBridge::new(Client::new(&aws.config()), waiter())
}

fn shipped() -> RuleName {
    RuleName { bus: "orders".to_owned(), name: "shipped".to_owned() }
}

fn settings() -> RuleSettings {
    RuleSettings { event_pattern: r#"{"source":["shop"]}"#.to_owned(), state: "ENABLED".to_owned() }
}

fn described() -> Answer {
    answer(
        200,
        json!({
            "Name": "shipped", "Arn": ARN, "EventBusName": "orders", "State": "DISABLED",
            "EventPattern": "{\"source\":[\"shop\"]}", "Description": "by hand",
        }),
    )
}

fn missing() -> Answer {
    json_error(400, "ResourceNotFoundException", "Rule shipped does not exist on EventBus orders.")
}

fn put() -> Answer {
    answer(200, json!({ "RuleArn": ARN }))
}

fn target() -> RuleTarget {
    RuleTarget {
        id: "bridge".to_owned(),
        function_arn: "arn:aws:lambda:us-east-1:111122223333:function:bridge".to_owned(),
        input_transformer: Some(InputTransformer {
            input_paths: [("id".to_owned(), "$.detail.id".to_owned())].into(),
            input_template: r#"{"order": <id>}"#.to_owned(),
        }),
        retry_policy: Some(RetryPolicy { maximum_event_age: Some(60), maximum_attempts: Some(0) }),
        dead_letter_arn: Some("arn:aws:sqs:us-east-1:111122223333:lost".to_owned()),
    }
}

#[tokio::test]
async fn a_rule_is_created_where_there_is_none() {
    let aws = FakeAws::new();
    aws.answer("DescribeRule", missing());
    let busy = json_error(400, "ConcurrentModificationException", "in progress");
    aws.answer("PutRule", busy);
    aws.answer("PutRule", put());
    assert_eq!(eventbridge(&aws).create_rule(&shipped(), &settings()).await.unwrap(), ARN);
    let asked: Json = serde_json::from_str(&aws.asked("PutRule")).unwrap();
    assert_eq!(asked["EventBusName"], "orders");
    assert_eq!(asked["Tags"][0]["Key"], CREATE_NONCE);
    aws.assert_done();
}

#[tokio::test]
async fn a_rule_that_is_there_is_not_overwritten() {
    let aws = FakeAws::new();
    aws.answer("DescribeRule", described());
    let error = eventbridge(&aws).create_rule(&shipped(), &settings()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
    expect![[r#"events:PutRule failed: the bus has a rule "shipped""#]]
        .assert_eq(&error.to_string());
    aws.assert_done();
}

#[tokio::test]
async fn after_a_lost_answer_the_rule_with_the_nonce_is_ours() {
    for ours in [true, false] {
        let aws = FakeAws::new();
        aws.answer("DescribeRule", missing());
        aws.answer("PutRule", Answer::Lost);
        aws.answer("PutRule", Answer::Lost);
        aws.answer("DescribeRule", described());
        let script = aws.clone();
        let tags = super::super::testing::from_request(move |_| {
            let asked: Json = serde_json::from_str(&script.asked("PutRule")).unwrap();
            let nonce = if ours { asked["Tags"][0]["Value"].clone() } else { json!("another") };
            answer(200, json!({ "Tags": [{ "Key": CREATE_NONCE, "Value": nonce }] }))
        });
        aws.answer("ListTagsForResource", tags);
        let created = eventbridge(&aws).create_rule(&shipped(), &settings()).await;
        assert_eq!(created.is_ok(), ours);
        aws.assert_done();
    }
}

#[tokio::test]
async fn an_update_leaves_what_it_has_no_words_for() {
    let aws = FakeAws::new();
    aws.answer("DescribeRule", described());
    aws.answer("PutRule", put());
    eventbridge(&aws).update_rule(&shipped(), &settings()).await.unwrap();
    let asked: Json = serde_json::from_str(&aws.asked("PutRule")).unwrap();
    assert_eq!((&asked["State"], &asked["Description"]), (&json!("ENABLED"), &json!("by hand")));
    assert_eq!(asked["Tags"], Json::Null);
    aws.assert_done();
}

#[tokio::test]
async fn a_target_is_read_as_it_is_written() {
    let aws = FakeAws::new();
    aws.answer("PutTargets", answer(200, json!({ "FailedEntryCount": 0, "FailedEntries": [] })));
    eventbridge(&aws).put_target(&shipped(), &target()).await.unwrap();
    let asked: Json = serde_json::from_str(&aws.asked("PutTargets")).unwrap();
    assert_eq!(asked["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"], 0);

    let other = json!({ "Id": "other", "Arn": "arn:aws:sqs:us-east-1:111122223333:copy" });
    let page = json!({ "Targets": [other], "NextToken": "2" });
    aws.answer("ListTargetsByRule", answer(200, page));
    aws.answer("ListTargetsByRule", answer(200, json!({ "Targets": asked["Targets"] })));
    let found = eventbridge(&aws).find_targets(&shipped()).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], target());
    aws.assert_done();
}

#[tokio::test]
async fn what_an_answer_reports_as_failed_is_an_error() {
    let failed = |code: &str| {
        let entry = json!({ "TargetId": "bridge", "ErrorCode": code, "ErrorMessage": "no" });
        answer(200, json!({ "FailedEntryCount": 1, "FailedEntries": [entry] }))
    };
    let aws = FakeAws::new();
    aws.answer("PutTargets", failed("ConcurrentModificationException"));
    aws.answer("PutTargets", failed("ResourceLimitExceeded"));
    aws.answer("RemoveTargets", failed("ManagedRuleException"));
    let eventbridge = eventbridge(&aws);
    let error = eventbridge.put_target(&shipped(), &target()).await.unwrap_err();
    expect!["events:PutTargets answered ResourceLimitExceeded: no"].assert_eq(&error.to_string());
    let error = eventbridge.remove_target(&shipped(), "bridge").await.unwrap_err();
    expect!["events:RemoveTargets answered ManagedRuleException: no"].assert_eq(&error.to_string());
    aws.assert_done();
}

#[tokio::test]
async fn removing_twice_succeeds() {
    let aws = FakeAws::new();
    let done = || answer(200, json!({ "FailedEntryCount": 0, "FailedEntries": [] }));
    aws.answer("RemoveTargets", done());
    aws.answer("RemoveTargets", missing());
    aws.answer("DeleteRule", answer(200, json!({})));
    aws.answer("DeleteRule", missing());
    aws.answer("ListTargetsByRule", missing());
    let eventbridge = eventbridge(&aws);
    for _ in 0..2 {
        eventbridge.remove_target(&shipped(), "bridge").await.unwrap();
    }
    for _ in 0..2 {
        eventbridge.delete_rule(&shipped()).await.unwrap();
    }
    assert_eq!(eventbridge.find_targets(&shipped()).await, Ok(Vec::new()));
    aws.assert_done();
}
