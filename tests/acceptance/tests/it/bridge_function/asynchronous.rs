//! What becomes of events that nobody waits for.

use std::thread;
use std::time::{Duration, Instant};

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{ADDRESS, bridge, log_group_name, role_policy, with_token};

/// How long an event may be under way: the first call starts a container.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn settings_for_asynchronous_events_come_change_and_go_with_the_right_to_send() {
    let world = World::start();
    let (_, failed) = queue(&world, "failed");
    let block = |arguments: &str| bridge(&format!("  event_invoke_config {{\n{arguments}\n  }}"));
    let destination = format!(
        "    maximum_retry_attempts = 0\n    destination_config {{\n      on_failure {{\n        \
         destination = {failed:?}\n      }}\n    }}"
    );
    let config = world.config(&block(&destination));
    config.apply();
    config.plan().assert_empty();
    let found = event_invoke_config(&world).unwrap();
    assert_eq!(found["MaximumRetryAttempts"], 0);
    assert_eq!(found["MaximumEventAgeInSeconds"], 21_600);
    assert_eq!(found["DestinationConfig"], json!({"OnFailure": {"Destination": failed}}));
    let sends = |world: &World| {
        let policy = role_policy(world, "thumbnails");
        let statements = policy["Statement"].as_array().unwrap().iter();
        statements.filter(|found| found["Sid"] == "SendToQueues").cloned().collect::<Vec<_>>()
    };
    assert_eq!(sends(&world)[0]["Resource"], json!([failed]));

    let theirs = json!({
        "FunctionName": "thumbnails",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 60,
    });
    world.aws.call("lambda", "put_function_event_invoke_config", theirs);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(event_invoke_config(&world).unwrap()["MaximumEventAgeInSeconds"], 21_600);
    let name = json!({"FunctionName": "thumbnails"});
    world.aws.call("lambda", "delete_function_event_invoke_config", name);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();

    config.rewrite(&block("    maximum_event_age_in_seconds = 600"));
    config.apply();
    config.plan().assert_empty();
    let found = event_invoke_config(&world).unwrap();
    assert_eq!(found["MaximumRetryAttempts"], 2);
    assert_eq!(found["MaximumEventAgeInSeconds"], 600);
    assert_eq!(found["DestinationConfig"], json!({}));
    assert_eq!(sends(&world), [] as [Value; 0]);

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(event_invoke_config(&world), None);
    config.destroy();
}

#[test]
fn what_failed_may_go_to_a_bucket_which_the_role_may_write_then() {
    let world = World::start();
    world.aws.call("s3", "create_bucket", json!({"Bucket": "failed"}));
    let config = world.config(&bridge(
        r#"
  event_invoke_config {
    destination_config {
      on_failure {
        destination = "arn:aws:s3:::failed"
      }
    }
  }
"#,
    ));
    config.apply();
    config.plan().assert_empty();
    let found = event_invoke_config(&world).unwrap();
    let destination = json!({"OnFailure": {"Destination": "arn:aws:s3:::failed"}});
    assert_eq!(found["DestinationConfig"], destination);
    let policy = role_policy(&world, "thumbnails");
    let added = policy["Statement"].as_array().unwrap()[3..].iter().map(Value::to_string);
    expect![[r#"
        {"Sid":"ListBucket","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::failed"]}
        {"Sid":"PutObjects","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::failed/*"]}"#]]
    .assert_eq(&added.collect::<Vec<_>>().join("\n"));

    config.rewrite(&bridge(""));
    config.apply();
    assert_eq!(role_policy(&world, "thumbnails")["Statement"].as_array().unwrap().len(), 3);
    config.destroy();
}

const FAILS: &str = r#"
resource "modal_bridge_function" "fails" {
  name                = "fails"
  app_name            = "thumbnails"
  modal_function_name = "raise_error"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"

  event_invoke_config {
    maximum_retry_attempts = 0
    destination_config {
      on_failure {
        destination = "QUEUE"
      }
    }
  }
}
"#;

#[test]
fn an_event_that_failed_comes_to_its_destination_with_the_bridges_error() {
    let world = World::start();
    let (url, failed) = queue(&world, "failed");
    let config = with_token(&world, &FAILS.replace("QUEUE", &failed));
    config.apply();
    config.plan().assert_empty();

    let event = json!({"picture": "cat.png"});
    let request = json!({
        "FunctionName": "fails",
        "InvocationType": "Event",
        "Payload": event.to_string(),
    });
    assert_eq!(world.aws.call("lambda", "invoke", request)["StatusCode"], 202);

    let message = received(&world, &url);
    assert_eq!(message["requestPayload"], event);
    assert_eq!(message["responseContext"]["functionError"], "Unhandled");
    assert_eq!(message["responsePayload"]["errorType"], "ModalRemoteError");
    let text = message["responsePayload"]["errorMessage"].as_str().unwrap();
    let expected =
        r#"the Modal function raised ValueError("cannot render {'picture': 'cat.png'}")"#;
    assert!(text.starts_with(expected), "{text}");
    let group = json!({"logGroupName": log_group_name("fails")});
    let lines = world.aws.call("logs", "filter_log_events", group);
    let lines = lines["events"].as_array().unwrap().iter();
    let lines = lines.filter_map(|line| line["message"].as_str());
    let attempts: Vec<_> = lines.filter(|line| line.contains("\"modal_app\"")).collect();
    assert_eq!(attempts.len(), 1, "no attempt after the first: {attempts:#?}");
    config.destroy();
}

/// The body of the first message.
fn received(world: &World, queue: &Value) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = world.aws.call("sqs", "receive_message", json!({"QueueUrl": queue}));
        if let Some(body) = answer["Messages"][0]["Body"].as_str() {
            return serde_json::from_str(body).unwrap();
        }
        assert!(Instant::now() < deadline, "{:#?}", world.modal().calls());
        thread::sleep(Duration::from_millis(200));
    }
}

/// A queue's URL and ARN.
fn queue(world: &World, name: &str) -> (Value, String) {
    let url = world.aws.call("sqs", "create_queue", json!({"QueueName": name}))["QueueUrl"].clone();
    let request = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
    let found = world.aws.call("sqs", "get_queue_attributes", request);
    (url, found["Attributes"]["QueueArn"].as_str().unwrap().to_owned())
}

fn event_invoke_config(world: &World) -> Option<Value> {
    let request = json!({"FunctionName": "thumbnails"});
    world.aws.try_call("lambda", "get_function_event_invoke_config", request).ok()
}
