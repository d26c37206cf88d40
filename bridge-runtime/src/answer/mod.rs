//! What Lambda is answered: shapes, and the limit of their size. Pure.

mod http;
mod outcome;
mod records;

use std::io;

use bridge_contract::{Options, ResponseFormat};
use serde_json::{Value, json};

use crate::{BridgeError, Event, Source};

pub use outcome::Outcome;
pub(crate) use records::{RecordResult, of_records};

/// Lambda's limit for the answer to a synchronous invocation.
pub const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// The answer to an event that was one call.
pub(crate) fn of_call(
    outcome: &Outcome,
    event: &Event,
    options: &Options,
) -> Result<Value, BridgeError> {
    let answer = shaped(outcome, event, options);
    let bytes = size(&answer);
    if bytes <= MAX_ANSWER {
        return Ok(answer);
    }
    let too_large = BridgeError::AnswerTooLarge { bytes, call: Some(outcome.call()) };
    let without = outcome.without_result(too_large.clone()).carried(event)?;
    let answer = shaped(&without, event, options);
    if size(&answer) <= MAX_ANSWER { Ok(answer) } else { Err(too_large) }
}

fn shaped(outcome: &Outcome, event: &Event, options: &Options) -> Value {
    match shape(event, options) {
        Shape::Http => {
            let status = if matches!(outcome, Outcome::Spawned(_)) { 202 } else { 200 };
            let body = success(outcome.response());
            http::answer(event, status, &body, Some(&outcome.call()), None)
        }
        // What a bare result says of failed records stands where Lambda looks already.
        Shape::Bare if outcome.result().is_some() => outcome.bare(),
        Shape::Bare => records::with_failures(outcome.bare(), outcome, event),
        Shape::Envelope => records::with_failures(success(outcome.response()), outcome, event),
    }
}

/// The answer to a question to the bridge itself.
pub(crate) fn of_control(response: Value, options: &Options) -> Result<Value, BridgeError> {
    fitting(match options.response_format {
        ResponseFormat::Result => response,
        _ => success(response),
    })
}

/// An answer that Lambda takes.
fn fitting(answer: Value) -> Result<Value, BridgeError> {
    match size(&answer) {
        bytes if bytes > MAX_ANSWER => Err(BridgeError::AnswerTooLarge { bytes, call: None }),
        _ => Ok(answer),
    }
}

/// An HTTP request is answered even where the call failed; everything else fails.
pub(crate) fn of_failure(
    error: BridgeError,
    event: &Event,
    options: &Options,
) -> Result<Value, BridgeError> {
    match shape(event, options) {
        Shape::Http => Ok(http::failure(event, &error)),
        Shape::Bare | Shape::Envelope => Err(error),
    }
}

/// The answer to an event that is not passed on, whatever it is. Who sent it is not always known, and
/// a failure is no success for anybody but those who read HTTP.
pub(crate) fn of_refusal(
    error: BridgeError,
    text: &str,
    options: &Options,
) -> Result<Value, BridgeError> {
    let event = Event::outline(text);
    match event.source.is_http() {
        true => of_failure(error, &event, options),
        false => Err(error),
    }
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Envelope,
    Bare,
    Http,
}

/// Whatever the practitioner wants: AWS's own sources read no HTTP answer, and would take one of a
/// failure for a success.
fn shape(event: &Event, options: &Options) -> Shape {
    match options.response_format {
        ResponseFormat::Auto if event.source.is_http() => Shape::Http,
        ResponseFormat::Http if event.source.is_http() || event.source == Source::Other => {
            Shape::Http
        }
        ResponseFormat::Result => Shape::Bare,
        ResponseFormat::Auto | ResponseFormat::Envelope | ResponseFormat::Http => Shape::Envelope,
    }
}

fn success(response: Value) -> Value {
    json!({ "status": "Success", "response": response })
}

