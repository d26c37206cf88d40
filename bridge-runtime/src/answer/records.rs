//! Answers to events of several records: which failed, in the words that Lambda reads.

use bridge_contract::{Options, ResponseFormat};
use modal_client::CallId;
use serde_json::{Map, Value, json};

use super::{MAX_ANSWER, Outcome, size};
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

    if together && options.response_format == ResponseFormat::Result {
        return fitting(Value::Array(results.iter().map(bare).collect()));
    }
    let status = if failed == 0 { "Success" } else { "PartialFailure" };
    let mut answer = json!({ "status": status, "response": response(results) });
    if !together {
        answer[FAILURES] = failures(event, results);
        if size(&answer) > MAX_ANSWER {
            tracing::warn!("the results of the batch are larger than Lambda takes: left out");
            answer["response"] = json!({});
        }
        return Ok(answer);
    }
    fitting(answer)
}

/// A function that was given a whole batch says itself which records failed. Whatever it says goes
/// where Lambda looks; what Lambda cannot read, it takes for a failure of all.
pub(super) fn lift_failures(answer: &mut Value, outcome: &Outcome, event: &Event) {
    let Some(failures) = said_failures(outcome) else { return };
    if outcome.is_to_come_again(event) {
        answer["status"] = "PartialFailure".into();
    }
    answer[FAILURES] = failures.clone();
}

/// What a function says of records that failed.
pub(super) fn said_failures(outcome: &Outcome) -> Option<&Value> {
    let Outcome::Returned { result: Value::Object(result), .. } = outcome else { return None };
    result.get(FAILURES).filter(|failures| !failures.is_null())
}

/// An answer too large for Lambda, of which nobody reads more than the failures.
pub(super) fn without_results(answer: Value, call: &CallId) -> Value {
    tracing::warn!("the result of {call} is larger than Lambda takes: left out of the answer");
    let mut object = match answer {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    object.insert("response".to_owned(), json!({}));
    // A bare result may be anything.
    object.retain(|name, _| ["status", "response", FAILURES].contains(&name.as_str()));
    Value::Object(object)
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
    match result {
        RecordResult::Done(outcome) => outcome.bare(),
        RecordResult::Failed(_) | RecordResult::Skipped => Value::Null,
    }
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

fn fitting(answer: Value) -> Result<Value, BridgeError> {
    match size(&answer) {
        bytes if bytes > MAX_ANSWER => Err(BridgeError::AnswerTooLarge { bytes, call: None }),
        _ => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
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
        assert!(answer(&event("aws:s3", &["a", "b"]), &[large(), large()]).is_err());
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
}
