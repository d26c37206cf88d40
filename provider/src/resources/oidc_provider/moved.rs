//! A provider that a `moved` block brings from `hashicorp/aws`.

use serde_json::{Value as Json, json};
use tf_framework::{Diagnostic, MoveSource};

use crate::resources::moved::{is_hashicorp_aws, value_of};
use crate::trust_policy::is_modals_provider;

/// The state of an `aws_iam_openid_connect_provider` as this type's. Another issuer's is refused.
pub(super) fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
    if source.type_name != "aws_iam_openid_connect_provider" || !is_hashicorp_aws(source) {
        return None;
    }
    let arn = source.state["arn"].as_str().unwrap_or_default();
    if !is_modals_provider(arn) {
        return Some(Err(Diagnostic::error(
            "Cannot move the OIDC provider of another issuer",
            format!("{arn} is not about oidc.modal.com, and modal_oidc_provider is nothing else."),
        )));
    }
    Some(Ok(json!({
        "client_id_list": value_of(source, "client_id_list"),
        "adopt_existing": true,
        "retain_on_destroy": true,
        "tags": value_of(source, "tags"),
        "tags_all": value_of(source, "tags_all"),
        "arn": arn,
        "url": "oidc.modal.com",
    })))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn moved(type_name: &str, issuer: &str) -> Option<Result<Json, Diagnostic>> {
        move_from(&MoveSource {
            provider_address: "registry.terraform.io/hashicorp/aws".to_owned(),
            type_name: type_name.to_owned(),
            schema_version: 0,
            state: json!({
                "arn": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}"),
                "client_id_list": ["oidc.modal.com"],
                "tags": {},
                "tags_all": {},
                "thumbprint_list": ["0123"],
                "url": issuer,
            }),
        })
    }

    #[test]
    fn modals_provider_comes_and_is_kept_on_destroy() {
        let state = moved("aws_iam_openid_connect_provider", "oidc.modal.com").unwrap().unwrap();
        assert_eq!(state["client_id_list"], json!(["oidc.modal.com"]));
        assert_eq!(state["retain_on_destroy"], true);
        assert_eq!(state.get("thumbprint_list"), None);
        assert!(moved("aws_iam_saml_provider", "oidc.modal.com").is_none());
    }

    #[test]
    fn the_provider_of_another_issuer_is_refused() {
        let refusal =
            moved("aws_iam_openid_connect_provider", "token.actions.githubusercontent.com");
        expect!["arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com is not about oidc.modal.com, and modal_oidc_provider is nothing else."]
            .assert_eq(&refusal.unwrap().unwrap_err().detail);
    }
}
