//! What tells an event from every other: the key by which it is passed on once.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Event, Source};
use crate::BridgeError;
use crate::hex::hex;

/// The names that make up an event's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    source: Source,
    names: Vec<String>,
}

impl Identity {
    pub(super) fn new(source: Source, names: Vec<String>) -> Self {
        Self { source, names }
    }

    /// The identity that the practitioner chose: what stands at `path`, such as `detail.order.id`.
    /// A text on the way is read as JSON, so that `body.id` reaches into an SQS message, or as JSON in
    /// base64, so that it reaches into a Kinesis record's `data` and a binary request's `body`; an
    /// index steps into a list. For an event of one record, `path` starts at the record.
    pub fn at_path(event: &Event, path: &str) -> Result<Self, BridgeError> {
        let records = event.records();
        let roots: Vec<&Value> = if records.is_empty() {
            vec![&event.value]
        } else {
            records.iter().map(|record| record.value).collect()
        };
        let names: Option<Vec<_>> = roots.into_iter().map(|root| find(root, path)).collect();
        match names {
            Some(names) => Ok(Self { source: event.source, names }),
            None => Err(BridgeError::Idempotency {
                reason: format!("the event has nothing at the key path {path:?}"),
            }),
        }
    }

    /// 64 hexadecimal digits for this event at this bridge.
    pub fn key(&self, bridge: &str) -> String {
        hex(&self.digest(&[bridge]))
    }

    /// A key in the form of a UUID, which Modal's clients send; another one for each `delivery`.
    pub fn uuid(&self, bridge: &str, delivery: &str) -> String {
        let digits = hex(&self.digest(&[bridge, delivery]));
        let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
        // Version 8 and the variant of RFC 9562: a UUID of the maker's own making.
        format!(
            "{}-{}-8{}-a{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        )
    }

    fn digest(&self, around: &[&str]) -> Vec<u8> {
        let mut digest = Sha256::new();
        let names = self.names.iter().map(String::as_str);
        for part in around.iter().copied().chain([self.source.name()]).chain(names) {
            // With its length, so that no two lists of parts read the same.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
}

fn find(root: &Value, path: &str) -> Option<String> {
    let mut value = root.clone();
    for step in path.split('.') {
        if let Value::String(text) = &value {
            let in_base64 = || serde_json::from_slice(&BASE64_STANDARD.decode(text).ok()?).ok();
            value = serde_json::from_str(text).ok().or_else(in_base64)?;
        }
        value = match &value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?.clone(),
            other => other.get(step)?.clone(),
        };
    }
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(value: Value) -> Event {
        Event::new(value)
    }

    fn sqs(id: &str, body: &str) -> Value {
        json!({ "messageId": id, "body": body, "eventSource": "aws:sqs" })
    }

    #[test]
    fn an_event_is_known_again_and_no_other_is_taken_for_it() {
        let one = event(json!({ "Records": [sqs("m-1", "x")] }));
        let again = event(json!({ "Records": [sqs("m-1", "other")] }));
        let two = event(json!({ "Records": [sqs("m-1", "x"), sqs("m-2", "x")] }));
        let key = |event: &Event| event.identity("req").key("arn:bridge");
        assert_eq!(key(&one), key(&again));
        assert_ne!(key(&one), key(&two));
        assert_ne!(key(&one), one.identity("req").key("arn:another"));
        assert_eq!(key(&one).len(), 64);

        let invoked = event(json!({ "n": 1 }));
        assert_ne!(invoked.identity("req-1"), invoked.identity("req-2"));
        assert_eq!(invoked.identity("req-1"), event(json!({ "n": 2 })).identity("req-1"));
    }

    #[test]
    fn records_that_aws_gives_no_name_are_told_apart_by_their_place() {
        // Not every notification of S3 has a sequencer.
        let record = || json!({ "eventSource": "aws:s3", "s3": { "bucket": { "name": "b" }, "object": { "key": "k" } } });
        let two = event(json!({ "Records": [record(), record()] }));
        let identities = |request_id: &str| -> Vec<_> {
            two.records().iter().map(|record| record.alone().identity(request_id)).collect()
        };
        let (first, again) = (identities("req-1"), identities("req-1"));
        assert_ne!(first[0], first[1]);
        assert_eq!(first, again, "an asynchronous event that is tried again keeps its request id");
        assert_ne!(first[0], identities("req-2")[0]);
        assert_eq!(sqs_alone(0), sqs_alone(1), "a name is enough, wherever it stands");
    }

    /// The identity of one message, at this place of its batch.
    fn sqs_alone(place: usize) -> Identity {
        let mut records = vec![sqs("m-2", "x"); 2];
        records[place] = sqs("m-1", "x");
        event(json!({ "Records": records })).records()[place].alone().identity("req")
    }

    #[test]
    fn names_that_join_to_the_same_text_are_different() {
        let key = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Identity::new(Source::Other, names).key("b")
        };
        assert_ne!(key(&["a", "bc"]), key(&["ab", "c"]));
        assert_ne!(key(&["a\nb"]), key(&["a", "b"]));
    }

    #[test]
    fn a_delivery_s_key_is_a_uuid() {
        let identity = event(json!({ "Records": [sqs("m-1", "x")] })).identity("req");
        let one = identity.uuid("arn:bridge", "1");
        assert_eq!(one, identity.uuid("arn:bridge", "1"));
        assert_ne!(one, identity.uuid("arn:bridge", "2"));
        let lengths: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{one}");
    }

    #[test]
    fn a_key_path_reaches_into_records_lists_and_texts_of_json() {
        let names = |value: Value, path: &str| {
            Identity::at_path(&event(value), path).map(|identity| identity.names)
        };
        let bridge =
            json!({ "source": "shop", "detail-type": "o", "detail": { "id": 7 }, "n": null });
        assert_eq!(names(bridge.clone(), "detail.id").unwrap(), ["7"]);
        let records = json!({ "Records": [sqs("m-1", r#"{"ids":["a","b"]}"#)] });
        assert_eq!(names(records, "body.ids.1").unwrap(), ["b"]);
        // {"id": 9}
        let data = json!({ "eventSource": "aws:kinesis", "kinesis": { "data": "eyJpZCI6IDl9" } });
        assert_eq!(names(json!({ "Records": [data] }), "kinesis.data.id").unwrap(), ["9"]);
        let request = json!({
            "requestContext": { "http": {} }, "isBase64Encoded": true, "body": "eyJpZCI6IDl9",
        });
        assert_eq!(names(request, "body.id").unwrap(), ["9"]);
        for missing in ["detail.order", "source.x", "n", "detail.id.x"] {
            assert_eq!(
                names(bridge.clone(), missing).unwrap_err().to_string(),
                format!("the event has nothing at the key path {missing:?}")
            );
        }
    }
}
