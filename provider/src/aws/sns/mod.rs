//! SNS: the subscriptions of functions to topics, and nothing more.
//!
//! A topic has one subscription for each endpoint, and neither tags nor tokens tell who made it.
//! What is there before a subscription is asked for is therefore somebody else's.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_sns::Client;

use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::Waiter;

const PROTOCOL: &str = "lambda";
const FILTER: &str = "FilterPolicy";
const SCOPE: &str = "FilterPolicyScope";
const REDRIVE: &str = "RedrivePolicy";

/// What takes filters away: SNS refuses an empty text.
const NO_FILTER: &str = "{}";

/// The scope of a filter policy that sees the message's body.
pub const MESSAGE_BODY: &str = "MessageBody";

/// The subscriptions of one account and region.
#[derive(Debug, Clone)]
pub struct Sns {
    client: Client,
    waiter: Waiter,
    creating: Arc<tokio::sync::Mutex<()>>,
}

/// A subscription of a function, as SNS has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The topic's, and a number at the end.
    pub arn: String,
    /// What is published to.
    pub topic_arn: String,
    /// What is invoked.
    pub function_arn: String,
    /// What reaches it.
    pub settings: SubscriptionSettings,
}

/// Which messages reach an endpoint, and what becomes of those that cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// JSON; `None` for every message.
    pub filter_policy: Option<String>,
    /// What the filter sees. SNS has one only where there is a filter.
    pub filter_policy_scope: Option<String>,
    /// JSON; `None` where undeliverable messages are lost.
    pub redrive_policy: Option<String>,
}

