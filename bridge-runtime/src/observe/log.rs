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

/// Writes a call's line.
pub(super) fn call(config: &BridgeConfig, invocation: &Invocation, report: &Report, cold: bool) {
    let level = if report.error.is_some() { Level::Error } else { Level::Info };
    line(level, || of_call(config, invocation, report, cold, level));
    if let Some(BridgeError::Modal { error: ModalError::Raised { exception, traceback }, .. }) =
        &report.error
    {
        line(Level::Debug, || {
            json!({
                "time": time(report.time),
                "level": Level::Debug.name(),
                "aws_request_id": invocation.request_id,
                "exception": exception,
                "traceback": traceback,
            })
        });
    }
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

/// Writes metrics, which are there whatever the level.
pub(super) fn metrics(lines: Vec<Value>) {
    lines.into_iter().for_each(write);
}

/// Says why no invocation can succeed.
pub(crate) fn refused(error: &BridgeError) {
    line(Level::Error, || {
        json!({
            "level": Level::Error.name(),
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
    // Nobody is left to tell of a log that cannot be written.
    let _unwritten = writeln!(io::stdout().lock(), "{value}");
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
            let level = Level::Warn.name();
            json!({ "time": time((self.clock)()), "level": level, "message": message.0 })
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
