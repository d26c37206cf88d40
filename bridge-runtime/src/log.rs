//! One JSON line for each call, on standard output, where Lambda collects logs.
//!
//! Facts, never content: no event, no result, no token, and no exception's text, which may quote
//! the event.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bridge_contract::BridgeConfig;
use modal_client::{CallId, Clock};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::BridgeError;

/// What is worth knowing of one invocation.
#[derive(Debug)]
pub struct Record<'a> {
    pub time: SystemTime,
    pub request_id: &'a str,
    pub trace_id: Option<&'a str>,
    pub config: &'a BridgeConfig,
    pub call: Option<&'a CallId>,
    pub duration: Duration,
    pub input_bytes: usize,
    pub output_bytes: usize,
    pub cold_start: bool,
    pub error: Option<&'a BridgeError>,
}

/// Writes an invocation's line.
pub fn write(record: &Record<'_>) {
    line(record.to_json());
}

/// Says why no invocation can succeed.
pub(crate) fn refused(error: &BridgeError) {
    line(json!({
        "level": "ERROR",
        "outcome": "error",
        "error_type": error.error_type(),
        "message": error.to_string(),
    }));
}

/// Has warnings of `modal-client` written as lines, with the time that `clock` tells.
pub fn install(clock: Clock) {
    static WARNINGS: OnceLock<()> = OnceLock::new();
    WARNINGS.get_or_init(|| {
        // Fails only where something else already listens.
        let _already_set = tracing::subscriber::set_global_default(Warnings { clock });
    });
}

impl Record<'_> {
    fn to_json(&self) -> Value {
        let config = self.config;
        let level = if self.error.is_some() { "ERROR" } else { "INFO" };
        let outcome = if self.error.is_some() { "error" } else { "success" };
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                object.insert(name.to_owned(), value);
            }
        };
        put("time", time(self.time).into());
        put("level", level.into());
        put("aws_request_id", self.request_id.into());
        put("xray_trace_id", self.trace_id.into());
        put("modal_environment", config.environment.as_str().into());
        put("modal_app", config.app.as_str().into());
        put("modal_function", config.function.as_str().into());
        put("mode", config.mode.to_string().into());
        if let Some(CallId::FunctionCall(id)) = self.call {
            put("function_call_id", id.as_str().into());
            put("modal_url", format!("https://modal.com/id/{id}").into());
        }
        put("duration_ms", u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX).into());
        put("input_bytes", self.input_bytes.into());
        put("output_bytes", self.output_bytes.into());
        put("cold_start", self.cold_start.into());
        put("outcome", outcome.into());
        if let Some(error) = self.error {
            put("error_type", error.error_type().into());
            if !error.quotes_the_function() {
                put("message", error.to_string().into());
            }
        }
        Value::Object(object)
    }
}

fn time(time: SystemTime) -> String {
    DateTime::from(time).fmt(Format::DateTime).unwrap_or_default()
}

/// The bridge's standard output belongs to its log.
fn line(value: Value) {
    // Nobody is left to tell of a log that cannot be written.
    let _unwritten = writeln!(io::stdout().lock(), "{value}");
}

/// Listens to warnings of `modal-client`, and to nothing of the libraries below it.
struct Warnings {
    clock: Clock,
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Level::WARN
            && metadata.target().starts_with("modal_client")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        line(json!({ "time": time((self.clock)()), "level": "WARN", "message": message.0 }));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event's message.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use bridge_contract::{Mode, Options};
    use modal_client::ModalError;

    use super::*;

    fn line_of(call: &CallId, error: Option<&BridgeError>) -> String {
        let config = BridgeConfig {
            mode: Mode::Remote,
            app: "thumbnails".into(),
            environment: "main".into(),
            function: "render".into(),
            params: Map::new(),
            secret_arn: String::new(),
            server_url: None,
            options: Options::default(),
        };
        let record = Record {
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_250),
            request_id: "req-1",
            trace_id: None,
            config: &config,
            call: Some(call),
            duration: Duration::from_millis(42),
            input_bytes: 10,
            output_bytes: 20,
            cold_start: true,
            error,
        };
        record.to_json().to_string()
    }

    #[test]
    fn a_call_is_one_line_of_facts() {
        expect_test::expect![[
            r#"{"time":"2027-01-15T08:00:00.25Z","level":"INFO","aws_request_id":"req-1","modal_environment":"main","modal_app":"thumbnails","modal_function":"render","mode":"remote","function_call_id":"fc-1","modal_url":"https://modal.com/id/fc-1","duration_ms":42,"input_bytes":10,"output_bytes":20,"cold_start":true,"outcome":"success"}"#
        ]]
        .assert_eq(&line_of(&CallId::FunctionCall("fc-1".into()), None));
    }

    #[test]
    fn a_failure_is_logged_without_the_exception_that_may_quote_the_event() {
        let call = CallId::Attempt("at-1".into());
        let exception = r#"ValueError("personal data")"#.to_owned();
        let raised = BridgeError::Modal {
            error: ModalError::Raised { exception, traceback: String::new() },
            call: Some(call.clone()),
        };
        let line = line_of(&call, Some(&raised));
        assert!(line.contains(r#""error_type":"ModalRemoteError""#), "{line}");
        assert!(!line.contains("personal data"), "{line}");

        let silent = BridgeError::OutOfTimeBefore { step: "FunctionGet" };
        let line = line_of(&call, Some(&silent));
        assert!(line.ends_with(
            r#""message":"the Lambda ran out of time in FunctionGet, before Modal had confirmed a call"}"#
        ));
    }
}
