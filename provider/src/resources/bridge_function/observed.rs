//! What AWS holds of a bridge, as state.

use bridge_contract::BridgeConfig;
use serde_json::Value as Json;
use tf_framework::Value;

use super::desired::{Desired, description, role_policy};
use super::lambda_settings::LambdaSettingsModel;
use super::model::same_params;
use super::options::OptionsModel;
use super::package::CodeModel;
use super::versions::VersionsModel;
use super::{
    BridgeFunctionModel, concurrency, event_invoke, function_url, log_group, role, triggers,
};
use crate::arn::Arn;
use crate::aws::lambda::{EventInvokeConfig, FunctionSettings, LambdaFunction, Permission};
use crate::aws::logs::LogGroup;
use crate::policy_document::equivalent;
use crate::resources::identity::region_of;
use crate::tag_rules::TagRules;

/// The three objects, as far as they are there.
#[derive(Default)]
pub(super) struct Observed {
    pub function: Option<LambdaFunction>,
    pub role: role::Found,
    pub log_group: Option<LogGroup>,
    /// One that is not the bridge's yet. The state tells how it keeps logs, so that a plan shows what
    /// an apply makes of that, and not its name.
    pub adoptable_log_group: Option<LogGroup>,
    pub permissions: Vec<Permission>,
    pub url: Option<function_url::Observed>,
    pub event_invoke_config: Option<EventInvokeConfig>,
    pub code_signing_config_arn: Option<String>,
    pub version: Option<String>,
}

impl Observed {
    /// State is AWS's word; what is missing is null, so that the plan shows it and the apply makes
    /// it. `None` when nothing is left.
    pub(super) fn model(
        self,
        state: BridgeFunctionModel,
        tag_rules: &TagRules,
    ) -> Option<BridgeFunctionModel> {
        let Self {
            function,
            role,
            log_group,
            adoptable_log_group,
            permissions,
            url,
            event_invoke_config,
            code_signing_config_arn,
            version,
        } = self;
        if function.is_none() && !role.is_anything() && log_group.is_none() {
            return None;
        }
        let policy = as_before(&state.execution_role_policy, role.trusted_policy());
        let region = match (&state.region, &function) {
            (Value::Null, Some(function)) => region_of(&Value::Known(function.arn.clone())),
            (region, _) => region.clone(),
        };
        let runs_as = function.as_ref().map(|function| function.settings.role_arn.as_str());
        let with_role = role.put_into(state.clone(), runs_as);
        let base = BridgeFunctionModel {
            region,
            role: with_role.role,
            execution_role_arn: with_role.execution_role_arn,
            execution_role_policy: policy,
            log_group: match log_group.as_ref().or(adoptable_log_group.as_ref()) {
                Some(found) => log_group::observed(found, &state.log_group),
                None => state.log_group.clone(),
            },
            log_group_arn: log_group.as_ref().map(|found| found.arn.clone()).into(),
            log_group_name: log_group.map(|found| found.name).into(),
            ..state.clone().without_objects()
        };
        let Some(function) = function else { return Some(base) };
        let variables = &function.settings.variables;
        let config = BridgeConfig::from_vars(|name| variables.get(name).cloned()).ok();
        let account = Arn::parse(&function.arn).map_or("", |arn| arn.account);
        let allowed_triggers = triggers::observed(&permissions, &state.allowed_triggers, account);
        let (reserved_concurrent_executions, paused) =
            concurrency::observed(function.reserved_concurrency, &state);
        let visible = tag_rules.visible(&function.tags);
        let settings = function.settings.clone();
        let code = CodeModel::observed(&function, &state.code);
        let code = CodeModel { code_signing_config_arn: code_signing_config_arn.into(), ..code };
        let versions = VersionsModel::observed(&function, version, &state.versions);
        let model = BridgeFunctionModel {
            allowed_triggers,
            event_invoke_config: event_invoke::observed(
                event_invoke_config,
                &state.event_invoke_config,
            ),
            reserved_concurrent_executions,
            paused,
            name: Value::Known(function.name.clone()),
            function_name: Value::Known(function.name.clone()),
            invoke_arn: Value::Known(function.invoke_arn()),
            arn: Value::Known(function.arn),
            timeout: Value::Known(function.settings.timeout.into()),
            memory_size: Value::Known(function.settings.memory_size.into()),
            architecture: function.architecture.map(|found| found.name().to_owned()).into(),
            runtime: function.settings.runtime().map(str::to_owned).into(),
            code,
            versions,
            tags: tag_rules.own(&visible, state.tags.known()).into(),
            tags_all: Value::Known(visible),
            ..function_url::into_state(url, &state, base)
        };
        // Of what is called now, or was before somebody changed that.
        let before = state.bridge_config().ok();
        let described: Vec<_> = config.iter().chain(&before).map(description).collect();
        let model = BridgeFunctionModel {
            lambda: LambdaSettingsModel::observed(&settings, &described, &state.lambda),
            ..with_config(model, config, &state)
        };
        let model = if model.runs_as_own_role() {
            let needed = model.arn.known().and_then(|arn| role_policy(&model, arn));
            let policy = as_before(&state.execution_role_policy, needed.as_ref());
            BridgeFunctionModel { execution_role_policy: policy, ..model }
        } else {
            model
        };
        if is_as_made(&model, &settings) {
            return Some(model);
        }
        // What no attribute shows is shown by one that then has no value. Not by the version, where
        // that would be a reason to deploy other code.
        let BridgeFunctionModel { mut code, mut versions, .. } = model.clone();
        if code.keeps_code() || !code.package.is_null() {
            versions.last_modified = Value::Null;
        } else {
            code.bridge_version = Value::Null;
        }
        Some(BridgeFunctionModel { code, versions, ..model })
    }
}

