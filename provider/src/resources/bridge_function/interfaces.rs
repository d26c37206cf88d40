//! The network interfaces that Lambda made for a bridge in a VPC.
//!
//! Lambda deletes them some minutes after the function, as the role that the function ran as: a role
//! that is gone by then leaves them there, and with them security groups and subnets that cannot be
//! deleted. (AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon
//! VPC".)

use tf_framework::{Diagnostic, Value};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::aws::lambda::Vpc;
use crate::aws::{AwsError, Fault};
use crate::resources::cannot::cannot;

impl BridgeFunction {
    /// Looks before anything is deleted: whoever may not look could not wait afterwards.
    pub(super) async fn look_at_interfaces(
        &self,
        state: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        for network in networks(state) {
            let found = self.clients.aws.ec2.find_lambda_interfaces(&network).await;
            found.map_err(|error| failed(state, &error))?;
        }
        Ok(())
    }

    /// Waits, after the function and before its role, until Lambda has deleted them.
    pub(super) async fn wait_for_interfaces(
        &self,
        state: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        let aws = &self.clients.aws;
        let name = state.name.known().map_or("", String::as_str);
        for network in networks(state) {
            let left = aws.ec2.wait_until_left(name, &network, &aws.lambda).await;
            left.map_err(|error| failed(state, &error))?;
        }
        Ok(())
    }
}

/// Where the function has interfaces, or had them until a destroy gave it other security groups.
fn networks(state: &BridgeFunctionModel) -> Vec<Vpc> {
    let Some(block) = state.lambda.vpc_config.known() else { return Vec::new() };
    let known = |ids: &Value<_>| ids.known().cloned().unwrap_or_default();
    let of_groups = |security_group_ids| Vpc {
        subnet_ids: known(&block.subnet_ids),
        security_group_ids,
        ipv6: false,
    };
    let groups = [Some(known(&block.security_group_ids)), state.destroy.replacement().cloned()];
    groups.into_iter().flatten().map(of_groups).collect()
}

fn failed(state: &BridgeFunctionModel, error: &AwsError) -> Diagnostic {
    let name = state.name.known().map_or("", String::as_str);
    let attempt = format!("wait for the network interfaces of Lambda function {name:?} to go");
    let diagnostic = cannot(&attempt, error);
    let mut diagnostic = diagnostic.at("vpc_config");
    if error.fault == Fault::TimedOut {
        diagnostic.detail = format!(
            "Lambda takes up to 45 minutes to delete them, and needs the execution role for it, \
             which stays until then. Destroy again to go on waiting; timeouts.delete says how long \
             a destroy waits.\n\n{}",
            error.with_request_id()
        );
    }
    diagnostic
}
