//! A queue that AWS polls for a bridge, under policies that are enforced: what failed comes back,
//! what was done is not done again.

use std::thread;
use std::time::{Duration, Instant};

use acceptance::World;
use serde_json::{Value, json};

use crate::bridge::with_token;

/// How long messages may be under way: the first call starts a container.
const PATIENCE: Duration = Duration::from_secs(60);

const WORKER: &str = r#"
resource "modal_bridge_function" "worker" {
  name                = "worker"
  app_name            = "jobs"
  modal_function_name = "work"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
  timeout             = 10 # as long as the queue keeps a message from others
  batch_mode          = "record"
  pass_context        = true
  event_source_arns   = ["QUEUE"]

  idempotency {
    table_name = "seen"
  }
}
"#;

#[test]
fn what_failed_comes_back_and_what_was_done_is_not_done_again() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    let queue = |name: &str, attributes: Value| {
        let request = json!({"QueueName": name, "Attributes": attributes});
        let url = aws.call("sqs", "create_queue", request)["QueueUrl"].clone();
        let request = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
        let arn = aws.call("sqs", "get_queue_attributes", request)["Attributes"]["QueueArn"].take();
        (url, arn.as_str().unwrap().to_owned())
    };
    let (failed, failed_arn) = queue("failed", json!({}));
    let redrive = json!({"deadLetterTargetArn": failed_arn, "maxReceiveCount": 2}).to_string();
    let (jobs, jobs_arn) =
        queue("jobs", json!({"VisibilityTimeout": "10", "RedrivePolicy": redrive}));
    aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": "seen",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }),
    );
    let config = with_token(&world, &WORKER.replace("QUEUE", &jobs_arn));
    config.apply();
    config.plan().assert_empty();
    aws.call(
        "lambda",
        "create_event_source_mapping",
        json!({
            "FunctionName": "worker",
            "EventSourceArn": jobs_arn,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }),
    );

    for body in ["one", "bad", "two"] {
        aws.call("sqs", "send_message", json!({"QueueUrl": jobs, "MessageBody": body}));
    }

    // The one that failed is tried twice and put aside; the others were taken out of the queue.
    let deadline = Instant::now() + PATIENCE;
    let dead = loop {
        let request = json!({"QueueUrl": failed, "MaxNumberOfMessages": 10});
        let mut answer = aws.call("sqs", "receive_message", request);
        match answer["Messages"].take() {
            Value::Array(messages) if !messages.is_empty() => break messages,
            _ => {}
        }
        assert!(Instant::now() < deadline, "{:#?}", world.modal().calls());
        thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["Body"], "bad");
    let count = json!({"QueueUrl": jobs, "AttributeNames": ["All"]});
    let left = aws.call("sqs", "get_queue_attributes", count);
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0", "{left}");
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0", "{left}");

    // A delivery of a record that was done answers with the first call's result.
    let record = json!({
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": "three",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": jobs_arn,
        "awsRegion": "us-east-1",
    });
    let before = world.modal().calls().unwrap().len();
    let answers = [(); 2].map(|()| {
        let event = json!({"Records": [record]}).to_string();
        let request = json!({"FunctionName": "worker", "Payload": event});
        let answer = aws.call("lambda", "invoke", request);
        assert!(answer["FunctionError"].is_null(), "{answer}");
        serde_json::from_str::<Value>(answer["Payload"].as_str().unwrap()).unwrap()
    });
    assert_eq!(answers[0]["response"]["results"][0]["bodies"], json!(["three"]));
    assert_eq!(answers[0], answers[1]);
    let after = world.modal().calls().unwrap().len();
    assert_eq!(after - before, 1, "the second delivery called nothing");

    config.destroy();
}
