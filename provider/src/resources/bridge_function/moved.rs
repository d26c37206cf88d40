//! A bridge that a `moved` block brings from `hashicorp/aws`.

use bridge_contract::BridgeConfig;
use serde_json::{Value as Json, json};
use tf_framework::{Diagnostic, MoveSource};

use crate::resources::identity::region_of;
use crate::resources::moved::{is_hashicorp_aws, value_of};

/// The state of an `aws_lambda_function` as this type's; the read that follows fills in the rest.
///
/// Its role is the practitioner's own. What other resources are about, such as permissions, function
/// URLs and event source mappings, is not taken over: they may go on to manage it.
pub(super) fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
    if source.type_name != "aws_lambda_function" || !is_hashicorp_aws(source) {
        return None;
    }
    let name = source.state["function_name"].as_str().unwrap_or_default();
    let variables = &source.state["environment"][0]["variables"];
    let config = BridgeConfig::from_vars(|name| variables[name].as_str().map(str::to_owned));
    if let Err(error) = config {
        return Some(Err(cannot_move(name, &format!("it is no bridge: {error}"))));
    }
    if source.state["package_type"] == "Image" {
        let why = "it is a container image, and Lambda never makes a zip of one. Make a new bridge, \
                   and destroy this function";
        return Some(Err(cannot_move(name, why)));
    }
    let kept = |name| value_of(source, name);
    let arn = source.state["arn"].as_str().unwrap_or_default();
    let role = kept("role");
    Some(Ok(json!({
        "name": kept("function_name"),
        "function_name": kept("function_name"),
        "region": region_of(&arn.into()).into_known(),
        "arn": kept("arn"),
        "invoke_arn": kept("invoke_arn"),
        "role_arn": role,
        "execution_role_arn": role,
        "tags": kept("tags"),
        "tags_all": kept("tags_all"),
        "verify_function": false,
        "allowed_trigger": [],
    })))
}

fn cannot_move(name: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot move Lambda function {name:?} to modal_bridge_function"),
        format!("Take the moved block out: {why}."),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn source(provider: &str, changes: &Json) -> MoveSource {
        let mut state = json!({
            "arn": "arn:aws:lambda:eu-west-1:111122223333:function:render",
            "function_name": "render",
            "role": "arn:aws:iam::111122223333:role/render_role",
            "package_type": "Zip",
            "tags": {},
            "environment": [{ "variables": {
                "MODAL_INTEGRATION_PATTERN": "spawn",
                "MODAL_APP_NAME": "images",
                "MODAL_ENVIRONMENT_NAME": "main",
                "MODAL_FUNCTION_NAME": "render",
                "MODAL_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:m-AbCdEf",
            } }],
        });
        state.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        MoveSource {
            provider_address: provider.to_owned(),
            type_name: "aws_lambda_function".to_owned(),
            schema_version: 0,
            state,
        }
    }

    const AWS: &str = "registry.terraform.io/hashicorp/aws";

    #[test]
    fn a_function_comes_with_the_role_that_it_has() {
        let moved = move_from(&source(AWS, &json!({}))).unwrap().unwrap();
        assert_eq!(moved["region"], "eu-west-1");
        assert_eq!(moved["role_arn"], "arn:aws:iam::111122223333:role/render_role");
        assert_eq!(moved["execution_role_arn"], moved["role_arn"]);
        assert_eq!(moved["tags"], Json::Null);
    }

    #[test]
    fn what_cannot_become_a_bridge_is_refused_by_name() {
        let mut said = String::new();
        for changes in [json!({ "environment": [] }), json!({ "package_type": "Image" })] {
            let refused = move_from(&source(AWS, &changes)).unwrap().unwrap_err();
            said += &format!("{}\n{}\n\n", refused.summary, refused.detail);
        }
        expect![[r#"
            Cannot move Lambda function "render" to modal_bridge_function
            Take the moved block out: it is no bridge: environment variable MODAL_INTEGRATION_PATTERN is not set; expected "spawn" or "remote".

            Cannot move Lambda function "render" to modal_bridge_function
            Take the moved block out: it is a container image, and Lambda never makes a zip of one. Make a new bridge, and destroy this function.

        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn nothing_else_comes_here() {
        assert!(move_from(&source("registry.terraform.io/acme/aws", &json!({}))).is_none());
        let other =
            MoveSource { type_name: "aws_lambda_alias".to_owned(), ..source(AWS, &json!({})) };
        assert!(move_from(&other).is_none());
    }
}
