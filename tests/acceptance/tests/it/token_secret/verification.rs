//! Tokens that Modal is asked about, before they are written.

use std::time::{Duration, SystemTime};

use acceptance::{Config, LocalModal, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::{ADDRESS, assert_is_gone, value};
use crate::diagnostics::said;

const VERIFIED: &str = r#"
variable "token_id" {
  type    = string
  default = "ak-demo"
}

variable "token_secret" {
  type      = string
  ephemeral = true
}

resource "modal_token_secret" "modal" {
  name                    = "modal"
  token_id                = var.token_id
  token_secret_wo         = var.token_secret
  verify                  = true
  recovery_window_in_days = 0
}
"#;

fn verified(world: &World) -> Config {
    world
        .config(VERIFIED)
        .with_env("MODAL_SERVER_URL", world.modal().server_url())
        .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET)
}

/// The attributes that Modal tells.
fn told(config: &Config) -> [Value; 4] {
    let state = config.resource(ADDRESS).unwrap();
    ["workspace_id", "workspace_name", "token_name", "expires_at"].map(|name| state[name].clone())
}

#[test]
fn a_verified_token_tells_its_workspace_and_keeps_telling_it() {
    let world = World::start();
    let config = verified(&world);
    config.replace("verify                  = true", "verify                  = false");
    config.apply();
    assert_eq!(told(&config), [const { Value::Null }; 4]);

    config.replace("verify                  = false", "verify                  = true");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["workspace_id"], true);
    let version = config.resource(ADDRESS).unwrap()["version_id"].clone();
    config.apply_planned();
    let [workspace_id, workspace_name, token_name, expires_at] = told(&config);
    assert!(workspace_id.as_str().unwrap().starts_with("ac-"), "{workspace_id}");
    assert!(workspace_name.is_string(), "{workspace_name}");
    assert_eq!((token_name, expires_at), (json!("local"), Value::Null));
    assert_eq!(config.resource(ADDRESS).unwrap()["version_id"], version, "nothing was written");
    config.plan().assert_empty();

    config.replace("= 0", "= 0\n  description = \"Verified.\"");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after"]["workspace_id"], workspace_id, "known in plans");
    config.apply_planned();

    // A role of the workspace that the token turned out to be of.
    config.write(
        "role.tf",
        r#"
resource "modal_oidc_role" "images" {
  name         = "images"
  workspace_id = modal_token_secret.modal.workspace_id

  subject {
    environment_name = "main"
    app_name         = "images"
  }
}
"#,
    );
    config.apply();
    let role = config.resource("modal_oidc_role.images").unwrap();
    let subject = format!("modal:workspace_id:{}:", workspace_id.as_str().unwrap());
    assert!(role["subjects"][0].as_str().unwrap().starts_with(&subject), "{role}");
    config.destroy();
}

#[test]
fn a_token_that_modal_refuses_ends_the_apply_before_anything_is_written() {
    let world = World::start();
    let config = verified(&world).with_env("TF_VAR_token_secret", "as-wrong");
    expect![[r#"
        Cannot verify the Modal token

        Check the ID and the secret. A token that was deleted, or has expired, is refused as well.

        Modal refused the token: Token ID or secret is not valid."#]]
    .assert_eq(&said(&world, &config.apply_errors()));
    assert_is_gone(&world, "modal");

    let config = config.with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET);
    config.apply();
    let config = config.with_env("TF_VAR_token_id", "ak-gone");
    config.plan().assert_updates(&[ADDRESS]);
    assert!(config.apply_errors()[0].starts_with("Cannot verify the Modal token"));
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], LocalModal::TOKEN_ID);
    assert!(config.files_that_contain("as-wrong").is_empty());
}

#[test]
fn a_token_of_another_workspace_is_refused() {
    let world = World::start();
    let config = verified(&world);
    config.replace("verify ", "workspace_id = \"ac-other\"\n  verify ");
    let errors = config.apply_errors();
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(
        error.starts_with("Cannot verify the Modal token\n\nThe token belongs to workspace ac-"),
        "{error}"
    );
    assert!(
        error.ends_with(
            "not to ac-other. Give a token of the workspace that is meant, or correct workspace_id."
        ),
        "{error}"
    );
    assert_is_gone(&world, "modal");
}

#[test]
fn where_modal_cannot_be_reached_the_token_is_written_with_a_warning() {
    let world = World::start();
    let config = verified(&world).with_env("MODAL_SERVER_URL", "http://127.0.0.1:1");
    config.replace("verify ", "workspace_id = \"ac-1\"\n  verify ");
    let output = config.apply();
    let words: Vec<_> = output.split_whitespace().collect();
    let output = words.join(" ");
    for part in [
        "The Modal token could not be verified",
        "Modal is called by gRPC, which firewalls and proxies may stop.",
        "Cannot reach Modal at 127.0.0.1:",
    ] {
        assert!(output.replace("│ ", "").contains(part), "{output}");
    }
    assert_eq!(told(&config)[0], "ac-1");
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], LocalModal::TOKEN_ID);
    config.plan().assert_empty();

    // Who knows that it cannot be reached says so once.
    let provider =
        format!("provider \"modal\" {{\n  skip_token_verification = true\n}}\n{VERIFIED}");
    config.rewrite(&provider);
    config.replace("modal\"\n  token_id", "modal-2\"\n  token_id");
    let output = config.apply();
    assert!(!output.contains("could not be verified"), "{output}");
}

#[test]
fn a_token_that_expires_soon_is_warned_about_in_every_plan() {
    #[expect(clippy::disallowed_methods, reason = "Modal's tokens end by the clock on the wall")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    // The local Modal knows the end of a token by its ID.
    let token_id = |days: u64| {
        format!("ak-until-{}", (now + Duration::from_secs(days * 24 * 60 * 60)).as_secs())
    };
    let world = World::start();
    let config = verified(&world)
        .with_env("TF_VAR_token_secret", "as-until")
        .with_env("TF_VAR_token_id", token_id(10));
    let output = config.apply();
    assert!(output.contains("The Modal token expires at 20"), "{output}");
    let expires_at = told(&config)[3].clone();
    let warnings = config.plan_warnings();
    let expected = format!(
        "The Modal token expires at {}\n\nBridges cannot call Modal with it then. Make a new \
         token in Modal, and give its ID and its secret here.",
        expires_at.as_str().unwrap()
    );
    assert_eq!(warnings, [expected]);

    let config = config.with_env("TF_VAR_token_id", token_id(20));
    config.apply();
    assert_eq!(config.plan_warnings(), [] as [String; 0]);
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], token_id(20));
    config.plan().assert_empty();
}
