//! From where Terraform runs to Secrets Manager, and nowhere else: the ephemeral token.

use std::path::PathBuf;

use acceptance::{Config, LocalModal, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::{ADDRESS, describe, value};
use crate::diagnostics::said;

const CREDENTIALS: &str = r#"
ephemeral "modal_credentials" "this" {}

resource "modal_token_secret" "modal" {
  name                    = "modal"
  token_id_wo             = ephemeral.modal_credentials.this.token_id
  token_secret_wo         = ephemeral.modal_credentials.this.token_secret
  token_secret_wo_version = "1"
  verify                  = true
  recovery_window_in_days = 0
}
"#;

/// Two profiles, one of them active.
const PROFILES: &str = r#"
[play]
token_id = "ak-play"
token_secret = "as-play-9Rw2"

[work]
token_id = "ak-demo"
token_secret = "as-demo"
active = true
"#;

/// With that file as Modal's.
fn with_profiles(config: Config, world: &World) -> Config {
    config.write("modal.toml", PROFILES);
    let path = config.directory().join("modal.toml");
    config
        .with_env("MODAL_CONFIG_PATH", path.to_str().unwrap())
        .with_env("MODAL_SERVER_URL", world.modal().server_url())
}

/// Where it was found, but for the file that it was read from.
fn found(config: &Config, needle: &str) -> Vec<PathBuf> {
    let mut found = config.files_that_contain(needle);
    found.retain(|path| !path.ends_with("modal.toml"));
    found
}

#[test]
fn a_profiles_token_reaches_secrets_manager_and_no_file() {
    let world = World::start();
    let config = with_profiles(world.config(CREDENTIALS), &world)
        .storing_secrets()
        .with_env("TF_LOG", "trace")
        .with_env("TF_LOG_PATH", "trace.log");
    config.plan();
    config.apply_planned();
    let token = json!({"MODAL_TOKEN_ID": "ak-demo", "MODAL_TOKEN_SECRET": "as-demo"});
    assert_eq!(value(&world, "modal"), token);
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!((&state["token_id"], &state["token_id_wo"]), (&Value::Null, &Value::Null));
    assert_eq!(state["token_status"], "managed");
    assert!(state["workspace_id"].as_str().unwrap().starts_with("ac-"));
    config.plan().assert_empty();
    for half in ["ak-demo", "as-demo"] {
        assert_eq!(found(&config, half), [] as [PathBuf; 0], "{half}");
    }

    // Another token is written with another version only.
    config.replace("\"this\" {}", "\"this\" {\n  profile = \"play\"\n}");
    config.replace("verify                  = true", "verify                  = false");
    config.apply();
    assert_eq!(value(&world, "modal"), token);
    config.replace("= \"1\"", "= \"rotated on Monday\"");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["version_id"], true);
    config.apply_planned();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-play", "MODAL_TOKEN_SECRET": "as-play-9Rw2"})
    );
    assert_eq!(describe(&world, "modal")["VersionIdsToStages"].as_object().unwrap().len(), 2);
    config.plan().assert_empty();
    for half in ["ak-play", "as-play-9Rw2"] {
        assert_eq!(found(&config, half), [] as [PathBuf; 0], "{half}");
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_provider_block_over_both() {
    let world = World::start();
    let config = with_profiles(world.config(CREDENTIALS), &world)
        .storing_secrets()
        .with_env("MODAL_TOKEN_ID", "ak-variable")
        .with_env("MODAL_TOKEN_SECRET", "as-variable")
        .with_env("MODAL_PROFILE", "play");
    config.replace("verify                  = true", "verify                  = false");
    config.apply();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-variable");

    let block = "provider \"modal\" {\n  modal_token_id = \"ak-block\"\n}\n";
    config.rewrite(&format!("{block}{CREDENTIALS}"));
    config.replace("verify                  = true", "verify                  = false");
    config.replace("= \"1\"", "= \"2\"");
    config.apply();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-block", "MODAL_TOKEN_SECRET": "as-variable"})
    );

    let config = config.without_env("MODAL_TOKEN_ID").without_env("MODAL_TOKEN_SECRET");
    config.rewrite(CREDENTIALS);
    config.replace("verify                  = true", "verify                  = false");
    config.replace("= \"1\"", "= \"3\"");
    config.apply();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-play", "MODAL_PROFILE");
    let config = config.without_env("MODAL_PROFILE");
    config.replace("= \"3\"", "= \"4\"");
    config.apply();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-demo", "the active one");
}

#[test]
fn what_is_wrong_with_the_credentials_says_where_they_come_from() {
    let world = World::start();
    let config = with_profiles(world.config(CREDENTIALS), &world).storing_secrets();
    let told = |config: &Config| {
        let folder = config.directory().to_str().unwrap();
        said(&world, &config.plan_errors()).replace(folder, "<folder>")
    };

    config.replace("\"this\" {}", "\"this\" {\n  profile = \"gone\"\n}");
    expect![[r#"
        Cannot read the Modal token

        There is no profile "gone" in <folder>/modal.toml."#]]
    .assert_eq(&told(&config));

    config.rewrite(CREDENTIALS);
    config.write("modal.toml", &PROFILES.replace("active = true", ""));
    expect![[r#"
        Cannot read the Modal token

        <folder>/modal.toml has several profiles, and none is active; choose one with `modal profile activate`, or name one by modal_profile or MODAL_PROFILE."#]].assert_eq(&told(&config));

    config.write("modal.toml", "[work]\ntoken_secret = as-unquoted-5Xq1\n");
    let error = told(&config);
    assert!(error.starts_with("Cannot configure Modal\n\nModal's configuration file <folder>/modal.toml is not TOML: line 2: "), "{error}");
    assert!(!error.contains("5Xq1"), "{error}");

    std::fs::remove_file(config.directory().join("modal.toml")).unwrap();
    expect![[r#"
        Cannot read the Modal token

        No Modal token is configured; set modal_token_id and modal_token_secret in the provider block, or MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or log in by `modal token new` (looked into profile "default" in <folder>/modal.toml)."#]].assert_eq(&told(&config));

    let config = config.with_env("MODAL_TOKEN_ID", LocalModal::TOKEN_ID);
    expect![[r#"
        Cannot read the Modal token

        The Modal token's ID is in the environment variable MODAL_TOKEN_ID, and its secret is nowhere."#]].assert_eq(&told(&config));
}
