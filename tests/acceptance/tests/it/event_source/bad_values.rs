//! Event sources that cannot work: refused before anything is asked of AWS.

use expect_test::{Expect, expect};

use crate::bad_values::refused;

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:jobs";
const CLICKS: &str = "arn:aws:kinesis:us-east-1:111122223333:stream/clicks";
const ORDERS: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/1";

/// What is said of an event source with this ARN and these arguments.
#[track_caller]
fn source_refused(arn: &str, arguments: &str, expected: &Expect) {
    let text = format!(
        r#"
resource "modal_bridge_event_source" "this" {{
  bridge_name      = "worker"
  event_source_arn = "{arn}"
{arguments}
}}
"#
    );
    refused(&text, expected);
}

#[test]
fn sources_that_lambda_does_not_poll_for_a_bridge() {
    source_refused(
        "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "",
        &expect![[r#"
        Invalid value for event_source_arn

        The attribute event_source_arn must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not "arn:aws:dynamodb:us-east-1:111122223333:table/orders". This is a table; the ARN of its stream is stream_arn of aws_dynamodb_table, with stream_enabled = true."#]],
    );
    source_refused(
        "arn:aws:s3:::uploads",
        "",
        &expect![[r#"
        Invalid value for event_source_arn

        The attribute event_source_arn must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not "arn:aws:s3:::uploads". What calls the bridge by itself is for modal_bridge_trigger."#]],
    );
    source_refused(
        "arn:aws:kafka:us-east-1:111122223333:cluster/c/1",
        "",
        &expect![[r#"
        Invalid value for event_source_arn

        The attribute event_source_arn must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not "arn:aws:kafka:us-east-1:111122223333:cluster/c/1"."#]],
    );
    source_refused(
        "jobs",
        "",
        &expect![[r#"
        Invalid value for event_source_arn

        The attribute event_source_arn must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not "jobs"."#]],
    );
}

#[test]
fn what_a_queue_does_not_have() {
    source_refused(
        QUEUE,
        r#"
  starting_position              = "LATEST"
  starting_position_timestamp    = "2026-01-31T12:00:00Z"
  parallelization_factor         = 2
  bisect_batch_on_function_error = true
  maximum_record_age_in_seconds  = 60
  maximum_retry_attempts         = 3

  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:111122223333:failed"
    }
  }
"#,
        &expect![[r#"
            Invalid value for starting_position

            It is for streams, and the source is an SQS queue.
            ---
            Invalid value for starting_position_timestamp

            It is for streams, and the source is an SQS queue.
            ---
            Invalid value for parallelization_factor

            It is for streams, and the source is an SQS queue.
            ---
            Invalid value for bisect_batch_on_function_error

            It is for streams, and the source is an SQS queue.
            ---
            Invalid value for maximum_record_age_in_seconds

            It is for streams, and the source is an SQS queue. What becomes of messages that fail says the queue's own redrive_policy.
            ---
            Invalid value for maximum_retry_attempts

            It is for streams, and the source is an SQS queue. What becomes of messages that fail says the queue's own redrive_policy.
            ---
            Invalid value for destination_config

            It is for streams, and the source is an SQS queue. What becomes of messages that fail says the queue's own redrive_policy."#]],
    );
}

#[test]
fn batches_of_queues() {
    source_refused(
        QUEUE,
        "  batch_size = 11",
        &expect![[r#"
        Invalid value for batch_size

        More than 10 messages of a queue at a time, here 11, need maximum_batching_window_in_seconds of 1 or more: Lambda has to gather them."#]],
    );
    source_refused(
        &format!("{QUEUE}.fifo"),
        "  batch_size = 11\n  maximum_batching_window_in_seconds = 1",
        &expect![[r#"
            Invalid value for batch_size

            A FIFO queue gives 10 messages at most, not 11.
            ---
            Invalid value for maximum_batching_window_in_seconds

            A FIFO queue has no batching window. Leave it out."#]],
    );
}

#[test]
fn beginnings_of_streams() {
    source_refused(
        CLICKS,
        "",
        &expect![[r#"
        Invalid value for starting_position

        Where in a Kinesis stream to begin must be said: LATEST for what comes from now on, TRIM_HORIZON for what is there already, too."#]],
    );
    source_refused(
        CLICKS,
        "  starting_position = \"AT_TIMESTAMP\"",
        &expect![[r#"
        Invalid value for starting_position

        AT_TIMESTAMP needs starting_position_timestamp."#]],
    );
    source_refused(
        ORDERS,
        "  starting_position = \"AT_TIMESTAMP\"",
        &expect![[r#"
        Invalid value for starting_position

        A DynamoDB stream has no AT_TIMESTAMP: begin at LATEST or TRIM_HORIZON."#]],
    );
    source_refused(
        CLICKS,
        "  starting_position = \"LATEST\"\n  starting_position_timestamp = \"2026-01-31T12:00:00Z\"",
        &expect![[r#"
            Invalid value for starting_position_timestamp

            It goes with AT_TIMESTAMP alone, not with LATEST."#]],
    );
    source_refused(
        ORDERS,
        "  starting_position = \"LATEST\"\n  scaling_config {\n    maximum_concurrency = 2\n  }",
        &expect![[r#"
            Invalid value for scaling_config

            It is for queues, and the source is a DynamoDB stream. How much of a stream is worked on at a time say its shards and parallelization_factor."#]],
    );
}

#[test]
fn values_of_single_arguments() {
    source_refused(
        CLICKS,
        r#"
  starting_position                  = "NEWEST"
  starting_position_timestamp        = "yesterday"
  batch_size                         = 0
  maximum_batching_window_in_seconds = 301
  function_response_types            = ["ReportFailures"]
  kms_key_arn                        = "alias/mine"
  parallelization_factor             = 11
  maximum_record_age_in_seconds      = 59
  maximum_retry_attempts             = -2
  region                             = "Frankfurt"

  filter_criteria {
    filter {
      pattern = "body = image"
    }
  }
  destination_config {
    on_failure {
      destination_arn = "arn:aws:lambda:us-east-1:111122223333:function:failed"
    }
  }
  scaling_config {
    maximum_concurrency = 1
  }
"#,
        &expect![[r#"
            Invalid value for region

            The attribute region must be the name of an AWS region, such as "eu-west-1", not "Frankfurt".
            ---
            Invalid value for batch_size

            The attribute batch_size must be a whole number from 1 to 10000, not 0.
            ---
            Invalid value for maximum_batching_window_in_seconds

            The attribute maximum_batching_window_in_seconds must be a whole number from 0 to 300, not 301.
            ---
            Invalid value for function_response_types

            The attribute function_response_types must be "ReportBatchItemFailures", not "ReportFailures".
            ---
            Invalid value for kms_key_arn

            The attribute kms_key_arn must be the ARN of a KMS key, not "alias/mine".
            ---
            Invalid value for starting_position

            The attribute starting_position must be "LATEST" or "TRIM_HORIZON" or "AT_TIMESTAMP", not "NEWEST".
            ---
            Invalid value for starting_position_timestamp

            The attribute starting_position_timestamp must be a time such as "2026-01-31T12:00:00Z", not "yesterday".
            ---
            Invalid value for parallelization_factor

            The attribute parallelization_factor must be a whole number from 1 to 10, not 11.
            ---
            Invalid value for maximum_record_age_in_seconds

            The attribute maximum_record_age_in_seconds must be -1 or a whole number from 60 to 604800, not 59.
            ---
            Invalid value for maximum_retry_attempts

            The attribute maximum_retry_attempts must be -1 or a whole number from 0 to 10000, not -2.
            ---
            Invalid value for filter_criteria.filter.pattern

            The attribute pattern is not JSON: expected value at line 1 column 1.
            ---
            Invalid value for destination_config.on_failure.destination_arn

            The attribute destination_arn must be the ARN of an SQS queue, an SNS topic or an S3 bucket, not "arn:aws:lambda:us-east-1:111122223333:function:failed".
            ---
            Invalid value for scaling_config.maximum_concurrency

            The attribute maximum_concurrency must be a whole number from 2 to 1000, not 1."#]],
    );
}

#[test]
fn a_bridge_that_is_no_function() {
    refused(
        r#"
resource "modal_bridge_event_source" "this" {
  bridge_name      = "arn:aws:lambda:us-east-1:111122223333:layer:worker"
  event_source_arn = "arn:aws:sqs:us-east-1:111122223333:jobs"
}
"#,
        &expect![[r#"
            Invalid value for bridge_name

            The attribute bridge_name must be the name or the ARN of a Lambda function, not "arn:aws:lambda:us-east-1:111122223333:layer:worker"."#]],
    );
}
