//! Buckets with their notifications, as XML that is given back as it was written.

use super::{Answer, Contents};
use crate::aws::testing::request::Request;
use crate::aws::testing::xml;

pub(super) fn answer(contents: &mut Contents, request: &Request) -> Answer {
    let bucket = request.bucket.as_deref().unwrap_or_default();
    let Some(notifications) = contents.buckets.get_mut(bucket) else {
        return refused(404, "NoSuchBucket", "The specified bucket does not exist");
    };
    match request.operation().as_str() {
        "GET bucket notification" if notifications.is_empty() => {
            xml(200, "<NotificationConfiguration/>")
        }
        "GET bucket notification" => xml(200, notifications.as_str()),
        "PUT bucket notification" => {
            request.body.clone_into(notifications);
            xml(200, "")
        }
        other => panic!("{other} is not in this account"),
    }
}

pub(super) fn denied() -> Answer {
    refused(403, "AccessDenied", "not allowed")
}

/// S3's form of a refusal.
fn refused(status: u16, code: &str, message: &str) -> Answer {
    xml(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}
