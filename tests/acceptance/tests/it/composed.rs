//! Every source of a bridge, native and composed with `hashicorp/aws`: arguments that are there, and
//! what AWS fires through them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, LocalModal, Workspace, World, host_architecture};
use serde_json::{Value, json};

const NATIVE: &str = "examples/complete/event-sources";
const COMPOSED: &str = "examples/complete/event-sources-composed";

/// How long events may be under way: the first call starts a container.
const PATIENCE: Duration = Duration::from_secs(90);

/// The part of that schema that matters here.
const SCHEMA: &str = "tests/acceptance/fixtures/hashicorp-aws-5.100.0-schema.json";

#[test]
fn every_argument_of_another_provider_is_one_of_its_own() {
    let schema = Schema::read();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for file in hcl_in(&Workspace::here().file("examples")) {
        let text = fs::read_to_string(&file).unwrap();
        let of_file = schema.faults(&text);
        faults.extend(of_file.into_iter().map(|fault| format!("{}: {fault}", file.display())));
        seen.extend(resources(&text).into_iter().map(|(resource, _)| resource));
    }
    assert_eq!(faults, [] as [String; 0]);
    assert!(seen.contains("aws_lambda_event_source_mapping"), "{seen:?}");
}

#[test]
fn every_source_composed_with_hashicorp_aws_applies_and_calls() {
    let world = World::start();
    let Some(config) = world.config_with_hashicorp_aws(COMPOSED) else { return };
    let config = for_echo(&world, config);
    config.apply();
    config.plan().assert_empty();

    let topic = format!("arn:aws:sns:us-east-1:{}:event-sources-alerts", world.aws.id());
    let message = format!("{}-sns", mark(&world));
    world.aws.call("sns", "publish", json!({"TopicArn": topic, "Message": message}));
    fire(&world);
    await_calls(&world, &["s3", "sns", "sqs", "kinesis", "dynamodb"]);
    config.destroy();
}

#[test]
fn every_native_source_applies_and_calls() {
    let world = World::start();
    let aws = &world.aws;
    aws.call("s3", "create_bucket", json!({"Bucket": bucket(&world)}));
    let queue = json!({
        "QueueName": "event-sources-jobs",
        "Attributes": {"VisibilityTimeout": "180"},
    });
    aws.call("sqs", "create_queue", queue);
    let stream = json!({"StreamName": "event-sources-clicks", "ShardCount": 1});
    aws.call("kinesis", "create_stream", stream);
    let table = json!({
        "TableName": "event-sources-orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
    });
    let table = aws.call("dynamodb", "create_table", table);
    let table_stream = table["TableDescription"]["LatestStreamArn"].as_str().unwrap();
    let arn = |service: &str, resource: &str| {
        format!("arn:aws:{service}:us-east-1:{}:{resource}", world.aws.id())
    };
    let config = for_echo(&world, world.config_of(NATIVE))
        .with_env("TF_VAR_queue_arn", arn("sqs", "event-sources-jobs"))
        .with_env("TF_VAR_stream_arn", arn("kinesis", "stream/event-sources-clicks"))
        .with_env("TF_VAR_table_stream_arn", table_stream);
    config.apply();
    config.plan().assert_empty();

    fire(&world);
    await_calls(&world, &["s3", "sqs", "kinesis", "dynamodb"]);
    config.destroy();
}

/// The bridge of the example calls a function that answers with what it got.
fn for_echo(world: &World, config: Config) -> Config {
    config
        .with_env("TF_VAR_bucket", bucket(world))
        .with_env("TF_VAR_app_name", "thumbnails")
        .with_env("TF_VAR_modal_function_name", "echo")
        .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
        .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET)
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_architecture", host_architecture())
}

fn bucket(world: &World) -> String {
    format!("uploads-{}", world.aws.id())
}

/// What the events of this very test carry.
fn mark(world: &World) -> String {
    format!("of-{}", world.aws.id())
}

/// One event of each source.
fn fire(world: &World) {
    let (aws, mark, bucket) = (&world.aws, mark(world), bucket(world));
    let key = format!("uploads/{mark}-s3.png");
    aws.call("s3", "put_object", json!({"Bucket": bucket, "Key": key, "Body": "x"}));
    let queue = json!({"QueueName": "event-sources-jobs"});
    let queue = aws.call("sqs", "get_queue_url", queue)["QueueUrl"].take();
    let body = format!("{mark}-sqs");
    aws.call("sqs", "send_message", json!({"QueueUrl": queue, "MessageBody": body}));
    let record = json!({
        "StreamName": "event-sources-clicks",
        "Data": "x",
        "PartitionKey": format!("{mark}-kinesis"),
    });
    aws.call("kinesis", "put_record", record);
    let item = json!({"id": {"S": format!("{mark}-dynamodb")}});
    aws.call("dynamodb", "put_item", json!({"TableName": "event-sources-orders", "Item": item}));
}

