//! Mappings against a scripted Lambda.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::*;
use crate::aws::testing::{Answer, FakeAws, from_request, json as answer, json_error, waiter};
use crate::execution_policy::PollSource;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:worker";
const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:jobs";
const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:u-1";
const CREATE: &str = "POST /2015-03-31/event-source-mappings";
const LIST: &str = "GET /2015-03-31/event-source-mappings";
const GET: &str = "GET /2015-03-31/event-source-mappings/u-1";
const PUT: &str = "PUT /2015-03-31/event-source-mappings/u-1";
const DELETE: &str = "DELETE /2015-03-31/event-source-mappings/u-1";

fn tags_path() -> String {
    format!("GET /2017-03-31/tags/{ARN}")
}

fn lambda(aws: &FakeAws) -> Lambda {
    Lambda::new(aws_sdk_lambda::Client::new(&aws.config()), waiter())
}

fn jobs() -> NewMapping {
    NewMapping {
        function_arn: FUNCTION.to_owned(),
        source_arn: QUEUE.to_owned(),
        start: None,
        settings: MappingSettings::usual(PollSource::Queue),
        tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
    }
}

fn found(state: &str) -> Answer {
    answer(200, mapping(state))
}

fn mapping(state: &str) -> Json {
    json!({
        "UUID": "u-1", "EventSourceMappingArn": ARN, "FunctionArn": FUNCTION,
        "EventSourceArn": QUEUE, "State": state, "BatchSize": 10,
    })
}

fn tags(tags: Json) -> Answer {
    answer(200, json!({ "Tags": tags }))
}

fn missing() -> Answer {
    json_error(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

fn in_use() -> Answer {
    let message = "Cannot update the event source mapping because it is in use.";
    json_error(400, "ResourceInUseException", message)
}

fn not_allowed() -> Answer {
    let message =
        "The function execution role does not have permissions to call ReceiveMessage on SQS";
    json_error(400, "InvalidParameterValueException", message)
}

fn asked(aws: &FakeAws, operation: &str) -> Json {
    serde_json::from_str(&aws.asked(operation)).unwrap()
}

#[tokio::test]
async fn a_mapping_is_created_once_lambda_knows_the_roles_rights() {
    let aws = FakeAws::new();
    aws.answer(CREATE, not_allowed());
    aws.answer(CREATE, not_allowed());
    aws.answer(CREATE, answer(202, mapping("Creating")));

    assert_eq!(lambda(&aws).create_mapping(&jobs()).await.unwrap(), "u-1");

    let mut asked = asked(&aws, CREATE);
    assert!(asked["Tags"][CREATE_NONCE].take().is_string());
    // What there is none of is not spoken of: Lambda refuses a queue's stream settings.
    assert_eq!(
        asked,
        json!({
            "FunctionName": FUNCTION,
            "EventSourceArn": QUEUE,
            "Enabled": true,
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": [],
            "Tags": { "team": "ml", CREATE_NONCE: null },
        })
    );
    aws.assert_done();
}

#[tokio::test]
async fn a_stream_is_asked_for_with_all_that_streams_have() {
    let aws = FakeAws::new();
    aws.answer(CREATE, answer(202, mapping("Creating")));
    let source_arn = "arn:aws:kinesis:us-east-1:111122223333:stream/clicks".to_owned();
    let start = StartingPosition {
        name: "AT_TIMESTAMP".to_owned(),
        timestamp: Timestamp::parse("2026-01-31T13:00:00+01:00"),
    };
    let settings = MappingSettings {
        filters: ["{}".to_owned()].into(),
        response_types: ["ReportBatchItemFailures".to_owned()].into(),
        kms_key_arn: Some("arn:aws:kms:us-east-1:111122223333:key/1".to_owned()),
        source: SourceSettings::Stream(StreamSettings {
            destination_arn: Some("arn:aws:s3:::failed".to_owned()),
            ..StreamSettings::default()
        }),
        ..MappingSettings::usual(PollSource::KinesisStream)
    };
    let clicks = NewMapping { source_arn, start: Some(start), settings, ..jobs() };

    lambda(&aws).create_mapping(&clicks).await.unwrap();

    let mut asked = asked(&aws, CREATE);
    asked.as_object_mut().unwrap().remove("Tags");
    assert_eq!(
        asked,
        json!({
            "FunctionName": FUNCTION,
            "EventSourceArn": "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
            "StartingPosition": "AT_TIMESTAMP",
            "StartingPositionTimestamp": 1_769_860_800,
            "Enabled": true,
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": { "Filters": [{ "Pattern": "{}" }] },
            "KMSKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1",
            "ParallelizationFactor": 1,
            "BisectBatchOnFunctionError": false,
            "MaximumRecordAgeInSeconds": -1,
            "MaximumRetryAttempts": -1,
            "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:s3:::failed" } },
        })
    );
}

