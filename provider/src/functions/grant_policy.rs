//! `grant_policy`

use tf_framework::{Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type};

use crate::grant_policy::{Access, Grant, document};

/// `provider::modal::grant_policy`
pub(crate) struct GrantPolicy;

impl Function for GrantPolicy {
    const NAME: &'static str = "grant_policy";

    fn signature() -> Signature {
        Signature::new(
            "Policy that a grant makes",
            "The JSON of the policy that a `grant` block of `modal_oidc_role` writes: for an \
             `aws_iam_policy` or `aws_iam_role_policy`.",
            Type::String,
        )
        .parameter(Parameter::new(
            "access",
            Type::String,
            "`read`, `write`, `read_write`, `delete`, `consume`, `send`, `publish` or `invoke`.",
        ))
        .parameter(Parameter::new(
            "resource_arns",
            Type::list(Type::String),
            "ARNs of the resources; the service follows from each.",
        ))
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let access: String = arguments.take()?;
        let access = Access::from_name(&access).ok_or_else(|| {
            let known = Access::NAMES.join(", ");
            FunctionError::argument(0, format!("must be one of {known}, not {access:?}"))
        })?;
        let resource_arns: Vec<String> = arguments.take()?;
        let policy = document(&[Grant::new(access, resource_arns)]);
        let policy = policy.map_err(|error| FunctionError::argument(1, error.to_string()))?;
        Ok(Dynamic::string(policy.unwrap_or_default().to_string()))
    }
}
