//! Subscriptions against a scripted SNS.

use expect_test::expect;

use super::super::testing::{Answer, FakeAws, iam_error, waiter, xml};
use super::*;

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";
const ARN: &str = "arn:aws:sns:us-east-1:111122223333:alerts:5a2c";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:bridge";

fn sns(aws: &FakeAws) -> Sns {
    Sns::new(Client::new(&aws.config()), waiter())
}

fn answer(operation: &str, inner: &str) -> Answer {
    xml(
        200,
        format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result>\
             <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn listed(operation: &str, endpoints: &[(&str, &str)], next: Option<&str>) -> Answer {
    let members: String = endpoints
        .iter()
        .map(|(arn, endpoint)| {
            format!(
                "<member><SubscriptionArn>{arn}</SubscriptionArn><TopicArn>{TOPIC}</TopicArn>\
                 <Protocol>lambda</Protocol><Endpoint>{endpoint}</Endpoint></member>"
            )
        })
        .collect();
    let next = next.map(|token| format!("<NextToken>{token}</NextToken>")).unwrap_or_default();
    answer(operation, &format!("<Subscriptions>{members}</Subscriptions>{next}"))
}

fn attributes(entries: &[(&str, &str)]) -> Answer {
    let usual = [("TopicArn", TOPIC), ("Endpoint", FUNCTION)];
    let entries: String = usual
        .iter()
        .chain(entries)
        .map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"))
        .collect();
    answer("GetSubscriptionAttributes", &format!("<Attributes>{entries}</Attributes>"))
}

fn filtering(policy: &str, scope: &str) -> SubscriptionSettings {
    SubscriptionSettings {
        filter_policy: Some(policy.to_owned()),
        filter_policy_scope: Some(scope.to_owned()),
        redrive_policy: None,
    }
}

const BY_TOPIC: &str = "ListSubscriptionsByTopic";
const GET: &str = "GetSubscriptionAttributes";
const SET: &str = "SetSubscriptionAttributes";

#[tokio::test]
async fn a_function_is_subscribed_with_its_filter() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[("PendingConfirmation", FUNCTION)], None));
    aws.answer(
        "Subscribe",
        answer("Subscribe", &format!("<SubscriptionArn>{ARN}</SubscriptionArn>")),
    );

    let settings = filtering(r#"{"store":["example"]}"#, "MessageAttributes");
    let arn = sns(&aws).subscribe(TOPIC, FUNCTION, &settings).await.unwrap();

    assert_eq!(arn, ARN);
    let asked = aws.asked("Subscribe");
    assert!(asked.contains("Protocol=lambda"), "{asked}");
    assert!(asked.contains(r#"{"store":["example"]}"#), "{asked}");
    assert!(!asked.contains("RedrivePolicy"), "{asked}");
    aws.assert_done();
}

#[tokio::test]
async fn a_subscription_that_is_there_before_is_not_adopted() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[("arn:other", "arn:aws:lambda:…:other")], Some("2")));
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[(ARN, FUNCTION)], None));
    aws.answer(GET, attributes(&[]));

    let error = sns(&aws).subscribe(TOPIC, FUNCTION, &Default::default()).await.unwrap_err();

    assert_eq!(error.fault, Fault::AlreadyExists);
    expect!["sns:Subscribe failed: the function is subscribed to the topic, by arn:aws:sns:us-east-1:111122223333:alerts:5a2c"]
        .assert_eq(&error.to_string());
    aws.assert_done();
}

#[tokio::test]
async fn a_list_that_still_has_what_is_gone_is_not_believed() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[(ARN, FUNCTION)], None));
    aws.answer(GET, iam_error(404, "NotFound", "Subscription does not exist"));
    assert_eq!(sns(&aws).find_subscription_of(TOPIC, FUNCTION).await, Ok(None));
}

#[tokio::test]
async fn after_a_lost_answer_the_subscription_is_found() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[], None));
    aws.answer("Subscribe", Answer::Lost);
    aws.answer("Subscribe", Answer::Lost);
    aws.answer(BY_TOPIC, listed(BY_TOPIC, &[(ARN, FUNCTION)], None));
    aws.answer(GET, attributes(&[]));
    let arn = sns(&aws).subscribe(TOPIC, FUNCTION, &Default::default()).await.unwrap();
    assert_eq!(arn, ARN);
    aws.assert_done();
}

