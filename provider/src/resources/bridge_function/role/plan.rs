//! Which role a plan means.

use tf_framework::{Diagnostic, Plan, Value};

use super::super::{BridgeFunctionModel, names};
use crate::arn::Arn;
use crate::aws::CallerIdentity;
use crate::aws::iam::Iam;
use crate::trust_policy::oidc_provider_arn;

/// ARN of the role that the bridge of this name and region is to run as.
pub(in super::super) fn planned_arn(
    named: &BridgeFunctionModel,
    prior: Option<&BridgeFunctionModel>,
    caller: &CallerIdentity,
) -> Value<String> {
    let wanted = &named.role;
    if !wanted.role_arn.is_null() {
        return wanted.role_arn.clone();
    }
    if let Some(prior) = prior
        && let Some(arn) = prior.managed_role_arn()
        && prior.role.role_name == wanted.role_name
        && prior.role.role_path == wanted.role_path
        && prior.name == named.name
    {
        return Value::Known(arn.clone());
    }
    let name = match (&wanted.role_name, &named.name, &named.region) {
        (Value::Known(name), ..) => name.clone(),
        (Value::Null, Value::Known(name), Value::Known(region)) => names::role_name(name, region),
        _ => return Value::Unknown,
    };
    let path = match &wanted.role_path {
        Value::Known(path) => path,
        Value::Null => "/",
        Value::Unknown => return Value::Unknown,
    };
    let CallerIdentity { partition, account_id, .. } = caller;
    Value::Known(format!("arn:{partition}:iam::{account_id}:role{path}{name}"))
}

/// What there is to say of a role of the practitioner's own, before anything runs as it.
pub(in super::super) async fn look_at_own_role(
    iam: &Iam,
    plan: &mut Plan<BridgeFunctionModel>,
    caller: &CallerIdentity,
) -> Result<(), Diagnostic> {
    let Some(arn) = plan.config.role.role_arn.known() else { return Ok(()) };
    let account = Arn::parse(arn).map_or("", |arn| arn.account);
    let CallerIdentity { partition, account_id, .. } = caller;
    if account != account_id {
        return Err(Diagnostic::error(
            "Not a role of this account",
            format!(
                "role_arn is of account {account}, and the bridge of account {account_id}: Lambda \
                 runs functions as roles of their own account only."
            ),
        )
        .at("role_arn"));
    }
    // Whoever may not look, or looks before the role is made, applies all the same.
    let Ok(Some(role)) = iam.find_role(names::role_of_arn(arn)).await else { return Ok(()) };
    let modal = oidc_provider_arn(partition, account_id);
    if role.trust_policy.to_string().contains(&format!("\"{modal}\"")) {
        plan.push(
            Diagnostic::warning(
                "Modal functions may assume the bridge's role",
                format!(
                    "The role {:?} trusts {modal}, so that code that runs in Modal may do all that \
                     the bridge may: read the Modal token, and poll its queues. Give the bridge \
                     another role, or leave out role_arn for one of its own.",
                    role.name
                ),
            )
            .at("role_arn"),
        );
    }
    Ok(())
}
