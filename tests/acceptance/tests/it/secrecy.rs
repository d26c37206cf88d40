//! Where a token's secret half is: in Secrets Manager, and on the one documented path in Terraform's
//! own files. Everything else that a life of all resources leaves behind is searched for it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;

use acceptance::{Config, LocalModal, World, host_architecture};
use serde_json::{Value, json};

const EVERYTHING: &str = r#"
variable "token_secret" {
  type      = string
  EPHEMERAL
}
variable "aws_secret_key" {
  type      = string
  ephemeral = true
}
variable "modal_server_url" {
  type = string
}

provider "modal" {
  access_key       = "ACCOUNT"
  secret_key       = var.aws_secret_key
  modal_server_url = var.modal_server_url
}

resource "modal_token_secret" "this" {
  name                    = "modal"
  token_id                = "ak-demo"
  ARGUMENT = var.token_secret
  recovery_window_in_days = 0
}

resource "modal_oidc_provider" "this" {
  retain_on_destroy = false
}

resource "modal_oidc_role" "this" {
  name              = "images"
  workspace_id      = "ac-1"
  oidc_provider_arn = modal_oidc_provider.this.arn

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::images"]
  }
}

resource "modal_bridge_function" "this" {
  name                = "thumbnails"
  app_name            = "thumbnails"
  modal_function_name = "echo"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
  log_event           = true

  logging_config {
    application_log_level = "TRACE"
  }
}

data "modal_bridge_function" "this" {
  name = modal_bridge_function.this.name
}
"#;

/// Ours, and what a request to AWS is signed with.
const AWS_SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/marked";

#[test]
fn a_write_only_token_is_in_secrets_manager_alone() {
    let world = World::start();
    let config = life(&world, "token_secret_wo", "ephemeral = true");
    assert_eq!(files(&config, LocalModal::TOKEN_SECRET), names(&[]));
    assert_eq!(files(&config, AWS_SECRET_KEY), names(&[]));
    // The search does find: a token's ID is no secret.
    assert!(files(&config, "ak-other").contains("terraform.tfstate.backup"));
    assert!(files(&config, "modal_bridge_function").contains("trace.log"));
}

#[test]
fn the_token_of_older_terraforms_is_in_state_and_plan_and_nowhere_else() {
    let world = World::start();
    let config = life(&world, "token_secret", "sensitive = true").storing_secrets();
    assert_eq!(
        files(&config, LocalModal::TOKEN_SECRET),
        names(&["plan.tfplan", "shown.json", "terraform.tfstate.backup", "transcript.txt"])
    );
    // The last of them because it shows state and plan: no other command printed it.
    let transcript = fs::read_to_string(config.directory().join("transcript.txt")).unwrap();
    let commands =
        transcript.split("\n$ ").filter(|command| !command.starts_with("terraform show"));
    for command in commands {
        assert!(!command.contains(LocalModal::TOKEN_SECRET), "{command}");
    }
    assert_eq!(files(&config, AWS_SECRET_KEY), names(&[]));
}

/// Plans, applies, invokes, rotates, is refused by AWS at every call in turn, and destroys; and
/// looks itself into what no file of Terraform's shows.
fn life(world: &World, argument: &str, kind: &str) -> Config {
    let text = EVERYTHING
        .replace("EPHEMERAL", kind)
        .replace("ARGUMENT", argument)
        .replace("ARCHITECTURE", host_architecture())
        .replace("ACCOUNT", world.aws.id());
    let config = world
        .config(&text)
        .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET)
        .with_env("TF_VAR_aws_secret_key", AWS_SECRET_KEY)
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_LOG", "trace")
        .with_env("TF_LOG_PATH", "trace.log");
    // Each call of the creates is refused once, with what was sent before it.
    for actions in [
        ["secretsmanager:CreateSecret", "iam:CreateOpenIDConnectProvider"],
        ["iam:CreateRole", "logs:CreateLogGroup"],
        ["iam:PutRolePolicy", "lambda:CreateFunction"],
    ] {
        world.aws.set_knobs(&json!({"deny": actions}));
        let errors = config.apply_errors().join("\n");
        assert!(actions.iter().any(|action| errors.contains(action)), "{actions:?}: {errors}");
    }
    world.aws.set_knobs(&json!({"deny": []}));
    config.plan();
    config.apply_planned();
    config.write("shown.json", &config.state().to_string());

    let event = json!({"n": 1}).to_string();
    let request = json!({"FunctionName": "thumbnails", "Payload": event});
    let answer = world.aws.call("lambda", "invoke", request);
    assert!(answer["FunctionError"].is_null(), "{answer}");
    let function = json!({"FunctionName": "thumbnails"});
    let function = world.aws.call("lambda", "get_function", function);
    let group = json!({"logGroupName": "/aws/lambda/thumbnails"});
    let logged = world.aws.call("logs", "filter_log_events", group);
    assert!(!logged["events"].as_array().unwrap().is_empty(), "{logged}");
    for found in [answer, function, logged] {
        assert!(!found.to_string().contains(LocalModal::TOKEN_SECRET), "{found}");
    }

    config.replace("\"ak-demo\"", "\"ak-other\"");
    world.aws.set_knobs(&json!({"deny": ["secretsmanager:PutSecretValue"]}));
    config.apply_errors();
    world.aws.set_knobs(&json!({"deny": []}));
    config.apply();
    config.plan_with(&["-refresh-only"]);
    let value = json!({"SecretId": "modal"});
    let value = world.aws.call("secretsmanager", "get_secret_value", value);
    let token = json!({
        "MODAL_TOKEN_ID": "ak-other",
        "MODAL_TOKEN_SECRET": LocalModal::TOKEN_SECRET,
    });
    let held: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!(held, token);
    config.destroy();
    config
}

/// The names of the files that the runs left and that contain the text.
fn files(config: &Config, text: &str) -> BTreeSet<String> {
    let files = config.files_that_contain(text);
    let names = files.iter().filter_map(|path| path.file_name().and_then(OsStr::to_str));
    names.map(str::to_owned).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