/// Waits until the function has answered with an event of each.
fn await_calls(world: &World, sources: &[&str]) {
    for source in sources {
        let wanted = format!("{}-{source}", mark(world));
        let deadline = Instant::now() + PATIENCE;
        while !world.modal().calls().unwrap().iter().any(|call| holds(&call["result"], &wanted)) {
            assert!(Instant::now() < deadline, "nothing came from {source}");
            thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Whether the function got it, by what it answered.
fn holds(result: &Value, wanted: &str) -> bool {
    result.to_string().contains(wanted)
}

/// The `.tf` files of a folder and of those in it.
fn hcl_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(hcl_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The resources of `hashicorp/aws` in formatted HCL, each with the ways to its arguments.
fn resources(text: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut found: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    // The blocks that are open; values over several lines are `None`.
    let mut open: Vec<Option<String>> = Vec::new();
    for line in text.lines().map(str::trim) {
        let line = line.split(" # ").next().unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let name: String =
            line.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let rest = line[name.len()..].trim_start();
        let is_block = !name.is_empty() && !rest.starts_with('=') && rest.ends_with('{');
        if open.is_empty() {
            let parts: Vec<_> = line.split('"').collect();
            let is_theirs =
                name == "resource" && parts.get(1).is_some_and(|t| t.starts_with("aws_"));
            if is_theirs {
                found.push((parts[1].to_owned(), Vec::new()));
            }
            if rest.ends_with('{') {
                open.push(is_theirs.then(|| parts[1].to_owned()));
            }
            continue;
        }
        let inside = open.iter().all(Option::is_some);
        if inside
            && (is_block || rest.starts_with('='))
            && let Some((_, paths)) = found.last_mut()
        {
            let path = open[1..].iter().flatten().cloned().chain([name.clone()]).collect();
            paths.push(path);
        }
        let opened = line.matches(['{', '[', '(']).count();
        let closed = line.matches(['}', ']', ')']).count();
        for _ in closed..opened {
            open.push((inside && is_block).then(|| name.clone()));
        }
        for _ in opened..closed {
            open.pop();
        }
    }
    found
}

/// What that provider's version 5.100.0 says of the resources that go with a bridge.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(Workspace::here().file(SCHEMA)).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// The resources and arguments in formatted HCL that the provider does not have.
    pub(crate) fn faults(&self, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (resource, arguments) in resources(text) {
            if self.block(&resource).is_null() {
                faults.push(format!("{resource} is not in the schema"));
            }
            for path in arguments {
                if !is_in(self.block(&resource), &path) {
                    faults.push(format!("{resource} has no {}", path.join(".")));
                }
            }
        }
        faults
    }

    /// Whether a resource has an attribute.
    pub(crate) fn has(&self, resource: &str, attribute: &str) -> bool {
        !self.block(resource)["attributes"][attribute].is_null()
    }

    fn block(&self, resource: &str) -> &Value {
        &self.0["resource_schemas"][resource]["block"]
    }
}

/// Whether the schema of a block has this argument, or block of arguments.
fn is_in(block: &Value, path: &[String]) -> bool {
    const METAS: &[&str] = &["count", "depends_on", "for_each", "lifecycle", "provider"];
    let Some((name, rest)) = path.split_first() else { return true };
    if METAS.contains(&name.as_str()) {
        return true;
    }
    let nested = &block["block_types"][name]["block"];
    if rest.is_empty() {
        return !nested.is_null() || !block["attributes"][name].is_null();
    }
    !nested.is_null() && is_in(nested, rest)
}

#[test]
fn arguments_are_found_at_every_depth() {
    let text = r#"
resource "aws_s3_bucket_notification" "this" {
  bucket = local.bucket # a bucket

  lambda_function {
    events = [
      "a = b",
    ]
    filter_prefix = "in/"
  }
}

resource "modal_bridge_function" "this" {
  name = "x"
}
"#;
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    let found = resources(text);
    assert_eq!(found.len(), 1);
    let (resource, arguments) = &found[0];
    assert_eq!(resource, "aws_s3_bucket_notification");
    let wanted = [
        path(&["bucket"]),
        path(&["lambda_function"]),
        path(&["lambda_function", "events"]),
        path(&["lambda_function", "filter_prefix"]),
    ];
    assert_eq!(arguments, &wanted);
    let schema = json!({
        "attributes": {"bucket": {}},
        "block_types": {"lambda_function": {"block": {"attributes": {"events": {}}}}},
    });
    assert_eq!(wanted.map(|path| is_in(&schema, &path)), [true, true, true, false]);
}
