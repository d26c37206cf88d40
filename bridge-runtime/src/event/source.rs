//! Who sent an event.

use serde_json::Value;

/// Who sent an event, by its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    S3,
    Sqs,
    SqsFifo,
    Sns,
    Kinesis,
    DynamoDb,
    EventBridge,
    Schedule,
    ApiGatewayV1,
    ApiGatewayV2,
    FunctionUrl,
    Alb,
    /// A question about a call, to the bridge itself.
    Control,
    /// Whoever else calls a Lambda: Step Functions, a person, another program.
    Other,
}

/// What AWS makes of an answer to several records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The event is one thing.
    One,
    /// Records that stand or fall together: nobody reads which of them failed.
    Together,
    /// Each record is delivered again by itself, in no order.
    Unordered,
    /// Each record is delivered again by itself, in the order of its group.
    Grouped,
    /// All from the first failed record on is delivered again, in order.
    Ordered,
}

impl Source {
    /// Who sent this.
    pub fn of(event: &Value) -> Self {
        if event.get("modal_bridge").is_some_and(Value::is_object) {
            return Self::Control;
        }
        if let Some(records) = event.get("Records").and_then(Value::as_array) {
            return of_records(records);
        }
        if let Some(context) = event.get("requestContext") {
            return of_request(event, context);
        }
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        match (text("source"), text("detail-type")) {
            (Some("aws.scheduler"), Some(_)) | (Some("aws.events"), Some("Scheduled Event")) => {
                Self::Schedule
            }
            (Some(_), Some(_)) if event.get("detail").is_some() => Self::EventBridge,
            _ => Self::Other,
        }
    }

    /// Its name in logs and in the function's `context`: AWS's own where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "aws:s3",
            Self::Sqs | Self::SqsFifo => "aws:sqs",
            Self::Sns => "aws:sns",
            Self::Kinesis => "aws:kinesis",
            Self::DynamoDb => "aws:dynamodb",
            Self::EventBridge => "aws:events",
            Self::Schedule => "aws:scheduler",
            Self::ApiGatewayV1 | Self::ApiGatewayV2 => "aws:apigateway",
            Self::FunctionUrl => "aws:lambda-url",
            Self::Alb => "aws:elb",
            Self::Control => "control",
            Self::Other => "invoke",
        }
    }

    /// Whether the event is an HTTP request, which wants an HTTP answer.
    pub fn is_http(self) -> bool {
        matches!(self, Self::ApiGatewayV1 | Self::ApiGatewayV2 | Self::FunctionUrl | Self::Alb)
    }

    /// Whether Lambda itself polls the source, and reads nothing of an answer but which records
    /// failed.
    pub fn is_polled(self) -> bool {
        matches!(self.delivery(), Delivery::Unordered | Delivery::Grouped | Delivery::Ordered)
    }

    /// What AWS makes of an answer.
    pub fn delivery(self) -> Delivery {
        match self {
            Self::S3 | Self::Sns => Delivery::Together,
            Self::Sqs => Delivery::Unordered,
            Self::SqsFifo => Delivery::Grouped,
            Self::Kinesis | Self::DynamoDb => Delivery::Ordered,
            _ => Delivery::One,
        }
    }
}

/// All records of an event come from one place; what claims otherwise is none of AWS's.
fn of_records(records: &[Value]) -> Source {
    let mut sources = records.iter().map(of_record);
    match sources.next() {
        Some(first) if sources.all(|source| source == first) => first,
        _ => Source::Other,
    }
}

fn of_record(record: &Value) -> Source {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    match text("eventSource").or_else(|| text("EventSource")) {
        Some("aws:s3") => Source::S3,
        // A queue's name tells. Messages of standard queues may have groups, too.
        Some("aws:sqs") if text("eventSourceARN").is_some_and(|arn| arn.ends_with(".fifo")) => {
            Source::SqsFifo
        }
        Some("aws:sqs") => Source::Sqs,
        Some("aws:sns") => Source::Sns,
        Some("aws:kinesis") => Source::Kinesis,
        Some("aws:dynamodb") => Source::DynamoDb,
        _ => Source::Other,
    }
}

fn of_request(event: &Value, context: &Value) -> Source {
    // API Gateway asks a Lambda authorizer with the same context, and wants a policy from it.
    if event.get("methodArn").is_some() || event.get("routeArn").is_some() {
        return Source::Other;
    }
    let has = |name: &str| context.get(name).is_some();
    if has("elb") {
        Source::Alb
    } else if has("http") {
        let domain = context.get("domainName").and_then(Value::as_str).unwrap_or_default();
        if domain.contains(".lambda-url.") { Source::FunctionUrl } else { Source::ApiGatewayV2 }
    } else if has("resourceId") || has("httpMethod") {
        Source::ApiGatewayV1
    } else {
        Source::Other
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_looks_like_an_event_of_aws_is_passed_on_as_something_else() {
        let sqs = json!({ "eventSource": "aws:sqs" });
        for event in [
            json!(null),
            json!([{ "eventSource": "aws:sqs" }]),
            json!({ "Records": [] }),
            json!({ "Records": {} }),
            json!({ "Records": [sqs, { "eventSource": "aws:s3" }] }),
            json!({ "Records": [sqs, 1] }),
            json!({ "Records": [{ "eventSource": "aws:codecommit" }] }),
            json!({ "requestContext": { "connectionId": "c" } }),
            json!({ "requestContext": { "http": {} }, "routeArn": "arn:…" }),
            json!({ "requestContext": { "httpMethod": "GET" }, "methodArn": "arn:…" }),
            json!({ "source": "me", "detail-type": "x" }),
            json!({ "modal_bridge": "get" }),
        ] {
            assert_eq!(Source::of(&event), Source::Other, "{event}");
        }
    }

    #[test]
    fn a_standard_queue_with_message_groups_is_no_fifo_queue() {
        let record = json!({
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:fair",
            "attributes": { "MessageGroupId": "tenant-1" },
        });
        assert_eq!(Source::of(&json!({ "Records": [record] })), Source::Sqs);
    }
}
