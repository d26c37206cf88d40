//! One JSON line for each call, on standard output, where Lambda collects logs.
//!
//! Facts, never content: no event unless asked for, no result, no token, and no exception's text,
//! which may quote the event, unless the level is `DEBUG`.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bridge_contract::BridgeConfig;
use modal_client::{CallId, Clock, ModalError};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};

use super::Report;
use crate::{BridgeError, Invocation};

/// How important a line is, in Lambda's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// The least important line that is written.
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

impl Level {
    /// As in `AWS_LAMBDA_LOG_LEVEL`, which a function has whose logs are JSON.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        match get("AWS_LAMBDA_LOG_LEVEL").as_deref() {
            Some("TRACE" | "DEBUG") => Self::Debug,
            Some("WARN") => Self::Warn,
            Some("ERROR" | "FATAL") => Self::Error,
            _ => Self::Info,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    fn is_written(self) -> bool {
        self as u8 >= LEVEL.load(Ordering::Relaxed)
    }
}

/// Has lines written from `level` on, warnings of libraries among them, with the time that `clock`
/// tells.
pub fn install(clock: Clock, level: Level) {
    static WARNINGS: OnceLock<()> = OnceLock::new();
    LEVEL.store(level as u8, Ordering::Relaxed);
    WARNINGS.get_or_init(|| {
        // Fails only where something else already listens.
        let _already_set = tracing::subscriber::set_global_default(Warnings { clock });
    });
}

tokio::task_local! {
    /// The invocation whose warnings these are; none before the first.
    static REQUEST: String;
}

/// Does something for an invocation, whose warnings name it.
pub(crate) fn within<T>(
    request_id: &str,
    work: impl Future<Output = T>,
) -> impl Future<Output = T> {
    REQUEST.scope(request_id.to_owned(), work)
}

/// Writes a call's line.
pub(super) fn call(config: &BridgeConfig, invocation: &Invocation, report: &Report, cold: bool) {
    let level = match report {
        Report { error: Some(_), .. } => Level::Error,
        Report { records_failed: 0, .. } => Level::Info,
        _ => Level::Warn,
    };
    line(level, || of_call(config, invocation, report, cold, level));
    if let Some(error) = report.error.as_ref().filter(|error| error.quotes_the_function()) {
        line(Level::Debug, || of_quoting(error, report.time, &invocation.request_id));
    }
}

/// What a call's line does not say of its error.
fn of_quoting(error: &BridgeError, at: SystemTime, request_id: &str) -> Value {
    let mut line = json!({
        "time": time(at),
        "level": Level::Debug.name(),
        "aws_request_id": request_id,
        "message": error.to_string(),
    });
    if let BridgeError::Modal { error: ModalError::Raised { exception, traceback }, .. } = error {
        line["exception"] = exception.as_str().into();
        line["traceback"] = traceback.as_str().into();
    }
    line
}

/// Writes an event, for who asked for it.
pub(super) fn event(now: SystemTime, request_id: &str, event: &str) {
    line(Level::Info, || {
        json!({
            "time": time(now),
            "level": Level::Info.name(),
            "aws_request_id": request_id,
            "event": event,
        })
    });
}

/// Writes metrics, which are there whatever the level. Lambda itself drops what is below its level,
/// and takes a line without a level for one of `INFO`, so they say the least level that is written.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
pub(super) fn metrics(lines: Vec<Value>, at: SystemTime) {
    let levels = [Level::Info, Level::Warn, Level::Error];
    let level = levels.into_iter().find(|level| level.is_written()).unwrap_or(Level::Error);
    for mut line in lines {
        line["time"] = time(at).into();
        line["level"] = level.name().into();
        write(line);
    }
}

/// Says why no invocation can succeed.
pub(crate) fn refused(error: &BridgeError, now: SystemTime, request_id: &str) {
    line(Level::Error, || {
        json!({
            // Lambda takes a line without a time for one of level INFO.
            "time": time(now),
            "level": Level::Error.name(),
            "aws_request_id": request_id,
            "outcome": "error",
            "error_type": error.error_type(),
            "message": error.to_string(),
        })
    });
}

fn of_call(
    config: &BridgeConfig,
    invocation: &Invocation,
    report: &Report,
    cold: bool,
    level: Level,
) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            object.insert(name.to_owned(), value);
        }
    };
    put("time", time(report.time).into());
    put("level", level.name().into());
    put("aws_request_id", invocation.request_id.as_str().into());
    put("xray_trace_id", invocation.trace_id.as_deref().into());
    put("source", report.source.name().into());
    put("records", report.records.into());
    if report.records_failed > 0 {
        put("records_failed", report.records_failed.into());
    }
    put("modal_environment", config.environment.as_str().into());
    put("modal_app", config.app.as_str().into());
    put("modal_function", config.function.as_str().into());
    put("mode", config.mode.to_string().into());
    match &report.call {
        Some(CallId::FunctionCall(id)) => {
            put("function_call_id", id.as_str().into());
            put("modal_url", format!("https://modal.com/id/{id}").into());
        }
        Some(attempt @ CallId::Attempt(_)) => put("attempt", attempt.to_string().into()),
        None => {}
    }
    put("duration_ms", u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX).into());
    put("input_bytes", report.input_bytes.into());
    put("output_bytes", report.output_bytes.into());
    put("attempts", report.attempts.into());
    put("cold_start", cold.into());
    if report.duplicate {
        put("duplicate", true.into());
    }
    match &report.error {
        None if report.records_failed > 0 => put("outcome", "partial_failure".into()),
        None => put("outcome", "success".into()),
        Some(error) => {
            put("outcome", "error".into());
            put("error_type", error.error_type().into());
            if !error.quotes_the_function() {
                put("message", error.to_string().into());
            }
        }
    }
    Value::Object(object)
}

