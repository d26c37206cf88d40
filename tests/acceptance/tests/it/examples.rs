//! The examples, as they stand in the repository.

use std::path::PathBuf;

use acceptance::{Core, LocalModal, Workspace, World, host_architecture};
use serde_json::json;

use crate::cdk::{CdkBridge, Generation};

#[test]
fn the_way_from_s3_to_modal_applies_works_and_goes() {
    let world = World::start();
    world.aws.call("s3", "create_bucket", json!({"Bucket": "my-images"}));
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
        "modal_bridge_trigger.uploads",
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
        ("modal_oidc_provider", "modal_oidc_provider.modal", "oidc.modal.com"),
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
fn the_example_of_event_sources_applies_is_imported_and_goes() {
    let world = World::start();
    let queue = json!({"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "180"}});
    world.aws.call("sqs", "create_queue", queue);
    let table = json!({
        "TableName": "orders",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
    });
    let table = world.aws.call("dynamodb", "create_table", table);
    let stream = table["TableDescription"]["LatestStreamArn"].as_str().unwrap();
    let folder = "examples/resources/modal_bridge_event_source";
    let config = world
        .config_of(folder)
        .with_env("TF_VAR_queue_arn", format!("arn:aws:sqs:us-east-1:{}:jobs", world.aws.id()))
        .with_env("TF_VAR_table_stream_arn", stream);
    config.write("provider.tf", &read("examples/provider/provider.tf"));

    config.apply();
    config.plan().assert_empty();

    let address = "modal_bridge_event_source.jobs";
    let uuid = config.resource(address).unwrap()["uuid"].as_str().unwrap().to_owned();
    let import = read(&format!("{folder}/import.sh"));
    let example = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
    for id in [example.to_owned(), format!("{example}@eu-west-1")] {
        let command = format!("terraform import {address} {id}");
        assert!(import.lines().any(|line| line == command), "{import} has no line {command}");
    }
    config.forget(address);
    config.import(address, &uuid);
    config.destroy();
}

#[test]
fn the_example_of_triggers_applies_is_imported_and_goes() {
    let world = World::start();
    world.aws.call("s3", "create_bucket", json!({"Bucket": "my-uploads"}));
    let folder = "examples/resources/modal_bridge_trigger";
    let topic = world.aws.call("sns", "create_topic", json!({"Name": "alerts"}))["TopicArn"].take();
    world.aws.call("events", "create_event_bus", json!({"Name": "orders"}));
    let config = world
        .config_of(folder)
        .with_env("MODAL_SERVER_URL", world.modal().server_url())
        .with_env("TF_VAR_alerts_topic_arn", topic.as_str().unwrap());
    config.write("provider.tf", &read("examples/provider/provider.tf"));

    config.apply();
    config.plan().assert_empty();
    assert!(config.output("search_url").as_str().unwrap().ends_with("/search"));

    let import = read(&format!("{folder}/import.sh"));
    for (address, made_up) in [
        ("modal_bridge_trigger.uploads", "2f9c1e7ab0d34d0c9b1c6a5e8f7d4a3b"),
        ("modal_bridge_trigger.search", "a1b2c3d4"),
    ] {
        let id = config.resource(address).unwrap()["id"].as_str().unwrap().to_owned();
        let random = &id[id.rfind(['-', '/']).unwrap() + 1..];
        // The command is the example's, but for what AWS and the provider made up.
        let command = format!("terraform import {address} {}", id.replace(random, made_up));
        assert!(import.lines().any(|line| line == command), "{import} has no line {command}");
        config.forget(address);
        config.import(address, &id);
        config.plan().assert_empty();
    }
    for address in
        ["alerts", "nightly", "shipped"].map(|name| format!("modal_bridge_trigger.{name}"))
    {
        let id = config.resource(&address).unwrap()["id"].as_str().unwrap().to_owned();
        let command = format!("terraform import {address} {id}");
        let command = command.replace(world.aws.id(), "111122223333");
        assert!(import.lines().any(|line| line == command), "{import} has no line {command}");
        config.forget(&address);
        config.import(&address, &id);
        config.plan().assert_empty();
    }
    config.destroy();
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

#[test]
fn the_example_of_a_list_finds_roles_that_trust_modal_and_no_others() {
    let world = World::start().on(Core::V1_14);
    let mine = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";
    let theirs = "arn:aws:iam::111122223333:oidc-provider/accounts.example.com";
    for (name, provider) in [("images", mine), ("others", theirs)] {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }]});
        let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        world.aws.call("iam", "create_role", role);
    }
    let config = world.config("");
    let file = "list-resource.tfquery.hcl";
    config.write(file, &read(&format!("examples/list-resources/modal_oidc_role/{file}")));
    let found = config.succeeds(&["query", "-no-color"]);
    let lines: Vec<_> = found.lines().filter(|line| line.starts_with("list.")).collect();
    // Without a condition on the subject: what an audit is for.
    assert!(matches!(&lines[..], [line] if line.ends_with("images (unusual trust)")), "{found}");
}

