//! Values that cannot work, and values that may not be meant.

use expect_test::expect;

use crate::bad_values::{refused, warned};

#[test]
fn a_trigger_has_one_block() {
    refused(
        r#"
resource "modal_bridge_trigger" "none" {
  bridge_name = "thumbnails"
}
"#,
        &expect![[r#"
            Missing block

            A trigger needs one block that says what calls the bridge: s3, sns, schedule, event_rule, http_api."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "two" {
  bridge_name = "thumbnails"
  s3 {
    bucket = "uploads"
    events = ["s3:ObjectRemoved:*"]
  }
  http_api {}
}
"#,
        &expect![[r#"
            More than one block

            A trigger has one block that says what calls the bridge, and this has s3 and http_api. Write a resource for each."#]],
    );
}

#[test]
fn tags_need_something_that_has_them() {
    refused(
        r#"
resource "modal_bridge_trigger" "tagged" {
  bridge_name = "thumbnails"
  tags        = { team = "images" }
  s3 {
    bucket = "uploads"
    events = ["s3:ObjectRemoved:*"]
  }
}
"#,
        &expect![[r#"
            Tags mean nothing here

            What a trigger with s3 makes has no tags of yours: only the API of http_api has."#]],
    );
}

#[test]
fn values_of_a_bucket_that_calls() {
    refused(
        r#"
resource "modal_bridge_trigger" "s3" {
  bridge_name = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails:prod"
  region      = "Frankfurt"
  s3 {
    bucket = "arn:aws:s3:::uploads"
    events = ["ObjectCreated"]
    prefix = ""
  }
}
"#,
        &expect![[r#"
            Invalid value for bridge_name

            The attribute bridge_name must be the name of a Lambda function, or its ARN without version and alias, not "arn:aws:lambda:us-east-1:111122223333:function:thumbnails:prod".
            ---
            Invalid value for region

            The attribute region must be the name of an AWS region, such as "eu-west-1", not "Frankfurt".
            ---
            Invalid value for s3.bucket

            The attribute bucket must be the name of a bucket, 3 to 63 lower-case letters, digits, - and ., not "arn:aws:s3:::uploads".
            ---
            Invalid value for s3.events

            The attribute events must be an event type of S3, such as "s3:ObjectCreated:*", not "ObjectCreated".
            ---
            Invalid value for s3.prefix

            The attribute prefix must have 1 to 1024 characters, not 0."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "silent" {
  bridge_name = "a/b"
  s3 {
    bucket = "uploads--use1-az4--x-s3"
    events = []
  }
}
"#,
        &expect![[r#"
            Invalid value for bridge_name

            The attribute bridge_name must be the name of a Lambda function, or its ARN without version and alias, not "a/b".
            ---
            Invalid value for s3.bucket

            The attribute bucket must not be a directory bucket: those notify nobody.
            ---
            Invalid value for s3.events

            The attribute events must not be empty."#]],
    );
}

#[test]
fn values_of_an_api_that_calls() {
    refused(
        r#"
resource "modal_bridge_trigger" "http_api" {
  bridge_name = "thumbnails"
  http_api {
    route_key = "POST"
    cors {
      allow_origins = []
      max_age       = 100000
    }
    throttling {
      burst_limit = -1
      rate_limit  = -0.5
    }
  }
}
"#,
        &expect![[r#"
            Invalid value for http_api.route_key

            The attribute route_key must be "$default" or such as "GET /items/{id}", not "POST".
            ---
            Invalid value for http_api.cors.allow_origins

            The attribute allow_origins must not be empty.
            ---
            Invalid value for http_api.cors.max_age

            The attribute max_age must be a whole number from -1 to 86400, not 100000.
            ---
            Invalid value for http_api.throttling.burst_limit

            The attribute burst_limit must be a whole number from 0 to 2147483647, not -1.
            ---
            Invalid value for http_api.throttling.rate_limit

            The attribute rate_limit must not be below 0, but is -0.5."#]],
    );
}

#[test]
fn a_bucket_that_calls_for_every_object_may_call_without_end() {
    warned(
        r#"
resource "modal_bridge_trigger" "this" {
  bridge_name = "thumbnails"
  s3 {
    bucket = "uploads"
    events = ["s3:ObjectCreated:*"]
  }
}
"#,
        &expect![[r#"
            Every object of the bucket calls the bridge

            Neither prefix nor suffix is set. If the Modal function writes into this bucket, each object that it writes calls it again, without end: AWS, which stops such loops between its own services, does not see this one. Set a prefix that the function does not write to, or let it write to another bucket."#]],
    );
}

#[test]
fn values_of_a_topic() {
    refused(
        r#"
resource "modal_bridge_trigger" "fifo" {
  bridge_name = "thumbnails"
  sns {
    topic_arn           = "arn:aws:sns:us-east-1:111122223333:alerts.fifo"
    filter_policy       = "{store: example}"
    filter_policy_scope = "Message"
    redrive_policy      = "[]"
  }
}
"#,
        &expect![[r#"
            Invalid value for sns.topic_arn

            The attribute topic_arn must not be a FIFO topic: those deliver to SQS queues alone. Subscribe a queue to it, and let modal_bridge_event_source read the queue.
            ---
            Invalid value for sns.filter_policy

            The attribute filter_policy is not JSON: key must be a string at line 1 column 2.
            ---
            Invalid value for sns.filter_policy_scope

            The attribute filter_policy_scope must be "MessageAttributes" or "MessageBody", not "Message".
            ---
            Invalid value for sns.redrive_policy

            The attribute redrive_policy must be a JSON object, such as jsonencode() makes of one."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "unfiltered" {
  bridge_name = "thumbnails"
  sns {
    topic_arn           = "alerts"
    filter_policy_scope = "MessageBody"
    redrive_policy      = "{}"
  }
}
"#,
        &expect![[r#"
            Invalid value for sns.topic_arn

            The attribute topic_arn must be the ARN of an SNS topic, not "alerts".
            ---
            Invalid value for sns.redrive_policy

            The attribute redrive_policy must not be an empty object."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "far" {
  bridge_name = "thumbnails"
  sns {
    topic_arn           = "arn:aws:sns:us-east-1:111122223333:alerts"
    filter_policy_scope = "MessageBody"
  }
}
"#,
        &expect![[r#"
            Invalid value for sns.filter_policy_scope

            It says what filter_policy looks at, and there is none."#]],
    );
}

#[test]
fn values_of_a_schedule() {
    refused(
        r#"
resource "modal_bridge_trigger" "rate" {
  bridge_name = "thumbnails"
  schedule {
    expression      = "rate(30 seconds)"
    timezone        = ""
    start           = "tomorrow"
    flexible_window = 0
    input           = "all of them"
    state           = "enabled"
    name            = "every night"
    group           = "a/b"
    dead_letter_arn = "arn:aws:sqs:us-east-1:111122223333:lost.fifo"
    retry_policy {
      maximum_event_age_in_seconds = 30
      maximum_retry_attempts       = 186
    }
  }
}
"#,
        &expect![[r#"
            Invalid value for schedule.expression

            The attribute expression must have in rate(…) a whole number above 0 and minutes, hours or days, such as "rate(5 minutes)", not "30 seconds".
            ---
            Invalid value for schedule.timezone

            The attribute timezone must have 1 to 50 characters, not 0.
            ---
            Invalid value for schedule.start

            The attribute start must be a time as RFC 3339 has it, such as "2030-01-31T00:00:00Z", not "tomorrow".
            ---
            Invalid value for schedule.flexible_window

            The attribute flexible_window must be a whole number from 1 to 1440, not 0.
            ---
            Invalid value for schedule.input

            The attribute input is not JSON: expected value at line 1 column 1.
            ---
            Invalid value for schedule.state

            The attribute state must be "ENABLED" or "DISABLED", not "enabled".
            ---
            Invalid value for schedule.name

            The attribute name must be 1 to 64 letters, digits, hyphens, underscores and dots, not "every night".
            ---
            Invalid value for schedule.group

            The attribute group must be 1 to 64 letters, digits, hyphens, underscores and dots, not "a/b".
            ---
            Invalid value for schedule.dead_letter_arn

            The attribute dead_letter_arn must not be a FIFO queue: EventBridge sends lost events to standard queues alone.
            ---
            Invalid value for schedule.retry_policy.maximum_event_age_in_seconds

            The attribute maximum_event_age_in_seconds must be a whole number from 60 to 86400, not 30.
            ---
            Invalid value for schedule.retry_policy.maximum_retry_attempts

            The attribute maximum_retry_attempts must be a whole number from 0 to 185, not 186."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "cron" {
  bridge_name = "thumbnails"
  schedule {
    expression = "cron(0 3 * * *)"
  }
}
"#,
        &expect![[r#"
            Invalid value for schedule.expression

            The attribute expression must have in cron(…) 6 fields, minutes, hours, day of month, month, day of week, year, such as "cron(0 3 * * ? *)", not the 5 of "0 3 * * *"."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "days" {
  bridge_name = "thumbnails"
  schedule {
    expression = "cron(0 3 1 * MON *)"
  }
}
"#,
        &expect![[r#"
            Invalid value for schedule.expression

            The attribute expression must have ? in cron(…) as day of month or as day of week, and not as both, unlike "0 3 1 * MON *"."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "backwards" {
  bridge_name = "thumbnails"
  schedule {
    expression = "rate(1 hour)"
    start      = "2030-01-31T00:00:00Z"
    end        = "2030-01-31T00:00:00+01:00"
  }
}
"#,
        &expect![[r#"
            Invalid value for schedule.end

            The schedule would end before it starts, and never call the bridge."#]],
    );
}

#[test]
fn values_of_a_rule() {
    refused(
        r#"
resource "modal_bridge_trigger" "rule" {
  bridge_name = "thumbnails"
  event_rule {
    event_bus_name  = "arn:aws:events:us-east-1:111122223333:rule/orders"
    name            = "shipped orders"
    event_pattern   = "{}"
    state           = "ON"
    dead_letter_arn = "arn:aws:sqs:us-east-1:111122223333:lost.fifo"

    input_transformer {
      input_paths    = { id = "detail.id" }
      input_template = ""
    }
    retry_policy {
      maximum_event_age_in_seconds = 30
      maximum_retry_attempts       = 200
    }
  }
}
"#,
        &expect![[r#"
            Invalid value for event_rule.event_bus_name

            The attribute event_bus_name must be the name or the ARN of an event bus, not "arn:aws:events:us-east-1:111122223333:rule/orders".
            ---
            Invalid value for event_rule.name

            The attribute name must be 1 to 64 letters, digits, hyphens, underscores and dots, not "shipped orders".
            ---
            Invalid value for event_rule.event_pattern

            The attribute event_pattern must not be an empty object.
            ---
            Invalid value for event_rule.state

            The attribute state must be "ENABLED" or "DISABLED" or "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", not "ON".
            ---
            Invalid value for event_rule.dead_letter_arn

            The attribute dead_letter_arn must not be a FIFO queue: EventBridge sends lost events to standard queues alone.
            ---
            Invalid value for event_rule.input_transformer.input_paths

            The attribute input_paths must be JSON paths such as "$.detail.id", not "detail.id".
            ---
            Invalid value for event_rule.input_transformer.input_template

            The attribute input_template must have 1 to 8192 characters, not 0.
            ---
            Invalid value for event_rule.retry_policy.maximum_event_age_in_seconds

            The attribute maximum_event_age_in_seconds must be a whole number from 60 to 86400, not 30.
            ---
            Invalid value for event_rule.retry_policy.maximum_retry_attempts

            The attribute maximum_retry_attempts must be a whole number from 0 to 185, not 200."#]],
    );
    refused(
        r#"
resource "modal_bridge_trigger" "reserved" {
  bridge_name = "thumbnails"
  event_rule {
    event_pattern = jsonencode({ source = ["shop"] })

    input_transformer {
      input_paths    = { "aws.id" = "$.detail.id" }
      input_template = "{\"order\": <aws.id>}"
    }
  }
}
"#,
        &expect![[r#"
            Invalid value for event_rule.input_transformer.input_paths

            "aws.id" begins with "AWS.", which EventBridge keeps for itself."#]],
    );
}

#[test]
fn a_template_that_jsonencode_made_is_warned_of() {
    warned(
        r#"
resource "modal_bridge_trigger" "this" {
  bridge_name = "thumbnails"
  event_rule {
    event_pattern = jsonencode({ source = ["shop"] })

    input_transformer {
      input_paths    = { id = "$.detail.id" }
      input_template = jsonencode({ order = "<id>" })
    }
  }
}
"#,
        &expect![[r#"
            Names in input_template are not replaced

            The template has \u003c where an angle bracket should be, as jsonencode() writes it, and EventBridge does not read that. Write the template as text: "{\"order\": <id>}"."#]],
    );
}
