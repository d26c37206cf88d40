//! What AWS holds of an event source, as state.

use serde_json::Value as Json;
use tf_framework::Value;

use super::BridgeEventSourceModel;
use super::blocks::{self, ScalingConfigModel};
use crate::arn::Arn;
use crate::aws::lambda::{Mapping, MappingSettings, SourceSettings, StreamSettings, Timestamp};
use crate::execution_policy::PollSource;
use crate::policy_document::equivalent;
use crate::resources::identity::region_of;
use crate::tag_rules::TagRules;

/// Mapping and policy, as far as they are there.
pub(super) struct Observed {
    pub mapping: Option<Mapping>,
    pub rights: Option<Rights>,
}

/// The policy on a role.
pub(super) struct Rights {
    pub role: String,
    pub name: String,
    pub policy: Json,
    /// Whether the bridge still runs as this role.
    pub is_current: bool,
}

impl Observed {
    /// State is AWS's word; what is missing is null, so that the plan shows it and the apply makes
    /// it. `None` when nothing is left.
    pub(super) fn model(
        self,
        state: BridgeEventSourceModel,
        tag_rules: &TagRules,
    ) -> Option<BridgeEventSourceModel> {
        let Self { mapping, rights } = self;
        if mapping.is_none() && rights.is_none() {
            return None;
        }
        let base = match rights {
            Some(rights) => with_rights(state, rights),
            // Where it was is known, so that it goes from there.
            None => BridgeEventSourceModel { execution_role_policy: Value::Null, ..state },
        };
        let Some(mapping) = mapping else { return Some(base.without_mapping()) };
        let visible = tag_rules.visible(&mapping.tags);
        let manage_permissions = match base.manage_permissions {
            Value::Null => Value::Known(base.execution_role_policy.known().is_some()),
            known => known,
        };
        let with_tags = BridgeEventSourceModel {
            tags: tag_rules.own(&visible, base.tags.known()).into(),
            tags_all: Value::Known(visible),
            manage_permissions,
            ..base
        };
        Some(with_mapping(mapping, with_tags))
    }
}

/// What an apply made: as planned, with what only AWS knows, and the rights as recorded.
pub(super) fn applied(
    mapping: Mapping,
    recorded: &BridgeEventSourceModel,
    plan: BridgeEventSourceModel,
) -> BridgeEventSourceModel {
    BridgeEventSourceModel {
        execution_role_name: recorded.execution_role_name.clone(),
        execution_role_policy_name: recorded.execution_role_policy_name.clone(),
        execution_role_policy: recorded.execution_role_policy.clone(),
        ..with_outputs(&mapping, plan)
    }
}

fn with_rights(state: BridgeEventSourceModel, rights: Rights) -> BridgeEventSourceModel {
    let Rights { role, name, policy, is_current } = rights;
    let same = |before: &&String| {
        serde_json::from_str(before).is_ok_and(|before| equivalent(&before, &policy))
    };
    let text = match state.execution_role_policy.known().filter(same) {
        Some(before) => before.clone(),
        None => policy.to_string(),
    };
    BridgeEventSourceModel {
        execution_role_name: Value::Known(role),
        execution_role_policy_name: Value::Known(name),
        // On a role that the bridge no longer has, it allows nothing.
        execution_role_policy: is_current.then_some(text).into(),
        ..state
    }
}

fn with_outputs(mapping: &Mapping, state: BridgeEventSourceModel) -> BridgeEventSourceModel {
    BridgeEventSourceModel {
        uuid: Value::Known(mapping.uuid.clone()),
        arn: Value::Known(mapping.arn.clone()),
        function_arn: Value::Known(mapping.function_arn.clone()),
        state: Value::Known(mapping.state.clone()),
        state_transition_reason: mapping.state_transition_reason.clone().into(),
        last_modified: mapping.last_modified.clone().into(),
        last_processing_result: mapping.last_processing_result.clone().into(),
        ..state
    }
}

