//! `modal_bridge_function`: the Lambda function that calls a Modal function, with all it needs.
//!
//! Three AWS objects make one bridge: a log group, an execution role, the function. Each may be
//! missing, after a create that was cut short or because somebody deleted it; state says which are
//! there, and an update makes what is missing.

mod apply;
mod concurrency;
mod desired;
mod event_invoke;
mod function_url;
mod identity;
mod import;
mod lambda_settings;
mod log_group;
mod model;
mod names;
mod observed;
mod options;
mod ours;
#[cfg(test)]
mod rehearsal;
mod schema;
#[cfg(test)]
mod testing;
mod triggers;

use std::time::Duration;

use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, Plan, Read, Resource, Response, Schema,
    Update, Value, async_trait,
};

use self::desired::Desired;
use self::event_invoke::EventInvokeConfigModel;
use self::function_url::FunctionUrlModel;
pub(crate) use self::identity::BridgeFunctionIdentity;
pub(crate) use self::model::BridgeFunctionModel;
use self::observed::Observed;
pub(crate) use self::ours::bridge_config;
use self::ours::is_our_function;
use self::triggers::AllowedTriggerModel;
use super::cannot::cannot;
use super::region;
use super::timeouts::{DefaultTimeouts, TimeoutsModel};
use crate::aws::iam::Role;
use crate::aws::lambda::{LambdaFunction, invoke_arn};
use crate::aws::logs::LogGroup;
use crate::aws::{Aws, AwsError};
use crate::bridge_package::{self, BRIDGE_VERSION};
use crate::execution_policy::POLICY_NAME;
use crate::provider::Clients;

/// What Lambda allows for names and values of all environment variables together, in bytes.
const MAX_ENVIRONMENT: usize = 4096;

const TIMEOUTS: DefaultTimeouts = DefaultTimeouts::minutes(10);

/// Makes and keeps bridges.
#[derive(Debug)]
pub(crate) struct BridgeFunction {
    clients: Clients,
}

impl BridgeFunction {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }

    /// The same, where the bridge is, and for an operation that may take so long.
    fn at(&self, region: &Value<String>, limit: Duration) -> Self {
        let aws = self.clients.aws_in(region).within(limit);
        Self::new(Clients { aws, ..self.clients.clone() })
    }
}

#[async_trait]
impl Resource for BridgeFunction {
    const TYPE_NAME: &'static str = "bridge_function";
    type Model = BridgeFunctionModel;
    type Identity = BridgeFunctionIdentity;

    fn schema() -> Schema {
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
        let mut found = config.lambda.validate();
        found.extend(triggers::validate(&config.allowed_triggers));
        found.extend(function_url::validate(config));
        found.extend(concurrency::validate(config));
        found
    }

    fn identity(&self, state: &BridgeFunctionModel) -> BridgeFunctionIdentity {
        BridgeFunctionIdentity::of(state, &self.clients.aws)
    }

    async fn plan(&self, plan: &mut Plan<BridgeFunctionModel>) -> Result<(), Diagnostic> {
        let clients = &self.clients;
        let caller = clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        let (partition, account) = (&caller.partition, &caller.account_id);
        let prior_region = plan.prior.as_ref().map(|prior| &prior.region);
        let region = region::planned(&plan.config.region, prior_region, &clients.aws.region)?;

        // Made once, at create, and then kept.
        let name = match (&plan.prior, &plan.config.name) {
            (_, Value::Known(name)) => Value::Known(name.clone()),
            (_, Value::Unknown) => Value::Unknown,
            (Some(prior), Value::Null) => prior.name.clone(),
            (None, Value::Null) => names::function_name(&plan.config),
        };
        let place = match (&name, &region) {
            (Value::Known(name), Value::Known(region)) => Some((name, region)),
            _ => None,
        };
        let arn = place.map_or(Value::Unknown, |(name, region)| {
            Value::Known(format!("arn:{partition}:lambda:{region}:{account}:function:{name}"))
        });
        let prior_role = plan.prior.as_ref().and_then(|prior| prior.execution_role_arn.known());
        let role_arn = match prior_role {
            Some(arn) => Value::Known(arn.clone()),
            None => place.map_or(Value::Unknown, |(name, region)| {
                let role = names::role_name(name, region);
                Value::Known(format!("arn:{partition}:iam::{account}:role/{role}"))
            }),
        };
        let log_group = name.clone().map(|name| names::log_group_name(&name));
        let named = BridgeFunctionModel { name: name.clone(), ..plan.config.clone() };
        let policy = arn.known().and_then(|arn| desired::role_policy(&named, arn));
        let policy = policy.map_or(Value::Unknown, |policy| Value::Known(policy.to_string()));
        plan.set("region", region);
        plan.set("name", name.clone());
        plan.set("function_name", name);
        plan.set("invoke_arn", arn.clone().map(|arn| invoke_arn(&arn)));
        plan.set("arn", arn);
        plan.set("execution_role_arn", role_arn);
        plan.set("execution_role_policy", policy);
        plan.set("log_group_name", log_group);
        let (url, url_id) = function_url::planned(plan.prior.as_ref(), &plan.config);
        plan.set("url", url);
        plan.set("url_id", url_id);
        plan.set("timeout", plan.config.timeout_or_default());
        plan.set("modal_server_url", Value::from(clients.modal_server_url.clone()));
        plan.set("tags_all", clients.tag_rules.planned(&plan.config.tags));
        if let Some(prior) = &plan.prior
            && log_group::is_another(&prior.log_group, &plan.config.log_group)
        {
            plan.require_replace("log_group");
        }
        self.plan_code(plan)?;
        self.check_environment(&plan.config)
    }

