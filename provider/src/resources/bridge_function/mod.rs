//! `modal_bridge_function`: the Lambda function that calls a Modal function, with all it needs.
//!
//! Three AWS objects make one bridge: a log group, an execution role, the function. Each may be
//! missing, after a create that was cut short or because somebody deleted it; state says which are
//! there, and an update makes what is missing.

#[cfg(test)]
mod adoption_rehearsal;
mod apply;
#[cfg(test)]
mod code_rehearsal;
mod concurrency;
mod desired;
mod destroy;
mod event_invoke;
mod function_url;
mod identity;
mod import;
mod interfaces;
mod lambda_settings;
mod log_group;
mod model;
mod moved;
mod names;
mod observed;
mod options;
mod ours;
mod package;
mod plan;
#[cfg(test)]
mod rehearsal;
mod role;
mod schema;
mod takeover;
#[cfg(test)]
mod testing;
mod triggers;
mod verify;
mod versions;

use std::time::Duration;

use serde_json::Value as Json;
use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, MoveSource, Plan, Read, Resource,
    Response, Schema, Update, Value, async_trait,
};

use self::desired::Desired;
use self::event_invoke::EventInvokeConfigModel;
use self::function_url::FunctionUrlModel;
pub(crate) use self::identity::BridgeFunctionIdentity;
pub(crate) use self::model::BridgeFunctionModel;
use self::observed::Observed;
pub(crate) use self::ours::bridge_config;
use self::ours::{find_adoptable_log_group, is_our_function};
use self::triggers::AllowedTriggerModel;
use super::cannot::cannot;
use super::made_up_name::made_up_name;
use super::timeouts::{DefaultTimeouts, TimeoutsModel};
use crate::aws::lambda::LambdaFunction;
use crate::aws::{Aws, AwsError};
use crate::provider::Clients;

/// What Lambda allows for names and values of all environment variables together, in bytes.
const MAX_ENVIRONMENT: usize = 4096;

