//! Moving in from `hashicorp/aws`, with the state that its version 5.100.0 wrote of a function.

use acceptance::{World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use super::changed;
use crate::bridge::{ADDRESS, function, log_groups};
use crate::cdk::{CdkBridge, Generation};

/// What `hashicorp/aws` stored of such a function.
const STORED: &str = include_str!("aws_lambda_function.json");

/// The same, of the function in this account.
fn stored(world: &World, made: &CdkBridge) -> Value {
    let now = function(world, &made.name);
    let mut stored: Value = serde_json::from_str(STORED).unwrap();
    let attributes = &mut stored["instances"][0]["attributes"];
    for (name, value) in [
        ("arn", "FunctionArn"),
        ("code_sha256", "CodeSha256"),
        ("last_modified", "LastModified"),
        ("qualified_arn", "FunctionArn"),
        ("role", "Role"),
    ] {
        attributes[name] = now[value].clone();
    }
    (attributes["tags"], attributes["tags_all"]) = (json!({}), json!({}));
    attributes["environment"][0]["variables"] = now["Environment"]["Variables"].clone();
    assert_eq!(attributes["function_name"], made.name);
    json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 3,
        "lineage": "8f8a3d0c-1c62-6a61-6ef7-8b4d1f3f6f10",
        "outputs": {},
        "resources": [stored],
    })
}

fn moved(made: &CdkBridge, arguments: &str) -> String {
    format!(
        r#"
moved {{
  from = aws_lambda_function.render
  to   = modal_bridge_function.this
}}

resource "modal_bridge_function" "this" {{
  name                = "render_remote"
  app_name            = "thumbnails"
  modal_function_name = "render"
  mode                = "remote"
  params              = jsonencode({{ width = 128 }})
  token_secret_arn    = "{}"
  architecture        = "{}"
{arguments}
}}
"#,
        made.secret_arn,
        host_architecture()
    )
}

#[test]
fn a_function_of_hashicorp_aws_moves_in_with_the_role_that_it_has() {
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::Python);
    let keeps_role = format!("  role_arn = \"{}\"", made.role_arn);
    let config = world.config_beside("hashicorp/aws", &moved(&made, &keeps_role));
    config.write("terraform.tfstate", &stored(&world, &made).to_string());

    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let changes = changed(plan.change(ADDRESS));
    let names: Vec<_> = changes.as_object().unwrap().keys().map(String::as_str).collect();
    expect![[r#"
        bridge_version
        code_sha256
        code_size
        description
        log_group_arn
        log_group_name
        logging_config
        memory_size
        runtime"#]]
    .assert_eq(&names.join("\n"));
    config.apply_planned();
    config.plan().assert_empty();
    let now = function(&world, &made.name);
    assert_eq!(now["Runtime"], "provided.al2023");
    assert_eq!(now["Role"], made.role_arn);

    // And then one of its own.
    config.replace(&keeps_role, "");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_ne!(function(&world, &made.name)["Role"], made.role_arn);

    config.destroy();
    assert_eq!(log_groups(&world, &made.name).len(), 0);
    world.aws.call("iam", "get_role", json!({"RoleName": made.role()}));
}

#[test]
fn a_function_that_is_no_bridge_does_not_move_in() {
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::Python);
    let mut state = stored(&world, &made);
    let attributes = &mut state["resources"][0]["instances"][0]["attributes"];
    attributes["environment"] = json!([{"variables": {"STAGE": "dev"}}]);
    let config = world.config_beside("hashicorp/aws", &moved(&made, ""));
    config.write("terraform.tfstate", &state.to_string());

    let errors = config.plan_errors();

    expect![[r#"
        Cannot move Lambda function "render_remote" to modal_bridge_function

        Take the moved block out: it is no bridge: environment variable MODAL_INTEGRATION_PATTERN is not set; expected "spawn" or "remote"."#]].assert_eq(&errors.join("\n"));
}
