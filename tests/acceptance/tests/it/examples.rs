//! The examples, as they stand in the repository.

use std::path::PathBuf;

use acceptance::{LocalModal, World, host_architecture};
use serde_json::json;

#[test]
fn the_way_from_s3_to_modal_applies_works_and_goes() {
    let world = World::start();
    let config = world
        .config_of("examples/complete/s3-to-modal")
        .with_env("TF_VAR_bucket", "my-images")
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
