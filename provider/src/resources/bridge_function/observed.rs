//! What AWS holds of a bridge, as state.

use bridge_contract::BridgeConfig;
use serde_json::Value as Json;
use tf_framework::Value;

use super::BridgeFunctionModel;
use super::desired::Desired;
use super::model::same_params;
use crate::aws::iam::Role;
use crate::aws::lambda::{FunctionSettings, LambdaFunction};
use crate::aws::logs::LogGroup;
use crate::bridge_package::{self, BRIDGE_VERSION};
use crate::execution_policy::lambda_trust_policy;
use crate::policy_document::equivalent;
use crate::tags::{self, Tags};

/// The three objects, as far as they are there.
pub(super) struct Observed {
    pub function: Option<LambdaFunction>,
    pub role: Option<Role>,
    pub role_policy: Option<Json>,
    pub log_group: Option<LogGroup>,
}

impl Observed {
    /// State is AWS's word; what is missing is null, so that the plan shows it and the apply makes
    /// it. `None` when nothing is left.
    pub(super) fn model(
        self,
        state: BridgeFunctionModel,
        default_tags: &Tags,
    ) -> Option<BridgeFunctionModel> {
        let Self { function, role, role_policy, log_group } = self;
        if function.is_none() && role.is_none() && log_group.is_none() {
            return None;
        }
        let policy = role.as_ref().and_then(|role| {
            // A role that Lambda cannot assume, or others can, is as good as one without a policy.
            let trusted = equivalent(&role.trust_policy, &lambda_trust_policy());
            role_policy.filter(|_| trusted)
        });
        let base = BridgeFunctionModel {
            execution_role_arn: role.map(|role| role.arn).into(),
            execution_role_policy: as_before(&state.execution_role_policy, policy),
            log_group_name: log_group.map(|found| found.name).into(),
            ..state.clone().without_objects()
        };
        let Some(function) = function else { return Some(base) };
        let variables = &function.settings.variables;
        let config = BridgeConfig::from_vars(|name| variables.get(name).cloned()).ok();
        let visible = tags::visible(&function.tags);
        let settings = function.settings.clone();
        let is_bundled =
            bridge_package::bundled().iter().any(|package| package.sha256 == function.code_sha256);
        let model = BridgeFunctionModel {
            name: Value::Known(function.name.clone()),
            function_name: Value::Known(function.name.clone()),
            invoke_arn: Value::Known(function.invoke_arn()),
            arn: Value::Known(function.arn),
            timeout: Value::Known(function.settings.timeout.into()),
            memory_size: Value::Known(function.settings.memory_size.into()),
            architecture: function.architecture.map(|found| found.name().to_owned()).into(),
            code_sha256: Value::Known(function.code_sha256),
            tags: tags::own(&visible, default_tags, state.tags.known()).into(),
            tags_all: Value::Known(visible),
            ..base
        };
        let model = with_config(model, config, &state);
        // A version is known only of a function with this program's code and settings: also those
        // that no attribute shows, such as the role that it runs as. The description follows from
        // what attributes do show.
        let as_made = Desired::of(&model).map_or(true, |desired| {
            let description = settings.description.clone();
            FunctionSettings { description, ..desired.settings } == settings
        });
        let version = (is_bundled && as_made).then(|| BRIDGE_VERSION.to_owned());
        Some(BridgeFunctionModel { bridge_version: version.into(), ..model })
    }
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
        ..model
    }
}

/// A document in the spelling of the state, where it is the same one.
fn as_before(before: &Value<String>, document: Option<Json>) -> Value<String> {
    let Some(document) = document else { return Value::Null };
    let same = |before: &&String| {
        serde_json::from_str(before).is_ok_and(|before| equivalent(&before, &document))
    };
    match before.known().filter(same) {
        Some(before) => Value::Known(before.clone()),
        None => Value::Known(document.to_string()),
    }
}
