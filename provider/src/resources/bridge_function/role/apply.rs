//! Making, changing and replacing the role that a bridge runs as.

use std::collections::BTreeSet;

use tf_framework::{Diagnostic, Response, Value};

use super::super::desired::{Desired, ManagedRole};
use super::super::ours::role_is_in_use;
use super::super::{BridgeFunction, BridgeFunctionModel, names};
use crate::aws::iam::{NewRole, Role};
use crate::aws::lambda::LambdaFunction;
use crate::aws::{AwsError, Fault};
use crate::execution_policy::POLICY_NAME;
use crate::resources::cannot::cannot;
use crate::tags::{TagChanges, visible};

impl BridgeFunction {
    /// Makes the role of a new bridge, or one in place of the role that `response` tells of, which
    /// is then a former one. Of the one that was `left` it makes what it should be; into a new one goes
    /// what others have put on `source`.
    pub(in super::super) async fn make_role(
        &self,
        managed: &ManagedRole,
        left: Option<Role>,
        source: Option<&str>,
        plan: &BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let before = response.state().and_then(|state| state.managed_role_arn().cloned());
        let role = match &left {
            Some(left) => left.clone(),
            None => self.create_role(&managed.role, plan).await?,
        };
        self.record(response, |state| {
            let mut former = state.role.former();
            former.extend(before);
            // A role that had this name is gone.
            former.retain(|arn| names::role_of_arn(arn) != role.name);
            let none = plan.role.additional_policy_arns.clone().map(|_| BTreeSet::new());
            state.execution_role_arn = Value::Known(role.arn);
            state.execution_role_policy = Value::Null;
            state.role = plan.role.clone();
            state.role.execution_role_name = Value::Known(role.name);
            state.role.additional_policy_arns = none;
            state.role.former_execution_role_arns =
                Some(former).filter(|arns| !arns.is_empty()).into();
        });
        let name = &managed.role.name;
        let mut attached = BTreeSet::new();
        if let Some(left) = left {
            let tags = self.clients.tag_rules.changes(&left.tags, &visible(&managed.role.tags));
            self.set_up_role(&managed.role, left.permissions_boundary.as_ref(), &tags).await?;
            let found = self.clients.aws.iam.list_attached_policies(name).await;
            let failed = |error| cannot(&format!("read execution role {name:?}"), &error);
            attached.extend(found.map_err(failed)?);
        }
        self.copy_policies(source, name).await?;
        self.write_role_policy(name, managed).await?;
        let policy = managed.policy.to_string();
        self.record(response, |state| state.execution_role_policy = Value::Known(policy));
        self.change_attached(managed, &attached, response).await
    }

    async fn create_role(
        &self,
        role: &NewRole,
        plan: &BridgeFunctionModel,
    ) -> Result<Role, Diagnostic> {
        let created = self.clients.aws.iam.create_role(role).await;
        created.map_err(|error| {
            let at = match error.fault {
                // Nothing else is looked for.
                Fault::NotFound => "permissions_boundary",
                _ if plan.role.role_name.is_null() => "name",
                _ => "role_name",
            };
            cannot(&format!("create execution role {:?}", role.name), &error).at(at)
        })
    }

