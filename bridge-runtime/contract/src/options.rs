//! How a bridge goes about its calls: settings that have a default, to variables and back.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::ConfigError;
use crate::config::unexpected;

pub(crate) const APP_VERSION: &str = "MODAL_BRIDGE_APP_VERSION";
pub(crate) const BATCH_MODE: &str = "MODAL_BRIDGE_BATCH_MODE";
pub(crate) const RECORD_CONCURRENCY: &str = "MODAL_BRIDGE_RECORD_CONCURRENCY";
pub(crate) const RESPONSE_FORMAT: &str = "MODAL_BRIDGE_RESPONSE_FORMAT";
pub(crate) const ON_TIMEOUT: &str = "MODAL_BRIDGE_ON_TIMEOUT";
pub(crate) const PASS_CONTEXT: &str = "MODAL_BRIDGE_PASS_CONTEXT";
pub(crate) const LOG_EVENT: &str = "MODAL_BRIDGE_LOG_EVENT";
pub(crate) const METRICS: &str = "MODAL_BRIDGE_METRICS";
pub(crate) const SECRET_CACHE_TTL: &str = "MODAL_BRIDGE_SECRET_CACHE_TTL";
pub(crate) const IDEMPOTENCY_TABLE: &str = "MODAL_BRIDGE_IDEMPOTENCY_TABLE";
pub(crate) const IDEMPOTENCY_KEY_PATH: &str = "MODAL_BRIDGE_IDEMPOTENCY_KEY_PATH";
pub(crate) const IDEMPOTENCY_TTL: &str = "MODAL_BRIDGE_IDEMPOTENCY_TTL_SECONDS";

/// How many records of a batch may be at Modal at the same time.
pub const RECORD_CONCURRENCY_RANGE: RangeInclusive<u32> = 1..=100;
/// Seconds that a token may be kept.
pub const SECRET_CACHE_TTL_RANGE: RangeInclusive<u32> = 0..=3600;

/// Settings beside which function is called. A variable is written only for what is not the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// One deployment of the app; `None` for the newest.
    pub app_version: Option<u32>,
    pub batch_mode: BatchMode,
    pub record_concurrency: u32,
    pub response_format: ResponseFormat,
    pub on_timeout: OnTimeout,
    /// Whether the function gets the keyword argument `context`.
    pub pass_context: bool,
    /// Whether the log shows events, cut and without credentials.
    pub log_event: bool,
    /// Whether the log holds metrics for CloudWatch.
    pub metrics: bool,
    /// Seconds for which the Modal token is kept; 0 reads it for every call.
    pub secret_cache_ttl: u32,
    pub idempotency: Option<Idempotency>,
}

/// The table that remembers which events were passed on already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Name or ARN of a DynamoDB table, whose partition key is the text `id`.
    pub table: String,
    /// Where in the event, or in a record of it, its identity stands; `None` for AWS's own.
    pub key_path: Option<String>,
    /// How long an answer is remembered.
    pub ttl_seconds: u32,
}

impl Idempotency {
    /// A day.
    pub const TTL_SECONDS: u32 = 86_400;
}

/// What a call gets of an event with several records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BatchMode {
    /// The whole event, in one call.
    #[default]
    Batch,
    /// A record each, as an event of one record.
    Record,
}

/// The shape of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseFormat {
    /// An HTTP answer to an HTTP request, the envelope to everything else.
    #[default]
    Auto,
    /// `{"status": "Success", "response": …}`, to HTTP requests too.
    Envelope,
    /// The function's bare result.
    Result,
    /// An HTTP answer to HTTP requests and to whoever else calls. Sources of AWS's own get the
    /// envelope: they would take the answer to a failure for a success.
    Http,
}

/// What becomes of a call that outlasts the Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnTimeout {
    #[default]
    Cancel,
    /// It runs on; the error names it.
    Abandon,
}

/// A word that is none of those expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct UnknownWord {
    pub expected: &'static str,
}

/// Names the variants of an enum by the words that a practitioner writes.
macro_rules! words {
    ($name:ident, $expected:literal, $($word:literal => $variant:ident),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)+
                })
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { expected: $expected }),
                }
            }
        }
    };
}