/// The length of a value as JSON text, without writing it anywhere.
pub(crate) fn size(value: &Value) -> usize {
    struct Count(usize);

    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    // Neither counting nor writing a value fails.
    let _infallible = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use modal_client::CallId;

    use super::*;

    fn event(text: &str) -> Event {
        Event::parse(text).unwrap()
    }

    fn returned(result: Value) -> Outcome {
        Outcome::Returned { result, call: CallId::FunctionCall("fc-1".into()) }
    }

    fn format(response_format: ResponseFormat) -> Options {
        Options { response_format, ..Options::default() }
    }

    #[test]
    fn answers_have_the_shapes_of_the_cdk_library() {
        let answer = |outcome| of_call(&outcome, &event("{}"), &Options::default()).unwrap();
        assert_eq!(
            answer(Outcome::Spawned("fc-1".into())).to_string(),
            r#"{"status":"Success","response":{"function_call_id":"fc-1"}}"#
        );
        assert_eq!(
            answer(returned(json!({ "b": 1, "a": null }))).to_string(),
            r#"{"status":"Success","response":{"result":{"b":1,"a":null}}}"#
        );
    }

    #[test]
    fn a_bare_result_has_nothing_around_it() {
        let options = format(ResponseFormat::Result);
        let http = event(r#"{"requestContext":{"http":{}}}"#);
        for event in [event("{}"), http] {
            assert_eq!(of_call(&returned(json!([1])), &event, &options).unwrap(), json!([1]));
            let spawned = of_call(&Outcome::Spawned("fc-1".into()), &event, &options).unwrap();
            assert_eq!(spawned, json!({ "function_call_id": "fc-1" }));
        }
    }

    #[test]
    fn http_is_answered_as_http_unless_the_practitioner_wants_the_envelope() {
        let http = event(r#"{"requestContext":{"http":{}}}"#);
        let status = |event: &Event, of| {
            of_call(&returned(json!(1)), event, &format(of)).unwrap()["statusCode"].clone()
        };
        assert_eq!(status(&http, ResponseFormat::Auto), 200);
        assert_eq!(status(&http, ResponseFormat::Envelope), Value::Null);
        assert_eq!(status(&event("{}"), ResponseFormat::Auto), Value::Null);
        assert_eq!(status(&event("{}"), ResponseFormat::Http), 200);
    }

    #[test]
    fn a_source_that_reads_no_http_is_never_answered_so() {
        let options = format(ResponseFormat::Http);
        let lost = BridgeError::NotStarted;
        for event in [
            event(r#"{"Records":[{"eventSource":"aws:sqs"}]}"#),
            event(r#"{"Records":[{"eventSource":"aws:kinesis"}]}"#),
            event(r#"{"Records":[{"eventSource":"aws:s3"}]}"#),
            event(r#"{"Records":[{"EventSource":"aws:sns"}]}"#),
            event(r#"{"source":"shop","detail-type":"order","detail":{}}"#),
            event(r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#),
        ] {
            assert_eq!(of_failure(lost.clone(), &event, &options), Err(lost.clone()), "{event:?}");
        }
        let queue = event(r#"{"Records":[{"eventSource":"aws:sqs"}]}"#);
        let failures = json!([{ "itemIdentifier": "m-1" }]);
        let said = returned(json!({ "batchItemFailures": failures }));
        assert_eq!(of_call(&said, &queue, &options).unwrap()["batchItemFailures"], failures);
    }

    #[test]
    fn an_answer_that_lambda_would_refuse_is_an_error_with_the_call() {
        let answer =
            |text: String| of_call(&returned(text.into()), &event("{}"), &Options::default());
        let around = size(&answer(String::new()).unwrap());
        assert!(answer("x".repeat(MAX_ANSWER - around)).is_ok());
        let error = answer("x".repeat(MAX_ANSWER - around + 1)).unwrap_err();
        assert_eq!(error.error_type(), "BridgePayloadTooLarge");
        assert_eq!(
            error.to_string(),
            "the answer has 6291457 bytes, and Lambda takes at most 6291456; let the function store \
             its result and return where it is (function call fc-1)"
        );
    }
}
