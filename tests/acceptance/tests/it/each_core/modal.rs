//! Our own provider, as its practitioner installs it.

use std::path::PathBuf;

use acceptance::{Core, LocalModal, World};
use serde_json::{Value, json};

use super::{IMPORT_BY_IDENTITY, on_each_core};

const SECRET: &str = "modal_token_secret.modal";
const ROLE: &str = "modal_oidc_role.images";
const BRIDGE: &str = "modal_bridge_function.thumbnails";

const MAIN: &str = r#"
variable "modal_token_secret" {
  type      = string
  ephemeral = true
}

resource "modal_token_secret" "modal" {
  name                    = "modal"
  token_id                = "ak-1"
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0
}

resource "modal_oidc_role" "images" {
  name         = "images"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "images"
  }
}

resource "modal_bridge_function" "thumbnails" {
  name                = "thumbnails"
  app_name            = "images"
  modal_function_name = "render"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn
}
"#;

fn everything_is_made_changed_imported_and_destroyed(core: Core) {
    let world = World::start().on(core);
    let config = world
        .config_with_init(MAIN)
        .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET);

    config.init();
    config.plan().assert_creates(&[BRIDGE, ROLE, SECRET]);
    config.apply_planned();
    // As a practitioner has it until here; from here on without the checksum of a debug build.
    let config = config.with_override();
    config.plan().assert_empty();
    assert_eq!(config.files_that_contain(LocalModal::TOKEN_SECRET), [] as [PathBuf; 0]);

    config.replace("= 0\n", "= 0\n  description             = \"The token.\"\n");
    config.replace("= \"main\"", "= \"dev\"");
    config.replace("\"remote\"", "\"spawn\"");
    config.plan().assert_updates(&[BRIDGE, ROLE, SECRET]);
    config.apply_planned();
    let applied = config.state();

    config.succeeds(&["state", "rm", ROLE, BRIDGE]);
    config.import(ROLE, "images");
    let mut blocks = format!("import {{\n  to = {BRIDGE}\n  id = \"thumbnails\"\n}}\n");
    if core >= IMPORT_BY_IDENTITY {
        config.forget(ROLE);
        blocks +=
            &format!("import {{\n  to       = {ROLE}\n  identity = {{ name = \"images\" }}\n}}\n");
    }
    config.write("import.tf", &blocks);
    let plan = config.plan();
    plan.assert_only(&[]);
    assert_eq!(plan.change(BRIDGE)["importing"]["id"], "thumbnails");
    if core >= IMPORT_BY_IDENTITY {
        assert_eq!(plan.change(ROLE)["importing"]["identity"]["name"], "images");
    }
    config.apply_planned();
    assert_eq!(config.state()["values"], applied["values"]);
    config.plan().assert_empty();

    config.destroy();
    let left = |service: &str, operation: &str, field: &str| {
        world.aws.call(service, operation, json!({}))[field].clone()
    };
    let nothing = Value::Array(Vec::new());
    assert_eq!(left("lambda", "list_functions", "Functions"), nothing);
    assert_eq!(left("iam", "list_roles", "Roles"), nothing);
    assert_eq!(left("secretsmanager", "list_secrets", "SecretList"), nothing);
    assert_eq!(left("logs", "describe_log_groups", "logGroups"), nothing);
}
on_each_core!(everything_is_made_changed_imported_and_destroyed);
