//! The attributes of a bridge.

use std::collections::{BTreeMap, BTreeSet};

use bridge_contract::{BridgeConfig, Mode, Params};
use serde_json::Value as Json;
use tf_framework::{Diagnostic, Model, ObjectReader, ObjectWriter, Value};

use super::destroy::DestroyModel;
use super::event_invoke::{self, EventInvokeConfigModel};
use super::function_url::FunctionUrlModel;
use super::lambda_settings::LambdaSettingsModel;
use super::log_group::LogGroupModel;
use super::options::OptionsModel;
use super::package::CodeModel;
use super::role::RoleModel;
use super::triggers::AllowedTriggerModel;
use super::versions::VersionsModel;
use crate::arn::Arn;
use crate::execution_policy::Needs;
use crate::resources::timeouts::TimeoutsModel;

/// Attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct BridgeFunctionModel {
    pub(super) name: Value<String>,
    pub(super) name_prefix: Value<String>,
    pub(super) region: Value<String>,
    pub(super) app_name: Value<String>,
    pub(super) modal_function_name: Value<String>,
    pub(super) environment_name: Value<String>,
    pub(super) mode: Value<String>,
    pub(super) params: Value<String>,
    pub(super) token_secret_arn: Value<String>,
    pub(super) timeout: Value<i64>,
    pub(super) memory_size: Value<i64>,
    pub(super) architecture: Value<String>,
    pub(super) role: RoleModel,
    pub(super) options: OptionsModel,
    pub(super) lambda: LambdaSettingsModel,
    pub(super) log_group: Value<LogGroupModel>,
    pub(super) reserved_concurrent_executions: Value<i64>,
    pub(super) paused: Value<bool>,
    pub(super) verify_function: Value<bool>,
    pub(super) allowed_triggers: Value<Vec<AllowedTriggerModel>>,
    pub(super) function_url: Value<FunctionUrlModel>,
    pub(super) event_invoke_config: Value<EventInvokeConfigModel>,
    pub(super) event_source_arns: Value<BTreeSet<String>>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) arn: Value<String>,
    pub(super) invoke_arn: Value<String>,
    pub(super) function_name: Value<String>,
    pub(super) execution_role_arn: Value<String>,
    pub(super) execution_role_policy: Value<String>,
    pub(super) log_group_name: Value<String>,
    pub(super) url: Value<String>,
    pub(super) url_id: Value<String>,
    pub(super) runtime: Value<String>,
    pub(super) log_group_arn: Value<String>,
    pub(super) code: CodeModel,
    pub(super) versions: VersionsModel,
    pub(super) destroy: DestroyModel,
    pub(super) modal_server_url: Value<String>,
    pub(super) tags_all: Value<BTreeMap<String, String>>,
    pub(super) timeouts: Value<TimeoutsModel>,
}

/// Bytes of the Lambda's environment variables.
pub(super) struct EnvironmentSize {
    pub total: usize,
    pub params: usize,
    pub own: usize,
}

impl BridgeFunctionModel {
    /// The same bridge of which nothing exists in AWS.
    pub(super) fn without_objects(self) -> Self {
        let own_role = Some(self.execution_role_arn.clone()).filter(|_| self.runs_as_own_role());
        Self {
            arn: Value::Null,
            invoke_arn: Value::Null,
            function_name: Value::Null,
            execution_role_arn: own_role.unwrap_or_default(),
            execution_role_policy: Value::Null,
            role: self.role.without_role(),
            log_group_name: Value::Null,
            runtime: Value::Null,
            log_group_arn: Value::Null,
            code: self.code.without_objects(),
            versions: self.versions.without_objects(),
            allowed_triggers: Value::Known(Vec::new()),
            function_url: Value::Null,
            event_invoke_config: Value::Null,
            url: Value::Null,
            url_id: Value::Null,
            ..self
        }
    }

    /// Five minutes to wait for a result; for a spawn, no more than a queue of default settings
    /// waits for its consumer.
    pub(super) fn timeout_or_default(&self) -> Value<i64> {
        match (&self.timeout, &self.mode) {
            (Value::Null, Value::Known(mode)) if mode.parse() == Ok(Mode::Spawn) => {
                Value::Known(30)
            }
            (Value::Null, Value::Known(_)) => Value::Known(300),
            (Value::Null, _) => Value::Unknown,
            (given, _) => given.clone(),
        }
    }

    pub(super) fn bridge_config(&self) -> Result<BridgeConfig, Diagnostic> {
        let mode = self.mode.require("mode")?;
        Ok(BridgeConfig {
            mode: mode.parse().map_err(|_| Diagnostic::bug(format!("The mode is {mode:?}.")))?,
            app: self.app_name.require("app_name")?.clone(),
            environment: self.environment_name.require("environment_name")?.clone(),
            function: self.modal_function_name.require("modal_function_name")?.clone(),
            params: self
                .params_object()
                .ok_or_else(|| Diagnostic::bug("The params are no JSON object."))?,
            secret_arn: self.token_secret_arn.require("token_secret_arn")?.clone(),
            server_url: self.modal_server_url.known().cloned(),
            options: self
                .options
                .known()?
                .ok_or_else(|| Diagnostic::bug("An option of the bridge is not known."))?,
        })
    }

