//! A role that a `moved` block brings from `hashicorp/aws`.

use serde_json::{Value as Json, json};
use tf_framework::{Diagnostic, MoveSource};

use crate::resources::moved::{is_hashicorp_aws, value_of};

/// The state of an `aws_iam_role` as this type's; the read that follows fills in the rest.
///
/// Its attachments and inline policies are not taken over: other resources may manage them.
pub(super) fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
    if source.type_name != "aws_iam_role" || !is_hashicorp_aws(source) {
        return None;
    }
    let kept = |name| value_of(source, name);
    Some(Ok(json!({
        "name": kept("name"),
        "name_prefix": kept("name_prefix"),
        "path": kept("path"),
        "description": kept("description"),
        "max_session_duration": kept("max_session_duration"),
        "permissions_boundary": kept("permissions_boundary"),
        "tags": kept("tags"),
        "tags_all": kept("tags_all"),
        "arn": kept("arn"),
        "unique_id": kept("unique_id"),
        "create_date": kept("create_date"),
        "assume_role_policy": kept("assume_role_policy"),
        "create_oidc_provider": true,
        "force_detach_policies": true,
        "subject": [],
        "grant": [],
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(type_name: &str, provider: &str) -> MoveSource {
        MoveSource {
            provider_address: provider.to_owned(),
            type_name: type_name.to_owned(),
            schema_version: 0,
            state: json!({
                "name": "thumbnails",
                "name_prefix": "",
                "permissions_boundary": "",
                "managed_policy_arns": ["arn:aws:iam::aws:policy/One"],
                "inline_policy": [{ "name": "mine", "policy": "{}" }],
            }),
        }
    }

    #[test]
    fn a_role_of_aws_comes_without_its_policies() {
        let moved = move_from(&source("aws_iam_role", "registry.terraform.io/hashicorp/aws"));
        let moved = moved.unwrap().unwrap();
        assert_eq!(moved["name"], "thumbnails");
        assert_eq!(moved["permissions_boundary"], Json::Null);
        assert_eq!(moved.get("policy_arns"), None);
        assert_eq!(moved.get("inline_policies"), None);
    }

    #[test]
    fn nothing_else_comes_here() {
        assert!(
            move_from(&source("aws_iam_user", "registry.terraform.io/hashicorp/aws")).is_none()
        );
        assert!(move_from(&source("aws_iam_role", "registry.terraform.io/acme/aws")).is_none());
    }
}