    /// Sees to it that the role is there that the function is to run as. Where it must be made anew
    /// under a name that the function has to do with, another role stands in meanwhile: there are
    /// never two of a name, and Lambda knows a new role of an old name only when the function has
    /// moved to it from another. (AWS Lambda: the grant for the key of the environment variables is
    /// the old role's.)
    pub(in super::super) async fn provide_role(
        &self,
        desired: &Desired,
        prior: &BridgeFunctionModel,
        plan: &BridgeFunctionModel,
        function: Option<&mut LambdaFunction>,
        tags: &TagChanges,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let mut runs_as = function.as_ref().map(|function| function.settings.role_arn.clone());
        // A refresh finds the stand-in of a killed apply, and there may have been none.
        if let Some(arn) = &runs_as
            && names::role_of_arn(arn) == desired.stand_in_name
            && self.find_left_role(&desired.stand_in_name, &desired.arn).await?.is_some()
        {
            self.record_former(arn, response);
        }
        let Some(managed) = &desired.role else { return Ok(()) };
        let (name, before) = (&managed.role.name, prior.managed_role_arn());
        let former = response.state().map(|state| state.role.former()).unwrap_or_default();
        if before == Some(&desired.settings.role_arn) {
            // An apply that ended before the function moved may not have come to this.
            let source = runs_as.filter(|arn| former.contains(arn));
            self.copy_policies(source.as_deref(), name).await?;
            return self.update_role(managed, prior, tags, response).await;
        }
        let of_this_name = |arn: &str| names::role_of_arn(arn) == name;
        let replaced = before.filter(|arn| of_this_name(arn));
        let left = match replaced {
            Some(_) => None,
            None => self.find_left_role(name, &desired.arn).await?,
        };
        if let Some(left) = left.as_ref().filter(|left| runs_as.as_ref() == Some(&left.arn)) {
            if !former.contains(&left.arn) {
                return Err(role_is_in_use(name));
            }
            if left.arn == desired.settings.role_arn {
                return self.make_role(managed, Some(left.clone()), None, plan, response).await;
            }
        }
        if let Some(function) = function
            && of_this_name(&function.settings.role_arn)
        {
            self.move_to_stand_in(desired, managed, plan, function, response).await?;
            runs_as = Some(function.settings.role_arn.clone());
        }
        if replaced.is_some() || left.is_some() {
            self.delete_role(name).await?;
        }
        if replaced.is_some() {
            self.record(response, |state| state.execution_role_arn = Value::Null);
        }
        let former = response.state().map(|state| state.role.former()).unwrap_or_default();
        let source = runs_as.filter(|arn| former.contains(arn));
        let source = source.or_else(|| before.filter(|_| replaced.is_none()).cloned());
        self.make_role(managed, None, source.as_deref(), plan, response).await
    }

    fn record_former(&self, arn: &str, response: &mut Response<BridgeFunctionModel>) {
        self.record(response, |state| {
            let former = state.role.former().into_iter().chain([arn.to_owned()]).collect();
            state.role.former_execution_role_arns = Value::Known(former);
        });
    }

    /// Lets the function run as a role like the one that is meant, under another name.
    async fn move_to_stand_in(
        &self,
        desired: &Desired,
        managed: &ManagedRole,
        plan: &BridgeFunctionModel,
        function: &mut LambdaFunction,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let name = &desired.stand_in_name;
        let stand_in = ManagedRole {
            role: NewRole { name: name.clone(), ..managed.role.clone() },
            ..managed.clone()
        };
        if self.find_left_role(name, &desired.arn).await?.is_some() {
            self.delete_role(name).await?;
        }
        let created = self.create_role(&stand_in.role, plan).await?;
        self.record_former(&created.arn, response);
        let before = response.state().and_then(|state| state.managed_role_arn().cloned());
        self.copy_policies(before.as_deref(), name).await?;
        self.write_role_policy(name, &stand_in).await?;
        for arn in &stand_in.attached {
            self.attach(name, arn).await?;
        }
        let (lambda, function_name) = (&self.clients.aws.lambda, &desired.name);
        let attempt = format!("update Lambda function {function_name:?}");
        function.settings.role_arn = created.arn;
        let updated = lambda.update_settings(function_name, &function.settings).await;
        updated.map_err(|error| cannot(&attempt, &error))?;
        self.wait_until_ready(function_name, &attempt).await.map(drop)
    }

    /// Writes what differs.
    async fn update_role(
        &self,
        managed: &ManagedRole,
        prior: &BridgeFunctionModel,
        tags: &TagChanges,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let role = &managed.role;
        self.set_up_role(role, prior.role.permissions_boundary.known(), tags).await?;
        self.write_role_policy(&role.name, managed).await?;
        let before = prior.role.additional_policy_arns.known().cloned().unwrap_or_default();
        self.change_attached(managed, &before, response).await
    }

