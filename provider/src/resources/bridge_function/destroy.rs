//! What a destroy leaves, and what it does before the function goes.

use std::collections::BTreeSet;

use tf_framework::{Attribute, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Type, Value};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::aws::lambda::{FunctionSettings, Vpc};
use crate::resources::cannot::cannot;

/// Attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DestroyModel {
    skip_destroy: Value<bool>,
    replace_security_groups_on_destroy: Value<bool>,
    replacement_security_group_ids: Value<BTreeSet<String>>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "skip_destroy",
            Attribute::bool(
                "Whether a destroy only forgets the bridge: the Lambda function stays, with the \
                 role that it runs as and its log group. `false` unless set.",
            ),
        )
        .attribute(
            "replace_security_groups_on_destroy",
            Attribute::bool(
                "Whether the function gets the `replacement_security_group_ids` before it is \
                 deleted. Lambda keeps a function's network interfaces for up to 45 minutes, and \
                 their security groups cannot be deleted meanwhile. `false` unless set.",
            ),
        )
        .attribute(
            "replacement_security_group_ids",
            Attribute::new(
                Type::set(Type::String),
                "Security groups of the function's VPC that stay, such as its default one. With \
                 `replace_security_groups_on_destroy`.",
            ),
        )
}

/// What cannot be.
pub(super) fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
    let DestroyModel {
        replace_security_groups_on_destroy: replaces,
        replacement_security_group_ids: groups,
        ..
    } = &config.destroy;
    let refusal = |what: &str| {
        let summary = "Invalid replacement of security groups";
        vec![Diagnostic::error(summary, what).at("replace_security_groups_on_destroy")]
    };
    match replaces {
        Value::Known(true) if groups.is_null() => {
            refusal("It needs replacement_security_group_ids: groups that stay.")
        }
        Value::Known(true) if config.lambda.vpc_config.is_null() => {
            refusal("Without vpc_config, the function has no security groups.")
        }
        _ => Vec::new(),
    }
}

impl DestroyModel {
    /// The security groups that the function gets before it goes.
    pub(super) fn replacement(&self) -> Option<&BTreeSet<String>> {
        let replaces = self.replace_security_groups_on_destroy == Value::Known(true);
        self.replacement_security_group_ids.known().filter(|_| replaces)
    }

    /// Whether a destroy forgets the bridge, and leaves it.
    pub(super) fn skips(&self) -> bool {
        self.skip_destroy == Value::Known(true)
    }
}

/// What a destroy leaves.
pub(super) fn warning(state: &BridgeFunctionModel) -> Option<Diagnostic> {
    let name = state.name.known().filter(|_| state.destroy.skips())?;
    Some(
        Diagnostic::warning(
            format!("Bridge {name:?} stays in AWS"),
            "It has skip_destroy: Terraform forgets it, and the Lambda function, its execution \
             role and its log group stay.",
        )
        .at("skip_destroy"),
    )
}

impl BridgeFunction {
    /// Gives the function other security groups where that is asked for.
    pub(super) async fn leave_security_groups(
        &self,
        name: &str,
        state: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        let Some(groups) = state.destroy.replacement() else { return Ok(()) };
        let Some(function) = self.find_function(name).await? else { return Ok(()) };
        let vpc = Vpc { security_group_ids: groups.clone(), ..function.settings.vpc.clone() };
        if vpc.subnet_ids.is_empty() || vpc == function.settings.vpc {
            return Ok(());
        }
        let lambda = &self.clients.aws.lambda;
        let settings = FunctionSettings { vpc, ..function.settings };
        let failed = |error| {
            let attempt = format!("give Lambda function {name:?} other security groups");
            cannot(&attempt, &error).at("replacement_security_group_ids")
        };
        lambda.update_settings(name, &settings).await.map_err(failed)?;
        lambda.wait_until_ready(name).await.map(drop).map_err(failed)
    }
}

impl Model for DestroyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            skip_destroy: object.take("skip_destroy"),
            replace_security_groups_on_destroy: object.take("replace_security_groups_on_destroy"),
            replacement_security_group_ids: object.take("replacement_security_group_ids"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            skip_destroy,
            replace_security_groups_on_destroy,
            replacement_security_group_ids,
        } = self;
        object.put("skip_destroy", skip_destroy);
        object.put("replace_security_groups_on_destroy", replace_security_groups_on_destroy);
        object.put("replacement_security_group_ids", replacement_security_group_ids);
    }
}