#[tokio::test]
async fn the_topic_of_another_account_need_not_list_its_subscriptions() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, iam_error(403, "AuthorizationError", "not yours"));
    let list = "ListSubscriptions";
    aws.answer(list, listed(list, &[(ARN, FUNCTION)], None));
    aws.answer(
        GET,
        attributes(&[
            (FILTER, "{}"),
            (SCOPE, "MessageAttributes"),
            (REDRIVE, r#"{"deadLetterTargetArn":"q"}"#),
        ]),
    );
    let found = sns(&aws).find_subscription_of(TOPIC, FUNCTION).await.unwrap().unwrap();
    assert_eq!(found.arn, ARN);
    // An empty filter is none, and what is not there has no scope.
    let redrive_policy = Some(r#"{"deadLetterTargetArn":"q"}"#.to_owned());
    assert_eq!(found.settings, SubscriptionSettings { redrive_policy, ..Default::default() });
    aws.assert_done();
}

#[tokio::test]
async fn a_topic_that_is_gone_has_no_subscriptions() {
    let aws = FakeAws::new();
    aws.answer(BY_TOPIC, iam_error(404, "NotFound", "Topic does not exist"));
    assert_eq!(sns(&aws).find_subscription_of(TOPIC, FUNCTION).await, Ok(None));
}

/// The names of the attributes that are set, in order.
async fn changed(have: &SubscriptionSettings, want: &SubscriptionSettings, count: usize) -> String {
    let aws = FakeAws::new();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    for _ in 0..count {
        let asked = asked.clone();
        aws.answer(
            SET,
            super::super::testing::from_request(move |body| {
                let fields = body.split('&').filter(|field| field.starts_with("Attribute"));
                let fields: Vec<_> = fields.collect();
                *asked.lock().unwrap() += &format!("{}\n", fields.join(" "));
                xml(200, "<SetSubscriptionAttributesResponse/>")
            }),
        );
    }
    sns(&aws).change_subscription(ARN, have, want).await.unwrap();
    aws.assert_done();
    asked.lock().unwrap().clone()
}

#[tokio::test]
async fn a_wider_scope_comes_before_its_policy_and_a_narrower_one_after() {
    let flat = filtering(r#"{"a":["b"]}"#, "MessageAttributes");
    let nested = filtering(r#"{"a":{"b":["c"]}}"#, MESSAGE_BODY);
    expect![[r#"
        AttributeName=FilterPolicyScope AttributeValue=MessageBody
        AttributeName=FilterPolicy AttributeValue={"a":{"b":["c"]}}
    "#]]
    .assert_eq(&changed(&flat, &nested, 2).await);
    expect![[r#"
        AttributeName=FilterPolicy AttributeValue={"a":["b"]}
        AttributeName=FilterPolicyScope AttributeValue=MessageAttributes
    "#]]
    .assert_eq(&changed(&nested, &flat, 2).await);
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_taken_away() {
    let redrive_policy = Some(r#"{"deadLetterTargetArn":"q"}"#.to_owned());
    let have = SubscriptionSettings { redrive_policy, ..filtering(r#"{"a":["b"]}"#, MESSAGE_BODY) };
    expect![[r#"
        AttributeName=FilterPolicy AttributeValue={}
        AttributeName=RedrivePolicy
    "#]]
    .assert_eq(&changed(&have, &Default::default(), 2).await);
    assert_eq!(changed(&have, &have, 0).await, "");
}

#[tokio::test]
async fn unsubscribing_twice_succeeds() {
    let aws = FakeAws::new();
    aws.answer("Unsubscribe", xml(200, "<UnsubscribeResponse/>"));
    aws.answer("Unsubscribe", iam_error(404, "NotFound", "Subscription does not exist"));
    sns(&aws).unsubscribe(ARN).await.unwrap();
    sns(&aws).unsubscribe(ARN).await.unwrap();
    aws.assert_done();
}
