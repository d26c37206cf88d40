//! The log, in the form that go-plugin reads from standard error: hclog's JSON lines.
//!
//! tracing-subscriber's own JSON is not recognised and would show as raw text. A message that is not
//! a string would end Terraform itself with a panic, so messages are strings here by construction.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// go-plugin cuts longer lines in two, and neither half is JSON.
const MAX_LINE: usize = 64 * 1024 - 1;

/// Longer values are cut, so that a few of them make no line too long.
const MAX_VALUE: usize = 8 * 1024;

/// Sends the log of this crate and of those in `targets` to standard error, from `level` on. All other crates are
/// kept to warnings: below that, an HTTP client's log holds what it sends, secrets included.
#[expect(clippy::disallowed_methods, reason = "the log's clock is the real one")]
pub(super) fn install(targets: &[&'static str], level: LevelFilter) {
    let others = level.min(LevelFilter::WARN);
    let filter = Targets::new()
        .with_default(others)
        .with_target(env!("CARGO_CRATE_NAME"), level)
        .with_targets(targets.iter().map(|target| (*target, level)));
    let layer = HclogLayer::new(io::stderr(), SystemTime::now as fn() -> SystemTime);
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    // Fails when there is one already: then the log goes where its owner wants it.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Writes one line an event to `out`.
struct HclogLayer<W> {
    out: Mutex<W>,
    now: fn() -> SystemTime,
}

impl<W: io::Write> HclogLayer<W> {
    fn new(out: W, now: fn() -> SystemTime) -> Self {
        Self { out: Mutex::new(out), now }
    }
}

/// Fields of a span, which each event in it repeats.
struct SpanFields(Fields);

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: io::Write + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(SpanFields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(SpanFields(outer)) = span.extensions().get() {
                fields.values.extend(outer.values.clone());
            }
        }
        event.record(&mut fields);
        let line = line(event.metadata(), fields, (self.now)());
        // There is nobody to tell that the log cannot be written.
        if let Ok(mut out) = self.out.lock() {
            let _ = out.write_all(line.as_bytes());
        }
    }
}

/// The line of one event, at most [`MAX_LINE`] long, with its end.
fn line(metadata: &Metadata<'_>, fields: Fields, at: SystemTime) -> String {
    let level = match *metadata.level() {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    };
    let head = Map::from_iter([
        ("@level".to_owned(), level.into()),
        ("@message".to_owned(), fields.message.into()),
        ("@module".to_owned(), metadata.target().replace("::", ".").into()),
        ("@timestamp".to_owned(), timestamp(at).into()),
    ]);
    let mut whole = fields.values;
    whole.extend(head.clone());
    let mut line = Value::Object(whole).to_string();
    if line.len() >= MAX_LINE {
        line = Value::Object(head).to_string();
    }
    line.push('\n');
    line
}

/// RFC 3339 in UTC with exactly six digits of a second: go-plugin reads no other number of them.
fn timestamp(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    )
}

/// An event's message, and its other fields.
#[derive(Default)]
struct Fields {
    message: String,
    values: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        let value = match value {
            Value::String(text) => Value::String(cut(text)),
            value => value,
        };
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("message", value) => self.message = value.to_string(),
            (name, value) => {
                // Names with `@` are hclog's own.
                self.values.insert(name.trim_start_matches('@').to_owned(), value);
            }
        }
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_VALUE {
        text.truncate(text.floor_char_boundary(MAX_VALUE));
        text.push('…');
    }
    text
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // A `Debug` that fails leaves what it wrote so far.
        let _ = write!(text, "{value:?}");
        self.put(field, text.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;
    use tracing::subscriber::with_default;

    use super::*;

    /// Where the layer under test writes.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `log` writes at 2026-11-22 01:02:03 and some nanoseconds.
    fn lines(log: impl FnOnce()) -> Vec<String> {
        let written = Written::default();
        let now = || UNIX_EPOCH + Duration::new(1_795_309_323, 4_005_678);
        let layer = HclogLayer::new(written.clone(), now);
        with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    fn line(log: impl FnOnce()) -> Value {
        let lines = lines(log);
        assert_eq!(lines.len(), 1);
        serde_json::from_str(&lines[0]).unwrap()
    }

    #[test]
    fn an_event_is_one_line_with_hclogs_four_keys_and_its_fields() {
        let line = line(|| tracing::warn!(target: "tiny::iam", role = "r", tries = 3, "slow"));
        assert_eq!(
            line,
            json!({
                "@level": "warn",
                "@message": "slow",
                "@module": "tiny.iam",
                "@timestamp": "2026-11-22T01:02:03.004005Z",
                "role": "r",
                "tries": 3,
            })
        );
    }

    #[test]
    fn an_event_repeats_the_fields_of_the_spans_around_it() {
        let line = line(|| {
            let _outer = tracing::info_span!("rpc", rpc = "Apply", depth = 1).entered();
            let inner = tracing::info_span!("aws", depth = 2, call = tracing::field::Empty);
            inner.record("call", "CreateRole");
            inner.in_scope(|| tracing::info!("asked"));
        });
        assert_eq!(line["rpc"], "Apply");
        assert_eq!(line["depth"], 2);
        assert_eq!(line["call"], "CreateRole");
    }

    #[test]
    fn a_message_is_a_string_whatever_it_was() {
        assert_eq!(line(|| tracing::info!(message = 1.5))["@message"], "1.5");
        assert_eq!(line(|| tracing::info!(count = 1))["@message"], "");
        assert_eq!(line(|| tracing::info!(message = true, "@message" = 2))["@message"], "true");
    }

    #[test]
    fn no_line_is_longer_than_go_plugin_reads() {
        let long = "ä\n".repeat(100_000);
        let one = lines(|| tracing::info!(long, "{long}"));
        assert!(one[0].len() < 64 * 1024, "{}", one[0].len());
        assert_eq!(serde_json::from_str::<Value>(&one[0]).unwrap()["@level"], "info");

        let nine = lines(|| {
            let long = long.as_str();
            tracing::info!(a = long, b = long, c = long, d = long, e = long, f = long, g = long);
        });
        assert!(nine[0].len() < 64 * 1024, "{}", nine[0].len());
    }
}
