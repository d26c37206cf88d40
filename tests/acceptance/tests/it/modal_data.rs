//! Data sources about Modal, asked with the token that the provider finds.

use acceptance::{Config, LocalModal, World};
use expect_test::expect;
use serde_json::{Value, json};

use crate::diagnostics::said;

fn config(world: &World, main: &str) -> Config {
    world
        .config(main)
        .with_env("MODAL_SERVER_URL", world.modal().server_url())
        .with_env("MODAL_TOKEN_ID", LocalModal::TOKEN_ID)
        .with_env("MODAL_TOKEN_SECRET", LocalModal::TOKEN_SECRET)
}

const WORKSPACE: &str = r#"
data "modal_workspace" "this" {}

output "found" {
  value = data.modal_workspace.this
}
"#;

/// A function by its name, with what else is said of it.
fn function(name: &str, more: &str) -> String {
    format!(
        r#"
data "modal_function" "this" {{
  app_name            = "thumbnails"
  modal_function_name = "{name}"
{more}
}}

output "found" {{
  value = data.modal_function.this
}}
"#
    )
}

#[test]
fn a_workspace_is_that_of_the_token() {
    let world = World::start();
    let config = config(&world, WORKSPACE);
    config.apply();
    let found = config.output("found");
    assert!(found["workspace_id"].as_str().unwrap().starts_with("ac-"), "{found}");
    assert_eq!(found["token_id"], LocalModal::TOKEN_ID);
    assert_eq!((&found["token_name"], &found["username"]), (&json!("local"), &json!("local-user")));
    assert_eq!((&found["service_user_id"], &found["expires_at"]), (&Value::Null, &Value::Null));
    assert!(found["created_at"].as_str().unwrap().ends_with('Z'), "{found}");
    config.plan().assert_empty();
}

#[test]
fn a_token_that_modal_refuses_is_told_with_where_it_comes_from() {
    let world = World::start();
    let config = config(&world, WORKSPACE).with_env("MODAL_TOKEN_SECRET", "as-wrong-7Hc3");
    expect![[r#"
        Cannot look up the Modal workspace

        Check the Modal token: its ID comes from the environment variable MODAL_TOKEN_ID, its secret from the environment variable MODAL_TOKEN_SECRET.

        Modal refused the token: Token ID or secret is not valid."#]]
    .assert_eq(&said(&world, &config.plan_errors()));
    assert!(config.files_that_contain("as-wrong-7Hc3").is_empty());

    // The provider block wins.
    let block = "provider \"modal\" {\n  modal_token_secret = \"as-demo\"\n}\n";
    config.rewrite(&format!("{block}{WORKSPACE}"));
    config.apply();
}

#[test]
fn a_function_tells_all_that_a_bridge_depends_on() {
    let world = World::start();
    let config = config(&world, &function("render", ""));
    let found = |name: &str| {
        config.rewrite(&function(name, ""));
        config.apply();
        config.output("found")
    };

    let render = found("render");
    assert!(render["function_id"].as_str().unwrap().starts_with("fu-"), "{render}");
    assert!(render["app_id"].as_str().unwrap().starts_with("ap-"), "{render}");
    assert_eq!(render["environment_name"], "main", "the workspace's default");
    assert_eq!(render["function_type"], "function");
    assert_eq!(render["supports_cbor"], true);
    assert_eq!(render["input_formats"], json!(["pickle", "cbor"]));
    assert_eq!((&render["is_method"], &render["web_url"]), (&json!(false), &Value::Null));
    assert_eq!(render["timeout_secs"], 300, "Modal's default");
    assert_eq!(
        render["arguments"],
        json!([{"name": "event", "has_default": false}, {"name": "params", "has_default": false}])
    );

    assert_eq!(found("times_out")["timeout_secs"], 1);
    assert_eq!(found("generator")["function_type"], "generator");
    assert!(found("web")["web_url"].as_str().unwrap().starts_with("https://"));
    let old = found("old");
    assert_eq!((&old["supports_cbor"], &old["input_formats"]), (&json!(false), &json!([])));
    let there = found("by_input_plane");
    assert_eq!(there["input_plane_region"], "us-west");
    assert!(there["input_plane_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
}

#[test]
fn what_is_not_deployed_is_named() {
    let world = World::start();
    let config = config(&world, &function("forget", ""));
    let told = |main: &str| {
        config.rewrite(main);
        said(&world, &config.plan_errors())
    };
    expect![[r#"
        Cannot look up Modal function "forget" of app "thumbnails"

        Deploy it with `modal deploy`, or correct the name.

        Modal has no function "forget" in app "thumbnails", environment "main"."#]]
    .assert_eq(&told(&function("forget", "")));
    expect![[r#"
        Cannot look up Modal function "render" of app "thumbnails"

        Check environment_name and the workspace of the Modal token.

        Modal has no environment "nowhere"."#]]
    .assert_eq(&told(&function("render", "  environment_name = \"nowhere\"")));
    expect![[r#"
        Cannot look up Modal function "render" of app "thumbnails"

        Deploy it with `modal deploy`, or correct the name.

        Modal has no function "render" in app "thumbnails", environment "main"."#]]
    .assert_eq(&told(&function("render", "  app_version = 99")));

    // In a check it is a warning.
    let check = "check \"deployed\" {\n  data \"modal_function\" \"this\" {\n    app_name            = \"thumbnails\"\n    modal_function_name = \"forget\"\n  }\n\n  assert {\n    condition     = data.modal_function.this.function_type == \"function\"\n    error_message = \"No function.\"\n  }\n}\n";
    config.rewrite(check);
    assert!(config.plan_warnings()[0].contains("Modal has no function \"forget\""));
}
