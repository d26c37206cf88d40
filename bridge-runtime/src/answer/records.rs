//! Answers to events of several records: which failed, in the words that Lambda reads.

use std::collections::{BTreeSet, HashMap};

use bridge_contract::{Options, ResponseFormat};
use serde_json::{Value, json};

use super::{MAX_ANSWER, Outcome, fitting, size};
use crate::event::Delivery;
use crate::{BridgeError, Event};

const FAILURES: &str = "batchItemFailures";

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordResult {
    Done(Outcome),
    Failed(BridgeError),
    /// Not called, because of a record before it.
    Skipped,
}

impl RecordResult {
    fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Done(outcome) => Some(outcome),
            Self::Failed(_) | Self::Skipped => None,
        }
    }
}

/// The answer to an event whose records were called one by one. An error where nothing succeeded, so
/// that it counts as one, and where AWS cannot be told which records failed.
pub(crate) fn of_records(
    event: &Event,
    results: &[RecordResult],
    options: &Options,
) -> Result<Value, BridgeError> {
    let failed = results.iter().filter(|result| !matches!(result, RecordResult::Done(_))).count();
    let first = results.iter().find_map(|result| match result {
        RecordResult::Failed(error) => Some(error),
        _ => None,
    });
    let together = event.source.delivery() == Delivery::Together;
    if let Some(first) = first
        && (failed == results.len() || together)
    {
        let (total, first) = (results.len(), Box::new(first.clone()));
        // One record is no batch.
        return Err(if total == 1 {
            *first
        } else {
            BridgeError::Records { failed, total, first }
        });
    }

    // What is too large names a call to look at.
    let named = |error| match error {
        BridgeError::AnswerTooLarge { bytes, .. } => {
            let mut done = results.iter().filter_map(RecordResult::outcome);
            BridgeError::AnswerTooLarge { bytes, call: done.next().map(Outcome::call) }
        }
        other => other,
    };
    if together && options.response_format == ResponseFormat::Result {
        return fitting(Value::Array(results.iter().map(bare).collect())).map_err(named);
    }
    let status = if failed == 0 { "Success" } else { "PartialFailure" };
    let mut answer = json!({ "status": status, "response": response(results) });
    if together {
        return fitting(answer).map_err(named);
    }
    answer[FAILURES] = failures(event, results);
    if size(&answer) > MAX_ANSWER {
        tracing::warn!("the results of the batch are larger than Lambda takes: left out");
        answer["response"] = json!({});
    }
    Ok(answer)
}

/// A function that was given a whole batch says itself which records failed. Whatever it says goes
/// where Lambda looks; what Lambda cannot read, it takes for a failure of all.
pub(super) fn with_failures(mut answer: Value, outcome: &Outcome, event: &Event) -> Value {
    if let Some(failures) = said_failures(outcome).filter(|_| event.source.is_polled()) {
        if answer.get("status").is_some() && failed_records(outcome, event) > 0 {
            answer["status"] = "PartialFailure".into();
        }
        answer[FAILURES] = failures.clone();
    }
    answer
}

/// What a function says of records that failed.
pub(super) fn said_failures(outcome: &Outcome) -> Option<&Value> {
    match outcome {
        Outcome::Returned { result, .. } => said_in(result),
        Outcome::Unread { failures, .. } => failures.as_ref(),
        Outcome::Spawned(_) | Outcome::Forgotten { .. } => None,
    }
}

/// What a result says of records that failed.
pub(super) fn said_in(result: &Value) -> Option<&Value> {
    result.get(FAILURES).filter(|failures| !failures.is_null())
}