words!(BatchMode, r#""batch" or "record""#, "batch" => Batch, "record" => Record);
words!(
    ResponseFormat,
    r#""auto", "envelope", "result" or "http""#,
    "auto" => Auto,
    "envelope" => Envelope,
    "result" => Result,
    "http" => Http
);
words!(OnTimeout, r#""cancel" or "abandon""#, "cancel" => Cancel, "abandon" => Abandon);

impl Default for Options {
    fn default() -> Self {
        Self {
            app_version: None,
            batch_mode: BatchMode::default(),
            record_concurrency: 10,
            response_format: ResponseFormat::default(),
            on_timeout: OnTimeout::default(),
            pass_context: false,
            log_event: false,
            metrics: true,
            secret_cache_ttl: 300,
            idempotency: None,
        }
    }
}

impl Options {
    pub(crate) fn to_vars(&self) -> BTreeMap<&'static str, String> {
        // No `..`: a field that reaches no variable does not compile.
        let Self {
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
        } = self;
        let usual = Self::default();
        let mut vars = BTreeMap::new();
        let mut put = |name, value: String, usual: String| {
            if value != usual {
                vars.insert(name, value);
            }
        };
        put(APP_VERSION, optional(*app_version), String::new());
        put(BATCH_MODE, batch_mode.to_string(), usual.batch_mode.to_string());
        put(
            RECORD_CONCURRENCY,
            record_concurrency.to_string(),
            usual.record_concurrency.to_string(),
        );
        put(RESPONSE_FORMAT, response_format.to_string(), usual.response_format.to_string());
        put(ON_TIMEOUT, on_timeout.to_string(), usual.on_timeout.to_string());
        put(PASS_CONTEXT, pass_context.to_string(), usual.pass_context.to_string());
        put(LOG_EVENT, log_event.to_string(), usual.log_event.to_string());
        put(METRICS, metrics.to_string(), usual.metrics.to_string());
        put(SECRET_CACHE_TTL, secret_cache_ttl.to_string(), usual.secret_cache_ttl.to_string());
        if let Some(Idempotency { table, key_path, ttl_seconds }) = idempotency {
            put(IDEMPOTENCY_TABLE, table.clone(), String::new());
            put(IDEMPOTENCY_KEY_PATH, key_path.clone().unwrap_or_default(), String::new());
            let usual = Idempotency::TTL_SECONDS.to_string();
            put(IDEMPOTENCY_TTL, ttl_seconds.to_string(), usual);
        }
        vars
    }

    pub(crate) fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let one_to_max = 1..=u32::MAX;
        let idempotency = match get(IDEMPOTENCY_TABLE) {
            Some(table) => Some(Idempotency {
                table,
                key_path: get(IDEMPOTENCY_KEY_PATH),
                ttl_seconds: number(&get, IDEMPOTENCY_TTL, one_to_max.clone(), "a number from 1")?
                    .unwrap_or(Idempotency::TTL_SECONDS),
            }),
            None => None,
        };
        let concurrency = RECORD_CONCURRENCY_RANGE;
        let cache_ttl = SECRET_CACHE_TTL_RANGE;
        Ok(Self {
            app_version: number(&get, APP_VERSION, one_to_max, "a number from 1")?,
            batch_mode: word(&get, BATCH_MODE)?.unwrap_or_default(),
            record_concurrency: number(
                &get,
                RECORD_CONCURRENCY,
                concurrency,
                "a number from 1 to 100",
            )?
            .unwrap_or(usual.record_concurrency),
            response_format: word(&get, RESPONSE_FORMAT)?.unwrap_or_default(),
            on_timeout: word(&get, ON_TIMEOUT)?.unwrap_or_default(),
            pass_context: flag(&get, PASS_CONTEXT)?.unwrap_or(usual.pass_context),
            log_event: flag(&get, LOG_EVENT)?.unwrap_or(usual.log_event),
            metrics: flag(&get, METRICS)?.unwrap_or(usual.metrics),
            secret_cache_ttl: number(
                &get,
                SECRET_CACHE_TTL,
                cache_ttl,
                "a number of seconds from 0 to 3600",
            )?
            .unwrap_or(usual.secret_cache_ttl),
            idempotency,
        })
    }
}