/// A delete also waits for what Lambda takes up to 45 minutes to delete: network interfaces.
const TIMEOUTS: DefaultTimeouts =
    DefaultTimeouts { delete: Duration::from_secs(45 * 60), ..DefaultTimeouts::minutes(10) };

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
        found.extend(names::validate(config));
        found.extend(config.role.validate());
        found.extend(triggers::validate(&config.allowed_triggers));
        found.extend(function_url::validate(config));
        found.extend(package::validate(config));
        found.extend(destroy::validate(config));
        found.extend(concurrency::validate(config));
        found
    }

    fn identity(&self, state: &BridgeFunctionModel) -> BridgeFunctionIdentity {
        BridgeFunctionIdentity::of(state, &self.clients.aws)
    }

    fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        moved::move_from(source)
    }

    async fn plan(&self, plan: &mut Plan<BridgeFunctionModel>) -> Result<(), Diagnostic> {
        self.complete(plan).await
    }

    async fn plan_destroy(
        &self,
        state: &BridgeFunctionModel,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        warnings.extend(destroy::warning(state));
        Ok(())
    }

    async fn create(
        &self,
        request: Create<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let is_made_up = request.plan.name.is_unknown();
        let plan = self.named(request.plan).await?;
        let desired = Desired::of(&plan)?;
        let this = self.at(&plan.region, TimeoutsModel::create(&plan.timeouts, TIMEOUTS));
        this.check_names_are_free(&desired).await?;
        let nothing = plan.clone().without_objects();
        if is_made_up {
            // Whatever becomes of the first call, nobody could find this name again.
            let log_group_name = plan.log_group_name.clone();
            response.set_state(BridgeFunctionModel { log_group_name, ..nothing.clone() });
        }
        this.make_log_group(&desired, nothing, response).await?;
        if let Some(managed) = &desired.role {
            this.make_role(managed, None, None, &plan, response).await?;
        }
        let function = this.make_function(&desired, &plan, response).await?;
        this.finish(&desired, Companions::of_new(function), plan, response).await
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
            this.update_log_group(&desired, &prior).await?;
        } else {
            this.make_log_group(&desired, prior.clone(), response).await?;
        }
        let mut function = match prior.arn.known() {
            Some(_) => this.find_function(&desired.name).await?,
            None => None,
        };
        this.provide_role(&desired, &prior, &plan, function.as_mut(), &tags, response).await?;
        let have = match function {
            Some(function) => {
                if plan.versions.version.is_unknown() {
                    // Until there is one: an apply that is cut short must publish it the next time.
                    this.record(response, |state| {
                        state.versions = state.versions.clone().without_objects();
                    });
                }
                this.change_code_signing(&desired, &prior.code.code_signing_config_arn).await?;
                let function = this.update_function(&desired, &plan, function, response).await?;
                Companions {
                    function,
                    triggers: prior.allowed_triggers,
                    function_url: prior.function_url,
                    event_invoke_config: prior.event_invoke_config,
                }
            }
            None => {
                let function = this.make_function(&desired, &plan, response).await?;
                Companions::of_new(function)
            }
        };
        this.retire_roles(&desired, &plan, response).await?;
        this.finish(&desired, have, plan, response).await
    }

    async fn delete(
        &self,
        request: Delete<BridgeFunctionModel>,
        _response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let state = &request.state;
        if state.destroy.skips() {
            return Ok(());
        }
        let this = self.at(&state.region, TimeoutsModel::delete(&state.timeouts, TIMEOUTS));
        let aws = &this.clients.aws;
        this.look_at_interfaces(state).await?;
        // The function first: what it writes and runs as must outlive it.
        if let (Some(_), Some(name)) = (state.arn.known(), state.name.known()) {
            this.leave_security_groups(name, state).await?;
            aws.lambda
                .delete_function(name)
                .await
                .map_err(|error| cannot(&format!("delete Lambda function {name:?}"), &error))?;
        }
        this.wait_for_interfaces(state).await?;
        for arn in state.managed_role_arn().into_iter().chain(&state.role.former()) {
            this.delete_role(names::role_of_arn(arn)).await?;
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

/// A function, and what belongs to it and is not among its settings, as it is there.
#[derive(Debug)]
struct Companions {
    function: LambdaFunction,
    triggers: Value<Vec<AllowedTriggerModel>>,
    function_url: Value<FunctionUrlModel>,
    event_invoke_config: Value<EventInvokeConfigModel>,
}

impl Companions {
    /// Of a function that was just made.
    fn of_new(function: LambdaFunction) -> Self {
        let (triggers, function_url, event_invoke_config) = Default::default();
        Self { function, triggers, function_url, event_invoke_config }
    }
}

impl BridgeFunction {
    /// The plan, with a name where one is to be made up.
    async fn named(&self, plan: BridgeFunctionModel) -> Result<BridgeFunctionModel, Diagnostic> {
        if !plan.name.is_unknown() {
            return Ok(plan);
        }
        let name = made_up_name(plan.name_prefix.require("name_prefix")?);
        let named = BridgeFunctionModel { name: Value::Known(name), ..plan };
        Ok(plan::derive(named, None, &self.caller().await?))
    }

    /// Makes what belongs to the function as planned, and records the whole.
    async fn finish(
        &self,
        desired: &Desired,
        have: Companions,
        mut plan: BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (name, account) = (&desired.name, &desired.account);
        plan.code.fill_in(&have.function);
        if plan.versions.last_modified.is_unknown() {
            plan.versions.last_modified = have.function.last_modified.as_str().into();
        }
        let code = plan.code.clone();
        self.record(response, |state| state.code = code);
        self.publish(&have.function, &mut plan, response).await?;
        self.reserve_concurrency(name, have.function.reserved_concurrency, &plan).await?;
        let events = &have.event_invoke_config;
        self.change_event_invoke_config(name, events, &plan, response).await?;
        self.change_triggers(name, account, &have.triggers, &plan.allowed_triggers).await?;
        self.change_url(name, &have.function_url, &mut plan, response).await?;
        response.set_state(plan);
        Ok(())
    }
}

/// What of the three objects is there.
async fn observe(aws: &Aws, name: &str, state: &BridgeFunctionModel) -> Result<Observed, AwsError> {
    let function = aws.lambda.find_function(name).await?;
    // One that state does not know of is this bridge's only if this provider made it.
    let known = state.arn.known().is_some();
    let function = function.filter(|found| known || is_our_function(found));
    let role = role::Found::look(&aws.iam, state, function.as_ref()).await?;
    let (mut log_group, mut adoptable_log_group) = (None, None);
    match state.log_group_name.known() {
        Some(name) => log_group = aws.logs.find_log_group(name).await?,
        None => adoptable_log_group = find_adoptable_log_group(aws, function.as_ref()).await?,
    }
    let triggers = state.allowed_triggers.known().is_some_and(|blocks| !blocks.is_empty());
    let permissions = match &function {
        Some(function) if triggers => aws.lambda.find_permissions(&function.name).await?,
        _ => Vec::new(),
    };
    let (mut url, mut event_invoke_config) = (None, None);
    let (mut code_signing_config_arn, mut version) = (None, None);
    if let Some(function) = &function {
        version = versions::find_newest(&aws.lambda, &function.name, state).await?;
        if !state.code.code_signing_config_arn.is_null() {
            code_signing_config_arn = aws.lambda.find_code_signing_config(&function.name).await?;
        }
        url = function_url::observe(&aws.lambda, &function.name, state).await?;
        if !state.event_invoke_config.is_null() {
            event_invoke_config = aws.lambda.find_event_invoke_config(&function.name).await?;
        }
    }
    Ok(Observed {
        function,
        role,
        log_group,
        adoptable_log_group,
        permissions,
        url,
        event_invoke_config,
        code_signing_config_arn,
        version,
    })
}