#[test]
fn the_example_of_a_list_finds_bridges() {
    let world = World::start().on(Core::V1_14);
    CdkBridge::make(&world, "process_image", "remote", Generation::Python);
    let config = world.config("");
    let file = "list-resource.tfquery.hcl";
    config.write(file, &read(&format!("examples/list-resources/modal_bridge_function/{file}")));
    let found = config.succeeds(&["query", "-no-color"]);
    let lines: Vec<_> = found.lines().filter(|line| line.starts_with("list.")).collect();
    let expected = "process_image_remote (main/thumbnails/process_image, remote)";
    assert!(matches!(&lines[..], [line] if line.ends_with(expected)), "{found}");
}

#[test]
fn the_example_of_an_action_sends_the_event() {
    let world = World::start().on(Core::V1_14);
    let config = world.config("");
    config.rewrite(&read("examples/actions/modal_invoke_bridge/action.tf"));
    let here = format!("= \"remote\"\n  architecture        = {:?}", host_architecture());
    config.replace("= \"remote\"", &here);
    // Its secret is still to be filled in, which the bridge says.
    let said = config.apply_fails();
    assert!(said.contains("Bridge \"process-image\" failed: ModalTokenNotConfigured"), "{said}");
    config.destroy();
}

#[test]
fn the_examples_of_functions_have_values() {
    for (function, output, value) in [
        (
            "oidc_subject",
            "one_app",
            "modal:workspace_id:ac-0123456789abcdefghijkl:environment_name:main:app_name:images:*",
        ),
        ("parse_subject", "app", "images"),
        (
            "oidc_provider_arn",
            "in_govcloud",
            "arn:aws-us-gov:iam::111122223333:oidc-provider/oidc.modal.com",
        ),
        ("role_arn", "role_arn", "arn:aws:iam::111122223333:role/image-processor"),
    ] {
        let config =
            World::start().config(&read(&format!("examples/functions/{function}/function.tf")));
        config.apply();
        assert_eq!(config.output(output), value, "{function}");
    }
    for function in ["trust_policy", "grant_policy"] {
        let config =
            World::start().config(&read(&format!("examples/functions/{function}/function.tf")));
        config.apply();
        let policy = config.output(function);
        let policy: serde_json::Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
        assert_eq!(policy["Statement"][0]["Effect"], "Allow", "{function}");
    }
}

#[test]
fn the_guides_three_tables_are_one_role() {
    let world = World::start();
    let config = world
        .config_of("examples/complete/dynamodb-from-modal")
        .with_env("TF_VAR_modal_workspace_id", "ac-1")
        .with_env("TF_VAR_account_id", world.aws.id());
    config.apply();
    config.plan().assert_empty();
    let policy = json!({"RoleName": "modal-rag", "PolicyName": "modal-grants"});
    let policy = world.aws.call("iam", "get_role_policy", policy)["PolicyDocument"].take();
    let statement = &policy["Statement"][0];
    let list = |member: &str| statement[member].as_array().unwrap().clone();
    // All that the guide's own policy allows.
    for action in [
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "Query",
        "Scan",
        "BatchGetItem",
        "BatchWriteItem",
    ] {
        assert!(list("Action").contains(&json!(format!("dynamodb:{action}"))), "{action}");
    }
    for table in ["chat-table", "trace-table", "chat-metadata-table"] {
        let table = format!("arn:aws:dynamodb:us-east-2:{}:table/{table}", world.aws.id());
        assert!(list("Resource").contains(&json!(table)), "{table}");
        assert!(list("Resource").contains(&json!(format!("{table}/index/*"))), "{table}");
    }
    let data = world.config(&read("examples/data-sources/modal_oidc_provider/data-source.tf"));
    data.apply();
    assert_eq!(data.output("audiences"), json!(["oidc.modal.com"]));
    config.destroy();
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Workspace::here().file(path)).unwrap()
}
