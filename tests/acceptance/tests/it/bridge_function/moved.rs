//! Moving in from `hashicorp/aws`, with the state that its version 5.100.0 wrote of a function.

use acceptance::{World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use super::changed;
use crate::bridge::{ADDRESS, function, log_groups};
use crate::cdk::{CdkBridge, Generation};

/// What `hashicorp/aws` stored of the function, as it is in this account.
fn stored(world: &World, made: &CdkBridge) -> Value {
    let now = function(world, &made.name);
    let arn = now["FunctionArn"].as_str().unwrap();
    let invoke_arn =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    let attributes = json!({
        "architectures": ["x86_64"],
        "arn": arn,
        "code_sha256": now["CodeSha256"],
        "code_signing_config_arn": "",
        "dead_letter_config": [],
        "description": "",
        "environment": [{"variables": now["Environment"]["Variables"]}],
        "ephemeral_storage": [{"size": 512}],
        "file_system_config": [],
        "filename": "old.zip",
        "function_name": made.name,
        "handler": "index.handler",
        "id": made.name,
        "image_config": [],
        "image_uri": "",
        "invoke_arn": invoke_arn,
        "kms_key_arn": "",
        "last_modified": now["LastModified"],
        "layers": null,
        "logging_config": [{
            "application_log_level": "",
            "log_format": "Text",
            "log_group": format!("/aws/lambda/{}", made.name),
            "system_log_level": "",
        }],
        "memory_size": 128,
        "package_type": "Zip",
        "publish": false,
        "qualified_arn": arn,
        "qualified_invoke_arn": invoke_arn,
        "replace_security_groups_on_destroy": null,
        "replacement_security_group_ids": null,
        "reserved_concurrent_executions": -1,
        "role": made.role_arn,
        "runtime": now["Runtime"],
        "s3_bucket": null,
        "s3_key": null,
        "s3_object_version": null,
        "signing_job_arn": "",
        "signing_profile_version_arn": "",
        "skip_destroy": false,
        "snap_start": [],
        "source_code_hash": "",
        "source_code_size": 156,
        "tags": {},
        "tags_all": {},
        "timeout": 300,
        "timeouts": null,
        "tracing_config": [{"mode": "PassThrough"}],
        "version": "$LATEST",
        "vpc_config": [],
    });
    json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 3,
        "lineage": "8f8a3d0c-1c62-6a61-6ef7-8b4d1f3f6f10",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": "aws_lambda_function",
            "name": "render",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": attributes,
                "sensitive_attributes": [],
                // Its timeouts: create, delete and update, 10 minutes each.
                "private": "eyJlMmJmYjczMC1lY2FhLTExZTYtOGY4OC0zNDM2M2JjN2M0YzAiOnsiY3JlYXRlIjo2MDAwMDAwMDAwMDAsImRlbGV0ZSI6NjAwMDAwMDAwMDAwLCJ1cGRhdGUiOjYwMDAwMDAwMDAwMH19",
            }],
        }],
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
    expect![""].assert_eq(&names.join("\n"));
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

    expect![""].assert_eq(&errors.join("\n"));
}