    /// What the execution role must allow, for the bridge with this ARN and log group; `None` while
    /// something of it is not known.
    pub(super) fn needs(&self, bridge: &Arn<'_>, log_group_arn: &str) -> Option<Needs> {
        let table_arn = self.options.table_arn(bridge);
        let dead_letter_arn = self.lambda.dead_letter_arn();
        if [&table_arn, &dead_letter_arn].iter().any(|arn| arn.is_unknown())
            || self.event_source_arns.is_unknown()
        {
            return None;
        }
        let mut destination_arns = event_invoke::destination_arns(&self.event_invoke_config)?;
        destination_arns.extend(dead_letter_arn.into_known());
        Some(Needs {
            secret_arn: self.token_secret_arn.known()?.clone(),
            log_group_arn: log_group_arn.to_owned(),
            table_arn: table_arn.into_known(),
            event_source_arns: self.event_source_arns.known().cloned().unwrap_or_default(),
            destination_arns,
            is_traced: self.lambda.is_traced()?,
            is_in_vpc: self.lambda.is_in_vpc()?,
        })
    }

    /// How large the Lambda's environment will be at least; `None` where `params` is not known.
    pub(super) fn environment_size(&self, server_url: Option<&str>) -> Option<EnvironmentSize> {
        let text = |value: &Value<String>| value.known().cloned().unwrap_or_default();
        if self.params.is_unknown() {
            return None;
        }
        let config = BridgeConfig {
            mode: self.mode.known()?.parse().ok()?,
            app: text(&self.app_name),
            environment: text(&self.environment_name),
            function: text(&self.modal_function_name),
            params: self.params_object()?,
            secret_arn: text(&self.token_secret_arn),
            server_url: server_url.map(str::to_owned),
            options: self.options.known().ok().flatten().unwrap_or_default(),
        };
        // Lambda measures all variables as one JSON object.
        let measured = |value: Json| value.to_string().len();
        let params = Json::Object(config.params.clone()).to_string();
        let bridges = config.to_vars().into_iter();
        let own = self.lambda.variables();
        let all = bridges.map(|(name, value)| (name.to_owned(), value)).chain(own.clone());
        Some(EnvironmentSize {
            total: measured(all.collect()),
            params: measured(Json::String(params)),
            // The braces are there in any case.
            own: measured(own.into_iter().collect()) - 2,
        })
    }

    fn params_object(&self) -> Option<Params> {
        match self.params.known() {
            None => Some(Params::new()),
            Some(params) => parse_params(params),
        }
    }
}

/// `None` where the text is no JSON object.
pub(super) fn parse_params(text: &str) -> Option<Params> {
    serde_json::from_str(text).ok()
}

