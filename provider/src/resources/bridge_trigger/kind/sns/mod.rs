//! `sns`: messages published to a topic.

mod block;

use tf_framework::{Diagnostic, Plan, Response, Value, async_trait};

pub(in crate::resources::bridge_trigger) use self::block::{NAME, SnsModel, block};
use super::{At, BridgeTriggerModel, Kind, already_exists, within};
use crate::arn::Arn;
use crate::aws::lambda::Permission;
use crate::aws::partition::needs_opt_in;
use crate::aws::sns::Subscription;
use crate::aws::{AwsError, Fault, Sns};
use crate::resources::bridge_trigger::place::statement_id;
use crate::resources::cannot::cannot;

pub(super) const ID_FORM: &str = "sns/<ARN of the topic>";

/// What an id says after bridge and kind.
pub(super) fn of_key(key: &str) -> Option<SnsModel> {
    block::check_topic(key)
        .is_ok()
        .then(|| SnsModel { topic_arn: key.into(), ..SnsModel::default() })
}

/// The wiring and the permission of one trigger.
struct Wiring {
    topic: String,
    function: String,
    permission: Permission,
    /// Where the topic is.
    sns: Sns,
}

impl Wiring {
    fn of(block: &SnsModel, at: &At) -> Result<Self, Diagnostic> {
        let topic = block.topic_arn.require("topic_arn")?.clone();
        let region = Arn::parse(&topic).map_or("", |arn| arn.region);
        let service = service(region, &at.place.region);
        Ok(Self {
            permission: at.permission(NAME, &topic, &service, &topic, None),
            function: at.place.bridge_arn(),
            sns: at.aws.in_region(region).sns,
            topic,
        })
    }

    fn cannot(&self, verb: &str, error: &AwsError) -> Diagnostic {
        let Self { function, topic, .. } = self;
        let attempt = format!("{verb} the subscription of {function} to {topic}");
        match error.fault {
            Fault::NotFound => cannot(&attempt, error).at(within(NAME, "topic_arn")),
            _ => cannot(&attempt, error).at(NAME),
        }
    }

    /// A subscription of the same function and topic that nobody here has made, as far as anybody
    /// can tell.
    fn taken(&self, at: &At, words: &str) -> Diagnostic {
        already_exists(
            &format!("subscribe {} to {}", self.function, self.topic),
            "SNS has one subscription for each topic and function, and does not tell who made it. \
             Remove it where it was made, or bring it under Terraform:",
            &at.place.import_id(NAME, &self.topic),
            words,
        )
        .at(NAME)
    }
}

/// Who invokes: a region that accounts must first enable speaks for itself in others. "Amazon SNS
/// developer guide, Prerequisites for integrating Amazon SNS with Lambda functions across regions".
fn service(topic_region: &str, bridge_region: &str) -> String {
    if topic_region != bridge_region && needs_opt_in(topic_region) {
        format!("sns.{topic_region}.amazonaws.com")
    } else {
        "sns.amazonaws.com".to_owned()
    }
}

