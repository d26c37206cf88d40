//! What an event is: who sent it, which records it has, and what tells it from every other.
//!
//! Pure, and for any JSON: what is not recognised is an event of [`Source::Other`], which is passed
//! on as it came.

mod footprint;
mod identity;
mod outline;
mod record;
mod source;

use serde_json::{Value, json};

pub(crate) use footprint::footprint;
pub use identity::Identity;
pub use record::Record;
pub use source::{Delivery, Source};

use crate::BridgeError;

/// The memory that may be taken to tell the sender of an event that is not read.
const MAX_OUTLINE: usize = 8 * 1024 * 1024;

/// An event as AWS delivered it: keys in their order, integers as integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub value: Value,
    pub source: Source,
    /// Of a record alone, which one of its event's it is.
    part: Option<usize>,
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
        Ok(Self::new(value))
    }

    fn new(value: Value) -> Self {
        Self { source: Source::of(&value), value, part: None }
    }

    /// What can be told of the sender of any text, for an event that is answered and not passed on.
    pub(crate) fn outline(text: &str) -> Self {
        let outline = outline::outline(text);
        // AWS's own events have few values beside what is theirs to carry.
        let is_small = footprint(&outline) - outline.len() < MAX_OUTLINE;
        let value = is_small.then(|| serde_json::from_str(&outline).ok()).flatten();
        Self::new(value.unwrap_or_default())
    }

    /// Its records; none for an event that is one thing.
    pub fn records(&self) -> Vec<Record<'_>> {
        if self.source.delivery() == Delivery::One {
            return Vec::new();
        }
        let records = self.value.get("Records").and_then(Value::as_array);
        let records = records.into_iter().flatten().enumerate();
        records.map(|(index, value)| Record { value, source: self.source, index }).collect()
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
        // Records without a name of their own are still not the same record.
        let by_place = || {
            let place = self.part.map(|part| part.to_string());
            std::iter::once(request_id.to_owned()).chain(place).collect()
        };
        Identity::new(self.source, named.unwrap_or_else(by_place))
    }

    /// How often SQS has delivered this; the most of all records. `None` where nobody counts.
    pub fn receive_count(&self) -> Option<u64> {
        self.records().iter().filter_map(Record::receive_count).max()
    }
}

impl Record<'_> {
    /// An event of this record alone, in the shape of the whole one.
    pub fn alone(&self) -> Event {
        let part = Some(self.index);
        Event { value: json!({ "Records": [self.value] }), source: self.source, part }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

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

    /// What AWS documents for each source.
    const EVENTS: &[&str] = &[
        include_str!("../../tests/it/events/alb.json"),
        include_str!("../../tests/it/events/api_gateway_v1.json"),
        include_str!("../../tests/it/events/api_gateway_v2.json"),
        include_str!("../../tests/it/events/dynamodb_stream.json"),
        include_str!("../../tests/it/events/event_bridge.json"),
        include_str!("../../tests/it/events/function_url.json"),
        include_str!("../../tests/it/events/kinesis.json"),
        include_str!("../../tests/it/events/s3.json"),
        include_str!("../../tests/it/events/schedule.json"),
        include_str!("../../tests/it/events/sns.json"),
        include_str!("../../tests/it/events/sqs.json"),
        include_str!("../../tests/it/events/sqs_fifo.json"),
        r#"{"modal_bridge":{"operation":"get","function_call_id":"fc-1"}}"#,
        r#"{"Records":[]}"#,
    ];

    /// An event of AWS's, of several records where it has records.
    fn genuine() -> impl Strategy<Value = Value> {
        (prop::sample::select(EVENTS), 1..5_usize).prop_map(|(text, times)| {
            let mut event: Value = serde_json::from_str(text).unwrap();
            if let Some(Value::Array(records)) = event.get_mut("Records") {
                *records = vec![records.clone(); times].concat();
            }
            event
        })
    }

    /// The same with other things in some places: which child to take on the way down, and what to
    /// put there.
    fn damaged() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            prop::sample::select(&["aws:sqs", "aws:s3", "q.fifo", "7", ""][..])
                .prop_map(Value::from),
            Just(json!([])),
            Just(json!({})),
        ];
        let way = prop::collection::vec(any::<Index>(), 1..6);
        let damages = prop::collection::vec((way, leaf), 0..4);
        (genuine(), damages).prop_map(|(mut event, damages)| {
            for (way, leaf) in damages {
                damage(&mut event, &way, leaf);
            }
            event
        })
    }

    fn damage(value: &mut Value, way: &[Index], leaf: Value) {
        let mut children: Vec<&mut Value> = match value {
            Value::Object(object) if !way.is_empty() => object.values_mut().collect(),
            Value::Array(items) if !way.is_empty() => items.iter_mut().collect(),
            _ => Vec::new(),
        };
        match children.len() {
            0 => *value = leaf,
            count => damage(children.swap_remove(way[0].index(count)), &way[1..], leaf),
        }
    }

    #[test]
    fn what_is_damaged_was_an_event_of_each_source() {
        let sources: std::collections::HashSet<_> =
            EVENTS.iter().map(|text| Event::parse(text).unwrap().source).collect();
        assert_eq!(sources.len(), EVENTS.len());
    }

    proptest! {
        #[test]
        fn no_event_panics_and_every_record_is_called_once(value in damaged()) {
            let event = Event::parse(&value.to_string()).unwrap();
            prop_assert_eq!(&event.value, &value);
            prop_assert_eq!(event.identity("req-1"), event.identity("req-1"));
            let _ = event.receive_count();
            let records = event.records();
            for record in &records {
                let _ = (record.item_identifier(), record.group(), record.identity());
                let alone = record.alone();
                prop_assert_eq!((alone.records().len(), Source::of(&alone.value)), (1, event.source));
            }
            let mut called = crate::batch::lanes(&event).concat();
            called.sort_unstable();
            prop_assert_eq!(called, (0..records.len()).collect::<Vec<_>>());
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = Event::parse(&text);
        }
    }
}
