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
resource "modal_bridge_trigger" "two" {
  bridge_name = "thumbnails"
  s3 {
    bucket = "uploads"
    events = ["s3:ObjectRemoved:*"]
  }
  http_api {}
}
"#,
        &expect![[r#""#]],
    );
}

#[test]
fn values_of_a_trigger() {
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
resource "modal_bridge_trigger" "silent" {
  bridge_name = "a/b"
  s3 {
    bucket = "uploads--use1-az4--x-s3"
    events = []
  }
}
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
        &expect![[r#""#]],
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
        &expect![[r#""#]],
    );
}
