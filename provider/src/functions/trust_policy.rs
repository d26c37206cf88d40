//! `trust_policy`

use tf_framework::{Arguments, Dynamic, Function, FunctionError, Parameter, Signature, Type};

use super::check_account;
use crate::subject::{Claim, parse_patterns};
use crate::trust_policy::{AUDIENCE, Trust, is_modals_provider, oidc_provider_arn};

/// `provider::modal::trust_policy`
pub(crate) struct TrustPolicy;

impl Function for TrustPolicy {
    const NAME: &'static str = "trust_policy";

    fn signature() -> Signature {
        Signature::new(
            "Trust policy of a role that Modal functions assume",
            "The JSON for `assume_role_policy` of an `aws_iam_role`: tokens of `oidc.modal.com`, \
             for Modal's audience, with one of the subjects. A function's name also lets in a \
             class of that name, as in `modal_oidc_role`.",
            Type::String,
        )
        .parameter(Parameter::new(
            "account_id",
            Type::String,
            "The AWS account, 12 digits; or the ARN of its OIDC provider for Modal, as \
             `oidc_provider_arn` gives it, outside of the partition `aws`.",
        ))
        .variadic(Parameter::new(
            "subjects",
            Type::String,
            "Patterns, as `oidc_subject` makes them. At least one.",
        ))
    }

    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError> {
        let account: String = arguments.take()?;
        let provider = if is_modals_provider(&account) {
            account
        } else {
            check_account(&account).map_err(|fault| {
                let or = "or the ARN of its OIDC provider for Modal";
                FunctionError::argument(0, fault.replacen(", not", &format!(" {or}, not"), 1))
            })?;
            oidc_provider_arn("aws", &account)
        };
        let first = arguments.position();
        let patterns: Vec<String> = arguments.take_rest()?;
        if patterns.is_empty() {
            return Err(FunctionError::new(
                "a role that trusts no subject would trust nobody, and one without a condition on \
                 the subject everybody at Modal: give at least one",
            ));
        }
        for (index, pattern) in patterns.iter().enumerate() {
            let claim = Claim::parse(pattern);
            let at = |fault: String| FunctionError::argument(first + index, fault);
            let claim = claim.map_err(at)?;
            if claim.container_id.is_some() {
                return Err(at(format!(
                    "is {pattern:?}, the subject of one container; end it with \":*\" after the \
                     function"
                )));
            }
        }
        let subjects = parse_patterns(&patterns)
            .ok_or_else(|| FunctionError::argument(first, "is no pattern of oidc_subject"))?;
        let trust = Trust {
            oidc_provider_arn: provider,
            audience: AUDIENCE.to_owned(),
            subjects,
            additional: Vec::new(),
        };
        Ok(Dynamic::string(trust.document().to_string()))
    }
}
