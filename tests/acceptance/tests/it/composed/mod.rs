//! Every source of a bridge, native and composed with `hashicorp/aws`: arguments that are there, and
//! what AWS fires through them.

mod mirrored;
mod packaged;
mod schema;

use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, HashicorpAws, LocalModal, World, host_architecture};
use serde_json::{Value, json};

pub(crate) use self::schema::Schema;
use crate::bridge_trigger::post;

const NATIVE: &str = "examples/complete/event-sources";
const COMPOSED: &str = "examples/complete/event-sources-composed";
const BUCKET: &str = "examples/complete/s3-composed";

/// How long events may be under way: the first call starts a container.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn every_native_source_applies_and_calls() {
    let world = World::start();
    let aws = &world.aws;
    aws.call("s3", "create_bucket", json!({"Bucket": bucket(&world)}));
    aws.call("sns", "create_topic", json!({"Name": "event-sources-alerts"}));
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
    let config = for_echo(&world, world.config_of(NATIVE))
        .with_env("TF_VAR_topic_arn", arn(&world, "sns", "event-sources-alerts"))
        .with_env("TF_VAR_queue_arn", arn(&world, "sqs", "event-sources-jobs"))
        .with_env("TF_VAR_stream_arn", arn(&world, "kinesis", "stream/event-sources-clicks"))
        .with_env("TF_VAR_table_stream_arn", table_stream);
    config.apply();
    config.plan().assert_empty();

    every_source_calls(&world, &config);
    config.destroy();
}

/// The same sources with the resources of `hashicorp/aws`, applied and not yet fired.
fn composed(world: &World, version: HashicorpAws) -> Config {
    let config = for_echo(world, world.config_with_hashicorp_aws(version, COMPOSED));
    config.apply();
    config
}

/// A bucket whose notifications `hashicorp/aws` writes, from nothing to nothing.
fn bucket_applies_and_goes(world: &World, version: HashicorpAws) {
    let secret = arn(world, "secretsmanager", "secret:modal-AbCdEf");
    let config = world
        .config_with_hashicorp_aws(version, BUCKET)
        .with_env("TF_VAR_modal_token_secret_arn", secret);
    config.apply();
    let bucket = config.resource("aws_s3_bucket.images").unwrap()["bucket"].clone();
    let request = json!({"Bucket": bucket});
    let found = world.aws.call("s3", "get_bucket_notification_configuration", request);
    let [entry] = &found["LambdaFunctionConfigurations"].as_array().unwrap()[..] else {
        panic!("{found}")
    };
    let function = arn(world, "lambda", "function:make-thumbnail");
    assert_eq!(entry["LambdaFunctionArn"], function);
    let policy = world.aws.call("lambda", "get_policy", json!({"FunctionName": "make-thumbnail"}));
    let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    let source = format!("arn:aws:s3:::{}", bucket.as_str().unwrap());
    assert_eq!(policy["Statement"][0]["Condition"]["ArnLike"]["AWS:SourceArn"], source);
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

fn arn(world: &World, service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:us-east-1:{}:{resource}", world.aws.id())
}

fn bucket(world: &World) -> String {
    format!("uploads-{}", world.aws.id())
}

/// What the events of this very test carry.
fn mark(world: &World) -> String {
    format!("of-{}", world.aws.id())
}

/// One event of each source, but of the schedule, comes to the function in Modal.
fn every_source_calls(world: &World, config: &Config) {
    let (aws, mark, bucket) = (&world.aws, mark(world), bucket(world));
    let key = format!("uploads/{mark}-s3.png");
    aws.call("s3", "put_object", json!({"Bucket": bucket, "Key": key, "Body": "x"}));
    let topic = arn(world, "sns", "event-sources-alerts");
    aws.call("sns", "publish", json!({"TopicArn": topic, "Message": format!("{mark}-sns")}));
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
    let detail = json!({"order": format!("{mark}-events")}).to_string();
    let event = json!({"Source": "shop", "DetailType": "sold", "Detail": detail});
    aws.call("events", "put_events", json!({"Entries": [event]}));
    let url = config.output("api_url");
    let endpoint = url.as_str().unwrap().strip_suffix("/work").unwrap();
    let body = json!({"asks": format!("{mark}-api")}).to_string();
    let (status, _, answer) = post(world, endpoint, "/work", &body);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains(&format!("{mark}-api")), "{answer}");

    for source in ["s3", "sns", "sqs", "kinesis", "dynamodb", "events", "api"] {
        let wanted = format!("{mark}-{source}");
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
