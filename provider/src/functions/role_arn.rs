//! `role_arn`

use tf_framework::{Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type};

use super::{partition_parameter, take_account, take_partition};

/// `provider::modal::role_arn`
pub(crate) struct RoleArn;

impl Function for RoleArn {
    const NAME: &'static str = "role_arn";

    fn signature() -> Signature {
        Signature::new(
            "ARN of an IAM role",
            "The ARN that a role of this name has, so that a Modal app can be deployed before the \
             role exists. A role with a path is `path/name`.",
            Type::String,
        )
        .parameter(Parameter::new("account_id", Type::String, "The AWS account, 12 digits."))
        .parameter(Parameter::new("name", Type::String, "The role's name, after its path if any."))
        .variadic(partition_parameter())
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let account = take_account(arguments)?;
        let position = arguments.position();
        let name: String = arguments.take()?;
        let known = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-/".contains(letter);
        let whole = name.split('/').all(|part| !part.is_empty());
        if !whole || !name.chars().all(known) {
            return Err(FunctionError::argument(
                position,
                format!(
                    "must be the name of a role, such as \"images\" or \"modal/images\", not {name:?}"
                ),
            ));
        }
        let partition = take_partition(arguments)?;
        Ok(Dynamic::string(format!("arn:{partition}:iam::{account}:role/{name}")))
    }
}
