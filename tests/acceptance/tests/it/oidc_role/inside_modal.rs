//! The role as it is used: by a Python function in Modal's own runtime, called by a bridge, with the
//! token that Modal gave its container.

use acceptance::{LocalModal, Workspace, World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

/// A bridge to each function of the app, and a role for them.
const CONFIG: &str = r#"
variable "modal" {
  type = object({ server_url = string, workspace_id = string })
}
variable "token_secret" {
  type      = string
  ephemeral = true
}
variable "account" {
  type = string
}
variable "architecture" {
  type = string
}

provider "modal" {
  modal_server_url = var.modal.server_url
}

resource "modal_token_secret" "this" {
  name            = "modal"
  token_id        = "ak-demo"
  token_secret_wo = var.token_secret
}

resource "modal_oidc_role" "this" {
  name         = "uses-aws"
  workspace_id = var.modal.workspace_id

  subject {
    environment_name = "main"
    app_name         = "uses-aws"
  }
  grant {
    access        = "read_write"
    resource_arns = [
      "arn:aws:s3:::mine-${var.account}",
      "arn:aws:dynamodb:us-east-1:${var.account}:table/mine",
    ]
  }
}

resource "modal_bridge_function" "as_role" {
  app_name            = "uses-aws"
  modal_function_name = "as_role"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = var.architecture
  params              = jsonencode({ role_arn = modal_oidc_role.this.arn, region = "us-east-1" })
}

resource "modal_bridge_function" "by_environment" {
  app_name            = "uses-aws"
  modal_function_name = "by_environment"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = var.architecture
  params              = jsonencode({ modal_secret_env = modal_oidc_role.this.modal_secret_env })
}
"#;

#[test]
fn python_in_modals_runtime_does_what_is_granted_and_is_refused_the_rest() {
    let world = World::enforcing_policies();
    let modal = modal_beside(&world);
    for name in ["mine", "theirs"] {
        let bucket = format!("{name}-{}", world.aws.id());
        world.aws.call("s3", "create_bucket", json!({"Bucket": bucket}));
        world.aws.call(
            "dynamodb",
            "create_table",
            json!({
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            }),
        );
    }
    let config = world
        .config(CONFIG)
        .with_env("TF_VAR_modal", described(&modal).to_string())
        .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET)
        .with_env("TF_VAR_account", world.aws.id())
        .with_env("TF_VAR_architecture", host_architecture());
    config.apply();
    config.plan().assert_empty();

    let bucket = |name: &str| format!("{name}-{}", world.aws.id());
    let object = |name: &str| json!({"Bucket": bucket(name), "Key": "a"});
    let body = |name: &str| json!({"Bucket": bucket(name), "Key": "a", "Body": "written"});
    let key = |table: &str| json!({"TableName": table, "Key": {"id": {"S": "1"}}});
    let item = |table: &str| json!({"TableName": table, "Item": {"id": {"S": "1"}, "text": {"S": "kept"}}});
    let event = json!({"calls": [
        ["s3", "put_object", body("mine")],
        ["s3", "get_object", object("mine")],
        ["dynamodb", "put_item", item("mine")],
        ["dynamodb", "get_item", key("mine")],
        ["s3", "put_object", body("theirs")],
        ["s3", "get_object", object("theirs")],
        ["dynamodb", "put_item", item("theirs")],
        ["dynamodb", "get_item", key("theirs")],
        ["s3", "delete_bucket", {"Bucket": bucket("mine")}],
        ["iam", "list_roles", {}],
    ]});
    let outcomes = ["as_role", "by_environment"].map(|function| {
        let answer = invoke(&world, &format!("uses-aws-{function}-remote"), &event);
        let outcomes = answer["response"]["result"].as_array().unwrap().iter().map(text);
        outcomes.collect::<Vec<_>>().join("\n")
    });
    assert_eq!(outcomes[0], outcomes[1]);
    expect![[r#"
        put_object: done
        get_object: written
        put_item: done
        get_item: kept
        put_object: AccessDenied
        get_object: AccessDenied
        put_item: AccessDeniedException
        get_item: AccessDeniedException
        delete_bucket: AccessDenied
        list_roles: AccessDenied"#]]
    .assert_eq(&outcomes[0]);

    // Narrowed to another function, the role no longer lets in the one that asks.
    config.replace(
        "app_name         = \"uses-aws\"\n  }\n  grant",
        "app_name         = \"uses-aws\"\n    function_name    = \"by_environment\"\n  }\n  grant",
    );
    config.apply();
    let refused = invoke(&world, "uses-aws-as_role-remote", &event);
    let message = text(&refused["errorMessage"]);
    assert!(
        message.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        "{message}"
    );
    let allowed = invoke(&world, "uses-aws-by_environment-remote", &event);
    assert_eq!(allowed["response"]["result"][0], "put_object: done", "{allowed}");
    config.destroy();
}

/// A Modal whose functions find this world's AWS.
fn modal_beside(world: &World) -> LocalModal {
    let workspace = Workspace::here();
    let app = workspace.file("tests/acceptance/modal/apps/uses_aws.py");
    let log = workspace.scratch().join("modal-beside-aws.log");
    LocalModal::start_beside(Some(world.aws.endpoint()), &workspace, &[app], &log).unwrap()
}

fn described(modal: &LocalModal) -> Value {
    json!({
        "server_url": modal.server_url(),
        "workspace_id": modal.workspace_id(),
    })
}

fn invoke(world: &World, bridge: &str, event: &Value) -> Value {
    let request = json!({"FunctionName": bridge, "Payload": event.to_string()});
    let answer = world.aws.call("lambda", "invoke", request);
    serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
