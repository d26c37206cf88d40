//! Queues, by their names.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &Contents, operation: &str, body: &Json) -> Answer {
    let name = match body["QueueUrl"].as_str() {
        Some(url) => url.rsplit('/').next().unwrap_or_default(),
        None => body["QueueName"].as_str().unwrap(),
    };
    let Some(seconds) = contents.queues.get(name) else {
        let message = "The specified queue does not exist.";
        return json_error(400, "com.amazonaws.sqs#QueueDoesNotExist", message);
    };
    match operation {
        "GetQueueUrl" => {
            let url = format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT_ID}/{name}");
            answered(200, json!({ "QueueUrl": url }))
        }
        "GetQueueAttributes" => {
            answered(200, json!({ "Attributes": { "VisibilityTimeout": seconds.to_string() } }))
        }
        other => panic!("{other} is not in this account"),
    }
}
