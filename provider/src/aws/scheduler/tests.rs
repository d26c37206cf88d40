//! Schedules against a scripted Scheduler.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use super::super::testing::{Answer, FakeAws, from_request, json as answer, json_error, waiter};
use super::*;

const CREATE: &str = "POST /schedules/nightly";
const GET: &str = "GET /schedules/nightly";
const UPDATE: &str = "PUT /schedules/nightly";
const DELETE: &str = "DELETE /schedules/nightly";
const ARN: &str = "arn:aws:scheduler:us-east-1:111122223333:schedule/default/nightly";

fn scheduler(aws: &FakeAws) -> Scheduler {
    Scheduler::new(Client::new(&aws.config()), waiter())
}

fn nightly() -> ScheduleName {
    ScheduleName { group: DEFAULT_GROUP.to_owned(), name: "nightly".to_owned() }
}

fn settings() -> ScheduleSettings {
    ScheduleSettings {
        expression: "cron(0 3 * * ? *)".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        start: Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000)),
        end: None,
        flexible_window: Some(15),
        enabled: false,
        input: Some(r#"{"run":"all"}"#.to_owned()),
        retries: RetryPolicy { maximum_event_age: Some(600), maximum_attempts: Some(3) },
        dead_letter_arn: Some("arn:aws:sqs:us-east-1:111122223333:lost".to_owned()),
        function_arn: "arn:aws:lambda:us-east-1:111122223333:function:bridge".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/nightly".to_owned(),
    }
}

fn as_scheduler_has_it() -> Json {
    let settings = settings();
    json!({
        "Arn": ARN, "Name": "nightly", "GroupName": "default",
        "ScheduleExpression": settings.expression,
        "ScheduleExpressionTimezone": settings.timezone,
        "StartDate": 1_800_000_000.0,
        "FlexibleTimeWindow": { "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15 },
        "State": "DISABLED",
        "Description": "by hand",
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": settings.function_arn,
            "RoleArn": settings.role_arn,
            "Input": settings.input,
            "RetryPolicy": { "MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600 },
            "DeadLetterConfig": { "Arn": settings.dead_letter_arn },
        },
    })
}

fn found() -> Answer {
    answer(200, as_scheduler_has_it())
}

fn missing() -> Answer {
    json_error(404, "ResourceNotFoundException", "Schedule nightly does not exist.")
}

fn taken() -> Answer {
    json_error(409, "ConflictException", "Schedule nightly already exists.")
}

fn not_assumable() -> Answer {
    let message = "The execution role you provide must allow AWS EventBridge Scheduler to assume \
                   the role.";
    json_error(400, "ValidationException", message)
}

#[tokio::test]
async fn a_schedule_is_read_as_it_is_written() {
    let aws = FakeAws::new();
    aws.answer(CREATE, answer(200, json!({ "ScheduleArn": ARN })));
    aws.answer(GET, found());

    scheduler(&aws).create_schedule(&nightly(), &settings()).await.unwrap();
    let read = scheduler(&aws).find_schedule(&nightly()).await.unwrap().unwrap();

    assert_eq!((read.arn.as_str(), read.settings), (ARN, settings()));
    let asked: Json = serde_json::from_str(&aws.asked(CREATE)).unwrap();
    assert_eq!(asked["GroupName"], "default");
    assert_eq!(asked["State"], "DISABLED");
    let window = json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15 });
    assert_eq!(asked["FlexibleTimeWindow"], window);
    assert_eq!(asked["StartDate"], 1_800_000_000);
    aws.assert_done();
}

#[tokio::test]
async fn a_schedule_waits_for_its_role() {
    let aws = FakeAws::new();
    aws.answer(CREATE, not_assumable());
    aws.answer(CREATE, not_assumable());
    aws.answer(CREATE, answer(200, json!({ "ScheduleArn": ARN })));
    scheduler(&aws).create_schedule(&nightly(), &settings()).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn the_sdk_repeats_a_create_under_the_same_token() {
    let aws = FakeAws::new();
    let token = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let first = token.clone();
    aws.answer(
        CREATE,
        from_request(move |body| {
            let body: Json = serde_json::from_str(body).unwrap();
            *first.lock().unwrap() = body["ClientToken"].to_string();
            Answer::Lost
        }),
    );
    aws.answer(CREATE, answer(200, json!({ "ScheduleArn": ARN })));
    scheduler(&aws).create_schedule(&nightly(), &settings()).await.unwrap();
    let asked: Json = serde_json::from_str(&aws.asked(CREATE)).unwrap();
    assert_eq!(asked["ClientToken"].to_string(), *token.lock().unwrap());
}

#[tokio::test]
async fn after_lost_answers_the_schedule_that_works_by_the_role_is_ours() {
    let aws = FakeAws::new();
    aws.answer(CREATE, Answer::Lost);
    aws.answer(CREATE, Answer::Lost);
    aws.answer(GET, found());
    scheduler(&aws).create_schedule(&nightly(), &settings()).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn a_schedule_of_the_right_name_alone_is_not_adopted() {
    let aws = FakeAws::new();
    let mut other = as_scheduler_has_it();
    other["Target"]["RoleArn"] = "arn:aws:iam::111122223333:role/another".into();
    aws.answer(CREATE, taken());
    aws.answer(GET, answer(200, other));
    let error = scheduler(&aws).create_schedule(&nightly(), &settings()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
    aws.assert_done();
}

#[tokio::test]
async fn an_update_leaves_what_it_has_no_words_for() {
    let aws = FakeAws::new();
    aws.answer(GET, found());
    aws.answer(UPDATE, json_error(409, "ConflictException", "Another update is in progress."));
    aws.answer(UPDATE, answer(200, json!({ "ScheduleArn": ARN })));

    let on_time = ScheduleSettings {
        flexible_window: None,
        enabled: true,
        dead_letter_arn: None,
        ..settings()
    };
    scheduler(&aws).update_schedule(&nightly(), &on_time).await.unwrap();

    let asked: Json = serde_json::from_str(&aws.asked(UPDATE)).unwrap();
    assert_eq!(asked["FlexibleTimeWindow"], json!({ "Mode": "OFF" }));
    assert_eq!(asked["State"], "ENABLED");
    assert_eq!(asked["Description"], "by hand");
    assert_eq!(asked["ActionAfterCompletion"], "DELETE");
    assert_eq!(asked["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 3);
    assert_eq!(asked["Target"]["DeadLetterConfig"], Json::Null);
    aws.assert_done();
}

#[tokio::test]
async fn a_schedule_that_is_gone_is_not_updated() {
    let aws = FakeAws::new();
    aws.answer(GET, missing());
    let error = scheduler(&aws).update_schedule(&nightly(), &settings()).await.unwrap_err();
    assert_eq!(error.fault, Fault::NotFound);
}

#[tokio::test]
async fn deleting_twice_succeeds() {
    let aws = FakeAws::new();
    aws.answer(DELETE, answer(200, json!({})));
    aws.answer(DELETE, missing());
    scheduler(&aws).delete_schedule(&nightly()).await.unwrap();
    scheduler(&aws).delete_schedule(&nightly()).await.unwrap();
    aws.assert_done();
}
