//! Which call an event asks for, and what answer an outcome makes. Pure.

use std::io;

use bridge_contract::{BridgeConfig, Mode};
use modal_client::CallId;
use serde_json::{Value, json};

use crate::BridgeError;

/// Lambda's limit for the answer to a synchronous invocation.
pub const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// A call of the configured function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub args: [Value; 2],
    pub mode: Mode,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The id of the function call that Modal will run.
    Spawned(String),
    Returned {
        result: Value,
        call: CallId,
    },
}

/// Reads an event. Modal gets it as AWS delivered it: keys in their order, integers as integers.
pub fn parse_event(event: &str) -> Result<Value, BridgeError> {
    serde_json::from_str(event).map_err(|error| {
        // The error's own text may quote the event.
        let reason = match error.to_string() {
            text if text.starts_with("recursion limit") => "is nested deeper than 128 levels",
            text if text.contains("hex escape") => "holds text that is not Unicode",
            _ => "is not JSON",
        };
        BridgeError::Event { reason }
    })
}

/// The event is the first argument, the parameters the second.
pub fn call_for(event: Value, config: &BridgeConfig) -> Call {
    Call { args: [event, Value::Object(config.params.clone())], mode: config.mode }
}

/// The answer, unless Lambda would not take it.
pub fn reply_for(outcome: Outcome) -> Result<Value, BridgeError> {
    let (response, call) = match outcome {
        Outcome::Spawned(id) => (json!({ "function_call_id": id }), None),
        Outcome::Returned { result, call } => (json!({ "result": result }), Some(call)),
    };
    let reply = json!({ "status": "Success", "response": response });
    let bytes = size(&reply);
    if bytes > MAX_ANSWER {
        return Err(BridgeError::AnswerTooLarge { bytes, call });
    }
    Ok(reply)
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
    use bridge_contract::Options;

    use super::*;

    fn config(mode: Mode) -> BridgeConfig {
        BridgeConfig {
            mode,
            app: "thumbnails".into(),
            environment: "main".into(),
            function: "render".into(),
            params: serde_json::from_str(r#"{"width":128,"format":"png"}"#).unwrap(),
            secret_arn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal".into(),
            server_url: None,
            options: Options::default(),
        }
    }

    fn returned(result: Value) -> Outcome {
        Outcome::Returned { result, call: CallId::FunctionCall("fc-1".into()) }
    }

    #[test]
    fn the_event_comes_first_then_the_parameters() {
        let event = json!({ "Records": [] });
        for mode in [Mode::Spawn, Mode::Remote] {
            let call = call_for(event.clone(), &config(mode));
            assert_eq!(call.args, [event.clone(), json!({ "width": 128, "format": "png" })]);
            assert_eq!(call.mode, mode);
        }
    }

    #[test]
    fn answers_have_the_shapes_of_the_cdk_library() {
        let spawned = reply_for(Outcome::Spawned("fc-1".into())).unwrap();
        assert_eq!(
            spawned.to_string(),
            r#"{"status":"Success","response":{"function_call_id":"fc-1"}}"#
        );
        let done = reply_for(returned(json!({ "b": 1, "a": null }))).unwrap();
        assert_eq!(
            done.to_string(),
            r#"{"status":"Success","response":{"result":{"b":1,"a":null}}}"#
        );
    }

    #[test]
    fn an_answer_that_lambda_would_refuse_is_an_error_with_the_call() {
        let around = size(&reply_for(returned(json!(""))).unwrap());
        let fits = json!("x".repeat(MAX_ANSWER - around));
        assert!(reply_for(returned(fits)).is_ok());
        let error = reply_for(returned(json!("x".repeat(MAX_ANSWER - around + 1)))).unwrap_err();
        assert_eq!(error.error_type(), "BridgePayloadTooLarge");
        assert_eq!(
            error.to_string(),
            "the answer has 6291457 bytes, and Lambda takes at most 6291456; let the function store \
             its result and return where it is (function call fc-1)"
        );
    }

    #[test]
    fn an_event_keeps_its_order_and_its_numbers() {
        let event = r#"{"z":1,"a":{"y":123456789012345678901234567890,"b":1.50}}"#;
        assert_eq!(parse_event(event).unwrap().to_string(), event);
    }

    #[test]
    fn an_event_that_cannot_be_passed_on_is_an_error_without_its_content() {
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
        for (event, want) in [
            (deep.as_str(), "the event is nested deeper than 128 levels"),
            (r#""secret\ud800""#, "the event holds text that is not Unicode"),
            ("secret", "the event is not JSON"),
        ] {
            assert_eq!(parse_event(event).unwrap_err().to_string(), want);
        }
        let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
        assert!(parse_event(&deep).is_ok());
    }
}