/// How many records Lambda delivers again: those that are named, of a stream all from the first of
/// them on, and all where it cannot tell who is meant.
pub(super) fn failed_records(outcome: &Outcome, event: &Event) -> usize {
    let Some(failures) = said_failures(outcome).filter(|_| event.source.is_polled()) else {
        return 0;
    };
    let records = event.records();
    let numbered = records.iter().enumerate();
    let numbers: HashMap<&str, usize> =
        numbered.filter_map(|(number, record)| Some((record.item_identifier()?, number))).collect();
    let number = |item: &Value| numbers.get(item.get("itemIdentifier")?.as_str()?).copied();
    let named: Option<BTreeSet<usize>> =
        failures.as_array().and_then(|list| list.iter().map(number).collect());
    match (named, event.source.delivery()) {
        (None, _) => records.len(),
        (Some(named), Delivery::Ordered) => named.first().map_or(0, |first| records.len() - first),
        (Some(named), _) => named.len(),
    }
}

/// Call ids or results, in the order of the records; null for one without.
fn response(results: &[RecordResult]) -> Value {
    let spawned =
        results.iter().any(|result| matches!(result, RecordResult::Done(Outcome::Spawned(_))));
    let each = results.iter().map(|result| match result {
        RecordResult::Done(Outcome::Spawned(id)) => id.as_str().into(),
        other => bare(other),
    });
    let name = if spawned { "function_call_ids" } else { "results" };
    json!({ name: each.collect::<Vec<Value>>() })
}

fn bare(result: &RecordResult) -> Value {
    result.outcome().map(Outcome::bare).unwrap_or_default()
}

/// Of a stream the first failure: Lambda delivers again from there on.
fn failures(event: &Event, results: &[RecordResult]) -> Value {
    let records = event.records();
    let failed = records.iter().zip(results).filter_map(|(record, result)| match result {
        RecordResult::Done(_) => None,
        _ => Some(json!({ "itemIdentifier": record.item_identifier() })),
    });
    match event.source.delivery() {
        Delivery::Ordered => failed.take(1).collect(),
        _ => failed.collect(),
    }
}

#[cfg(test)]
mod tests {
    use modal_client::CallId;

    use super::*;

    fn event(source: &str, names: &[&str]) -> Event {
        let records: Vec<_> = names
            .iter()
            .map(|name| {
                json!({
                    "eventSource": source,
                    "messageId": name,
                    "kinesis": { "sequenceNumber": name },
                    "dynamodb": { "SequenceNumber": name },
                })
            })
            .collect();
        Event::parse(&json!({ "Records": records }).to_string()).unwrap()
    }

    fn done(id: &str) -> RecordResult {
        RecordResult::Done(Outcome::Spawned(id.into()))
    }

    fn returned(result: Value) -> RecordResult {
        let call = CallId::FunctionCall("fc-1".into());
        RecordResult::Done(Outcome::Returned { result, call })
    }

    fn failed() -> RecordResult {
        RecordResult::Failed(BridgeError::NotStarted)
    }

    fn answer(event: &Event, results: &[RecordResult]) -> Result<String, String> {
        of_records(event, results, &Options::default())
            .map(|answer| answer.to_string())
            .map_err(|error| format!("{}: {error}", error.error_type()))
    }