    async fn create(
        &self,
        request: Create<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let desired = Desired::of(&request.plan)?;
        let limit = TimeoutsModel::create(&request.plan.timeouts, TIMEOUTS);
        let this = self.at(&request.plan.region, limit);
        this.check_names_are_free(&desired).await?;
        let nothing = request.plan.clone().without_objects();
        this.make_log_group(&desired, nothing, response).await?;
        this.make_role(&desired, response).await?;
        this.make_function(&desired, response).await?;
        this.finish(&desired, Companions::default(), request.plan, response).await
    }

    async fn read(
        &self,
        request: Read<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?.clone();
        let aws = self.clients.aws_in(&state.region);
        let observed = observe(&aws, &name, &state).await;
        let observed =
            observed.map_err(|error| cannot(&format!("read bridge function {name:?}"), &error))?;
        match observed.model(state, &self.clients.tag_rules) {
            Some(model) => response.set_state(model),
            None => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let desired = Desired::of(&plan)?;
        let this = self.at(&plan.region, TimeoutsModel::update(&plan.timeouts, TIMEOUTS));
        let have = prior.tags_all.known().cloned().unwrap_or_default();
        let tags = self.clients.tag_rules.changes(&have, &desired.tags);
        if prior.log_group_name.known().is_some() {
            this.update_log_group(&desired, &prior, &tags).await?;
        } else {
            this.make_log_group(&desired, prior.clone(), response).await?;
        }
        if prior.execution_role_arn.known().is_some() {
            this.update_role(&desired, &tags).await?;
        } else {
            this.make_role(&desired, response).await?;
        }
        let function = match prior.arn.known() {
            Some(_) => this.find_function(&desired.name).await?,
            None => None,
        };
        let have = match function {
            Some(function) => {
                this.update_function(&desired, &function).await?;
                Companions {
                    reserved_concurrency: function.reserved_concurrency,
                    triggers: prior.allowed_triggers,
                    function_url: prior.function_url,
                    event_invoke_config: prior.event_invoke_config,
                }
            }
            None => {
                this.make_function(&desired, response).await?;
                Companions::default()
            }
        };
        this.finish(&desired, have, plan, response).await
    }

    async fn delete(
        &self,
        request: Delete<BridgeFunctionModel>,
        _response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let state = &request.state;
        let limit = TimeoutsModel::delete(&state.timeouts, TIMEOUTS);
        let aws = self.clients.aws_in(&state.region).within(limit);
        // The function first: what it writes and runs as must outlive it.
        if let (Some(_), Some(name)) = (state.arn.known(), state.name.known()) {
            aws.lambda
                .delete_function(name)
                .await
                .map_err(|error| cannot(&format!("delete Lambda function {name:?}"), &error))?;
        }
        if let Some(arn) = state.execution_role_arn.known() {
            let name = names::role_of_arn(arn);
            aws.iam
                .delete_role(name)
                .await
                .map_err(|error| cannot(&format!("delete execution role {name:?}"), &error))?;
        }
        if let Some(name) = state.log_group_name.known()
            && !log_group::stays(&state.log_group)
        {
            aws.logs
                .delete_log_group(name)
                .await
                .map_err(|error| cannot(&format!("delete log group {name:?}"), &error))?;
        }
        Ok(())
    }

    async fn import(
        &self,
        by: ImportBy<BridgeFunctionIdentity>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let state = self.import_by(by).await?;
        response.set_state(state);
        Ok(())
    }
}

/// What belongs to a function and is not among its settings, as it is there.
#[derive(Debug, Default)]
struct Companions {
    reserved_concurrency: Option<i32>,
    triggers: Value<Vec<AllowedTriggerModel>>,
    function_url: Value<FunctionUrlModel>,
    event_invoke_config: Value<EventInvokeConfigModel>,
}

impl BridgeFunction {
    /// Makes what belongs to the function as planned, and records the whole.
    async fn finish(
        &self,
        desired: &Desired,
        have: Companions,
        mut plan: BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (name, account) = (&desired.name, &desired.account);
        self.reserve_concurrency(name, have.reserved_concurrency, &plan).await?;
        let events = &have.event_invoke_config;
        self.change_event_invoke_config(name, events, &plan, response).await?;
        self.change_triggers(name, account, &have.triggers, &plan.allowed_triggers).await?;
        self.change_url(name, &have.function_url, &mut plan, response).await?;
        response.set_state(plan);
        Ok(())
    }