    /// Writes what of a role differs, but for its policies. `bounded` is the boundary that it has.
    async fn set_up_role(
        &self,
        role: &NewRole,
        bounded: Option<&String>,
        tags: &TagChanges,
    ) -> Result<(), Diagnostic> {
        let iam = &self.clients.aws.iam;
        let attempt = format!("update execution role {:?}", role.name);
        // First: what is widened afterwards is within the bounds already.
        if bounded != role.permissions_boundary.as_ref() {
            let boundary = role.permissions_boundary.as_deref();
            let set = iam.set_permissions_boundary(&role.name, boundary).await;
            set.map_err(|error| cannot(&attempt, &error).at("permissions_boundary"))?;
        }
        let trusted = iam.set_trust_policy(&role.name, &role.trust_policy).await;
        trusted.map_err(|error| cannot(&attempt, &error))?;
        let tagged = iam.change_role_tags(&role.name, tags).await;
        tagged.map_err(|error| cannot(&attempt, &error))
    }

    async fn write_role_policy(&self, name: &str, managed: &ManagedRole) -> Result<(), Diagnostic> {
        let written =
            self.clients.aws.iam.put_role_policy(name, POLICY_NAME, &managed.policy).await;
        written.map_err(|error| {
            cannot(&format!("write the policy of execution role {name:?}"), &error)
        })
    }

    /// Attaches and detaches what this resource is to attach; `before` is what it did. What it has
    /// attached is recorded one by one, for what is not known would stay.
    async fn change_attached(
        &self,
        managed: &ManagedRole,
        before: &BTreeSet<String>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let name = &managed.role.name;
        let mut attached = before.clone();
        for arn in managed.attached.difference(before) {
            self.attach(name, arn).await?;
            attached.insert(arn.clone());
            self.record_attached(&attached, response);
        }
        for arn in before.difference(&managed.attached) {
            let detached = self.clients.aws.iam.detach_policy(name, arn).await;
            detached.map_err(|error| {
                let attempt = format!("detach {arn} from execution role {name:?}");
                cannot(&attempt, &error).at("additional_policy_arns")
            })?;
            attached.remove(arn);
            self.record_attached(&attached, response);
        }
        Ok(())
    }

    fn record_attached(
        &self,
        attached: &BTreeSet<String>,
        response: &mut Response<BridgeFunctionModel>,
    ) {
        let arns = Value::Known(attached.clone());
        self.record(response, |state| state.role.additional_policy_arns = arns);
    }

    async fn attach(&self, name: &str, arn: &str) -> Result<(), Diagnostic> {
        self.clients.aws.iam.attach_policy(name, arn).await.map_err(|error| {
            let attempt = format!("attach {arn} to execution role {name:?}");
            cannot(&attempt, &error).at("additional_policy_arns")
        })
    }

    /// Takes along what other resources have put on the role: rights to poll, for example.
    async fn copy_policies(&self, from: Option<&str>, to: &str) -> Result<(), Diagnostic> {
        let Some(from) = from.map(names::role_of_arn) else { return Ok(()) };
        let iam = &self.clients.aws.iam;
        let attempt = format!("copy the inline policies of execution role {from:?} to {to:?}");
        let failed = |error: AwsError| cannot(&attempt, &error);
        for policy in iam.list_role_policies(from).await.map_err(failed)? {
            if policy == POLICY_NAME {
                continue;
            }
            if let Some(document) = iam.find_role_policy(from, &policy).await.map_err(failed)? {
                iam.put_role_policy(to, &policy, &document).await.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Deletes the roles that the function no longer runs as, once it runs as the one that is meant.
    pub(in super::super) async fn retire_roles(
        &self,
        desired: &Desired,
        plan: &BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let Some(state) = response.state() else { return Ok(()) };
        let mut former = state.role.former();
        if desired.role.is_none() {
            former.extend(state.managed_role_arn().cloned());
        }
        former.remove(&desired.settings.role_arn);
        while let Some(arn) = former.first().cloned() {
            let left = former.clone();
            self.record(response, |state| {
                state.execution_role_arn = desired.settings.role_arn.as_str().into();
                state.role = plan.role.clone();
                state.role.former_execution_role_arns = Value::Known(left);
            });
            self.delete_role(names::role_of_arn(&arn)).await?;
            former.remove(&arn);
        }
        Ok(())
    }

    /// Deletes a role of this resource.
    pub(in super::super) async fn delete_role(&self, name: &str) -> Result<(), Diagnostic> {
        let deleted = self.clients.aws.iam.delete_role(name, &[POLICY_NAME]).await;
        deleted.map_err(|error| cannot(&format!("delete execution role {name:?}"), &error))
    }
}