fn with_mapping(mapping: Mapping, state: BridgeEventSourceModel) -> BridgeEventSourceModel {
    let state = with_outputs(&mapping, state);
    let Mapping { function_arn, source_arn, start, settings, .. } = mapping;
    let usual = MappingSettings::usual(PollSource::of(&source_arn).unwrap_or(PollSource::Queue));
    let (starting_position, timestamp) = start.map(|start| (start.name, start.timestamp)).unzip();
    let state = match (settings.source, usual.source) {
        (SourceSettings::Stream(found), SourceSettings::Stream(usual)) => {
            stream(found, &usual, state)
        }
        (SourceSettings::Queue { maximum_concurrency }, _) => BridgeEventSourceModel {
            scaling_config: scaling(maximum_concurrency, &state.scaling_config),
            ..state
        },
        _ => state,
    };
    BridgeEventSourceModel {
        bridge_name: bridge_name(&function_arn, &state.bridge_name),
        region: match &state.region {
            Value::Null => region_of(&Value::Known(function_arn)),
            region => region.clone(),
        },
        event_source_arn: Value::Known(source_arn),
        enabled: Value::Known(settings.enabled),
        batch_size: unless_usual(settings.batch_size, usual.batch_size, &state.batch_size),
        maximum_batching_window_in_seconds: unless_usual(
            settings.batching_window,
            usual.batching_window,
            &state.maximum_batching_window_in_seconds,
        ),
        function_response_types: Value::Known(settings.response_types),
        kms_key_arn: settings.kms_key_arn.into(),
        filter_criteria: blocks::observed_filters(settings.filters, &state.filter_criteria),
        starting_position: starting_position.into(),
        starting_position_timestamp: time(timestamp.flatten(), &state),
        ..state
    }
}

fn stream(
    found: StreamSettings,
    usual: &StreamSettings,
    state: BridgeEventSourceModel,
) -> BridgeEventSourceModel {
    BridgeEventSourceModel {
        parallelization_factor: unless_usual(
            found.parallelization_factor,
            usual.parallelization_factor,
            &state.parallelization_factor,
        ),
        bisect_batch_on_function_error: match &state.bisect_batch_on_function_error {
            Value::Null if found.bisect_batch == usual.bisect_batch => Value::Null,
            _ => Value::Known(found.bisect_batch),
        },
        maximum_record_age_in_seconds: unless_usual(
            found.maximum_record_age,
            usual.maximum_record_age,
            &state.maximum_record_age_in_seconds,
        ),
        maximum_retry_attempts: unless_usual(
            found.maximum_retries,
            usual.maximum_retries,
            &state.maximum_retry_attempts,
        ),
        destination_config: blocks::observed_destination(
            found.destination_arn,
            &state.destination_config,
        ),
        ..state
    }
}

/// What is as usual stays left out.
fn unless_usual(found: i32, usual: i32, before: &Value<i64>) -> Value<i64> {
    if found == usual && before.is_null() { Value::Null } else { Value::Known(found.into()) }
}

fn scaling(found: Option<i32>, before: &Value<ScalingConfigModel>) -> Value<ScalingConfigModel> {
    let limit = before.known().and_then(|block| block.maximum_concurrency.known().copied());
    let found = found.map(i64::from);
    if limit == found {
        return before.clone();
    }
    let block = |limit| ScalingConfigModel { maximum_concurrency: Value::Known(limit) };
    found.map(block).into()
}

/// A time in the spelling of the state, where it is the same one.
fn time(found: Option<Timestamp>, state: &BridgeEventSourceModel) -> Value<String> {
    let before = &state.starting_position_timestamp;
    match found {
        Some(found) if before.known().and_then(|text| Timestamp::parse(text)) != Some(found) => {
            Value::Known(found.to_string())
        }
        _ => before.clone(),
    }
}

/// As it was, where that names the same function.
fn bridge_name(function_arn: &str, before: &Value<String>) -> Value<String> {
    let resource = Arn::parse(function_arn).map_or(function_arn, |arn| arn.resource);
    let name = resource.strip_prefix("function:").unwrap_or(resource);
    match before {
        Value::Known(before) if before == function_arn || before == name => {
            Value::Known(before.clone())
        }
        // With a version or alias, only the ARN says it all.
        _ if name.contains(':') => Value::Known(function_arn.to_owned()),
        _ => Value::Known(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_keeps_the_name_that_it_was_given() {
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:worker";
        assert_eq!(bridge_name(arn, &arn.into()), arn.into());
        assert_eq!(bridge_name(arn, &"worker".into()), "worker".into());
        assert_eq!(bridge_name(arn, &Value::Null), "worker".into());
        assert_eq!(bridge_name(arn, &"another".into()), "worker".into());
        let alias = format!("{arn}:live");
        assert_eq!(bridge_name(&alias, &"worker".into()), Value::Known(alias));
    }
}