/// Whether two texts are the same JSON object, in whatever spelling and order.
pub(super) fn same_params(one: &str, other: &str) -> bool {
    match (parse_params(one), parse_params(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

impl Model for BridgeFunctionModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            name_prefix: object.take("name_prefix"),
            region: object.take("region"),
            app_name: object.take("app_name"),
            modal_function_name: object.take("modal_function_name"),
            environment_name: object.take("environment_name"),
            mode: object.take("mode"),
            params: object.take("params"),
            token_secret_arn: object.take("token_secret_arn"),
            timeout: object.take("timeout"),
            memory_size: object.take("memory_size"),
            architecture: object.take("architecture"),
            role: RoleModel::read(object),
            options: OptionsModel::read(object),
            lambda: LambdaSettingsModel::read(object),
            log_group: object.take_block("log_group"),
            reserved_concurrent_executions: object.take("reserved_concurrent_executions"),
            paused: object.take("paused"),
            verify_function: object.take("verify_function"),
            allowed_triggers: object.take_blocks("allowed_trigger"),
            function_url: object.take_block("function_url"),
            event_invoke_config: object.take_block("event_invoke_config"),
            event_source_arns: object.take("event_source_arns"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            invoke_arn: object.take("invoke_arn"),
            function_name: object.take("function_name"),
            execution_role_arn: object.take("execution_role_arn"),
            execution_role_policy: object.take("execution_role_policy"),
            log_group_name: object.take("log_group_name"),
            url: object.take("url"),
            url_id: object.take("url_id"),
            runtime: object.take("runtime"),
            log_group_arn: object.take("log_group_arn"),
            code: CodeModel::read(object),
            versions: VersionsModel::read(object),
            destroy: DestroyModel::read(object),
            modal_server_url: object.take("modal_server_url"),
            tags_all: object.take("tags_all"),
            timeouts: object.take_block("timeouts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            name_prefix,
            region,
            app_name,
            modal_function_name,
            environment_name,
            mode,
            params,
            token_secret_arn,
            timeout,
            memory_size,
            architecture,
            role,
            options,
            lambda,
            log_group,
            reserved_concurrent_executions,
            paused,
            verify_function,
            allowed_triggers,
            function_url,
            event_invoke_config,
            event_source_arns,
            tags,
            arn,
            invoke_arn,
            function_name,
            execution_role_arn,
            execution_role_policy,
            log_group_name,
            url,
            url_id,
            runtime,
            log_group_arn,
            code,
            versions,
            destroy,
            modal_server_url,
            tags_all,
            timeouts,
        } = self;
        object.put("name", name);
        object.put("name_prefix", name_prefix);
        object.put("region", region);
        object.put("app_name", app_name);
        object.put("modal_function_name", modal_function_name);
        object.put("environment_name", environment_name);
        object.put("mode", mode);
        object.put("params", params);
        object.put("token_secret_arn", token_secret_arn);
        object.put("timeout", timeout);
        object.put("memory_size", memory_size);
        object.put("architecture", architecture);
        role.write(object);
        options.write(object);
        lambda.write(object);
        object.put_block("log_group", log_group);
        object.put("reserved_concurrent_executions", reserved_concurrent_executions);
        object.put("paused", paused);
        object.put("verify_function", verify_function);
        object.put_block_set("allowed_trigger", allowed_triggers);
        object.put_block("function_url", function_url);
        object.put_block("event_invoke_config", event_invoke_config);
        object.put("event_source_arns", event_source_arns);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("invoke_arn", invoke_arn);
        object.put("function_name", function_name);
        object.put("execution_role_arn", execution_role_arn);
        object.put("execution_role_policy", execution_role_policy);
        object.put("log_group_name", log_group_name);
        object.put("url", url);
        object.put("url_id", url_id);
        object.put("runtime", runtime);
        object.put("log_group_arn", log_group_arn);
        code.write(object);
        versions.write(object);
        destroy.write(object);
        object.put("modal_server_url", modal_server_url);
        object.put("tags_all", tags_all);
        object.put_block("timeouts", timeouts);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::planned;
    use super::*;

    fn with_params(params: impl Into<String>) -> BridgeFunctionModel {
        BridgeFunctionModel { params: Value::Known(params.into()), ..planned() }
    }

    #[test]
    fn the_environment_is_measured_as_lambda_measures_it() {
        let variables = serde_json::json!({
            "MODAL_APP_NAME": "images",
            "MODAL_ENVIRONMENT_NAME": "main",
            "MODAL_FUNCTION_NAME": "render",
            "MODAL_INTEGRATION_PATTERN": "remote",
            "MODAL_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf",
            "PARAMETERS": r#"{"width":128}"#,
        });
        let size = planned().environment_size(None).unwrap();
        assert_eq!(size.total, variables.to_string().len());
        assert_eq!(size.params, r#""{\"width\":128}""#.len());
        // Spaces are not sent; quotation marks count twice.
        assert_eq!(
            with_params("{ \"width\": 128 }").environment_size(None).unwrap().total,
            size.total
        );
        let server = planned().environment_size(Some("https://modal.example.com")).unwrap();
        assert_eq!(
            server.total,
            size.total + r#""MODAL_SERVER_URL":"https://modal.example.com","#.len()
        );
    }

    #[test]
    fn an_environment_that_is_not_known_yet_has_no_size() {
        let unknown = |model: BridgeFunctionModel| model.environment_size(None).is_none();
        assert!(unknown(BridgeFunctionModel { params: Value::Unknown, ..planned() }));
        // What else is not known can only add to it.
        assert!(!unknown(BridgeFunctionModel { token_secret_arn: Value::Unknown, ..planned() }));
    }

    #[test]
    fn the_default_timeout_follows_the_mode() {
        let timeout = |mode: Value<String>, timeout| {
            BridgeFunctionModel { mode, timeout, ..planned() }.timeout_or_default()
        };
        assert_eq!(timeout("remote".into(), Value::Null), Value::Known(300));
        assert_eq!(timeout("spawn".into(), Value::Null), Value::Known(30));
        assert_eq!(timeout("spawn".into(), Value::Known(7)), Value::Known(7));
        assert_eq!(timeout(Value::Unknown, Value::Null), Value::Unknown);
    }

    #[test]
    fn params_are_the_same_in_any_order_and_spelling() {
        assert!(same_params(r#"{"a":1,"b":[1,2]}"#, r#"{ "b": [1, 2], "a": 1 }"#));
        assert!(!same_params(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(!same_params(r#"{"a":1}"#, r#"{"a":"1"}"#));
        assert!(same_params("no JSON", "no JSON"));
    }
}
