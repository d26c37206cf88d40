//! Invocations: once each, whatever becomes of the answer.

use std::time::Duration;

use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Lambda;
use crate::aws::error::{AwsError, Fault};

/// The longest that a function may run, and some time for the way.
const LONGEST: Duration = Duration::from_secs(930);

/// What a function is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Name or ARN.
    pub function: String,
    /// Version or alias; `None` for what the function is now.
    pub qualifier: Option<String>,
    /// `RequestResponse`, `Event` or `DryRun`.
    pub invocation_type: String,
    /// Whether the end of the log is to come with the answer, which only `RequestResponse` has.
    pub with_log: bool,
    /// The event, JSON.
    pub payload: String,
}

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Whether the answer is an error of the function's.
    pub is_error: bool,
    /// Empty where nobody waited for it.
    pub payload: String,
    /// The last 4 KiB of the invocation's log, where they were asked for.
    pub log: Option<String>,
}

impl Lambda {
    /// Invokes a function. What Lambda refused because it was busy is asked again for a while; what
    /// may have begun is never begun a second time.
    pub async fn invoke(&self, invocation: &Invocation) -> Result<Answered, AwsError> {
        let waits = self.waiter.waits();
        let throttled = |error: &AwsError| error.fault == Fault::Throttled;
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        self.waiter
            .retry(waits.state, busy, || {
                self.waiter.retry(waits.consistency, throttled, || self.send_invocation(invocation))
            })
            .await
    }

    async fn send_invocation(&self, invocation: &Invocation) -> Result<Answered, AwsError> {
        let Invocation { function, qualifier, invocation_type, with_log, payload } = invocation;
        let once = Builder::new()
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(LONGEST).build());
        let answer = self
            .client
            .invoke()
            .function_name(function)
            .set_qualifier(qualifier.clone())
            .invocation_type(InvocationType::from(invocation_type.as_str()))
            .log_type(if *with_log { LogType::Tail } else { LogType::None })
            .payload(Blob::new(payload.as_bytes()))
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk("lambda:InvokeFunction", &error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let log = answer.log_result().and_then(|log| BASE64_STANDARD.decode(log).ok());
        Ok(Answered {
            is_error: answer.function_error().is_some(),
            payload: answer.payload().map(|payload| text(payload.as_ref())).unwrap_or_default(),
            log: log.map(|log| text(&log)),
        })
    }
}