impl Sns {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter, creating: Arc::default() }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_sns, self.client, waiter);
        Self { client, waiter: waiter.clone(), ..self.clone() }
    }

    /// Subscribes a function, and answers with the subscription's ARN.
    ///
    /// Fails with [`Fault::AlreadyExists`] when the function is subscribed already. Such a
    /// subscription is there after a lost answer too, and then it is this call's.
    pub async fn subscribe(
        &self,
        topic: &str,
        function: &str,
        settings: &SubscriptionSettings,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "sns:Subscribe";
        // Of two that ask at the same time, the second one is told.
        let _turn = self.creating.lock().await;
        if let Some(there) = self.find_subscription_of(topic, function).await? {
            let message = format!("the function is subscribed to the topic, by {}", there.arn);
            return Err(AwsError::of_ours(ACTION, Fault::AlreadyExists, message));
        }
        let error = match self.send_subscribe(topic, function, settings).await {
            Ok(arn) => return Ok(arn),
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => error,
        };
        match self.find_subscription_of(topic, function).await {
            Ok(Some(made)) => Ok(made.arn),
            _ => Err(error),
        }
    }

    async fn send_subscribe(
        &self,
        topic: &str,
        function: &str,
        settings: &SubscriptionSettings,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "sns:Subscribe";
        let attributes: HashMap<_, _> = settings
            .attributes()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let answer = self
            .client
            .subscribe()
            .topic_arn(topic)
            .protocol(PROTOCOL)
            .endpoint(function)
            .set_attributes((!attributes.is_empty()).then_some(attributes))
            .return_subscription_arn(true)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let arn = answer.subscription_arn().filter(|arn| is_arn(arn));
        arn.map(str::to_owned).ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no ARN"))
    }

    /// `None` when there is no such subscription.
    pub async fn find_subscription(&self, arn: &str) -> Result<Option<Subscription>, AwsError> {
        let request = self.client.get_subscription_attributes().subscription_arn(arn);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return absent(AwsError::from_sdk("sns:GetSubscriptionAttributes", &error));
            }
        };
        let all = answer.attributes();
        let one = |name: &str| all.and_then(|all| all.get(name)).filter(|text| !text.is_empty());
        let filter_policy = one(FILTER).filter(|policy| *policy != NO_FILTER).cloned();
        let has_filter = filter_policy.is_some();
        Ok(Some(Subscription {
            arn: arn.to_owned(),
            topic_arn: one("TopicArn").cloned().unwrap_or_default(),
            function_arn: one("Endpoint").cloned().unwrap_or_default(),
            settings: SubscriptionSettings {
                filter_policy,
                filter_policy_scope: one(SCOPE).filter(|_| has_filter).cloned(),
                redrive_policy: one(REDRIVE).cloned(),
            },
        }))
    }

    /// The subscription of a function to a topic; `None` when it has none.
    pub async fn find_subscription_of(
        &self,
        topic: &str,
        function: &str,
    ) -> Result<Option<Subscription>, AwsError> {
        let listed = match self.listed_by_topic(topic, function).await {
            Ok(listed) => listed,
            // Somebody else's topic need not tell. Who subscribes a function owns the subscription.
            Err(error) if error.fault == Fault::AccessDenied => {
                self.listed_as_ours(topic, function).await.map_err(|_| error)?
            }
            Err(error) if error.fault == Fault::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // A list may be an old one.
        match listed {
            Some(arn) => self.find_subscription(&arn).await,
            None => Ok(None),
        }
    }

    async fn listed_by_topic(
        &self,
        topic: &str,
        function: &str,
    ) -> Result<Option<String>, AwsError> {
        let request = self.client.list_subscriptions_by_topic().topic_arn(topic);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| AwsError::from_sdk("sns:ListSubscriptionsByTopic", &error))?;
            if let Some(arn) = of_function(page.subscriptions(), topic, function) {
                return Ok(Some(arn));
            }
        }
        Ok(None)
    }

    async fn listed_as_ours(
        &self,
        topic: &str,
        function: &str,
    ) -> Result<Option<String>, AwsError> {
        let mut pages = self.client.list_subscriptions().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::from_sdk("sns:ListSubscriptions", &error))?;
            if let Some(arn) = of_function(page.subscriptions(), topic, function) {
                return Ok(Some(arn));
            }
        }
        Ok(None)
    }

    /// Turns the settings that a subscription has into those that it should have.
    pub async fn change_subscription(
        &self,
        arn: &str,
        have: &SubscriptionSettings,
        want: &SubscriptionSettings,
    ) -> Result<(), AwsError> {
        let filters = have.filter_policy != want.filter_policy;
        let scope = want.filter_policy_scope.as_deref();
        let scopes = scope.is_some() && have.filter_policy_scope.as_deref() != scope;
        // Every policy may see attributes or be flat; only for a body may it be nested. So the
        // wider scope comes before a policy that needs it, and the narrower one after.
        if scopes && scope == Some(MESSAGE_BODY) {
            self.set_attribute(arn, SCOPE, scope).await?;
        }
        if filters {
            let policy = want.filter_policy.as_deref().unwrap_or(NO_FILTER);
            self.set_attribute(arn, FILTER, Some(policy)).await?;
        }
        if scopes && scope != Some(MESSAGE_BODY) {
            self.set_attribute(arn, SCOPE, scope).await?;
        }
        if have.redrive_policy != want.redrive_policy {
            self.set_attribute(arn, REDRIVE, want.redrive_policy.as_deref()).await?;
        }
        Ok(())
    }

    async fn set_attribute(
        &self,
        arn: &str,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), AwsError> {
        // A subscription that was made just now is not known everywhere.
        let unknown = |error: &AwsError| error.fault == Fault::NotFound;
        self.waiter
            .retry(self.waiter.waits().consistency, unknown, || async {
                let answer = self
                    .client
                    .set_subscription_attributes()
                    .subscription_arn(arn)
                    .attribute_name(name)
                    .set_attribute_value(value.map(str::to_owned))
                    .send()
                    .await;
                answer.map_err(|error| AwsError::from_sdk("sns:SetSubscriptionAttributes", &error))
            })
            .await?;
        Ok(())
    }

    /// Ends a subscription. One that is gone is fine.
    pub async fn unsubscribe(&self, arn: &str) -> Result<(), AwsError> {
        let answer = self.client.unsubscribe().subscription_arn(arn).send().await;
        gone_is_fine(
            answer.map(drop).map_err(|error| AwsError::from_sdk("sns:Unsubscribe", &error)),
        )
    }
}

impl SubscriptionSettings {
    fn attributes(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        [
            (FILTER, self.filter_policy.as_deref()),
            (SCOPE, self.filter_policy_scope.as_deref()),
            (REDRIVE, self.redrive_policy.as_deref()),
        ]
        .into_iter()
    }
}

/// SNS writes words where an ARN would be for what nobody has confirmed.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

fn of_function(
    page: &[aws_sdk_sns::types::Subscription],
    topic: &str,
    function: &str,
) -> Option<String> {
    let found = page.iter().find(|found| {
        found.topic_arn() == Some(topic)
            && found.protocol() == Some(PROTOCOL)
            && found.endpoint() == Some(function)
    })?;
    found.subscription_arn().filter(|arn| is_arn(arn)).map(str::to_owned)
}

#[cfg(test)]
mod tests;
