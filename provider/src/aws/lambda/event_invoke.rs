//! How a function takes events that nobody waits for: how long they are kept, how often they are
//! tried again, and who is told.

use aws_sdk_lambda::types as sdk;

use super::Lambda;
use crate::aws::error::{AwsError, Fault};
use crate::aws::iam::{absent, gone_is_fine};

/// The settings, as Lambda has them by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// Seconds for which an event is kept.
    pub maximum_event_age: i32,
    /// Attempts after the first.
    pub maximum_retry_attempts: i32,
    /// ARN of who is told of an event that was handled.
    pub on_success: Option<String>,
    /// ARN of who gets an event that was not.
    pub on_failure: Option<String>,
}

impl Default for EventInvokeConfig {
    fn default() -> Self {
        Self {
            maximum_event_age: 21_600,
            maximum_retry_attempts: 2,
            on_success: None,
            on_failure: None,
        }
    }
}

impl Lambda {
    /// `None` where nothing is set, or there is no such function.
    pub async fn find_event_invoke_config(
        &self,
        function: &str,
    ) -> Result<Option<EventInvokeConfig>, AwsError> {
        let request = self.client.get_function_event_invoke_config().function_name(function);
        let found = match request.send().await {
            Ok(found) => found,
            Err(error) => {
                return absent(AwsError::from_sdk("lambda:GetFunctionEventInvokeConfig", &error));
            }
        };
        let usual = EventInvokeConfig::default();
        let destinations = found.destination_config();
        let text = |arn: Option<&str>| arn.filter(|arn| !arn.is_empty()).map(str::to_owned);
        let on_success = destinations.and_then(|found| found.on_success());
        let on_failure = destinations.and_then(|found| found.on_failure());
        Ok(Some(EventInvokeConfig {
            maximum_event_age: found
                .maximum_event_age_in_seconds()
                .unwrap_or(usual.maximum_event_age),
            maximum_retry_attempts: found
                .maximum_retry_attempts()
                .unwrap_or(usual.maximum_retry_attempts),
            on_success: text(on_success.and_then(|found| found.destination())),
            on_failure: text(on_failure.and_then(|found| found.destination())),
        }))
    }

    /// Replaces the settings. Waits for the role's right to send to be known to Lambda, and for a
    /// destination that has just been made.
    pub async fn put_event_invoke_config(
        &self,
        function: &str,
        config: &EventInvokeConfig,
    ) -> Result<(), AwsError> {
        let call = || async {
            let request = self.client.put_function_event_invoke_config().function_name(function);
            let request = request
                .maximum_event_age_in_seconds(config.maximum_event_age)
                .maximum_retry_attempts(config.maximum_retry_attempts)
                .destination_config(config.destinations());
            let answer = request.send().await;
            answer
                .map_err(|error| AwsError::from_sdk("lambda:PutFunctionEventInvokeConfig", &error))
        };
        let waits = self.waiter.waits();
        self.waiter
            .retry(waits.propagation, is_not_yet_reachable, || self.soon(call))
            .await
            .map(drop)
    }

    /// Back to what is usual. Settings that are gone are fine.
    pub async fn delete_event_invoke_config(&self, function: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request =
                    self.client.delete_function_event_invoke_config().function_name(function);
                let answer = request.send().await;
                answer.map_err(|error| {
                    AwsError::from_sdk("lambda:DeleteFunctionEventInvokeConfig", &error)
                })
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }
}

/// The two things that Lambda says while a destination or the right to use it has not reached it; of
/// a mistake, it goes on saying them.
fn is_not_yet_reachable(error: &AwsError) -> bool {
    let words = ["does not have permissions", "destination ARN"];
    error.fault == Fault::Other
        && words.iter().any(|words| error.says("InvalidParameterValueException", words))
}

impl EventInvokeConfig {
    fn destinations(&self) -> sdk::DestinationConfig {
        let success =
            self.on_success.clone().map(|arn| sdk::OnSuccess::builder().destination(arn).build());
        let failure =
            self.on_failure.clone().map(|arn| sdk::OnFailure::builder().destination(arn).build());
        sdk::DestinationConfig::builder().set_on_success(success).set_on_failure(failure).build()
    }
}