    #[test]
    fn a_queue_is_told_each_record_that_failed_or_was_not_called() {
        let queue = event("aws:sqs", &["a", "b", "c"]);
        expect_test::expect![[r#"{"status":"PartialFailure","response":{"function_call_ids":["fc-1",null,null]},"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}"#]]
        .assert_eq(&answer(&queue, &[done("fc-1"), failed(), RecordResult::Skipped]).unwrap());
        expect_test::expect![[
            r#"{"status":"Success","response":{"results":[1,null,{"x":2}]},"batchItemFailures":[]}"#
        ]]
        .assert_eq(
            &answer(
                &queue,
                &[returned(json!(1)), returned(json!(null)), returned(json!({"x": 2}))],
            )
            .unwrap(),
        );
    }

    #[test]
    fn a_stream_is_told_where_to_go_on() {
        for source in ["aws:kinesis", "aws:dynamodb"] {
            let stream = event(source, &["1", "2", "3"]);
            let answer = answer(&stream, &[done("fc-1"), failed(), RecordResult::Skipped]).unwrap();
            assert!(
                answer.ends_with(r#""batchItemFailures":[{"itemIdentifier":"2"}]}"#),
                "{answer}"
            );
        }
    }

    #[test]
    fn a_batch_of_which_nothing_succeeded_is_an_error() {
        let queue = event("aws:sqs", &["a", "b"]);
        assert_eq!(
            answer(&queue, &[failed(), RecordResult::Skipped]).unwrap_err(),
            "BridgeDeadlineExceeded: 2 of 2 records failed; the first: the Lambda ran out of time \
             before it was this record's turn"
        );
        assert_eq!(
            answer(&event("aws:sqs", &["a"]), &[failed()]).unwrap_err(),
            "BridgeDeadlineExceeded: the Lambda ran out of time before it was this record's turn"
        );
    }

    #[test]
    fn where_nobody_reads_which_record_failed_one_failure_is_an_error() {
        let two = event("aws:s3", &["a", "b"]);
        assert!(answer(&two, &[done("fc-1"), failed()]).is_err());
        assert_eq!(
            answer(&two, &[done("fc-1"), done("fc-2")]).unwrap(),
            r#"{"status":"Success","response":{"function_call_ids":["fc-1","fc-2"]}}"#
        );
    }

    #[test]
    fn results_too_large_for_lambda_are_left_out_for_a_source_that_would_deliver_again() {
        let large = || returned("x".repeat(4 << 20).into());
        let queue = event("aws:sqs", &["a", "b"]);
        assert_eq!(
            answer(&queue, &[large(), large()]).unwrap(),
            r#"{"status":"Success","response":{},"batchItemFailures":[]}"#
        );
        let error = answer(&event("aws:s3", &["a", "b"]), &[large(), large()]).unwrap_err();
        assert!(error.starts_with("BridgePayloadTooLarge: "), "{error}");
        assert!(error.ends_with(" (function call fc-1)"), "{error}");
    }

    #[test]
    fn a_function_that_was_given_a_batch_says_itself_what_failed() {
        let lifted = |result: Value, source: &str| {
            let call = CallId::FunctionCall("fc-1".into());
            let outcome = Outcome::Returned { result, call };
            super::super::of_call(&outcome, &event(source, &["a"]), &Options::default()).unwrap()
        };
        let failures = json!([{ "itemIdentifier": "a" }]);
        let said = json!({ "batchItemFailures": failures, "n": 1 });
        let answer = lifted(said.clone(), "aws:sqs");
        assert_eq!(
            (&answer["batchItemFailures"], &answer["status"]),
            (&failures, &json!("PartialFailure"))
        );
        assert_eq!(answer["response"]["result"], said);
        assert_eq!(lifted(json!({ "batchItemFailures": [] }), "aws:kinesis")["status"], "Success");
        assert_eq!(
            lifted(json!({ "batchItemFailures": null }), "aws:sqs").get("batchItemFailures"),
            None
        );
        assert_eq!(lifted(said, "aws:s3").get("batchItemFailures"), None);
    }

    #[test]
    fn records_that_come_again_are_those_that_lambda_takes_for_failed() {
        let count = |source: &str, failures: Value| {
            let call = CallId::FunctionCall("fc-1".into());
            let result = json!({ "batchItemFailures": failures });
            failed_records(&Outcome::Returned { result, call }, &event(source, &["a", "b", "c"]))
        };
        let b = || json!({ "itemIdentifier": "b" });
        assert_eq!(count("aws:sqs", json!([b()])), 1);
        assert_eq!(count("aws:sqs", json!([b(), b()])), 1);
        assert_eq!(count("aws:kinesis", json!([b()])), 2);
        assert_eq!(count("aws:sqs", json!([])), 0);
        assert_eq!(count("aws:sqs", Value::Null), 0);
        for unreadable in [json!("b"), json!([b(), {}]), json!([{ "itemIdentifier": "x" }])] {
            assert_eq!(count("aws:sqs", unreadable), 3);
        }
        assert_eq!(count("aws:s3", json!([b()])), 0);
    }
}