#[tokio::test]
async fn rights_that_never_come_end_in_lambdas_own_words() {
    let aws = FakeAws::new();
    for _ in 0..100 {
        aws.answer(CREATE, not_allowed());
    }
    let error = lambda(&aws).create_mapping(&jobs()).await.unwrap_err();
    assert!(lacks_rights(&error));
    expect!["lambda:CreateEventSourceMapping answered InvalidParameterValueException: The function execution role does not have permissions to call ReceiveMessage on SQS (still so after 2 minutes)"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_mapping_whose_create_was_answered_into_the_void_is_found_by_its_nonce() {
    let aws = FakeAws::new();
    aws.answer(CREATE, Answer::Lost);
    let fake = aws.clone();
    aws.answer(
        CREATE,
        from_request(move |request| {
            let asked: Json = serde_json::from_str(request).unwrap();
            fake.answer(LIST, answer(200, json!({ "EventSourceMappings": [mapping("Enabled")] })));
            fake.answer(&tags_path(), tags(asked["Tags"].clone()));
            let message = "An event source mapping with SQS arn and function already exists.";
            json_error(409, "ResourceConflictException", message)
        }),
    );
    assert_eq!(lambda(&aws).create_mapping(&jobs()).await.unwrap(), "u-1");
    aws.assert_done();
}

#[tokio::test]
async fn a_mapping_that_somebody_else_made_is_not_adopted() {
    let aws = FakeAws::new();
    let message = "An event source mapping with SQS arn and function already exists.";
    aws.answer(CREATE, json_error(409, "ResourceConflictException", message));
    aws.answer(LIST, answer(200, json!({ "EventSourceMappings": [mapping("Enabled")] })));
    aws.answer(&tags_path(), tags(json!({ CREATE_NONCE: "another" })));
    let error = lambda(&aws).create_mapping(&jobs()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
    aws.assert_done();
}

#[tokio::test]
async fn a_mapping_is_waited_for_until_nothing_is_under_way() {
    let aws = FakeAws::new();
    aws.answer(GET, missing());
    for state in ["Creating", "Enabling", "Updating", "Disabling", "Disabled"] {
        aws.answer(GET, found(state));
        aws.answer(&tags_path(), tags(json!({ "team": "ml" })));
    }
    let settled = lambda(&aws).wait_until_settled("u-1").await.unwrap();
    assert_eq!(settled.tags, jobs().tags);
    assert!(!settled.settings.enabled);
    aws.assert_done();
}

#[tokio::test]
async fn a_change_waits_for_the_one_before_and_says_what_goes() {
    let aws = FakeAws::new();
    aws.answer(PUT, in_use());
    aws.answer(PUT, answer(202, json!({})));
    let usual = MappingSettings::usual(PollSource::Queue);
    let have = MappingSettings {
        filters: ["{}".to_owned()].into(),
        kms_key_arn: Some("key".to_owned()),
        source: SourceSettings::Queue { maximum_concurrency: Some(2) },
        ..usual.clone()
    };

    lambda(&aws).update_mapping("u-1", &have, &usual).await.unwrap();

    assert_eq!(
        asked(&aws, PUT),
        json!({
            "Enabled": true,
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": [],
            "FilterCriteria": { "Filters": [] },
            "KMSKeyArn": "",
            "ScalingConfig": {},
        })
    );
    aws.assert_done();
}

#[tokio::test]
async fn a_destination_goes_when_it_is_said_to_be_empty() {
    let aws = FakeAws::new();
    aws.answer(PUT, answer(202, json!({})));
    let usual = MappingSettings::usual(PollSource::TableStream);
    let destination_arn = Some("arn:aws:s3:::failed".to_owned());
    let stream = StreamSettings { destination_arn, ..StreamSettings::default() };
    let have = MappingSettings { source: SourceSettings::Stream(stream), ..usual.clone() };
    lambda(&aws).update_mapping("u-1", &have, &usual).await.unwrap();
    let nowhere = json!({ "OnFailure": { "Destination": "" } });
    assert_eq!(asked(&aws, PUT)["DestinationConfig"], nowhere);
}

#[tokio::test]
async fn a_mapping_is_deleted_when_it_is_gone() {
    let aws = FakeAws::new();
    aws.answer(DELETE, in_use());
    aws.answer(DELETE, found("Deleting"));
    aws.answer(GET, found("Deleting"));
    aws.answer(GET, missing());
    aws.answer(DELETE, missing());
    aws.answer(GET, missing());
    let lambda = lambda(&aws);
    lambda.delete_mapping("u-1").await.unwrap();
    lambda.delete_mapping("u-1").await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn one_that_is_going_is_gone_and_filters_that_cannot_be_read_are_not_none() {
    let aws = FakeAws::new();
    aws.answer(GET, found("Deleting"));
    assert_eq!(lambda(&aws).find_mapping("u-1").await, Ok(None));

    let mut encrypted = mapping("Enabled");
    encrypted["FilterCriteriaError"] =
        json!({ "ErrorCode": "KMSAccessDeniedException", "Message": "no" });
    aws.answer(GET, answer(200, encrypted));
    let error = lambda(&aws).find_mapping("u-1").await.unwrap_err();
    assert_eq!((error.action, error.fault), ("kms:Decrypt", Fault::AccessDenied));
    expect!["kms:Decrypt failed: its filter criteria: KMSAccessDeniedException: no"]
        .assert_eq(&error.to_string());
}
