//! Streams: what failed is tried again, what was done before it is not, and what is given up is told.

use acceptance::World;
use serde_json::{Value, json};

use super::{lines, message, queue, worker};

#[test]
fn a_table_goes_on_from_the_item_that_failed() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": "orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        }),
    );
    let table = aws.call("dynamodb", "describe_table", json!({"TableName": "orders"}));
    let stream = table["Table"]["LatestStreamArn"].as_str().unwrap();
    let (config, file) = worker(
        &world,
        &format!(
            r#"
resource "modal_bridge_event_source" "orders" {{
  bridge_name       = modal_bridge_function.worker.name
  event_source_arn  = "{stream}"
  starting_position = "TRIM_HORIZON"

  filter_criteria {{
    filter {{
      pattern = jsonencode({{ eventName = ["INSERT"] }})
    }}
  }}
}}
"#
        ),
    );
    for id in ["one", "flaky", "two"] {
        let item = json!({"TableName": "orders", "Item": {"id": {"S": id}}});
        aws.call("dynamodb", "put_item", item);
    }
    // Filtered out: it never reaches the function.
    let gone = json!({"TableName": "orders", "Key": {"id": {"S": "one"}}});
    aws.call("dynamodb", "delete_item", gone);

    config.apply();
    config.plan().assert_empty();

    assert_eq!(
        lines(&file, 7),
        ["try one", "done one", "try flaky", "try flaky", "done flaky", "try two", "done two"]
    );
    config.destroy();
}

#[test]
fn what_is_given_up_of_a_kinesis_stream_is_told_and_the_rest_goes_on() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    let (failed, failed_arn) = queue(&world, "failed", json!({}));
    aws.call("kinesis", "create_stream", json!({"StreamName": "clicks", "ShardCount": 1}));
    let stream = aws.call("kinesis", "describe_stream", json!({"StreamName": "clicks"}));
    let stream = stream["StreamDescription"]["StreamARN"].as_str().unwrap().to_owned();
    let (config, file) = worker(
        &world,
        &format!(
            r#"
resource "modal_bridge_event_source" "clicks" {{
  bridge_name            = modal_bridge_function.worker.name
  event_source_arn       = "{stream}"
  starting_position      = "TRIM_HORIZON"
  batch_size             = 1
  maximum_retry_attempts = 1

  destination_config {{
    on_failure {{
      destination_arn = "{failed_arn}"
    }}
  }}
}}
"#
        ),
    );
    for data in ["one", "bad", "two"] {
        let request = json!({"StreamName": "clicks", "Data": data, "PartitionKey": "1"});
        aws.call("kinesis", "put_record", request);
    }

    config.apply();
    config.plan().assert_empty();

    assert_eq!(
        lines(&file, 6),
        ["try one", "done one", "try bad", "try bad", "try two", "done two"]
    );
    let body = message(&world, &failed)["Body"].as_str().unwrap().to_owned();
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(told["KinesisBatchInfo"]["streamArn"], stream);
    config.destroy();
}
