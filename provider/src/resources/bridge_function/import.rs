//! Bridges that Terraform does not know yet: looked up as AWS has them.

use tf_framework::{Diagnostic, ImportBy, Value};

use super::observed::Observed;
use super::ours::{
    find_adoptable_log_group, is_bridge, is_our_role, is_role_of, is_tagged_log_group_of,
};
use super::{BridgeFunction, BridgeFunctionIdentity, BridgeFunctionModel, names, role};
use crate::arn::Arn;
use crate::aws::iam::Role;
use crate::aws::{Aws, AwsError};
use crate::resources::cannot::cannot;
use crate::resources::region;

impl BridgeFunction {
    /// The state of the bridge that a practitioner names.
    pub(super) async fn import_by(
        &self,
        by: ImportBy<BridgeFunctionIdentity>,
    ) -> Result<BridgeFunctionModel, Diagnostic> {
        let attempt = |name: &str| format!("import bridge function {name:?}");
        let (name, region) = match by {
            ImportBy::Id(id) => region::of_import_id(&id),
            ImportBy::Identity(identity) => {
                let name = identity.name.require("name")?.clone();
                identity.check(&self.clients.aws, &attempt(&name)).await?;
                (name, identity.region)
            }
        };
        let (name, role_name) = match name.split_once('/') {
            Some((name, role_name)) => (name, Some(role_name)),
            None => (name.as_str(), None),
        };
        let attempt = attempt(name);
        let aws = self.clients.aws_in(&region);
        let found = look_up(&aws, name, role_name).await;
        let (found, state) = found.map_err(|error| cannot(&attempt, &error))?;
        if found.function.as_ref().is_some_and(|function| !is_bridge(function)) {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                "This Lambda function is no bridge: its environment variables do not say which \
                 Modal function it calls.",
            ));
        }
        found.model(state, &self.clients.tag_rules).ok_or_else(|| {
            Diagnostic::error(
                format!("Cannot {attempt}"),
                format!(
                    "There is no such Lambda function in this account in {}. The id to import \
                     by is its name, or name@region.",
                    aws.region
                ),
            )
        })
    }

    /// A bridge that nobody described yet, as state; `None` when nothing has this name.
    pub(crate) async fn find(
        &self,
        name: &str,
        region: &Value<String>,
    ) -> Result<Option<BridgeFunctionModel>, AwsError> {
        let aws = self.clients.aws_in(region);
        let (found, state) = look_up(&aws, name, None).await?;
        Ok(found.model(state, &self.clients.tag_rules))
    }
}

/// What there is to know of a bridge while nothing but its name is.
fn nothing(name: &str, aws: &Aws) -> BridgeFunctionModel {
    BridgeFunctionModel {
        name: name.into(),
        region: aws.region.as_str().into(),
        // AWS does not know it.
        verify_function: Value::Known(false),
        ..BridgeFunctionModel::default()
    }
}

/// Of the function that has this name, in the account of the role.
fn function_arn(role: &Role, name: &str, aws: &Aws) -> String {
    let (partition, account) =
        Arn::parse(&role.arn).map_or(("", ""), |arn| (arn.partition, arn.account));
    format!("arn:{partition}:lambda:{}:{account}:function:{name}", aws.region)
}

/// What of the three objects is there, and the state by which it is the bridge's. The role is only if
/// this provider made it: others may use that of a function that was made elsewhere, which is then
/// said to be what the bridge runs as. Where there is no function yet, `role_name` is that of the role
/// which a create has left that was killed.
async fn look_up(
    aws: &Aws,
    name: &str,
    role_name: Option<&str>,
) -> Result<(Observed, BridgeFunctionModel), AwsError> {
    let mut state = nothing(name, aws);
    let function = aws.lambda.find_function(name).await?;
    let derived = names::role_name(name, &aws.region);
    let role_name = match &function {
        Some(function) => names::role_of_arn(&function.settings.role_arn),
        None => role_name.unwrap_or(&derived),
    };
    if let Some(role) = aws.iam.find_role(role_name).await? {
        let is_meant = function.is_some() || role_name == derived;
        if is_our_role(&role) && (is_meant || is_role_of(&function_arn(&role, name, aws), &role)) {
            state.role.role_name = Some(role.name).filter(|name| *name != derived).into();
            state.role.role_path = Some(role.path).filter(|path| path != "/").into();
            state.execution_role_arn = Value::Known(role.arn);
        } else if function.is_some() {
            state.role.role_arn = role.arn.as_str().into();
            state.execution_role_arn = Value::Known(role.arn);
        }
    }
    let role = role::Found::look(&aws.iam, &state, function.as_ref()).await?;
    let log_group = match &function {
        Some(function) => function.settings.logging.group.clone(),
        None => names::log_group_name(name),
    };
    let log_group = aws.logs.find_log_group(&log_group).await?;
    let log_group = log_group.filter(|found| is_tagged_log_group_of(name, found));
    let adoptable_log_group = match &log_group {
        Some(_) => None,
        None => find_adoptable_log_group(aws, function.as_ref()).await?,
    };
    let version = match &function {
        Some(function) => Some(aws.lambda.newest_version(&function.name).await?),
        None => None,
    };
    let found =
        Observed { function, role, log_group, adoptable_log_group, version, ..Observed::default() };
    Ok((found, state))
}
