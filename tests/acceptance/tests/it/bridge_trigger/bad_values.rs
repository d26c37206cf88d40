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

            A trigger needs one block that says what calls the bridge: s3, http_api."#]],
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
