//! The examples, as they stand in the repository.

use std::path::PathBuf;

use acceptance::{Core, LocalModal, Workspace, World, host_architecture};
use serde_json::json;

#[test]
fn the_way_from_s3_to_modal_applies_works_and_goes() {
    let world = World::start();
    let config = world
        .config_of("examples/complete/s3-to-modal")
        .with_env("TF_VAR_bucket", "my-images")
        .with_env("TF_VAR_table_arn", "arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails")
        .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
        .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET)
        .with_env("TF_VAR_modal_workspace_id", "ac-1")
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_architecture", host_architecture());

    config.plan().assert_creates(&[
        "modal_bridge_function.index",
        "modal_bridge_function.thumbnail",
        "modal_oidc_role.thumbnails",
        "modal_token_secret.modal",
    ]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(
        config.files_that_contain(LocalModal::TOKEN_SECRET),
        [] as [PathBuf; 0],
        "the token's secret half is in files that the runs left"
    );

    config.destroy();
    let nothing = json!([]);
    assert_eq!(world.aws.call("lambda", "list_functions", json!({}))["Functions"], nothing);
    assert_eq!(world.aws.call("iam", "list_roles", json!({}))["Roles"], nothing);
    assert_eq!(world.aws.call("secretsmanager", "list_secrets", json!({}))["SecretList"], nothing);
    assert_eq!(world.aws.call("logs", "describe_log_groups", json!({}))["logGroups"], nothing);
}

#[test]
fn the_example_of_each_resource_applies_is_imported_and_goes() {
    for (resource, address, id) in [
        ("modal_token_secret", "modal_token_secret.modal", "modal/prod"),
        ("modal_oidc_role", "modal_oidc_role.images", "image-processor"),
        ("modal_bridge_function", "modal_bridge_function.process_image", "process-image"),
    ] {
        let world = World::start();
        let folder = format!("examples/resources/{resource}");
        let config = world
            .config_of(&folder)
            .with_env("MODAL_SERVER_URL", world.modal().server_url())
            .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
            .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET);
        config.write("provider.tf", &read("examples/provider/provider.tf"));

        config.apply();
        config.plan().assert_empty();

        let command = format!("terraform import {address} {id}");
        let import = read(&format!("{folder}/import.sh"));
        assert!(import.lines().any(|line| line == command), "{import} has no line {command}");
        config.forget(address);
        config.import(address, id);

        config.destroy();
    }
}

#[test]
fn the_examples_that_ask_modal_apply_and_go() {
    for folder in [
        "data-sources/modal_workspace",
        "data-sources/modal_function",
        "ephemeral-resources/modal_credentials",
    ] {
        let world = World::start();
        let config = world
            .config_of(&format!("examples/{folder}"))
            .with_env("MODAL_SERVER_URL", world.modal().server_url())
            .with_env("MODAL_TOKEN_ID", LocalModal::TOKEN_ID)
            .with_env("MODAL_TOKEN_SECRET", LocalModal::TOKEN_SECRET);
        config.write("provider.tf", &read("examples/provider/provider.tf"));

        config.apply();
        config.plan().assert_empty();
        let warnings = config.plan_warnings();
        let failed: Vec<_> =
            warnings.iter().filter(|warning| warning.contains("Check block")).collect();
        assert!(failed.is_empty(), "{folder}: {failed:?}");
        config.destroy();
    }
}

#[test]
fn the_example_of_a_list_finds_secrets() {
    let world = World::start().on(Core::V1_14);
    let tags = json!([{"Key": "team", "Value": "ml"}]);
    let secret = json!({"Name": "modal/prod", "SecretString": "{}", "Tags": tags});
    world.aws.call("secretsmanager", "create_secret", secret);
    let config = world.config("");
    let file = "list-resource.tfquery.hcl";
    config.write(file, &read(&format!("examples/list-resources/modal_token_secret/{file}")));
    let found = config.succeeds(&["query", "-no-color"]);
    let lines: Vec<_> = found.lines().filter(|line| line.starts_with("list.")).collect();
    assert!(matches!(&lines[..], [line] if line.ends_with("modal/prod")), "{found}");
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Workspace::here().file(path)).unwrap()
}
