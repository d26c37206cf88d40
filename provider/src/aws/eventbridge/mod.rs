//! EventBridge: rules whose one target is a function, and nothing more.
//!
//! `PutRule` creates and overwrites alike, and `PutTargets` reports in a success what it did not do.
//! Both end here.

mod targets;

use std::sync::Arc;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types as sdk;

pub use self::targets::{InputTransformer, RetryPolicy, RuleTarget};
use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::Waiter;
use crate::tags::{CREATE_NONCE, fresh_nonce};

/// The rules of one account and region.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    waiter: Waiter,
    creating: Arc<tokio::sync::Mutex<()>>,
}

/// Which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// `default`, or one that was made: its name or its ARN.
    pub bus: String,
    /// Unique on the bus.
    pub name: String,
}

/// Which events a rule takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSettings {
    /// JSON.
    pub event_pattern: String,
    /// `ENABLED`, `DISABLED`, or with CloudTrail's management events.
    pub state: String,
}

/// A rule as EventBridge has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// With bus and name in it.
    pub arn: String,
    /// Which events it takes.
    pub settings: RuleSettings,
    /// What others have said of it, which an update has to say again.
    others: Others,
}

/// All of a rule that this provider has no words for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Others {
    description: Option<String>,
    role_arn: Option<String>,
    schedule_expression: Option<String>,
}

impl EventBridge {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter, creating: Arc::default() }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_eventbridge, self.client, waiter);
        Self { client, waiter: waiter.clone(), ..self.clone() }
    }

    /// Creates a rule without targets, and answers with its ARN.
    ///
    /// Fails with [`Fault::AlreadyExists`] when the bus has a rule of this name, unless by this very
    /// call, whose first answer was lost.
    pub async fn create_rule(
        &self,
        name: &RuleName,
        settings: &RuleSettings,
    ) -> Result<String, AwsError> {
        // Of two that ask at the same time, the second one is told.
        let _turn = self.creating.lock().await;
        if self.find_rule(name).await?.is_some() {
            let message = format!("the bus has a rule {:?}", name.name);
            return Err(AwsError::of_ours("events:PutRule", Fault::AlreadyExists, message));
        }
        let nonce = fresh_nonce();
        let put = self.put_rule(name, settings, &Others::default(), Some(&nonce)).await;
        let error = match put {
            Err(error) if !error.is_refusal() => error,
            answer => return answer,
        };
        let Ok(Some(rule)) = self.find_rule(name).await else { return Err(error) };
        match self.has_nonce(&rule.arn, &nonce).await {
            Ok(true) => Ok(rule.arn),
            _ => Err(error),
        }
    }

    async fn has_nonce(&self, arn: &str, nonce: &str) -> Result<bool, AwsError> {
        let answer = self.client.list_tags_for_resource().resource_arn(arn).send().await;
        let answer =
            answer.map_err(|error| AwsError::from_sdk("events:ListTagsForResource", &error))?;
        let mut tags = answer.tags().iter();
        Ok(tags.any(|tag| tag.key() == CREATE_NONCE && tag.value() == nonce))
    }

    /// Replaces which events a rule takes, and leaves the rest of it as it is.
    pub async fn update_rule(
        &self,
        name: &RuleName,
        settings: &RuleSettings,
    ) -> Result<(), AwsError> {
        let Some(Rule { others, .. }) = self.find_rule(name).await? else {
            let message = format!("the bus has no rule {:?}", name.name);
            return Err(AwsError::of_ours("events:PutRule", Fault::NotFound, message));
        };
        self.put_rule(name, settings, &others, None).await.map(drop)
    }

    async fn put_rule(
        &self,
        name: &RuleName,
        settings: &RuleSettings,
        others: &Others,
        nonce: Option<&str>,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "events:PutRule";
        // On a rule that exists, EventBridge ignores tags.
        let tag = nonce.map(|nonce| sdk::Tag::builder().key(CREATE_NONCE).value(nonce).build());
        let tag = tag
            .transpose()
            .map_err(|error| AwsError::unexpected("events:TagResource", error.to_string()))?;
        let tags = tag.map(|tag| vec![tag]);
        let answer = self
            .patiently(|| async {
                let answer = self
                    .client
                    .put_rule()
                    .event_bus_name(&name.bus)
                    .name(&name.name)
                    .event_pattern(&settings.event_pattern)
                    .state(settings.state.as_str().into())
                    .set_description(others.description.clone())
                    .set_role_arn(others.role_arn.clone())
                    .set_schedule_expression(others.schedule_expression.clone())
                    .set_tags(tags.clone())
                    .send()
                    .await;
                answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
            })
            .await?;
        let arn = answer.rule_arn().map(str::to_owned);
        arn.ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no ARN"))
    }

    /// `None` when the bus has no rule of this name, or is gone itself.
    pub async fn find_rule(&self, name: &RuleName) -> Result<Option<Rule>, AwsError> {
        let request = self.client.describe_rule().event_bus_name(&name.bus).name(&name.name);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk("events:DescribeRule", &error)),
        };
        let text = |value: Option<&str>| value.map(str::to_owned);
        let state = answer.state().unwrap_or(&sdk::RuleState::Enabled);
        Ok(Some(Rule {
            arn: text(answer.arn()).unwrap_or_default(),
            settings: RuleSettings {
                event_pattern: text(answer.event_pattern()).unwrap_or_default(),
                state: state.as_str().to_owned(),
            },
            others: Others {
                description: text(answer.description()),
                role_arn: text(answer.role_arn()),
                schedule_expression: text(answer.schedule_expression()),
            },
        }))
    }

    /// Deletes a rule, which must have no targets. One that is gone is fine.
    pub async fn delete_rule(&self, name: &RuleName) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request = self.client.delete_rule().event_bus_name(&name.bus);
                let answer = request.name(&name.name).send().await;
                answer.map_err(|error| AwsError::from_sdk("events:DeleteRule", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }

    /// Repeats a change while another one of the same rule is under way.
    async fn patiently<T, F>(&self, call: impl FnMut() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        self.waiter.retry(self.waiter.waits().propagation, busy, call).await
    }
}

#[cfg(test)]
mod tests;
