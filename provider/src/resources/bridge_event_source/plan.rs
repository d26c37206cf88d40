//! What a plan knows better than the schema.

use tf_framework::{Diagnostic, Plan, Value};

use super::BridgeEventSourceModel;
use super::desired;
use super::visibility::Visibility;
use crate::arn::Arn;
use crate::provider::Clients;
use crate::resources::cannot::cannot;
use crate::resources::region;

pub(super) async fn plan(
    clients: &Clients,
    plan: &mut Plan<BridgeEventSourceModel>,
) -> Result<(), Diagnostic> {
    let prior_region = plan.prior.as_ref().map(|prior| &prior.region);
    let region = region::planned(&plan.config.region, prior_region, &clients.aws.region)?;
    if let Some(region) = region.known() {
        check_region("bridge_name", &plan.config.bridge_name, region)?;
        check_region("event_source_arn", &plan.config.event_source_arn, region)?;
    }
    let function_arn = function_arn(clients, &plan.config.bridge_name, &region).await?;
    plan_rights(plan, role_moves(clients, &plan.config.bridge_name, &region));
    plan.set("region", region.clone());
    if let Some(arn) = function_arn {
        plan.set("function_arn", Value::Known(arn));
    }
    let tags_all = clients.tag_rules.planned(&plan.config.tags);
    if plan.prior.as_ref().is_some_and(|prior| prior.tags_all != tags_all) {
        forget_outputs(plan);
    }
    plan.set("tags_all", tags_all);
    // A mapping that is gone comes back as another one.
    if plan.prior.as_ref().is_some_and(|prior| prior.arn.is_null()) {
        plan.set::<String>("uuid", Value::Unknown);
        plan.set::<String>("arn", Value::Unknown);
        forget_outputs(plan);
        plan.require_replace("arn");
    }
    if let Some(warning) = visibility(clients, &plan.config, &region).await {
        plan.push(warning);
    }
    Ok(())
}

/// Whether the bridge will have another role after the apply.
fn role_moves(clients: &Clients, bridge: &Value<String>, region: &Value<String>) -> bool {
    let (Value::Known(bridge), Value::Known(region)) = (bridge, region) else { return false };
    let arn = Arn::parse(bridge);
    let name = arn.and_then(|arn| arn.resource.strip_prefix("function:")).unwrap_or(bridge);
    let name = name.split(':').next().unwrap_or(name);
    clients.moving_roles.has(region, name)
}

/// What the role will be allowed. On which role, only the function says.
fn plan_rights(plan: &mut Plan<BridgeEventSourceModel>, role_moves: bool) {
    let policy = desired::policy(&plan.config).map(|policy| policy.to_string());
    let prior = plan.prior.clone().unwrap_or_default();
    let (role, name) = match &policy {
        Value::Null => (Value::Null, Value::Null),
        Value::Known(_) if prior.execution_role_policy == policy && !role_moves => {
            (prior.execution_role_name, prior.execution_role_policy_name)
        }
        _ => (Value::Unknown, Value::Unknown),
    };
    if prior.execution_role_policy != policy || (role_moves && !policy.is_null()) {
        forget_outputs(plan);
    }
    plan.set("execution_role_name", role);
    plan.set("execution_role_policy_name", name);
    plan.set("execution_role_policy", policy);
}

/// What Lambda may say otherwise whenever it is asked. The framework knows of changes in the
/// configuration alone.
fn forget_outputs(plan: &mut Plan<BridgeEventSourceModel>) {
    for name in ["state", "state_transition_reason", "last_modified", "last_processing_result"] {
        plan.set::<String>(name, Value::Unknown);
    }
}

/// Lambda polls for a function in the function's own region.
fn check_region(attribute: &str, arn: &Value<String>, region: &str) -> Result<(), Diagnostic> {
    let parsed = arn.known().and_then(|arn| Arn::parse(arn));
    match parsed {
        Some(arn) if !arn.region.is_empty() && arn.region != region => Err(Diagnostic::error(
            format!("Invalid value for {attribute}"),
            format!(
                "It is in {}, and this event source in {region}. Bridge, source and event source \
                 are in one region.",
                arn.region
            ),
        )
        .at(attribute)),
        _ => Ok(()),
    }
}

/// The function's ARN, where the configuration says it all.
async fn function_arn(
    clients: &Clients,
    bridge: &Value<String>,
    region: &Value<String>,
) -> Result<Option<String>, Diagnostic> {
    let (Value::Known(bridge), Value::Known(region)) = (bridge, region) else { return Ok(None) };
    if let Some(arn) = Arn::parse(bridge) {
        // How Lambda writes a version or alias, Lambda says.
        let is_plain = arn.resource.matches(':').count() == 1;
        return Ok(is_plain.then(|| bridge.clone()));
    }
    let caller = clients.aws.caller.identity().await;
    let caller = caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
    let (partition, account) = (&caller.partition, &caller.account_id);
    Ok(Some(format!("arn:{partition}:lambda:{region}:{account}:function:{bridge}")))
}

/// What there is to say of queue and bridge, where both are there and may be looked at.
async fn visibility(
    clients: &Clients,
    config: &BridgeEventSourceModel,
    region: &Value<String>,
) -> Option<Diagnostic> {
    let window = config.maximum_batching_window_in_seconds.known().copied().unwrap_or_default();
    let (source_arn, bridge) = (config.event_source_arn.known()?, config.bridge_name.known()?);
    if region.is_unknown() || !super::source::Source::of(source_arn)?.is_queue() {
        return None;
    }
    let aws = clients.aws_in(region);
    let function = aws.lambda.find_function(bridge).await.ok()??;
    Visibility::of(&aws, source_arn, &function, window).await.ok()??.warning()
}