/// Whether the settings are what an update would write: also those that no attribute shows, such as
/// the role that the function runs as. The description has an attribute of its own.
fn is_as_made(model: &BridgeFunctionModel, settings: &FunctionSettings) -> bool {
    Desired::of(model).map_or(true, |desired| {
        let description = settings.description.clone();
        FunctionSettings { description, ..desired.settings } == *settings
    })
}

/// The bridge's own settings; null where somebody has put something there that is none.
fn with_config(
    model: BridgeFunctionModel,
    config: Option<BridgeConfig>,
    state: &BridgeFunctionModel,
) -> BridgeFunctionModel {
    let Some(config) = config else {
        let (app_name, modal_function_name, mode) = Default::default();
        return BridgeFunctionModel { app_name, modal_function_name, mode, ..model };
    };
    let params = Json::Object(config.params).to_string();
    BridgeFunctionModel {
        app_name: Value::Known(config.app),
        modal_function_name: Value::Known(config.function),
        environment_name: Value::Known(config.environment),
        mode: Value::Known(config.mode.to_string()),
        params: match &state.params {
            // None and an empty object are one; so is any other spelling.
            Value::Null if params == "{}" => Value::Null,
            Value::Known(before) if same_params(before, &params) => Value::Known(before.clone()),
            _ => Value::Known(params),
        },
        token_secret_arn: Value::Known(config.secret_arn),
        modal_server_url: config.server_url.into(),
        options: OptionsModel::observed(config.options, &state.options),
        ..model
    }
}