    /// Architecture, hash and version of the code, all known from this very program.
    fn plan_code(&self, plan: &mut Plan<BridgeFunctionModel>) -> Result<(), Diagnostic> {
        let architecture = match &plan.config.architecture {
            Value::Null => Value::Known(bridge_package::default_architecture().to_owned()),
            given => given.clone(),
        };
        let sha256 = match architecture.known() {
            Some(architecture) => {
                Value::Known(bridge_package::require(architecture)?.sha256.to_owned())
            }
            None => Value::Unknown,
        };
        plan.set("architecture", architecture);
        plan.set("code_sha256", sha256);
        plan.set("bridge_version", Value::from(BRIDGE_VERSION));
        Ok(())
    }

    /// Lambda would refuse it at apply.
    fn check_environment(&self, config: &BridgeFunctionModel) -> Result<(), Diagnostic> {
        let Some(size) = config.environment_size(self.clients.modal_server_url.as_deref()) else {
            return Ok(());
        };
        if size.total <= MAX_ENVIRONMENT {
            return Ok(());
        }
        let (total, params, own) = (size.total, size.params, size.own);
        let rest = total - params - own;
        let largest = if own > params { "environment" } else { "params" };
        Err(Diagnostic::error(
            format!("Invalid value for {largest}"),
            format!(
                "Lambda allows {MAX_ENVIRONMENT} bytes for all environment variables, and this \
                 bridge's take at least {total}: {params} for params, {own} for those of the block \
                 environment, {rest} for the rest. Pass what is large by reference: an object in \
                 S3, or a table."
            ),
        )
        .at(largest))
    }
}

/// What of the three objects is there.
async fn observe(aws: &Aws, name: &str, state: &BridgeFunctionModel) -> Result<Observed, AwsError> {
    let function = aws.lambda.find_function(name).await?;
    // One that state does not know of is this bridge's only if this provider made it.
    let known = state.arn.known().is_some();
    let function = function.filter(|found| known || is_our_function(found));
    let role = match state.execution_role_arn.known() {
        Some(arn) => aws.iam.find_role(names::role_of_arn(arn)).await?,
        None => None,
    };
    let log_group = match state.log_group_name.known() {
        Some(name) => aws.logs.find_log_group(name).await?,
        None => None,
    };
    let triggers = state.allowed_triggers.known().is_some_and(|blocks| !blocks.is_empty());
    let permissions = match &function {
        Some(function) if triggers => aws.lambda.find_permissions(&function.name).await?,
        _ => Vec::new(),
    };
    let (mut url, mut event_invoke_config) = (None, None);
    if let Some(function) = &function {
        url = function_url::observe(&aws.lambda, &function.name, state).await?;
        if !state.event_invoke_config.is_null() {
            event_invoke_config = aws.lambda.find_event_invoke_config(&function.name).await?;
        }
    }
    let observed = with_policy(aws, function, role, log_group).await?;
    Ok(Observed { permissions, url, event_invoke_config, ..observed })
}

async fn with_policy(
    aws: &Aws,
    function: Option<LambdaFunction>,
    role: Option<Role>,
    log_group: Option<LogGroup>,
) -> Result<Observed, AwsError> {
    let role_policy = match &role {
        Some(role) => aws.iam.find_role_policy(&role.name, POLICY_NAME).await?,
        None => None,
    };
    Ok(Observed { function, role, role_policy, log_group, ..Observed::default() })
}
