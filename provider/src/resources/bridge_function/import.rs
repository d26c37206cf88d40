//! Bridges that Terraform does not know yet: looked up as AWS has them.

use tf_framework::{Diagnostic, ImportBy, Value};

use super::observed::Observed;
use super::ours::{is_bridge, is_log_group_of, is_our_role};
use super::{BridgeFunction, BridgeFunctionIdentity, BridgeFunctionModel, names, with_policy};
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
        let attempt = attempt(&name);
        let aws = self.clients.aws_in(&region);
        let found = look_up(&aws, &name).await.map_err(|error| cannot(&attempt, &error))?;
        if found.function.as_ref().is_some_and(|function| !is_bridge(function)) {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                "This Lambda function is no bridge: its environment variables do not say which \
                 Modal function it calls.",
            ));
        }
        self.state_of(found, &name, &aws).ok_or_else(|| {
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
        let found = look_up(&aws, name).await?;
        Ok(self.state_of(found, name, &aws))
    }

    fn state_of(&self, found: Observed, name: &str, aws: &Aws) -> Option<BridgeFunctionModel> {
        let state = BridgeFunctionModel {
            name: name.into(),
            region: aws.region.as_str().into(),
            ..BridgeFunctionModel::default()
        };
        found.model(state, &self.clients.tag_rules)
    }
}

/// What of the three objects is there. Role and log group are the bridge's only if this provider
/// made them: others may use those of a function that was made elsewhere.
async fn look_up(aws: &Aws, name: &str) -> Result<Observed, AwsError> {
    let function = aws.lambda.find_function(name).await?;
    let role = match &function {
        Some(function) => names::role_of_arn(&function.settings.role_arn).to_owned(),
        None => names::role_name(name, &aws.region),
    };
    let role = aws.iam.find_role(&role).await?;
    let role = role.filter(is_our_role);
    let log_group = match &function {
        Some(function) => function.settings.logging.group.clone(),
        None => names::log_group_name(name),
    };
    let log_group = aws.logs.find_log_group(&log_group).await?;
    let log_group = log_group.filter(|found| is_log_group_of(name, found));
    with_policy(aws, function, role, log_group).await
}
