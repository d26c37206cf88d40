//! The keyword argument `context`: what a function may want to know of its invocation.

use serde_json::{Map, Value, json};

use crate::{Event, Invocation};

/// `context`, for an event of this invocation. A field that AWS does not tell is `None` in Python.
pub(crate) fn context(event: &Event, invocation: &Invocation) -> Map<String, Value> {
    let context = json!({
        "aws_request_id": invocation.request_id,
        "function_arn": invocation.function_arn,
        "source": event.source.name(),
        "receive_count": event.receive_count(),
        "xray_trace_id": invocation.trace_id,
    });
    Map::from_iter([("context".to_owned(), context)])
}
