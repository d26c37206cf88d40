//! One record of an event.

use serde_json::Value;

use super::Source;

/// One record, and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub value: &'a Value,
    pub source: Source,
    /// Its place in the event.
    pub(super) index: usize,
}

impl<'a> Record<'a> {
    /// By which `batchItemFailures` names the record; `None` where AWS knows no such thing.
    pub fn item_identifier(&self) -> Option<&'a str> {
        match self.source {
            Source::Sqs | Source::SqsFifo => self.text(&["messageId"]),
            Source::Kinesis => self.text(&["kinesis", "sequenceNumber"]),
            Source::DynamoDb => self.text(&["dynamodb", "SequenceNumber"]),
            _ => None,
        }
    }

    /// The group within which a FIFO queue keeps its order.
    pub fn group(&self) -> Option<&'a str> {
        self.text(&["attributes", "MessageGroupId"])
    }

    /// How often SQS has delivered it.
    pub fn receive_count(&self) -> Option<u64> {
        self.text(&["attributes", "ApproximateReceiveCount"])?.parse().ok()
    }

    /// The name that AWS gives it, the same however often it is delivered.
    pub(super) fn identity(&self) -> Option<String> {
        let join = |parts: &[&str]| Some(parts.join("\n"));
        match self.source {
            Source::Sqs | Source::SqsFifo => join(&[self.text(&["messageId"])?]),
            Source::Kinesis | Source::DynamoDb => join(&[
                self.text(&["eventSourceARN"]).unwrap_or_default(),
                self.text(&["eventID"])?,
            ]),
            Source::Sns => join(&[self.text(&["Sns", "MessageId"])?]),
            Source::S3 => join(&[
                self.text(&["s3", "bucket", "name"])?,
                self.text(&["s3", "object", "key"])?,
                self.text(&["s3", "object", "versionId"]).unwrap_or_default(),
                self.text(&["s3", "object", "sequencer"])?,
                // One object's creation and removal may share a sequencer's beginning, not a name.
                self.text(&["eventName"]).unwrap_or_default(),
            ]),
            _ => None,
        }
    }

    fn text(&self, path: &[&str]) -> Option<&'a str> {
        path.iter().try_fold(self.value, |value, step| value.get(step))?.as_str()
    }
}
