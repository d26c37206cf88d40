//! `modal_bridge_event_source` by Terraform: AWS itself polls, and the Python function in Modal's
//! runtime writes down what reached it.

mod bad_values;
mod lifecycle;
mod queues;
mod streams;

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, World};
use serde_json::{Value, json};

use crate::bridge::with_token;

/// How long records may be under way: the first call starts a container, and what failed in a queue
/// comes back when its visibility timeout is over.
const PATIENCE: Duration = Duration::from_secs(90);

/// A bridge, `worker`, that passes on each record by itself.
const WORKER: &str = r#"
variable "file" {
  type = string
}
resource "modal_bridge_function" "worker" {
  name                = "worker"
  app_name            = "sources"
  modal_function_name = "note"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
  timeout             = 10
  batch_mode          = "record"
  params              = jsonencode({ file = var.file })
}
"#;

/// Where a test writes what feeds the worker.
const SOURCES: &str = "sources.tf";

/// The worker with these sources, in a folder of its own, and the file that it writes to.
fn worker(world: &World, sources: &str) -> (Config, PathBuf) {
    let config = with_token(world, WORKER);
    config.write(SOURCES, sources);
    let file = config.directory().join("seen.txt");
    let config = config.with_env("TF_VAR_file", file.to_str().unwrap());
    (config, file)
}

/// A new queue: its URL and ARN.
fn queue(world: &World, name: &str, attributes: Value) -> (Value, String) {
    let request = json!({"QueueName": name, "Attributes": attributes});
    let url = world.aws.call("sqs", "create_queue", request)["QueueUrl"].clone();
    let request = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
    let found = world.aws.call("sqs", "get_queue_attributes", request);
    (url, found["Attributes"]["QueueArn"].as_str().unwrap().to_owned())
}

/// Waits for a message of this queue.
#[track_caller]
fn message(world: &World, url: &Value) -> Value {
    until(|| {
        let request = json!({"QueueUrl": url, "MaxNumberOfMessages": 10});
        let mut answer = world.aws.call("sqs", "receive_message", request);
        match answer["Messages"].take() {
            Value::Array(messages) => messages.into_iter().next(),
            _ => None,
        }
    })
}

/// Waits until the function has written so many lines, and a little longer; tells all of them.
#[track_caller]
fn lines(file: &PathBuf, count: usize) -> Vec<String> {
    let read = || -> Vec<String> {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    until(|| (read().len() >= count).then_some(()));
    thread::sleep(Duration::from_secs(1));
    read()
}

#[track_caller]
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come");
        thread::sleep(Duration::from_millis(200));
    }
}

/// What feeds the worker, as Lambda has it.
fn mappings(world: &World) -> Vec<Value> {
    let request = json!({"FunctionName": "worker"});
    match world.aws.try_call("lambda", "list_event_source_mappings", request) {
        Ok(mut answer) => answer["EventSourceMappings"].as_array_mut().unwrap().clone(),
        Err(_) => Vec::new(),
    }
}

/// Names of the inline policies of the worker's role.
fn policies(world: &World) -> Vec<String> {
    let request = json!({"RoleName": "worker-us-east-1"});
    let Ok(answer) = world.aws.try_call("iam", "list_role_policies", request) else {
        return Vec::new();
    };
    let names = answer["PolicyNames"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}