#[async_trait]
impl Kind for SnsModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Vec<Diagnostic> {
        self.check()
    }

    async fn plan(
        &self,
        at: Option<&At>,
        plan: &mut Plan<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let (Some(at), Some(topic)) = (at, self.topic_arn.known()) else {
            for computed in ["id", "source_arn", "statement_id", "subscription_arn"] {
                plan.set(computed, Value::<String>::Unknown);
            }
            return Ok(());
        };
        let partition = Arn::parse(topic).map_or("", |arn| arn.partition);
        if partition != at.place.partition {
            return Err(Diagnostic::error(
                "Invalid value for sns.topic_arn",
                format!(
                    "The topic is in partition {partition}, and the bridge in {}: nothing is \
                     delivered from one to the other.",
                    at.place.partition
                ),
            )
            .at(within(NAME, "topic_arn")));
        }
        plan.set("id", id(at, topic));
        plan.set("source_arn", Value::from(topic.as_str()));
        plan.set("statement_id", Value::Known(statement_id(NAME, topic)));
        let there = plan.prior.as_ref().filter(|prior| prior.id == id(at, topic));
        plan.set(
            "subscription_arn",
            match there.map(|prior| prior.subscription_arn.clone()) {
                Some(arn @ Value::Known(_)) => arn,
                _ => Value::Unknown,
            },
        );
        Ok(())
    }

    async fn apply(
        &self,
        at: &At,
        prior: Option<&BridgeTriggerModel>,
        plan: BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let (sns, want) = (&wiring.sns, self.settings());
        let found = sns.find_subscription_of(&wiring.topic, &wiring.function).await;
        let found = found.map_err(|error| wiring.cannot("look for", &error))?;
        let ours = prior.is_some_and(|prior| prior.source_arn.known().is_some());
        if let Some(there) = found.as_ref().filter(|_| !ours) {
            return Err(wiring.taken(at, &format!("There is {}.", there.arn)));
        }

        let prior_block = prior.and_then(|prior| prior.sns.known()).unwrap_or(self);
        let mut now = Found {
            block: match &found {
                Some(found) => prior_block.observed(found.settings.clone()),
                None => prior_block.clone(),
            },
            subscription_arn: found.as_ref().map(|found| found.arn.clone()),
            statement_id: prior.map(|prior| prior.statement_id.clone()).unwrap_or_default(),
        };
        response.set_state(now.state(&plan, &wiring, at));
        if now.statement_id != Value::Known(wiring.permission.statement_id.clone()) {
            at.allow(&wiring.permission, NAME).await?;
            now.statement_id = wiring.permission.statement_id.as_str().into();
            response.set_state(now.state(&plan, &wiring, at));
        }

        let Some(there) = found else {
            let made = sns.subscribe(&wiring.topic, &wiring.function, &want).await;
            return match made {
                Ok(arn) => {
                    now.block = self.clone();
                    now.subscription_arn = Some(arn);
                    response.set_state(now.state(&plan, &wiring, at));
                    Ok(())
                }
                Err(error) if error.fault == Fault::AlreadyExists && prior.is_none() => {
                    // Another trigger was faster, and the permission is as much its own.
                    response.remove();
                    Err(wiring.taken(at, &error.with_request_id()))
                }
                Err(error) => Err(wiring.cannot("make", &error)),
            };
        };
        let changed = sns.change_subscription(&there.arn, &there.settings, &want).await;
        now.block = match &changed {
            Ok(()) => self.clone(),
            // Of several attributes, some may have been set.
            Err(_) => match sns.find_subscription(&there.arn).await {
                Ok(Some(found)) => prior_block.observed(found.settings),
                _ => now.block,
            },
        };
        response.set_state(now.state(&plan, &wiring, at));
        changed.map_err(|error| wiring.cannot("change", &error))
    }

    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let found = wiring.find(&state.subscription_arn).await?;
        let statement_id = at.statement(&wiring.permission).await?;
        if found.is_none() && statement_id.is_null() {
            return Ok(None);
        }
        let subscription_arn = found.as_ref().map(|found| found.arn.clone());
        let block = found.map_or_else(|| self.clone(), |found| self.observed(found.settings));
        let found = Found { block, subscription_arn, statement_id };
        Ok(Some(found.state(&state, &wiring, at)))
    }

    async fn delete(
        &self,
        at: &At,
        state: &BridgeTriggerModel,
        _response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        // Without it, whatever subscription there is now is somebody else's.
        if state.source_arn.known().is_some()
            && let Some(there) = wiring.find(&state.subscription_arn).await?
        {
            let ended = wiring.sns.unsubscribe(&there.arn).await;
            ended.map_err(|error| wiring.cannot("end", &error))?;
        }
        at.disallow(&wiring.permission.statement_id).await
    }
}

impl Wiring {
    /// By its ARN, or else by what it connects: it may have been made anew by hand.
    async fn find(&self, arn: &Value<String>) -> Result<Option<Subscription>, Diagnostic> {
        let cannot = |error: AwsError| self.cannot("read", &error);
        if let Some(arn) = arn.known()
            && let Some(found) = self.sns.find_subscription(arn).await.map_err(cannot)?
            && found.function_arn == self.function
        {
            return Ok(Some(found));
        }
        self.sns.find_subscription_of(&self.topic, &self.function).await.map_err(cannot)
    }
}

/// What there is, as far as is known.
struct Found {
    block: SnsModel,
    subscription_arn: Option<String>,
    statement_id: Value<String>,
}

impl Found {
    fn state(&self, other: &BridgeTriggerModel, wiring: &Wiring, at: &At) -> BridgeTriggerModel {
        BridgeTriggerModel {
            id: id(at, &wiring.topic),
            source_arn: self.subscription_arn.is_some().then(|| wiring.topic.clone()).into(),
            statement_id: self.statement_id.clone(),
            subscription_arn: self.subscription_arn.clone().into(),
            sns: Value::Known(self.block.clone()),
            ..other.clone()
        }
    }
}

fn id(at: &At, topic: &str) -> Value<String> {
    Value::Known(at.place.id(NAME, topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_must_be_enabled_speaks_for_itself_in_others() {
        assert_eq!(service("us-east-1", "eu-west-1"), "sns.amazonaws.com");
        assert_eq!(service("ap-east-1", "ap-east-1"), "sns.amazonaws.com");
        assert_eq!(service("ap-east-1", "us-east-1"), "sns.ap-east-1.amazonaws.com");
    }
}
