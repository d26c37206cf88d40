//! How a bridge goes about its calls: the attributes that become the bridge's options.

use std::ops::RangeInclusive;
use std::str::FromStr;

use bridge_contract::{Idempotency, Options, RECORD_CONCURRENCY_RANGE, SECRET_CACHE_TTL_RANGE};
use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Validator, Value,
};

use crate::arn::Arn;

/// The attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct OptionsModel {
    pub(super) app_version: Value<i64>,
    pub(super) batch_mode: Value<String>,
    pub(super) record_concurrency: Value<i64>,
    pub(super) response_format: Value<String>,
    pub(super) on_timeout: Value<String>,
    pub(super) pass_context: Value<bool>,
    pub(super) log_event: Value<bool>,
    pub(super) metrics_enabled: Value<bool>,
    pub(super) secret_cache_ttl: Value<i64>,
    pub(super) idempotency: Value<IdempotencyModel>,
}

/// The block `idempotency`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct IdempotencyModel {
    pub(super) table_name: Value<String>,
    pub(super) key_path: Value<String>,
    pub(super) ttl_seconds: Value<i64>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    let usual = Options::default();
    schema
        .attribute(
            "app_version",
            Attribute::number(
                "Version of the Modal app to call, as `modal app history` counts them. The newest \
                 unless set.",
            )
            .validate(Validator::between(1..=u32::MAX.into())),
        )
        .attribute(
            "batch_mode",
            Attribute::string(
                "What a call gets of an event with several records: `batch`, the whole event, or \
                 `record`, a call for each record with an event of that record alone. Only \
                 `record` reports by itself which records of a queue or stream failed; with \
                 `batch`, the function may return `batchItemFailures`. `batch` unless set.",
            )
            .default(usual.batch_mode.to_string().as_str())
            .validate(Validator::one_of(&["batch", "record"])),
        )
        .attribute(
            "record_concurrency",
            Attribute::number(
                "How many records of a standard queue are at Modal at the same time, with \
                 `batch_mode = \"record\"`: 1 to 100. FIFO queues and streams keep their order. \
                 10 unless set.",
            )
            .default(i64::from(usual.record_concurrency))
            .validate(Validator::between(wide(RECORD_CONCURRENCY_RANGE))),
        )
        .attribute(
            "response_format",
            Attribute::string(
                "Shape of the answer: `auto`, an HTTP response to an HTTP request and \
                 `{\"status\": \"Success\", \"response\": …}` to all else; `envelope`, the latter \
                 always; `result`, the function's bare result; `http`, an HTTP response always. \
                 `auto` unless set.",
            )
            .default(usual.response_format.to_string().as_str())
            .validate(Validator::one_of(&["auto", "envelope", "result", "http"])),
        )
        .attribute(
            "on_timeout",
            Attribute::string(
                "What becomes of a call that outlasts the Lambda function's `timeout`: `cancel` \
                 or `abandon`. A call on Modal's input plane cannot be cancelled, and is always \
                 abandoned; the error names it. `cancel` unless set.",
            )
            .default(usual.on_timeout.to_string().as_str())
            .validate(Validator::one_of(&["cancel", "abandon"])),
        )
        .attribute(
            "pass_context",
            Attribute::bool(
                "Whether the function also gets the keyword argument `context`: request ID, \
                 source, receive count and trace header. `false` unless set.",
            )
            .default(usual.pass_context),
        )
        .attribute(
            "log_event",
            Attribute::bool(
                "Whether the log shows the events, up to 4 KB of each and without credentials in \
                 headers. `false` unless set.",
            )
            .default(usual.log_event),
        )
        .attribute(
            "metrics_enabled",
            Attribute::bool(
                "Whether the log carries metrics, which CloudWatch shows under `ModalBridge`. \
                 `true` unless set.",
            )
            .default(usual.metrics),
        )
        .attribute(
            "secret_cache_ttl",
            Attribute::number(
                "Seconds for which the bridge keeps the Modal token, up to 3600; 0 reads it for \
                 every call. A token that Modal refuses is read again at once. 300 unless set.",
            )
            .default(i64::from(usual.secret_cache_ttl))
            .validate(Validator::between(wide(SECRET_CACHE_TTL_RANGE))),
        )
        .block("idempotency", idempotency_block())
}

