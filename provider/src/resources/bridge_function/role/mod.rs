//! What a bridge runs as: a role of its own, which comes and goes with it, or the practitioner's.
//!
//! A role of its own is replaced alone: the new one is there before the function moves, and the old
//! one goes afterwards, so that the function never runs as a role that is gone. Roles that are still
//! to go stand in the state.

mod apply;
mod observed;
mod plan;
#[cfg(test)]
mod rehearsal;
mod schema;

use std::collections::BTreeSet;

use tf_framework::{Diagnostic, ObjectReader, ObjectWriter, Value};

pub(super) use self::observed::Found;
pub(super) use self::plan::{look_at_own_role, planned_arn};
pub(super) use self::schema::{inputs, outputs};
use super::BridgeFunctionModel;

/// The attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RoleModel {
    pub(super) role_arn: Value<String>,
    pub(super) role_name: Value<String>,
    pub(super) role_path: Value<String>,
    pub(super) permissions_boundary: Value<String>,
    pub(super) additional_policy_arns: Value<BTreeSet<String>>,
    pub(super) execution_role_name: Value<String>,
    pub(super) former_execution_role_arns: Value<BTreeSet<String>>,
}

impl RoleModel {
    pub(super) fn read(object: &mut ObjectReader) -> Self {
        Self {
            role_arn: object.take("role_arn"),
            role_name: object.take("role_name"),
            role_path: object.take("role_path"),
            permissions_boundary: object.take("permissions_boundary"),
            additional_policy_arns: object.take("additional_policy_arns"),
            execution_role_name: object.take("execution_role_name"),
            former_execution_role_arns: object.take("former_execution_role_arns"),
        }
    }

    pub(super) fn write(self, object: &mut ObjectWriter) {
        let Self {
            role_arn,
            role_name,
            role_path,
            permissions_boundary,
            additional_policy_arns,
            execution_role_name,
            former_execution_role_arns,
        } = self;
        object.put("role_arn", role_arn);
        object.put("role_name", role_name);
        object.put("role_path", role_path);
        object.put("permissions_boundary", permissions_boundary);
        object.put("additional_policy_arns", additional_policy_arns);
        object.put("execution_role_name", execution_role_name);
        object.put("former_execution_role_arns", former_execution_role_arns);
    }

    /// The same while there is no role.
    pub(super) fn without_role(self) -> Self {
        Self {
            additional_policy_arns: self.additional_policy_arns.map(|_| BTreeSet::new()),
            execution_role_name: Value::Null,
            former_execution_role_arns: Value::Null,
            ..self
        }
    }

    /// Roles that the bridge had before and that are still there.
    pub(super) fn former(&self) -> BTreeSet<String> {
        self.former_execution_role_arns.known().cloned().unwrap_or_default()
    }

    /// Settings of a role that is not this resource's.
    pub(super) fn validate(&self) -> Vec<Diagnostic> {
        if self.role_arn.known().is_none() {
            return Vec::new();
        }
        let set = [
            ("role_name", !self.role_name.is_null()),
            ("role_path", !self.role_path.is_null()),
            ("permissions_boundary", !self.permissions_boundary.is_null()),
            ("additional_policy_arns", !self.additional_policy_arns.is_null()),
        ];
        let set = set.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| {
            Diagnostic::error(
                "Conflicting execution roles",
                format!(
                    "role_arn names a role of your own, of which nothing is changed: leave out \
                     {name}, and set it where that role is made; or leave out role_arn."
                ),
            )
            .at(name)
        })
        .collect()
    }
}

impl BridgeFunctionModel {
    /// Whether the role that the bridge runs as is the practitioner's own.
    pub(super) fn runs_as_own_role(&self) -> bool {
        self.role.role_arn.known().is_some() && self.role.role_arn == self.execution_role_arn
    }

    /// ARN of the role that this resource made and keeps.
    pub(super) fn managed_role_arn(&self) -> Option<&String> {
        self.execution_role_arn.known().filter(|_| !self.runs_as_own_role())
    }
}
