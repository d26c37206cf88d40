//! What Lambda must be allowed on the bridge's role: one inline policy for each event source.

use sha2::{Digest as _, Sha256};
use tf_framework::{Diagnostic, Response, Value};

use super::desired::Desired;
use super::{BridgeEventSource, BridgeEventSourceModel};
use crate::aws::Fault;
use crate::aws::lambda::LambdaFunction;
use crate::resources::cannot::cannot;

/// The name at the end of the ARN of a function's role, which may have a path.
pub(super) fn role_of(function: &LambdaFunction) -> String {
    let arn = &function.settings.role_arn;
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

/// Name of the policy. A role may be that of several bridges, and a bridge have several sources; a
/// function is fed from one source by one mapping.
pub(super) fn policy_name(function_arn: &str, source_arn: &str) -> String {
    let hash = Sha256::digest(format!("{function_arn}\n{source_arn}"));
    let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("modal-bridge-source-{hash}")
}

impl BridgeEventSource {
    /// Writes the policy, where it is not as it should be, and records that it is there. `state` is
    /// what is recorded beside it.
    pub(super) async fn allow(
        &self,
        desired: &Desired,
        function: &LambdaFunction,
        state: BridgeEventSourceModel,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let Some(policy) = &desired.policy else { return Ok(()) };
        let text = policy.to_string();
        let role = role_of(function);
        let name = match state.execution_role_policy_name.known() {
            Some(name) => name.clone(),
            None => policy_name(&function.arn, &desired.source_arn),
        };
        let is_there = state.execution_role_name.known() == Some(&role)
            && state.execution_role_policy.known() == Some(&text);
        if is_there {
            return Ok(());
        }
        let written = self.clients.aws.iam.put_role_policy(&role, &name, policy).await;
        let is_first = state.execution_role_name.is_null();
        let recorded = BridgeEventSourceModel {
            execution_role_name: Value::Known(role.clone()),
            execution_role_policy_name: Value::Known(name),
            execution_role_policy: Value::Null,
            ..state
        };
        if let Err(error) = written {
            // Without AWS's answer it may be there.
            if is_first && !error.is_refusal() {
                response.set_state(recorded);
            }
            let attempt = format!("let execution role {role:?} poll {:?}", desired.source_arn);
            if error.fault != Fault::AccessDenied {
                return Err(cannot(&attempt, &error));
            }
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                format!(
                    "Allow {} to the identity that runs Terraform. Or set manage_permissions to \
                     false, and allow the role by a policy of your own:\n\n{text}\n\n{}",
                    error.action,
                    error.with_request_id()
                ),
            )
            .at("manage_permissions"));
        }
        let execution_role_policy = Value::Known(text);
        response.set_state(BridgeEventSourceModel { execution_role_policy, ..recorded });
        Ok(())
    }

    /// Takes away the policy that the state tells of.
    pub(super) async fn forbid(&self, state: &BridgeEventSourceModel) -> Result<(), Diagnostic> {
        let place = (state.execution_role_name.known(), state.execution_role_policy_name.known());
        let (Some(role), Some(name)) = place else { return Ok(()) };
        let deleted = self.clients.aws.iam.delete_role_policy(role, name).await;
        deleted.map_err(|error| {
            cannot(&format!("delete policy {name:?} of execution role {role:?}"), &error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_of_function_and_source_has_a_policy_of_its_own() {
        let names = [("f", "a"), ("f", "b"), ("g", "a")].map(|(f, s)| policy_name(f, s));
        assert_eq!(names[0], "modal-bridge-source-1cc56f4cc7401f00");
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2]);
    }
}
