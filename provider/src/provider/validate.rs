//! What of the provider block does not go together.

use tf_framework::Diagnostic;

use super::ProviderModel;

pub(super) fn validate(config: &ProviderModel) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !config.allowed_account_ids.is_null() && !config.forbidden_account_ids.is_null() {
        found.push(
            Diagnostic::error(
                "Conflicting account IDs",
                "Set allowed_account_ids or forbidden_account_ids, not both.",
            )
            .at("forbidden_account_ids"),
        );
    }
    let web_identity = config.assume_role_with_web_identity.known().and_then(|some| some.first());
    if let Some(block) = web_identity
        && !block.web_identity_token.is_null()
        && !block.web_identity_token_file.is_null()
    {
        found.push(
            Diagnostic::error(
                "Conflicting web identity tokens",
                "Set web_identity_token or web_identity_token_file, not both.",
            )
            .at("assume_role_with_web_identity"),
        );
    }
    // One alone that is empty is left out; in a chain it would be skipped without a word.
    let chain = config.assume_role.known().map(Vec::as_slice).unwrap_or_default();
    if chain.len() > 1
        && chain.iter().any(|role| role.role_arn.known().is_some_and(String::is_empty))
    {
        found.push(
            Diagnostic::error(
                "Incomplete chain of roles",
                "Each of several assume_role blocks needs its role_arn: every role is assumed \
                 with the credentials of the one before.",
            )
            .at("assume_role"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use tf_framework::Value;

    use super::super::blocks::{AssumeRoleModel, WebIdentityModel};
    use super::*;

    fn summaries(config: &ProviderModel) -> Vec<String> {
        validate(config).into_iter().map(|found| found.summary).collect()
    }

    #[test]
    fn what_conflicts_is_refused_also_before_it_is_known() {
        let ids = |id: &str| Value::Known([id.to_owned()].into());
        let config = ProviderModel {
            allowed_account_ids: ids("1"),
            forbidden_account_ids: Value::Unknown,
            assume_role_with_web_identity: Value::Known(vec![WebIdentityModel {
                web_identity_token: "token".into(),
                web_identity_token_file: "file".into(),
                ..WebIdentityModel::default()
            }]),
            ..ProviderModel::default()
        };
        assert_eq!(
            summaries(&config),
            ["Conflicting account IDs", "Conflicting web identity tokens"]
        );
    }

    #[test]
    fn a_chain_of_roles_has_no_gap() {
        let role = |arn: &str| AssumeRoleModel { role_arn: arn.into(), ..Default::default() };
        let chain =
            |roles| ProviderModel { assume_role: Value::Known(roles), ..Default::default() };
        assert_eq!(
            summaries(&chain(vec![role("arn:aws:iam::1:role/a"), role("")])),
            ["Incomplete chain of roles"]
        );
        assert!(validate(&chain(vec![role("")])).is_empty());
    }
}
