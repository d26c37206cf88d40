//! What AWS should hold for an event source. Nothing here asks AWS.

use serde_json::Value as Json;
use tf_framework::{Diagnostic, Value};

use super::BridgeEventSourceModel;
use super::blocks;
use crate::aws::lambda::{
    LambdaFunction, MappingSettings, NewMapping, SourceSettings, StartingPosition, StreamSettings,
    Timestamp,
};
use crate::execution_policy::{PollSource, event_source_policy};
use crate::tags::Tags;

/// An event source as planned.
#[derive(Debug)]
pub(super) struct Desired {
    /// Name or ARN.
    pub bridge: String,
    pub source_arn: String,
    pub start: Option<StartingPosition>,
    pub settings: MappingSettings,
    /// What the role shall be allowed; `None` where that is not this resource's affair.
    pub policy: Option<Json>,
    pub tags: Tags,
}

impl Desired {
    /// Of a plan: everything is known.
    pub(super) fn of(plan: &BridgeEventSourceModel) -> Result<Self, Diagnostic> {
        let source_arn = plan.event_source_arn.require("event_source_arn")?.clone();
        let source = PollSource::of(&source_arn).ok_or_else(|| {
            Diagnostic::bug(format!("The source {source_arn:?} passed validation."))
        })?;
        let policy = match policy(plan) {
            Value::Known(policy) => Some(policy),
            _ => None,
        };
        Ok(Self {
            bridge: plan.bridge_name.require("bridge_name")?.clone(),
            start: plan.starting_position.known().map(|name| StartingPosition {
                name: name.clone(),
                timestamp: plan
                    .starting_position_timestamp
                    .known()
                    .and_then(|text| Timestamp::parse(text)),
            }),
            settings: settings(plan, source),
            policy,
            tags: plan.tags_all.known().cloned().unwrap_or_default(),
            source_arn,
        })
    }

    /// "create the event source mapping …", for a diagnostic.
    pub(super) fn attempt(&self, verb: &str) -> String {
        format!("{verb} the event source mapping from {:?} to {:?}", self.source_arn, self.bridge)
    }

    pub(super) fn new_mapping(&self, function: &LambdaFunction) -> NewMapping {
        NewMapping {
            function_arn: function.arn.clone(),
            source_arn: self.source_arn.clone(),
            start: self.start.clone(),
            settings: self.settings.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// What the role must be allowed, as far as it is known; null where the practitioner sees to it.
pub(super) fn policy(config: &BridgeEventSourceModel) -> Value<Json> {
    let destination = blocks::destination(&config.destination_config);
    match (&config.manage_permissions, &config.event_source_arn, &destination) {
        (Value::Known(false), _, _) => Value::Null,
        (Value::Unknown, _, _) | (_, _, Value::Unknown) => Value::Unknown,
        (_, Value::Known(source), destination) => {
            Value::Known(event_source_policy(source, destination.known().map(String::as_str)))
        }
        _ => Value::Unknown,
    }
}

/// What is left out is as usual.
fn settings(plan: &BridgeEventSourceModel, source: PollSource) -> MappingSettings {
    let usual = MappingSettings::usual(source);
    let flag = |value: &Value<bool>, usual| value.known().copied().unwrap_or(usual);
    MappingSettings {
        enabled: flag(&plan.enabled, usual.enabled),
        batch_size: number(&plan.batch_size, usual.batch_size),
        batching_window: number(&plan.maximum_batching_window_in_seconds, usual.batching_window),
        filters: blocks::patterns(&plan.filter_criteria),
        response_types: plan.function_response_types.known().cloned().unwrap_or_default(),
        kms_key_arn: plan.kms_key_arn.known().cloned(),
        source: match usual.source {
            SourceSettings::Queue { .. } => {
                let block = plan.scaling_config.known();
                let limit = block.and_then(|block| block.maximum_concurrency.known());
                let maximum_concurrency = limit.and_then(|limit| i32::try_from(*limit).ok());
                SourceSettings::Queue { maximum_concurrency }
            }
            SourceSettings::Stream(usual) => SourceSettings::Stream(StreamSettings {
                parallelization_factor: number(
                    &plan.parallelization_factor,
                    usual.parallelization_factor,
                ),
                bisect_batch: flag(&plan.bisect_batch_on_function_error, usual.bisect_batch),
                maximum_record_age: number(
                    &plan.maximum_record_age_in_seconds,
                    usual.maximum_record_age,
                ),
                maximum_retries: number(&plan.maximum_retry_attempts, usual.maximum_retries),
                destination_arn: blocks::destination(&plan.destination_config).into_known(),
            }),
        },
    }
}

/// Numbers are validated: none is outside of this type.
fn number(value: &Value<i64>, usual: i32) -> i32 {
    value.known().and_then(|value| i32::try_from(*value).ok()).unwrap_or(usual)
}
