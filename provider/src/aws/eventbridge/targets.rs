//! What a rule does with the events that it takes.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types as sdk;

use super::{EventBridge, RuleName};
use crate::aws::error::{AwsError, Fault};
use crate::aws::iam::{absent, gone_is_fine};

/// A function that gets the events of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTarget {
    /// Unique for the rule.
    pub id: String,
    /// What is invoked.
    pub function_arn: String,
    /// What it gets; the event as it is where there is none.
    pub input_transformer: Option<InputTransformer>,
    /// How long EventBridge goes on trying.
    pub retry_policy: Option<RetryPolicy>,
    /// ARN of the queue for what cannot be delivered.
    pub dead_letter_arn: Option<String>,
}

/// An event rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTransformer {
    /// Where each name's value is in the event, as a JSON path.
    pub input_paths: BTreeMap<String, String>,
    /// With the names in angle brackets.
    pub input_template: String,
}

/// How long EventBridge, or its Scheduler, goes on trying: a day and 185 times unless told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Seconds.
    pub maximum_event_age: Option<i32>,
    /// After the first.
    pub maximum_attempts: Option<i32>,
}

impl EventBridge {
    /// Sets a target, or replaces the one of this id.
    pub async fn put_target(&self, rule: &RuleName, target: &RuleTarget) -> Result<(), AwsError> {
        const ACTION: &str = "events:PutTargets";
        let target = target
            .sdk()
            .map_err(|error| AwsError::unexpected(ACTION, format!("the target: {error}")))?;
        self.patiently(|| async {
            let answer = self
                .client
                .put_targets()
                .event_bus_name(&rule.bus)
                .rule(&rule.name)
                .targets(target.clone())
                .send()
                .await
                .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
            match answer.failed_entries().first() {
                Some(failed) => Err(refused(ACTION, failed.error_code(), failed.error_message())),
                None => Ok(()),
            }
        })
        .await
    }

    /// The targets of a rule. Empty when the rule is gone.
    pub async fn find_targets(&self, rule: &RuleName) -> Result<Vec<RuleTarget>, AwsError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.list_targets_by_rule().event_bus_name(&rule.bus);
            let answer = match request.rule(&rule.name).set_next_token(token).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    return absent(AwsError::from_sdk("events:ListTargetsByRule", &error))
                        .map(Option::unwrap_or_default);
                }
            };
            found.extend(answer.targets().iter().map(RuleTarget::from));
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Removes a target. One that is gone, with its rule or without, is fine.
    pub async fn remove_target(&self, rule: &RuleName, id: &str) -> Result<(), AwsError> {
        const ACTION: &str = "events:RemoveTargets";
        let removed = self
            .patiently(|| async {
                let answer = self
                    .client
                    .remove_targets()
                    .event_bus_name(&rule.bus)
                    .rule(&rule.name)
                    .ids(id)
                    .send()
                    .await
                    .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
                match answer.failed_entries().first() {
                    Some(failed) => {
                        Err(refused(ACTION, failed.error_code(), failed.error_message()))
                    }
                    None => Ok(()),
                }
            })
            .await;
        gone_is_fine(removed)
    }
}

/// What an answer reports of a target that it did not change.
fn refused(action: &'static str, code: Option<&str>, message: Option<&str>) -> AwsError {
    let fault = match code {
        Some("ConcurrentModificationException") => Fault::Conflict,
        Some("ResourceNotFoundException") => Fault::NotFound,
        _ => Fault::Other,
    };
    let mut error = AwsError::of_ours(action, fault, message.unwrap_or("no message"));
    error.code = code.map(str::to_owned);
    error
}

impl RuleTarget {
    fn sdk(&self) -> Result<sdk::Target, aws_smithy_types::error::operation::BuildError> {
        let transformer = self.input_transformer.as_ref().map(|transformer| {
            let paths = transformer.input_paths.clone().into_iter().collect();
            sdk::InputTransformer::builder()
                .set_input_paths_map(Some(paths))
                .input_template(&transformer.input_template)
                .build()
        });
        let retry_policy = self.retry_policy.as_ref().map(|policy| {
            sdk::RetryPolicy::builder()
                .set_maximum_event_age_in_seconds(policy.maximum_event_age)
                .set_maximum_retry_attempts(policy.maximum_attempts)
                .build()
        });
        let dead_letter =
            self.dead_letter_arn.as_ref().map(|arn| sdk::DeadLetterConfig::builder().arn(arn));
        sdk::Target::builder()
            .id(&self.id)
            .arn(&self.function_arn)
            .set_input_transformer(transformer.transpose()?)
            .set_retry_policy(retry_policy)
            .set_dead_letter_config(dead_letter.map(|config| config.build()))
            .build()
    }
}

impl From<&sdk::Target> for RuleTarget {
    fn from(found: &sdk::Target) -> Self {
        Self {
            id: found.id().to_owned(),
            function_arn: found.arn().to_owned(),
            input_transformer: found.input_transformer().map(|transformer| {
                let paths = transformer.input_paths_map().into_iter().flatten();
                InputTransformer {
                    input_paths: paths.map(|(name, path)| (name.clone(), path.clone())).collect(),
                    input_template: transformer.input_template().to_owned(),
                }
            }),
            retry_policy: found.retry_policy().map(|policy| RetryPolicy {
                maximum_event_age: policy.maximum_event_age_in_seconds(),
                maximum_attempts: policy.maximum_retry_attempts(),
            }),
            dead_letter_arn: found
                .dead_letter_config()
                .and_then(|config| config.arn())
                .map(str::to_owned),
        }
    }
}
