//! Where an operation works, and the bridge's permission, which most kinds of triggers need.

use tf_framework::{Diagnostic, Value};

use super::place::{Place, statement_id};
use crate::aws::lambda::Permission;
use crate::aws::{Aws, Fault};
use crate::resources::cannot::cannot;
use crate::tag_rules::TagRules;

/// AWS in the region of the bridge, for one operation.
pub(super) struct At {
    pub(super) place: Place,
    pub(super) aws: Aws,
    pub(super) tag_rules: TagRules,
}

impl At {
    /// The statement by which `service` may invoke the bridge, on behalf of `source_arn` alone.
    pub(super) fn permission(
        &self,
        kind: &str,
        key: &str,
        service: &str,
        source_arn: &str,
        source_account: Option<&str>,
    ) -> Permission {
        Permission {
            statement_id: statement_id(kind, key),
            action: "lambda:InvokeFunction".to_owned(),
            principal: service.to_owned(),
            source_arn: Some(source_arn.to_owned()),
            source_account: source_account.map(str::to_owned),
            principal_org_id: None,
        }
    }

    /// Adds the statement, in the place of one that says something else under its id.
    pub(super) async fn allow(
        &self,
        permission: &Permission,
        block: &str,
    ) -> Result<(), Diagnostic> {
        let (lambda, bridge) = (&self.aws.lambda, &self.place.bridge);
        let attempt = format!(
            "let {} invoke bridge {bridge:?}",
            permission.source_arn.as_deref().unwrap_or(&permission.principal)
        );
        let added = match lambda.add_permission(bridge, permission).await {
            Err(error) if error.fault == Fault::AlreadyExists => {
                self.disallow(&permission.statement_id).await?;
                lambda.add_permission(bridge, permission).await
            }
            added => added,
        };
        added.map_err(|error| match error.fault {
            Fault::NotFound => Diagnostic::error(
                format!("Cannot {attempt}"),
                format!(
                    "There is no Lambda function {bridge:?} in {}.\n\n{}",
                    self.place.region,
                    error.with_request_id()
                ),
            )
            .at("bridge_name"),
            _ => cannot(&attempt, &error).at(block),
        })
    }

    /// Removes the statement; one that is gone, with the function or without, is fine.
    pub(super) async fn disallow(&self, statement_id: &str) -> Result<(), Diagnostic> {
        let bridge = &self.place.bridge;
        let removed = self.aws.lambda.remove_permission(bridge, statement_id).await;
        removed.map_err(|error| {
            cannot(&format!("remove the permission {statement_id:?} of bridge {bridge:?}"), &error)
        })
    }

    /// The statement's id, as a state has it: null where it is gone, or says something else.
    pub(super) async fn statement(
        &self,
        permission: &Permission,
    ) -> Result<Value<String>, Diagnostic> {
        let bridge = &self.place.bridge;
        let found = self.aws.lambda.find_permissions(bridge).await;
        let found =
            found.map_err(|error| cannot(&format!("read who may invoke {bridge:?}"), &error))?;
        let is_there = found.contains(permission);
        Ok(is_there.then(|| permission.statement_id.clone()).into())
    }
}