fn time(time: SystemTime) -> String {
    DateTime::from(time).fmt(Format::DateTime).unwrap_or_default()
}

fn line(level: Level, value: impl FnOnce() -> Value) {
    if level.is_written() {
        write(value());
    }
}

/// The bridge's standard output belongs to its log.
fn write(value: Value) {
    // Whole: standard output would look at each piece of JSON for the end of a line.
    let line = format!("{value}\n");
    // Nobody is left to tell of a log that cannot be written.
    let _unwritten = io::stdout().lock().write_all(line.as_bytes());
}

/// Listens to warnings of the bridge and of `modal-client`, and to nothing of the libraries below.
struct Warnings {
    clock: Clock,
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= tracing::Level::WARN
            && ["modal_client", "bridge_runtime"]
                .iter()
                .any(|ours| metadata.target().starts_with(ours))
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        line(Level::Warn, || {
            let mut line = json!({ "time": time((self.clock)()), "level": Level::Warn.name() });
            let _of_no_invocation =
                REQUEST.try_with(|id| line["aws_request_id"] = id.as_str().into());
            line["message"] = message.0.into();
            line
        });
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
    use std::time::Duration;

    use bridge_contract::Mode;
    use modal_client::ModalError;

    use super::super::testing::{config, invocation, report};
    use super::*;

    fn line_of(report: &Report) -> String {
        let config = config(Mode::Remote);
        of_call(&config, &invocation(), report, true, Level::Info).to_string()
    }

    #[test]
    fn a_call_is_one_line_of_facts() {
        expect_test::expect![[
            r#"{"time":"2027-01-15T08:00:00.25Z","level":"INFO","aws_request_id":"req-1","xray_trace_id":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=1","source":"aws:sqs","records":2,"modal_environment":"main","modal_app":"thumbnails","modal_function":"render","mode":"remote","function_call_id":"fc-1","modal_url":"https://modal.com/id/fc-1","duration_ms":42,"input_bytes":10,"output_bytes":20,"attempts":1,"cold_start":true,"outcome":"success"}"#
        ]]
        .assert_eq(&line_of(&report()));
        let duplicate = Report { duplicate: true, ..report() };
        assert!(line_of(&duplicate).contains(r#""duplicate":true"#));
        let partial = line_of(&Report { records_failed: 1, ..report() });
        assert!(partial.contains(r#""records":2,"records_failed":1,"#), "{partial}");
        assert!(partial.ends_with(r#""outcome":"partial_failure"}"#), "{partial}");
    }

    #[test]
    fn a_failure_is_logged_without_the_exception_that_may_quote_the_event() {
        let call = CallId::Attempt("at-1".into());
        let exception = r#"ValueError("personal data")"#.to_owned();
        let error = ModalError::Raised { exception, traceback: String::new() };
        let raised = BridgeError::Modal { error, call: Some(call.clone()) };
        let records = BridgeError::Records { failed: 2, total: 2, first: Box::new(raised.clone()) };
        for error in [raised, records] {
            let line = line_of(&Report { call: Some(call.clone()), ..report() }.failed(error));
            assert!(line.contains(r#""error_type":"ModalRemoteError""#), "{line}");
            assert!(line.contains(r#""attempt":"attempt at-1""#), "{line}");
            assert!(!line.contains("personal data"), "{line}");
        }
        let silent = BridgeError::OutOfTimeBefore { step: "FunctionGet" };
        let line = line_of(&report().failed(silent));
        assert!(line.ends_with(
            r#""message":"the Lambda ran out of time in FunctionGet, before Modal had confirmed a call"}"#
        ));
    }

    #[test]
    fn what_may_quote_the_event_is_said_to_who_debugs() {
        let said = |error| {
            let error = BridgeError::Modal { error, call: Some(CallId::Attempt("at-1".into())) };
            assert!(error.quotes_the_function());
            of_quoting(&error, SystemTime::UNIX_EPOCH, "req-1")
        };
        let exception = || "KeyError('x')".to_owned();
        for error in [
            ModalError::InitFailed { exception: exception() },
            ModalError::TimedOut { exception: exception() },
            ModalError::Cancelled { exception: exception() },
            ModalError::Internal { status: 6, exception: exception() },
            ModalError::Result { reason: exception(), plain: None },
        ] {
            let line = said(error);
            assert!(line["message"].as_str().unwrap().contains("KeyError('x')"), "{line}");
        }
        let raised = ModalError::Raised { exception: exception(), traceback: "line 7".into() };
        expect_test::expect![[r#"{"time":"1970-01-01T00:00:00Z","level":"DEBUG","aws_request_id":"req-1","message":"the Modal function raised KeyError('x') (attempt at-1)","exception":"KeyError('x')","traceback":"line 7"}"#]]
        .assert_eq(&said(raised).to_string());
    }

    #[test]
    fn levels_are_lambda_s_and_info_where_it_says_none() {
        let level = |text: Option<&str>| Level::from_env(|_| text.map(str::to_owned));
        assert_eq!(level(None), Level::Info);
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].map(|l| level(Some(l)));
        use Level::{Debug, Error, Info, Warn};
        assert_eq!(levels, [Debug, Debug, Info, Warn, Error, Error]);
    }

    #[test]
    fn a_time_has_the_fraction_that_it_has() {
        assert_eq!(time(SystemTime::UNIX_EPOCH + Duration::from_secs(1)), "1970-01-01T00:00:01Z");
    }
}