/// A document in the spelling of the state, where it is the same one.
fn as_before(before: &Value<String>, document: Option<&Json>) -> Value<String> {
    let Some(document) = document else { return Value::Null };
    let same = |before: &&String| {
        serde_json::from_str(before).is_ok_and(|before| equivalent(&before, document))
    };
    match before.known().filter(same) {
        Some(before) => Value::Known(before.clone()),
        None => Value::Known(document.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::planned;
    use super::*;
    use crate::aws::iam::Role;
    use crate::execution_policy::lambda_trust_policy;
    use crate::tags::Tags;

    fn role(trust_policy: Json) -> Role {
        Role {
            name: "thumbnails-us-east-1".to_owned(),
            arn: "arn:aws:iam::111122223333:role/thumbnails-us-east-1".to_owned(),
            unique_id: "AROA1".to_owned(),
            path: "/".to_owned(),
            description: String::new(),
            max_session_duration: 3600,
            trust_policy,
            permissions_boundary: None,
            create_date: "2026-01-01T00:00:00Z".to_owned(),
            tags: Tags::new(),
        }
    }

    fn observed(role: Option<Role>, policy: Option<Json>) -> Observed {
        let role = role::Found { role, policy, ..role::Found::default() };
        Observed { role, ..Observed::default() }
    }

    fn text(value: &Value<String>) -> Option<&str> {
        value.known().map(String::as_str)
    }

    #[test]
    fn a_bridge_of_which_nothing_is_left_leaves_the_state() {
        assert!(observed(None, None).model(planned(), &TagRules::default()).is_none());
    }

    #[test]
    fn what_is_missing_is_null_and_the_rest_stays() {
        let policy = role_policy(&planned(), planned().arn.require("arn").unwrap()).unwrap();
        let found = observed(Some(role(lambda_trust_policy())), Some(policy.clone()));

        let model = found.model(planned(), &TagRules::default()).unwrap();

        assert_eq!(model.arn, Value::Null);
        assert_eq!(model.code.code_sha256, Value::Null);
        assert_eq!(model.log_group_name, Value::Null);
        assert!(text(&model.execution_role_arn).unwrap().ends_with(":role/thumbnails-us-east-1"));
        assert_eq!(text(&model.execution_role_policy), Some(policy.to_string().as_str()));
        assert_eq!(text(&model.app_name), Some("images"));
    }

    #[test]
    fn a_role_that_others_may_assume_has_no_policy_that_counts() {
        let mut wider = lambda_trust_policy();
        wider["Statement"][0]["Principal"]["AWS"] = json!("arn:aws:iam::999988887777:root");
        let found = observed(
            Some(role(wider)),
            Some(role_policy(&planned(), planned().arn.require("arn").unwrap()).unwrap()),
        );

        let model = found.model(planned(), &TagRules::default()).unwrap();

        assert_eq!(model.execution_role_policy, Value::Null);
        assert!(model.execution_role_arn.known().is_some());
    }

    #[test]
    fn a_policy_in_another_spelling_is_the_one_of_before() {
        let before = Value::from(r#"{"Statement": [{"Action": "a", "Resource": ["x", "y"]}]}"#);
        let same = json!({"Statement": [{"Action": ["a"], "Resource": ["y", "x"]}]});
        assert_eq!(as_before(&before, Some(&same)), before);
        let other = json!({"Statement": [{"Action": "b", "Resource": ["x", "y"]}]});
        assert_eq!(as_before(&before, Some(&other)), Value::Known(other.to_string()));
        assert_eq!(as_before(&before, None), Value::Null);
    }

    #[test]
    fn params_in_another_spelling_are_those_of_before() {
        let config = |params: Json| {
            let Json::Object(params) = params else { panic!("{params} is no object") };
            Some(BridgeConfig { params, ..planned().bridge_config().unwrap() })
        };
        let state = |params: Value<String>| BridgeFunctionModel { params, ..planned() };
        let read = |before: Value<String>, found: Json| {
            with_config(BridgeFunctionModel::default(), config(found), &state(before)).params
        };

        let before = Value::from(r#"{ "b": 1, "a": 2 }"#);
        assert_eq!(read(before.clone(), json!({"a": 2, "b": 1})), before);
        assert_eq!(read(Value::Null, json!({})), Value::Null);
        assert_eq!(read(before, json!({"a": 3})), Value::from(r#"{"a":3}"#));
        assert_eq!(read(Value::Null, json!({"a": 3})), Value::from(r#"{"a":3}"#));
    }

    #[test]
    fn variables_that_are_no_bridges_show_as_nothing() {
        let model = with_config(planned(), None, &planned());
        assert_eq!((&model.app_name, &model.mode), (&Value::Null, &Value::Null));
    }

    #[test]
    fn settings_that_no_attribute_shows_are_compared_too() {
        let made = Desired::of(&planned()).unwrap().settings;
        assert!(is_as_made(&planned(), &made));

        let role_arn = "arn:aws:iam::111122223333:role/powerful".to_owned();
        assert!(!is_as_made(&planned(), &FunctionSettings { role_arn, ..made.clone() }));
        let mut elsewhere = made.clone();
        elsewhere.logging.group = "/elsewhere".to_owned();
        assert!(!is_as_made(&planned(), &elsewhere));
        let mut variables = made.variables.clone();
        variables.insert("AWS_LAMBDA_EXEC_WRAPPER".to_owned(), "/opt/wrapper".to_owned());
        assert!(!is_as_made(&planned(), &FunctionSettings { variables, ..made }));
    }
}