fn optional(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn word<T: FromStr<Err = UnknownWord>>(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = get(name) else { return Ok(None) };
    value.parse().map(Some).map_err(|UnknownWord { expected }| unexpected(name, &value, expected))
}

fn flag(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<bool>, ConfigError> {
    match get(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(value) => Err(unexpected(name, value, "\"true\" or \"false\"")),
    }
}

fn number(
    get: impl Fn(&str) -> Option<String>,
    name: &'static str,
    range: RangeInclusive<u32>,
    expected: &'static str,
) -> Result<Option<u32>, ConfigError> {
    let Some(value) = get(name) else { return Ok(None) };
    match value.parse() {
        Ok(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(unexpected(name, &value, expected)),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Every option at something else than its default.
    pub(crate) fn nothing_default() -> Options {
        Options {
            app_version: Some(7),
            batch_mode: BatchMode::Record,
            record_concurrency: 100,
            response_format: ResponseFormat::Http,
            on_timeout: OnTimeout::Abandon,
            pass_context: true,
            log_event: true,
            metrics: false,
            secret_cache_ttl: 0,
            idempotency: Some(Idempotency {
                table: "arn:aws:dynamodb:eu-west-1:111122223333:table/done".into(),
                key_path: Some("detail.order.id".into()),
                ttl_seconds: 60,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn read_back(options: &Options) -> Result<Options, ConfigError> {
        let vars = options.to_vars();
        Options::from_vars(|name| vars.get(name).cloned())
    }

    #[test]
    fn what_the_provider_writes_the_bridge_reads() {
        let plain = Idempotency { table: "done".into(), key_path: None, ttl_seconds: 86_400 };
        let some = [
            Options::default(),
            testing::nothing_default(),
            Options { response_format: ResponseFormat::Envelope, ..Options::default() },
            Options { response_format: ResponseFormat::Result, ..Options::default() },
            Options { idempotency: Some(plain), ..Options::default() },
        ];
        for options in some {
            assert_eq!(read_back(&options), Ok(options));
        }
    }

    #[test]
    fn the_variables_of_an_option_are_these() {
        let vars = testing::nothing_default().to_vars().into_iter();
        let vars: Vec<_> = vars.map(|(name, value)| format!("{name}={value}")).collect();
        expect![[r#"
            MODAL_BRIDGE_APP_VERSION=7
            MODAL_BRIDGE_BATCH_MODE=record
            MODAL_BRIDGE_IDEMPOTENCY_KEY_PATH=detail.order.id
            MODAL_BRIDGE_IDEMPOTENCY_TABLE=arn:aws:dynamodb:eu-west-1:111122223333:table/done
            MODAL_BRIDGE_IDEMPOTENCY_TTL_SECONDS=60
            MODAL_BRIDGE_LOG_EVENT=true
            MODAL_BRIDGE_METRICS=false
            MODAL_BRIDGE_ON_TIMEOUT=abandon
            MODAL_BRIDGE_PASS_CONTEXT=true
            MODAL_BRIDGE_RECORD_CONCURRENCY=100
            MODAL_BRIDGE_RESPONSE_FORMAT=http
            MODAL_BRIDGE_SECRET_CACHE_TTL=0"#]]
        .assert_eq(&vars.join("\n"));
    }

    #[test]
    fn an_option_at_its_default_takes_no_room_in_the_environment() {
        assert_eq!(Options::default().to_vars(), BTreeMap::new());
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named_with_what_is_expected() {
        let check = |name: &str, value: &str, expected: Expect| {
            let get = |asked: &str| match asked {
                _ if asked == name => Some(value.to_owned()),
                IDEMPOTENCY_TABLE => Some("done".to_owned()),
                _ => None,
            };
            expected.assert_eq(&Options::from_vars(get).unwrap_err().to_string());
        };
        check(
            BATCH_MODE,
            "records",
            expect![[
                r#"environment variable MODAL_BRIDGE_BATCH_MODE is "records"; expected "batch" or "record""#
            ]],
        );
        check(
            RECORD_CONCURRENCY,
            "101",
            expect![[
                r#"environment variable MODAL_BRIDGE_RECORD_CONCURRENCY is "101"; expected a number from 1 to 100"#
            ]],
        );
        check(
            RESPONSE_FORMAT,
            "json",
            expect![[
                r#"environment variable MODAL_BRIDGE_RESPONSE_FORMAT is "json"; expected "auto", "envelope", "result" or "http""#
            ]],
        );
        check(
            ON_TIMEOUT,
            "kill",
            expect![[
                r#"environment variable MODAL_BRIDGE_ON_TIMEOUT is "kill"; expected "cancel" or "abandon""#
            ]],
        );
        check(
            METRICS,
            "1",
            expect![[
                r#"environment variable MODAL_BRIDGE_METRICS is "1"; expected "true" or "false""#
            ]],
        );
        check(
            SECRET_CACHE_TTL,
            "-1",
            expect![[
                r#"environment variable MODAL_BRIDGE_SECRET_CACHE_TTL is "-1"; expected a number of seconds from 0 to 3600"#
            ]],
        );
        check(
            APP_VERSION,
            "0",
            expect![[
                r#"environment variable MODAL_BRIDGE_APP_VERSION is "0"; expected a number from 1"#
            ]],
        );
        check(
            IDEMPOTENCY_TTL,
            "0",
            expect![[
                r#"environment variable MODAL_BRIDGE_IDEMPOTENCY_TTL_SECONDS is "0"; expected a number from 1"#
            ]],
        );
    }
}