fn idempotency_block() -> Block {
    Block::single(
        "Remembers in a DynamoDB table which events were passed on, so that an event that AWS \
         delivers again does not call the function again. The execution role may use the table.",
    )
    .attribute(
        "table_name",
        Attribute::string(
            "Name or ARN of the table. Its partition key is the string `id`, and it has no sort \
             key; `expiration` is the attribute for its time to live.",
        )
        .required()
        .validate(Validator::text(check_table)),
    )
    .attribute(
        "key_path",
        Attribute::string(
            "Where in the event, or in each of its records, its identity stands, such as \
             `detail.order_id`; a text of JSON on the way is read, so that `body.id` reaches into \
             an SQS message. Unless set, what AWS identifies the event by.",
        )
        .validate(Validator::length(1..=1024)),
    )
    .attribute(
        "ttl_seconds",
        Attribute::number("Seconds for which an answer is remembered. 86400, a day, unless set.")
            .validate(Validator::between(1..=u32::MAX.into())),
    )
}

impl OptionsModel {
    /// The bridge's options; `None` while one of them is not known.
    pub(super) fn known(&self) -> Result<Option<Options>, Diagnostic> {
        let usual = Options::default();
        let idempotency = match &self.idempotency {
            Value::Unknown => return Ok(None),
            Value::Null => None,
            Value::Known(block) => {
                if [&block.table_name, &block.key_path].iter().any(|part| part.is_unknown())
                    || block.ttl_seconds.is_unknown()
                {
                    return Ok(None);
                }
                Some(Idempotency {
                    table: block.table_name.require("table_name")?.clone(),
                    key_path: block.key_path.known().cloned(),
                    ttl_seconds: count(&block.ttl_seconds, Idempotency::TTL_SECONDS),
                })
            }
        };
        let numbers = [&self.app_version, &self.record_concurrency, &self.secret_cache_ttl];
        let words = [&self.batch_mode, &self.response_format, &self.on_timeout];
        let flags = [&self.pass_context, &self.log_event, &self.metrics_enabled];
        if numbers.iter().any(|number| number.is_unknown())
            || words.iter().any(|word| word.is_unknown())
            || flags.iter().any(|flag| flag.is_unknown())
        {
            return Ok(None);
        }
        let flag = |flag: &Value<bool>, usual| flag.known().copied().unwrap_or(usual);
        Ok(Some(Options {
            app_version: match self.app_version {
                Value::Known(_) => Some(count(&self.app_version, 1)),
                _ => None,
            },
            batch_mode: word(&self.batch_mode, usual.batch_mode)?,
            record_concurrency: count(&self.record_concurrency, usual.record_concurrency),
            response_format: word(&self.response_format, usual.response_format)?,
            on_timeout: word(&self.on_timeout, usual.on_timeout)?,
            pass_context: flag(&self.pass_context, usual.pass_context),
            log_event: flag(&self.log_event, usual.log_event),
            metrics: flag(&self.metrics_enabled, usual.metrics),
            secret_cache_ttl: count(&self.secret_cache_ttl, usual.secret_cache_ttl),
            idempotency,
        }))
    }

    /// What the Lambda function's variables say. What means the same in the state stays as it is.
    pub(super) fn observed(found: Options, state: &Self) -> Self {
        let Options {
            app_version,
            batch_mode,
            record_concurrency,
            response_format,
            on_timeout,
            pass_context,
            log_event,
            metrics,
            secret_cache_ttl,
            idempotency,
        } = found;
        let before = state.idempotency.known();
        Self {
            app_version: app_version.map(i64::from).into(),
            batch_mode: Value::Known(batch_mode.to_string()),
            record_concurrency: Value::Known(record_concurrency.into()),
            response_format: Value::Known(response_format.to_string()),
            on_timeout: Value::Known(on_timeout.to_string()),
            pass_context: Value::Known(pass_context),
            log_event: Value::Known(log_event),
            metrics_enabled: Value::Known(metrics),
            secret_cache_ttl: Value::Known(secret_cache_ttl.into()),
            idempotency: idempotency.map(|found| IdempotencyModel::observed(found, before)).into(),
        }
    }

