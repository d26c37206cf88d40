//! Queues: of a batch with a poison message, only that message comes back.

use acceptance::World;
use serde_json::json;

use super::{lines, message, queue, worker};

#[test]
fn only_the_message_that_failed_comes_back() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    let (failed, failed_arn) = queue(&world, "failed", json!({}));
    let redrive = json!({"deadLetterTargetArn": failed_arn, "maxReceiveCount": 2}).to_string();
    let attributes = json!({"VisibilityTimeout": "10", "RedrivePolicy": redrive});
    let (jobs, jobs_arn) = queue(&world, "jobs", attributes);
    let (config, file) = worker(
        &world,
        &format!(
            r#"
resource "modal_bridge_event_source" "jobs" {{
  bridge_name      = modal_bridge_function.worker.name
  event_source_arn = "{jobs_arn}"
}}
"#
        ),
    );
    for body in ["one", "bad", "two"] {
        aws.call("sqs", "send_message", json!({"QueueUrl": jobs, "MessageBody": body}));
    }

    config.apply();
    config.plan().assert_empty();

    assert_eq!(message(&world, &failed)["Body"], "bad");
    let mut seen = lines(&file, 6);
    seen.sort();
    assert_eq!(seen, ["done one", "done two", "try bad", "try bad", "try one", "try two"]);
    let request = json!({"QueueUrl": jobs, "AttributeNames": ["All"]});
    let left = aws.call("sqs", "get_queue_attributes", request);
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0", "{left}");
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0", "{left}");
    config.destroy();
}

#[test]
fn a_fifo_queue_keeps_its_order_beside_a_group_that_fails() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let (failed, failed_arn) = queue(&world, "failed.fifo", fifo.clone());
    let mut attributes = fifo;
    attributes["VisibilityTimeout"] = "10".into();
    attributes["RedrivePolicy"] =
        json!({"deadLetterTargetArn": failed_arn, "maxReceiveCount": 2}).to_string().into();
    let (jobs, jobs_arn) = queue(&world, "jobs.fifo", attributes);
    let (config, file) = worker(
        &world,
        &format!(
            r#"
resource "modal_bridge_event_source" "jobs" {{
  bridge_name      = modal_bridge_function.worker.arn
  event_source_arn = "{jobs_arn}"

  scaling_config {{
    maximum_concurrency = 2
  }}
}}
"#
        ),
    );
    for (group, body) in [("a", "one"), ("b", "bad"), ("a", "two"), ("a", "three")] {
        let request = json!({"QueueUrl": jobs, "MessageBody": body, "MessageGroupId": group});
        aws.call("sqs", "send_message", request);
    }

    config.apply();
    config.plan().assert_empty();

    assert_eq!(message(&world, &failed)["Body"], "bad");
    let seen = lines(&file, 8);
    let done: Vec<_> = seen.iter().filter(|line| line.starts_with("done")).collect();
    assert_eq!(done, ["done one", "done two", "done three"]);
    let tries = |word: &str| seen.iter().filter(|line| **line == format!("try {word}")).count();
    assert_eq!(["one", "two", "three", "bad"].map(tries), [1, 1, 1, 2]);
    config.destroy();
}
