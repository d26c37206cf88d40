//! What Lambda can poll for a bridge, and what it takes.

use tf_framework::Diagnostic;

use crate::arn::Arn;
use crate::execution_policy::PollSource;

/// Kinds of sources that differ in what may be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A queue without an order.
    StandardQueue,
    /// A queue with one.
    FifoQueue,
    /// A Kinesis stream, or a consumer of one.
    Kinesis,
    /// The stream of a DynamoDB table.
    Table,
}

impl Source {
    /// `None` where Lambda does not poll it for a bridge.
    pub(super) fn of(arn: &str) -> Option<Self> {
        Some(match PollSource::of(arn)? {
            PollSource::Queue if arn.ends_with(".fifo") => Self::FifoQueue,
            PollSource::Queue => Self::StandardQueue,
            PollSource::KinesisStream => Self::Kinesis,
            PollSource::TableStream => Self::Table,
        })
    }

    pub(super) fn is_queue(self) -> bool {
        matches!(self, Self::StandardQueue | Self::FifoQueue)
    }

    /// For a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::StandardQueue => "an SQS queue",
            Self::FifoQueue => "a FIFO queue",
            Self::Kinesis => "a Kinesis stream",
            Self::Table => "a DynamoDB stream",
        }
    }
}

/// Completes the sentence that begins with the attribute's name.
pub(super) fn check_arn(arn: &str) -> Result<(), String> {
    if Source::of(arn).is_some() {
        return Ok(());
    }
    let parsed = Arn::parse(arn);
    let hint = match parsed.map(|arn| (arn.service, arn.resource)) {
        Some(("dynamodb", table)) if table.starts_with("table/") => {
            " This is a table; the ARN of its stream is stream_arn of aws_dynamodb_table, with \
             stream_enabled = true."
        }
        Some(("s3" | "sns" | "events" | "scheduler" | "apigateway" | "execute-api", _)) => {
            " What calls the bridge by itself is for modal_bridge_trigger."
        }
        _ => "",
    };
    Err(format!(
        "must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not {arn:?}.{hint}"
    ))
}

/// Refuses a mapping whose source this resource cannot describe.
pub(super) fn require_supported(arn: &str, attempt: &str) -> Result<(), Diagnostic> {
    match Source::of(arn) {
        Some(_) => Ok(()),
        None => Err(Diagnostic::error(
            format!("Cannot {attempt}"),
            format!(
                "It polls {arn:?}, and this resource knows SQS queues, Kinesis streams and \
                 DynamoDB streams."
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_by_their_arns() {
        let region = "us-east-1:111122223333";
        for (arn, source) in [
            (format!("arn:aws:sqs:{region}:jobs"), Some(Source::StandardQueue)),
            (format!("arn:aws-cn:sqs:{region}:jobs.fifo"), Some(Source::FifoQueue)),
            (format!("arn:aws:kinesis:{region}:stream/clicks"), Some(Source::Kinesis)),
            (format!("arn:aws:kinesis:{region}:stream/c/consumer/i:1"), Some(Source::Kinesis)),
            (format!("arn:aws:dynamodb:{region}:table/t/stream/1"), Some(Source::Table)),
            (format!("arn:aws:dynamodb:{region}:table/t"), None),
            (format!("arn:aws:kafka:{region}:cluster/c/1"), None),
            ("jobs".to_owned(), None),
        ] {
            assert_eq!(Source::of(&arn), source, "{arn}");
        }
    }
}
