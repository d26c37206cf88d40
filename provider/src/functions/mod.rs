//! One file, one function: pure, for those who keep `aws_iam_role`.
//!
//! Terraform calls them before the provider is configured, so nothing here knows the account: it is
//! an argument.

mod grant_policy;
mod oidc_provider_arn;
mod oidc_subject;
mod parse_subject;
mod role_arn;
#[cfg(test)]
mod tests;
mod trust_policy;

pub(crate) use grant_policy::GrantPolicy;
pub(crate) use oidc_provider_arn::OidcProviderArn;
pub(crate) use oidc_subject::OidcSubject;
pub(crate) use parse_subject::ParseSubject;
pub(crate) use role_arn::RoleArn;
use tf_framework::{Arguments, FunctionError, Parameter, Type};
pub(crate) use trust_policy::TrustPolicy;

/// The parameter that all but a few of AWS's customers leave out.
fn partition_parameter() -> Parameter {
    Parameter::new(
        "partition",
        Type::String,
        "`aws` unless given; `aws-cn` in China, `aws-us-gov` in GovCloud.",
    )
}

/// The next argument, an account.
fn take_account(arguments: &mut Arguments) -> Result<String, FunctionError> {
    let position = arguments.position();
    let account: String = arguments.take()?;
    check_account(&account).map_err(|fault| FunctionError::argument(position, fault))?;
    Ok(account)
}

fn check_account(account: &str) -> Result<(), String> {
    if account.len() == 12 && account.chars().all(|digit| digit.is_ascii_digit()) {
        Ok(())
    } else {
        Err(format!("must be the 12 digits of an AWS account, not {account:?}"))
    }
}

/// What is left: at most one partition.
fn take_partition(arguments: &mut Arguments) -> Result<String, FunctionError> {
    let position = arguments.position();
    let given: Vec<String> = arguments.take_rest()?;
    match given.as_slice() {
        [] => Ok("aws".to_owned()),
        [partition] if is_partition(partition) => Ok(partition.clone()),
        [other] => Err(FunctionError::argument(
            position,
            format!("must be a partition, such as \"aws-us-gov\", not {other:?}"),
        )),
        _ => Err(FunctionError::argument(position + 1, "is one too many: there is one partition")),
    }
}

fn is_partition(text: &str) -> bool {
    text.starts_with("aws")
        && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
}
