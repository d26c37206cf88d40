//! `oidc_provider_arn`

use tf_framework::{Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type};

use super::{partition_parameter, take_account, take_partition};
use crate::trust_policy::oidc_provider_arn;

/// `provider::modal::oidc_provider_arn`
pub(crate) struct OidcProviderArn;

impl Function for OidcProviderArn {
    const NAME: &'static str = "oidc_provider_arn";

    fn signature() -> Signature {
        Signature::new(
            "ARN of an account's OIDC provider for Modal",
            "The ARN that the OIDC provider for `oidc.modal.com` has in an account, whether it \
             exists or not.",
            Type::String,
        )
        .parameter(Parameter::new("account_id", Type::String, "The AWS account, 12 digits."))
        .variadic(partition_parameter())
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let account = take_account(arguments)?;
        let partition = take_partition(arguments)?;
        Ok(Dynamic::string(oidc_provider_arn(&partition, &account)))
    }
}
