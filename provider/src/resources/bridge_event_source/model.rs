//! The attributes of an event source.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use super::blocks::{DestinationConfigModel, FilterCriteriaModel, ScalingConfigModel};
use crate::resources::timeouts::TimeoutsModel;

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BridgeEventSourceModel {
    pub(super) bridge_name: Value<String>,
    pub(super) event_source_arn: Value<String>,
    pub(super) region: Value<String>,
    pub(super) enabled: Value<bool>,
    pub(super) batch_size: Value<i64>,
    pub(super) maximum_batching_window_in_seconds: Value<i64>,
    pub(super) function_response_types: Value<BTreeSet<String>>,
    pub(super) kms_key_arn: Value<String>,
    pub(super) manage_permissions: Value<bool>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) starting_position: Value<String>,
    pub(super) starting_position_timestamp: Value<String>,
    pub(super) parallelization_factor: Value<i64>,
    pub(super) bisect_batch_on_function_error: Value<bool>,
    pub(super) maximum_record_age_in_seconds: Value<i64>,
    pub(super) maximum_retry_attempts: Value<i64>,
    pub(super) filter_criteria: Value<FilterCriteriaModel>,
    pub(super) destination_config: Value<DestinationConfigModel>,
    pub(super) scaling_config: Value<ScalingConfigModel>,
    pub(super) uuid: Value<String>,
    pub(super) arn: Value<String>,
    pub(super) function_arn: Value<String>,
    pub(super) state: Value<String>,
    pub(super) state_transition_reason: Value<String>,
    pub(super) last_modified: Value<String>,
    pub(super) last_processing_result: Value<String>,
    pub(super) execution_role_name: Value<String>,
    pub(super) execution_role_policy_name: Value<String>,
    pub(super) execution_role_policy: Value<String>,
    pub(super) tags_all: Value<BTreeMap<String, String>>,
    pub(super) timeouts: Value<TimeoutsModel>,
}

impl BridgeEventSourceModel {
    /// The same event source of which nothing exists in AWS.
    pub(super) fn without_objects(self) -> Self {
        Self { uuid: Value::Null, ..self.without_mapping().without_rights() }
    }

    /// The same without the mapping, whose UUID tells what is gone.
    pub(super) fn without_mapping(self) -> Self {
        Self {
            arn: Value::Null,
            state: Value::Null,
            state_transition_reason: Value::Null,
            last_modified: Value::Null,
            last_processing_result: Value::Null,
            ..self
        }
    }

    /// The same without the policy on the bridge's role.
    pub(super) fn without_rights(self) -> Self {
        Self {
            execution_role_name: Value::Null,
            execution_role_policy_name: Value::Null,
            execution_role_policy: Value::Null,
            ..self
        }
    }
}

impl Model for BridgeEventSourceModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            bridge_name: object.take("bridge_name"),
            event_source_arn: object.take("event_source_arn"),
            region: object.take("region"),
            enabled: object.take("enabled"),
            batch_size: object.take("batch_size"),
            maximum_batching_window_in_seconds: object.take("maximum_batching_window_in_seconds"),
            function_response_types: object.take("function_response_types"),
            kms_key_arn: object.take("kms_key_arn"),
            manage_permissions: object.take("manage_permissions"),
            tags: object.take("tags"),
            starting_position: object.take("starting_position"),
            starting_position_timestamp: object.take("starting_position_timestamp"),
            parallelization_factor: object.take("parallelization_factor"),
            bisect_batch_on_function_error: object.take("bisect_batch_on_function_error"),
            maximum_record_age_in_seconds: object.take("maximum_record_age_in_seconds"),
            maximum_retry_attempts: object.take("maximum_retry_attempts"),
            filter_criteria: object.take_block("filter_criteria"),
            destination_config: object.take_block("destination_config"),
            scaling_config: object.take_block("scaling_config"),
            uuid: object.take("uuid"),
            arn: object.take("arn"),
            function_arn: object.take("function_arn"),
            state: object.take("state"),
            state_transition_reason: object.take("state_transition_reason"),
            last_modified: object.take("last_modified"),
            last_processing_result: object.take("last_processing_result"),
            execution_role_name: object.take("execution_role_name"),
            execution_role_policy_name: object.take("execution_role_policy_name"),
            execution_role_policy: object.take("execution_role_policy"),
            tags_all: object.take("tags_all"),
            timeouts: object.take_block("timeouts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            bridge_name,
            event_source_arn,
            region,
            enabled,
            batch_size,
            maximum_batching_window_in_seconds,
            function_response_types,
            kms_key_arn,
            manage_permissions,
            tags,
            starting_position,
            starting_position_timestamp,
            parallelization_factor,
            bisect_batch_on_function_error,
            maximum_record_age_in_seconds,
            maximum_retry_attempts,
            filter_criteria,
            destination_config,
            scaling_config,
            uuid,
            arn,
            function_arn,
            state,
            state_transition_reason,
            last_modified,
            last_processing_result,
            execution_role_name,
            execution_role_policy_name,
            execution_role_policy,
            tags_all,
            timeouts,
        } = self;
        object.put("bridge_name", bridge_name);
        object.put("event_source_arn", event_source_arn);
        object.put("region", region);
        object.put("enabled", enabled);
        object.put("batch_size", batch_size);
        object.put("maximum_batching_window_in_seconds", maximum_batching_window_in_seconds);
        object.put("function_response_types", function_response_types);
        object.put("kms_key_arn", kms_key_arn);
        object.put("manage_permissions", manage_permissions);
        object.put("tags", tags);
        object.put("starting_position", starting_position);
        object.put("starting_position_timestamp", starting_position_timestamp);
        object.put("parallelization_factor", parallelization_factor);
        object.put("bisect_batch_on_function_error", bisect_batch_on_function_error);
        object.put("maximum_record_age_in_seconds", maximum_record_age_in_seconds);
        object.put("maximum_retry_attempts", maximum_retry_attempts);
        object.put_block("filter_criteria", filter_criteria);
        object.put_block("destination_config", destination_config);
        object.put_block("scaling_config", scaling_config);
        object.put("uuid", uuid);
        object.put("arn", arn);
        object.put("function_arn", function_arn);
        object.put("state", state);
        object.put("state_transition_reason", state_transition_reason);
        object.put("last_modified", last_modified);
        object.put("last_processing_result", last_processing_result);
        object.put("execution_role_name", execution_role_name);
        object.put("execution_role_policy_name", execution_role_policy_name);
        object.put("execution_role_policy", execution_role_policy);
        object.put("tags_all", tags_all);
        object.put_block("timeouts", timeouts);
    }
}
