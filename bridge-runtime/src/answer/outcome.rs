//! What a call came to, and the rule for a result that cannot be carried.

use modal_client::{CallId, ModalError, PlainPart};
use serde_json::{Value, json};

use super::records;
use crate::{BridgeError, Event};

/// A call that came to what was wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The id of the function call that Modal will run.
    Spawned(String),
    Returned {
        result: Value,
        call: CallId,
    },
    /// Returned, with a result that cannot be carried.
    Unread {
        call: CallId,
        why: Box<BridgeError>,
        /// What the result says of records that failed.
        failures: Option<Value>,
    },
    /// Returned to an earlier invocation, of whose result there is nothing.
    Forgotten {
        call: CallId,
    },
}

impl Outcome {
    /// The function has returned if an error says that its result cannot be read: what it did is done.
    pub(crate) fn unread(error: BridgeError) -> Result<Self, BridgeError> {
        let BridgeError::Modal { error: modal, call: Some(call) } = &error else {
            return Err(error);
        };
        if !modal.is_of_the_result() {
            return Err(error);
        }
        let plain = match modal {
            ModalError::Result { plain, .. } => plain.as_ref(),
            _ => None,
        };
        let failures = plain.and_then(|PlainPart(value)| records::said_in(value)).cloned();
        let call = call.clone();
        Ok(Self::Unread { call, why: Box::new(error), failures })
    }

    /// The one rule for a result that cannot be carried, be it no plain data, or larger than the
    /// bridge reads or Lambda takes. Where Lambda polls the source, nobody reads more of an answer
    /// than which records failed, and an error would have what is done delivered and done again: the
    /// answer goes without the result, and the log says so. Everyone else gets the error, which names
    /// the call.
    ///
    /// A result of which nothing can be read may have said that records failed. They are taken for
    /// done, as the function raised nothing.
    pub(crate) fn carried(self, event: &Event) -> Result<Self, BridgeError> {
        match self {
            Self::Unread { why, .. } if !event.source.is_polled() => Err(*why),
            Self::Unread { ref why, .. } => {
                tracing::warn!("{why}; the answer goes without it, as it is done");
                Ok(self)
            }
            other => Ok(other),
        }
    }

    /// The same with a result that cannot be carried.
    pub(super) fn without_result(&self, why: BridgeError) -> Self {
        let (call, failures) = (self.call(), records::said_failures(self).cloned());
        Self::Unread { call, why: Box::new(why), failures }
    }

    pub fn call(&self) -> CallId {
        match self {
            Self::Spawned(id) => CallId::FunctionCall(id.clone()),
            Self::Returned { call, .. } | Self::Unread { call, .. } | Self::Forgotten { call } => {
                call.clone()
            }
        }
    }

    pub(crate) fn result(&self) -> Option<&Value> {
        match self {
            Self::Returned { result, .. } => Some(result),
            _ => None,
        }
    }

    /// How many records of the event Lambda delivers again, because the function said that they
    /// failed.
    pub(crate) fn failed_records(&self, event: &Event) -> usize {
        records::failed_records(self, event)
    }

    pub(super) fn response(&self) -> Value {
        match self {
            Self::Spawned(id) => json!({ "function_call_id": id }),
            Self::Returned { result, .. } => json!({ "result": result }),
            Self::Unread { call, .. } | Self::Forgotten { call } => match call {
                CallId::FunctionCall(id) => json!({ "function_call_id": id }),
                CallId::Attempt(token) => json!({ "attempt": token }),
            },
        }
    }

    /// Without anything around it.
    pub(super) fn bare(&self) -> Value {
        match self {
            Self::Returned { result, .. } => result.clone(),
            _ => self.response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bridge_contract::{Options, ResponseFormat};

    use super::super::{MAX_ANSWER, of_call};
    use super::*;

    fn call() -> CallId {
        CallId::FunctionCall("fc-1".into())
    }

    /// Each way in which a result cannot be carried, with the records it names where that can be told.
    fn uncarried() -> [Outcome; 3] {
        let failures = json!([{ "itemIdentifier": "m-2" }]);
        let plain = Box::new(json!({ "batchItemFailures": failures, "at": null }));
        let odd =
            ModalError::Result { reason: "holds a date".into(), plain: Some(PlainPart(plain)) };
        let huge = ModalError::ResultTooLarge { limit: 16 };
        let of = |error| Outcome::unread(BridgeError::Modal { error, call: Some(call()) }).unwrap();
        let large = json!({ "batchItemFailures": failures, "x": "x".repeat(MAX_ANSWER) });
        [of(odd), of(huge), Outcome::Returned { result: large, call: call() }]
    }

    fn answer(
        outcome: Outcome,
        event: &str,
        response_format: ResponseFormat,
    ) -> Result<String, String> {
        let event = Event::parse(event).unwrap();
        let options = Options { response_format, ..Options::default() };
        let answer =
            outcome.carried(&event).and_then(|outcome| of_call(&outcome, &event, &options));
        answer.map(|answer| answer.to_string()).map_err(|error| error.error_type().to_owned())
    }

    #[test]
    fn who_reads_an_answer_gets_an_error_for_a_result_that_cannot_be_carried() {
        for event in ["{}", r#"{"Records":[{"eventSource":"aws:s3"}]}"#] {
            let types = uncarried().map(|outcome| answer(outcome, event, ResponseFormat::Auto));
            let want = ["ModalResultError", "BridgePayloadTooLarge", "BridgePayloadTooLarge"];
            assert_eq!(types, want.map(|error| Err(error.to_owned())));
        }
    }

    #[test]
    fn a_polled_source_that_would_deliver_again_what_is_done_is_told_the_failures_alone() {
        let queue = r#"{"Records":[{"eventSource":"aws:sqs","messageId":"m-1"},
            {"eventSource":"aws:sqs","messageId":"m-2"}]}"#;
        let answers = |format| uncarried().map(|outcome| answer(outcome, queue, format).unwrap());
        expect_test::expect![[r#"
            {"status":"PartialFailure","response":{"function_call_id":"fc-1"},"batchItemFailures":[{"itemIdentifier":"m-2"}]}
            {"status":"Success","response":{"function_call_id":"fc-1"}}
            {"status":"PartialFailure","response":{"function_call_id":"fc-1"},"batchItemFailures":[{"itemIdentifier":"m-2"}]}"#]]
        .assert_eq(&answers(ResponseFormat::Auto).join("\n"));
        expect_test::expect![[r#"
            {"function_call_id":"fc-1","batchItemFailures":[{"itemIdentifier":"m-2"}]}
            {"function_call_id":"fc-1"}
            {"function_call_id":"fc-1","batchItemFailures":[{"itemIdentifier":"m-2"}]}"#]]
        .assert_eq(&answers(ResponseFormat::Result).join("\n"));
    }

    #[test]
    fn a_failure_is_no_result() {
        let exception = "ValueError()".to_owned();
        let raised = ModalError::Raised { exception, traceback: String::new() };
        let raised = BridgeError::Modal { error: raised, call: Some(call()) };
        assert_eq!(Outcome::unread(raised.clone()), Err(raised));
    }
}