    /// ARN of the table that remembers events; null without one. A name means one where the bridge
    /// is.
    pub(super) fn table_arn(&self, bridge: &Arn<'_>) -> Value<String> {
        let table = match &self.idempotency {
            Value::Known(block) => block.table_name.clone(),
            Value::Null => Value::Null,
            Value::Unknown => Value::Unknown,
        };
        table.map(|table| {
            let Arn { partition, region, account, .. } = bridge;
            if table.starts_with("arn:") {
                table
            } else {
                format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}")
            }
        })
    }
}

impl IdempotencyModel {
    fn observed(found: Idempotency, before: Option<&Self>) -> Self {
        let Idempotency { table, key_path, ttl_seconds } = found;
        let was_left_out = before.is_none_or(|before| before.ttl_seconds.is_null());
        let is_usual = ttl_seconds == Idempotency::TTL_SECONDS;
        Self {
            table_name: Value::Known(table),
            key_path: key_path.into(),
            ttl_seconds: if is_usual && was_left_out {
                Value::Null
            } else {
                Value::Known(ttl_seconds.into())
            },
        }
    }
}

fn wide(range: RangeInclusive<u32>) -> RangeInclusive<i64> {
    i64::from(*range.start())..=i64::from(*range.end())
}

/// Numbers are validated: none is outside of this type.
fn count(number: &Value<i64>, usual: u32) -> u32 {
    number.known().and_then(|number| u32::try_from(*number).ok()).unwrap_or(usual)
}

/// Words are validated, too.
fn word<T: FromStr>(word: &Value<String>, usual: T) -> Result<T, Diagnostic> {
    let Some(word) = word.known() else { return Ok(usual) };
    word.parse().map_err(|_| Diagnostic::bug(format!("The word {word:?} passed validation.")))
}

/// DynamoDB's rule for names; an ARN of a table in its place.
fn check_table(table: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name = match Arn::parse(table) {
        Some(arn) if arn.service == "dynamodb" => {
            arn.resource.strip_prefix("table/").unwrap_or_default()
        }
        Some(_) => "",
        None => table,
    };
    if (3..=255).contains(&name.len()) && name.chars().all(known) {
        Ok(())
    } else {
        Err(format!("must be the name or the ARN of a DynamoDB table, not {table:?}."))
    }
}

impl Model for OptionsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            app_version: object.take("app_version"),
            batch_mode: object.take("batch_mode"),
            record_concurrency: object.take("record_concurrency"),
            response_format: object.take("response_format"),
            on_timeout: object.take("on_timeout"),
            pass_context: object.take("pass_context"),
            log_event: object.take("log_event"),
            metrics_enabled: object.take("metrics_enabled"),
            secret_cache_ttl: object.take("secret_cache_ttl"),
            idempotency: object.take_block("idempotency"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            app_version,
            batch_mode,
            record_concurrency,
            response_format,
            on_timeout,
            pass_context,
            log_event,
            metrics_enabled,
            secret_cache_ttl,
            idempotency,
        } = self;
        object.put("app_version", app_version);
        object.put("batch_mode", batch_mode);
        object.put("record_concurrency", record_concurrency);
        object.put("response_format", response_format);
        object.put("on_timeout", on_timeout);
        object.put("pass_context", pass_context);
        object.put("log_event", log_event);
        object.put("metrics_enabled", metrics_enabled);
        object.put("secret_cache_ttl", secret_cache_ttl);
        object.put_block("idempotency", idempotency);
    }
}

impl Model for IdempotencyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            table_name: object.take("table_name"),
            key_path: object.take("key_path"),
            ttl_seconds: object.take("ttl_seconds"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { table_name, key_path, ttl_seconds } = self;
        object.put("table_name", table_name);
        object.put("key_path", key_path);
        object.put("ttl_seconds", ttl_seconds);
    }
}
