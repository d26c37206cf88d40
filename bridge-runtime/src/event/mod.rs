//! What an event is: who sent it, which records it has, and what tells it from every other.
//!
//! Pure, and for any JSON: what is not recognised is an event of [`Source::Other`], which is passed
//! on as it came.

mod identity;
mod outline;
mod record;
mod source;

use serde_json::{Value, json};

pub use identity::Identity;
pub use record::Record;
pub use source::{Delivery, Source};

use crate::BridgeError;

/// An event as AWS delivered it: keys in their order, integers as integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub value: Value,
    pub source: Source,
}

impl Event {
    /// Reads an event. An error does not quote it.
    pub fn parse(text: &str) -> Result<Self, BridgeError> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            // The error's own text may quote the event.
            match error.to_string() {
                text if text.starts_with("recursion limit") => BridgeError::EventTooDeep,
                text if text.contains("hex escape") => {
                    BridgeError::Event { reason: "holds text that is not Unicode" }
                }
                _ => BridgeError::Event { reason: "is not JSON" },
            }
        })?;
        Ok(Self { source: Source::of(&value), value })
    }

    /// What can be told of the sender of any text, for an event that is answered and not passed on.
    pub(crate) fn outline(text: &str) -> Self {
        let value = serde_json::from_str(&outline::outline(text)).unwrap_or_default();
        Self { source: Source::of(&value), value }
    }

    /// Its records; none for an event that is one thing.
    pub fn records(&self) -> Vec<Record<'_>> {
        if self.source.delivery() == Delivery::One {
            return Vec::new();
        }
        let records = self.value.get("Records").and_then(Value::as_array);
        records.into_iter().flatten().map(|value| Record { value, source: self.source }).collect()
    }

    /// How many records there are; an event that is one thing is one.
    pub fn record_count(&self) -> usize {
        self.records().len().max(1)
    }

    /// What tells this event from every other, `request_id` where AWS gives it no name of its own.
    pub fn identity(&self, request_id: &str) -> Identity {
        let named = match self.source {
            Source::EventBridge | Source::Schedule => {
                self.value.get("id").and_then(Value::as_str).map(|id| vec![id.to_owned()])
            }
            _ => {
                let records = self.records();
                let ids: Option<Vec<_>> = records.iter().map(Record::identity).collect();
                ids.filter(|ids| !ids.is_empty())
            }
        };
        Identity::new(self.source, named.unwrap_or_else(|| vec![request_id.to_owned()]))
    }

    /// How often SQS has delivered this; the most of all records. `None` where nobody counts.
    pub fn receive_count(&self) -> Option<u64> {
        self.records().iter().filter_map(Record::receive_count).max()
    }
}

impl Record<'_> {
    /// An event of this record alone, in the shape of the whole one.
    pub fn alone(&self) -> Event {
        Event { value: json!({ "Records": [self.value] }), source: self.source }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_event_keeps_its_order_and_its_numbers() {
        let event = r#"{"z":1,"a":{"y":123456789012345678901234567890,"b":1.50}}"#;
        assert_eq!(Event::parse(event).unwrap().value.to_string(), event);
    }

    #[test]
    fn an_event_that_cannot_be_passed_on_is_an_error_without_its_content() {
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
        for (event, want) in [
            (deep.as_str(), "the event is nested deeper than 128 levels"),
            (r#""secret\ud800""#, "the event holds text that is not Unicode"),
            ("secret", "the event is not JSON"),
        ] {
            assert_eq!(Event::parse(event).unwrap_err().to_string(), want);
        }
        let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
        assert!(Event::parse(&deep).is_ok());
    }

    #[test]
    fn a_record_alone_is_an_event_like_the_one_it_came_in() {
        let event = r#"{"Records":[
            {"messageId":"m-1","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:::q.fifo"},
            {"messageId":"m-2","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:::q.fifo"}
        ]}"#;
        let event = Event::parse(event).unwrap();
        let alone = event.records()[1].alone();
        assert_eq!((alone.record_count(), alone.source), (1, Source::SqsFifo));
        assert_eq!(Source::of(&alone.value), Source::SqsFifo);
        assert_eq!(alone.records()[0].item_identifier(), Some("m-2"));
    }

    /// JSON that has the names that classification looks at, in places where they may not belong.
    fn confusing() -> impl Strategy<Value = Value> {
        const NAMES: &[&str] = &[
            "Records",
            "eventSource",
            "EventSource",
            "eventSourceARN",
            "messageId",
            "kinesis",
            "sequenceNumber",
            "dynamodb",
            "SequenceNumber",
            "s3",
            "bucket",
            "object",
            "Sns",
            "MessageId",
            "attributes",
            "MessageGroupId",
            "ApproximateReceiveCount",
            "requestContext",
            "http",
            "elb",
            "httpMethod",
            "domainName",
            "detail-type",
            "source",
            "detail",
            "id",
            "eventID",
            "modal_bridge",
            "operation",
            "methodArn",
        ];
        const TEXTS: &[&str] = &[
            "aws:sqs",
            "aws:s3",
            "aws:sns",
            "aws:kinesis",
            "aws:dynamodb",
            "aws.events",
            "Scheduled Event",
            "7",
            "get",
            "q.fifo",
            "x",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            prop::sample::select(TEXTS).prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((prop::sample::select(NAMES), inner), 0..5).prop_map(
                    |entries| entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
                ),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_event_panics(value in confusing()) {
            let event = Event::parse(&value.to_string()).unwrap();
            prop_assert_eq!(&event.value, &value);
            let _ = (event.identity("req-1"), event.receive_count());
            for record in event.records() {
                let _ = (record.item_identifier(), record.group(), record.identity());
                prop_assert_eq!(record.alone().records().len(), 1);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = Event::parse(&text);
        }
    }
}
