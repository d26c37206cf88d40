//! What a plan knows beyond the schema: names, ARNs, the role and its policy, the code.

use tf_framework::{Diagnostic, Plan, Value};

use super::role::RoleModel;
use super::{
    BridgeFunction, BridgeFunctionModel, MAX_ENVIRONMENT, concurrency, desired, function_url,
    log_group, names, role, schema,
};
use crate::aws::CallerIdentity;
use crate::aws::lambda::invoke_arn;
use crate::resources::cannot::cannot;
use crate::resources::region;
use crate::sentence::sentence;

impl BridgeFunction {
    pub(super) async fn complete(
        &self,
        plan: &mut Plan<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let clients = &self.clients;
        let caller = self.caller().await?;
        let prior_region = plan.prior.as_ref().map(|prior| &prior.region);
        let region = region::planned(&plan.config.region, prior_region, &clients.aws.region)?;
        let name = planned_name(plan);
        let environment_name = self.environment_name(&plan.config.environment_name)?;
        role::look_at_own_role(&clients.aws.iam, plan, &caller).await?;

        let named = BridgeFunctionModel { name, region, environment_name, ..plan.config.clone() };
        let named = derive(named, plan.prior.as_ref(), &caller);
        self.check_environment(&named)?;
        self.verify(plan, &named).await?;
        concurrency::warn_of_mappings(&clients.aws_in(&named.region).lambda, plan).await;
        if let (Some(region), Some(name)) = (named.region.known(), named.name.known()) {
            let before = plan.prior.as_ref().map(|prior| &prior.execution_role_arn);
            let moves = before != Some(&named.execution_role_arn);
            clients.moving_roles.note(region, name, moves);
        }
        let next = BridgeFunctionModel {
            name: named.name.clone(),
            environment_name: named.environment_name.clone(),
            arn: named.arn.clone(),
            execution_role_arn: named.execution_role_arn.clone(),
            log_group_name: named.log_group_name.clone(),
            timeout: plan.config.timeout_or_default(),
            modal_server_url: clients.modal_server_url.clone().into(),
            tags_all: clients.tag_rules.planned(&plan.config.tags),
            ..plan.planned.clone()
        };
        plan.set("region", named.region);
        plan.set("name", named.name);
        plan.set("environment_name", named.environment_name);
        plan.set("function_name", named.function_name);
        plan.set("arn", named.arn);
        plan.set("invoke_arn", named.invoke_arn);
        plan.set("execution_role_arn", named.execution_role_arn);
        plan.set("execution_role_name", named.role.execution_role_name);
        plan.set("execution_role_policy", named.execution_role_policy);
        plan.set("former_execution_role_arns", named.role.former_execution_role_arns);
        plan.set("log_group_name", named.log_group_name);
        plan.set("log_group_arn", named.log_group_arn);
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
        self.plan_code(plan, next)
    }

    pub(super) async fn caller(&self) -> Result<CallerIdentity, Diagnostic> {
        let caller = self.clients.aws.caller.identity().await;
        caller.map_err(|error| cannot("find out whose AWS account this is", &error))
    }

    /// The Modal environment that is meant.
    fn environment_name(&self, config: &Value<String>) -> Result<Value<String>, Diagnostic> {
        if !config.is_null() {
            return Ok(config.clone());
        }
        let refused = |reason: String| {
            Diagnostic::error("Cannot find out the Modal environment", reason)
                .at("environment_name")
        };
        let own = self.clients.modal.settings().environment();
        let own = own.map_err(|error| refused(sentence(&error)))?;
        let name = own.unwrap_or_else(|| "main".to_owned());
        schema::check_environment(&name).map_err(|reason| {
            refused(format!(
                "The provider's {name:?} {reason} Set modal_environment, MODAL_ENVIRONMENT or \
                 environment_name."
            ))
        })?;
        Ok(Value::Known(name))
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

/// Made once, at create, and then kept.
fn planned_name(plan: &mut Plan<BridgeFunctionModel>) -> Value<String> {
    let (prefix, prior) = (&plan.config.name_prefix, &plan.prior);
    let kept = prior.as_ref().map(|prior| &prior.name);
    match (&plan.config.name, kept) {
        (Value::Known(name), _) => Value::Known(name.clone()),
        (Value::Unknown, _) => Value::Unknown,
        (Value::Null, Some(Value::Known(name))) => {
            let fits = match prefix {
                Value::Null => true,
                // That of an imported bridge nobody knows.
                Value::Known(prefix) => name.starts_with(prefix),
                Value::Unknown => false,
            };
            if fits {
                return Value::Known(name.clone());
            }
            plan.require_replace("name_prefix");
            Value::Unknown
        }
        (Value::Null, _) if prefix.is_null() => names::function_name(&plan.config),
        (Value::Null, _) => Value::Unknown,
    }
}

/// Fills in what follows from the name, the region and the role of a bridge.
pub(super) fn derive(
    named: BridgeFunctionModel,
    prior: Option<&BridgeFunctionModel>,
    caller: &CallerIdentity,
) -> BridgeFunctionModel {
    let CallerIdentity { partition, account_id, .. } = caller;
    let arn = match (&named.name, &named.region) {
        (Value::Known(name), Value::Known(region)) => {
            Value::Known(format!("arn:{partition}:lambda:{region}:{account_id}:function:{name}"))
        }
        _ => Value::Unknown,
    };
    let role_arn = role::planned_arn(&named, prior, caller);
    let log_group_name = named.name.clone().map(|name| names::log_group_name(&name));
    let policy = arn.known().and_then(|arn| desired::role_policy(&named, arn));
    BridgeFunctionModel {
        function_name: named.name.clone(),
        invoke_arn: arn.clone().map(|arn| invoke_arn(&arn)),
        log_group_arn: match (&arn, &log_group_name) {
            (Value::Known(arn), Value::Known(name)) => {
                desired::log_group_arn(arn, name).ok().into()
            }
            _ => Value::Unknown,
        },
        log_group_name,
        role: RoleModel {
            execution_role_name: role_arn.clone().map(|arn| names::role_of_arn(&arn).to_owned()),
            former_execution_role_arns: Value::Null,
            ..named.role
        },
        execution_role_arn: role_arn,
        execution_role_policy: policy
            .map_or(Value::Unknown, |policy| Value::Known(policy.to_string())),
        arn,
        ..named
    }
}
