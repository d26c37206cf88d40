//! What IAM holds of a bridge's roles, as state.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tf_framework::Value;

use super::super::ours::is_role_of;
use super::super::{BridgeFunctionModel, names};
use super::RoleModel;
use crate::aws::iam::{Iam, Role};
use crate::aws::lambda::LambdaFunction;
use crate::aws::{AwsError, Fault};
use crate::execution_policy::{POLICY_NAME, lambda_trust_policy};
use crate::policy_document::equivalent;

/// The roles of a bridge that are this resource's, as far as they are there.
#[derive(Debug, Default)]
pub(in super::super) struct Found {
    pub role: Option<Role>,
    pub policy: Option<Json>,
    pub attached: BTreeSet<String>,
    pub former: BTreeSet<String>,
}

impl Found {
    /// Looks for those that the state names, and for what `function` runs as where that is another.
    pub(in super::super) async fn look(
        iam: &Iam,
        state: &BridgeFunctionModel,
        function: Option<&LambdaFunction>,
    ) -> Result<Self, AwsError> {
        let mut found = Self::default();
        for arn in state.role.former() {
            let there = iam.find_role(names::role_of_arn(&arn)).await?;
            if there.is_some_and(|role| role.arn == arn) {
                found.former.insert(arn);
            }
        }
        if let Some(LambdaFunction { arn: bridge, settings, .. }) = function
            && state.execution_role_arn.known() != Some(&settings.role_arn)
            && !found.former.contains(&settings.role_arn)
        {
            let runs_as = names::role_of_arn(&settings.role_arn);
            found.former.extend(find_role_of(iam, runs_as, bridge).await?);
        }
        let Some(arn) = state.managed_role_arn() else { return Ok(found) };
        let Some(role) = iam.find_role(names::role_of_arn(arn)).await? else { return Ok(found) };
        if role.arn != *arn {
            let Some(bridge) = state.arn.known().filter(|bridge| is_role_of(bridge, &role)) else {
                return Ok(found);
            };
            // It was made anew, with another path, and what stood in for it may be there.
            let stand_in = names::stand_in_name(bridge);
            found.former.extend(find_role_of(iam, &stand_in, bridge).await?);
            found.former.remove(&role.arn);
        }
        found.policy = iam.find_role_policy(&role.name, POLICY_NAME).await?;
        if state.role.additional_policy_arns.known().is_some_and(|arns| !arns.is_empty()) {
            found.attached = iam.list_attached_policies(&role.name).await?.into_iter().collect();
        }
        found.role = Some(role);
        Ok(found)
    }

    /// Whether any of them is there.
    pub(in super::super) fn is_anything(&self) -> bool {
        self.role.is_some() || !self.former.is_empty()
    }

    /// The policy that counts: a role that Lambda cannot assume, or others can, is as good as one
    /// without.
    pub(in super::super) fn trusted_policy(&self) -> Option<&Json> {
        let trusted = |role: &&Role| equivalent(&role.trust_policy, &lambda_trust_policy());
        self.role.as_ref().filter(trusted).and(self.policy.as_ref())
    }

    /// The state with what is there. `actual` is what the function runs as.
    pub(in super::super) fn put_into(
        self,
        state: BridgeFunctionModel,
        actual: Option<&str>,
    ) -> BridgeFunctionModel {
        let Self { role, attached, former, .. } = self;
        let before = &state.role;
        if state.runs_as_own_role() {
            let arn = actual.map_or_else(|| state.execution_role_arn.clone(), Value::from);
            let role = RoleModel {
                role_arn: arn.clone(),
                execution_role_name: arn.clone().map(|arn| names::role_of_arn(&arn).to_owned()),
                former_execution_role_arns: some(former),
                ..before.clone()
            };
            return BridgeFunctionModel { execution_role_arn: arn, role, ..state };
        }
        // Shows as a role that nobody asked for. Those that were the bridge's before, or stood in
        // for another, are on their way out anyhow.
        let known = state.execution_role_arn.known();
        let expected = role.as_ref().map(|role| &role.arn).or(known);
        let strange =
            |arn: &&str| expected.is_some_and(|expected| expected != arn) && !former.contains(*arn);
        let model = RoleModel {
            role_arn: actual.filter(strange).map(str::to_owned).into(),
            former_execution_role_arns: some(former.clone()),
            ..before.clone()
        };
        let Some(role) = role else {
            let model = RoleModel { execution_role_name: Value::Null, ..model };
            return BridgeFunctionModel { execution_role_arn: Value::Null, role: model, ..state };
        };
        let role_path = if known == Some(&role.arn) {
            before.role_path.clone()
        } else {
            Some(role.path).filter(|path| path != "/").into()
        };
        let model = RoleModel {
            role_path,
            execution_role_name: Value::Known(role.name),
            permissions_boundary: role.permissions_boundary.into(),
            additional_policy_arns: match &before.additional_policy_arns {
                Value::Known(ours) => Value::Known(attached.intersection(ours).cloned().collect()),
                other => other.clone(),
            },
            ..model
        };
        BridgeFunctionModel { execution_role_arn: Value::Known(role.arn), role: model, ..state }
    }
}

/// The ARN of this role of the bridge with that ARN. Roles that only a killed apply knew of are told by
/// the tag that they were made with. One that nobody may look at is somebody else's.
async fn find_role_of(iam: &Iam, name: &str, bridge: &str) -> Result<Option<String>, AwsError> {
    match iam.find_role(name).await {
        Ok(found) => Ok(found.filter(|role| is_role_of(bridge, role)).map(|role| role.arn)),
        Err(error) if error.fault == Fault::AccessDenied => Ok(None),
        Err(error) => Err(error),
    }
}

/// Null for none.
fn some(arns: BTreeSet<String>) -> Value<BTreeSet<String>> {
    Some(arns).filter(|arns| !arns.is_empty()).into()
}
