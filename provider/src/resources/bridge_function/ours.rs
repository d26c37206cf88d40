//! Telling the objects that this provider made from those of others.
//!
//! Nothing is a bridge's because it has the right name.

use bridge_contract::BridgeConfig;
use tf_framework::Diagnostic;

use super::desired::Desired;
use super::{BridgeFunction, names};
use crate::aws::iam::Role;
use crate::aws::lambda::LambdaFunction;
use crate::aws::logs::LogGroup;
use crate::aws::{Aws, AwsError};
use crate::resources::cannot::cannot;
use crate::tags::{CREATE_NONCE, OWNER};

/// What the function calls, whoever made it: its environment variables say so. `None` for one that
/// does not call Modal.
pub(crate) fn bridge_config(function: &LambdaFunction) -> Option<BridgeConfig> {
    let variables = &function.settings.variables;
    BridgeConfig::from_vars(|name| variables.get(name).cloned()).ok()
}

/// Whether the function is a bridge.
pub(super) fn is_bridge(function: &LambdaFunction) -> bool {
    bridge_config(function).is_some()
}

/// Whether this provider made the function.
pub(super) fn is_our_function(function: &LambdaFunction) -> bool {
    function.tags.contains_key(CREATE_NONCE)
}

/// Whether this provider made the role.
pub(super) fn is_our_role(role: &Role) -> bool {
    role.tags.contains_key(CREATE_NONCE)
}

/// Whether the role is that of the bridge with this ARN, as its tags say.
pub(super) fn is_role_of(bridge: &str, role: &Role) -> bool {
    is_our_role(role) && role.tags.get(OWNER).is_some_and(|owner| owner == bridge)
}

/// Whether the log group is the bridge's, as its tag says.
pub(super) fn is_tagged_log_group_of(bridge: &str, log_group: &LogGroup) -> bool {
    log_group.tags.get(OWNER).is_some_and(|owner| owner == bridge)
}

/// Whether the log group is the one that Lambda makes for a function that finds none: which has its
/// name, which it writes to, and which no bridge's tag is on.
pub(super) fn is_made_by_lambda(function: &LambdaFunction, log_group: &LogGroup) -> bool {
    let usual = names::log_group_name(&function.name);
    function.settings.logging.group == usual
        && log_group.name == usual
        && !log_group.tags.contains_key(OWNER)
}

/// The log group that an apply adopts, of a function that somebody else made and that is a bridge of
/// Terraform's already: it is the bridge's when the apply has tagged it.
pub(super) async fn find_adoptable_log_group(
    aws: &Aws,
    function: Option<&LambdaFunction>,
) -> Result<Option<LogGroup>, AwsError> {
    let Some(function) = function.filter(|function| !is_our_function(function)) else {
        return Ok(None);
    };
    let found = aws.logs.find_log_group(&names::log_group_name(&function.name)).await?;
    Ok(found.filter(|found| is_made_by_lambda(function, found)))
}

impl BridgeFunction {
    /// Looks before anything is made. A create that fails over a taken name half-way leaves state
    /// behind, and what state knows cannot be imported.
    pub(super) async fn check_names_are_free(&self, desired: &Desired) -> Result<(), Diagnostic> {
        let (aws, name) = (&self.clients.aws, &desired.name);
        let attempt = format!("create bridge function {name:?}");
        let import_id = format!("{name}@{}", aws.region);
        let found = aws.lambda.find_function(name).await;
        if let Some(function) = found.map_err(|error| cannot(&attempt, &error))? {
            let taken = format!("There is a Lambda function {name:?} already.");
            return Err(if is_bridge(&function) {
                importable(&attempt, &taken, &import_id)
            } else {
                foreign(&attempt, &taken)
            });
        }
        let Some(managed) = &desired.role else { return Ok(()) };
        let role_name = &managed.role.name;
        let is_derived = *role_name == names::role_name(name, &aws.region);
        match self.find_role(role_name).await? {
            None => Ok(()),
            // Where there is no function, an import looks for the role.
            Some(role) if is_derived && is_our_role(&role) => {
                Err(importable(&attempt, &role_taken(role_name), &import_id))
            }
            Some(role) if is_role_of(&desired.arn, &role) => {
                let import_id = format!("{name}/{role_name}@{}", aws.region);
                Err(importable(&attempt, &role_taken(role_name), &import_id))
            }
            Some(_) if is_derived => Err(foreign(&attempt, &role_taken(role_name))),
            Some(_) => Err(role_is_taken(role_name)),
        }
    }

    /// The role of this name that an apply has left which was killed: it was made for the bridge with
    /// this ARN. Fails where it is another one.
    pub(super) async fn find_left_role(
        &self,
        name: &str,
        bridge: &str,
    ) -> Result<Option<Role>, Diagnostic> {
        match self.find_role(name).await? {
            Some(role) if !is_role_of(bridge, &role) => Err(role_is_taken(name)),
            found => Ok(found),
        }
    }

    async fn find_role(&self, name: &str) -> Result<Option<Role>, Diagnostic> {
        let found = self.clients.aws.iam.find_role(name).await;
        found.map_err(|error| cannot(&format!("look for IAM role {name:?}"), &error))
    }
}

fn role_taken(name: &str) -> String {
    format!("There is an IAM role {name:?} already.")
}

fn role_is_taken(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot create execution role {name:?}"),
        format!(
            "{} It is not this bridge's: choose another role_name, or delete it. To run as that \
             role, name it by role_arn.",
            role_taken(name)
        ),
    )
    .at("role_name")
}

/// State does not know that the function runs as it.
pub(super) fn role_is_in_use(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot create execution role {name:?}"),
        format!(
            "{} The function runs as it, as another resource has seen to, or an apply that was \
             killed. Where two resources manage this function, remove one of them. Else plan again, \
             with a refresh.",
            role_taken(name)
        ),
    )
    .at("role_name")
}

/// What is there can be brought under Terraform.
fn importable(attempt: &str, taken: &str, import_id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {attempt}"),
        format!(
            "{taken} Choose another name, or bring the one that exists under Terraform:\n\n\
             import {{\n  to = modal_bridge_function.<name>\n  id = {import_id:?}\n}}"
        ),
    )
    .at("name")
}

/// What is there is somebody else's.
pub(super) fn foreign(attempt: &str, taken: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {attempt}"),
        format!(
            "{taken} It is not this bridge's: choose another name for the bridge, or delete it."
        ),
    )
    .at("name")
}
