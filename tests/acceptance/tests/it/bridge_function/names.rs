//! Imports, and names that are taken: by other bridges, by others, by what a crash left behind.

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use super::{EVERYTHING, NOTHING};
use crate::bridge::{
    ADDRESS, SECRET_ARN, bridge, log_group_name, make_foreign_function, objects, role_name,
    trust_policy,
};

#[test]
fn an_import_gives_the_same_state() {
    let world = World::start();
    let text = bridge(
        r#"
  params = jsonencode({ width = 128 })
  tags   = { team = "images" }
"#,
    );
    let config = world.config(&text);
    config.apply();
    let applied = config.resource(ADDRESS).unwrap();

    config.forget(ADDRESS);
    config.import(ADDRESS, "thumbnails");

    assert_eq!(config.resource(ADDRESS).unwrap(), applied);
    config.plan().assert_empty();
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
}

#[test]
fn only_a_bridge_can_be_imported() {
    let world = World::start();
    let config = world.config(
        &(bridge("")
            + r#"
import {
  to = modal_bridge_function.this
  id = "thumbnails"
}
"#),
    );
    let errors = config.plan_errors();
    expect![[r#"
        Cannot import bridge function "thumbnails"

        There is no such Lambda function in this account in us-east-1. The id to import by is its name, or name@region."#]].assert_eq(&errors.join("\n"));

    make_foreign_function(&world);
    let errors = config.plan_errors();
    expect![[r#"
        Cannot import bridge function "thumbnails"

        This Lambda function is no bridge: its environment variables do not say which Modal function it calls."#]].assert_eq(&errors.join("\n"));
}

#[test]
fn a_role_and_a_log_group_of_others_do_not_come_with_an_import() {
    let world = World::start();
    make_foreign_function(&world);
    let variables = json!({
        "MODAL_APP_NAME": "images",
        "MODAL_ENVIRONMENT_NAME": "main",
        "MODAL_FUNCTION_NAME": "render",
        "MODAL_INTEGRATION_PATTERN": "remote",
        "MODAL_SECRET_ARN": SECRET_ARN,
        "PARAMETERS": "{}",
    });
    world.aws.call(
        "lambda",
        "update_function_configuration",
        json!({
            "FunctionName": "thumbnails",
            "Environment": {"Variables": variables},
        }),
    );
    world.aws.call("logs", "create_log_group", json!({"logGroupName": "/shared"}));
    let config = world.config(&bridge(""));

    config.import(ADDRESS, "thumbnails");

    let state = config.resource(ADDRESS).unwrap();
    assert_eq!((&state["app_name"], &state["mode"]), (&json!("images"), &json!("remote")));
    let foreign = format!("arn:aws:iam::{}:role/foreign", world.aws.id());
    assert_eq!(
        (&state["role_arn"], &state["execution_role_arn"]),
        (&json!(foreign), &json!(foreign))
    );
    assert_eq!(state["log_group_name"], Value::Null);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply();
    config.plan().assert_empty();
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    world.aws.call("iam", "get_role", json!({"RoleName": "foreign"}));
}

#[test]
fn a_function_of_that_name_is_left_alone() {
    let world = World::start();
    make_foreign_function(&world);
    let config = world.config(&bridge(""));

    let errors = config.apply_errors();

    expect![[r#"
        Cannot create bridge function "thumbnails"

        There is a Lambda function "thumbnails" already. It is not this bridge's: choose another name for the bridge, or delete it."#]].assert_eq(&errors.join("\n"));
    assert_eq!(config.resource(ADDRESS), None);
    assert_eq!(objects(&world, "thumbnails"), [true, false, false]);
}

#[test]
fn a_bridge_of_that_name_is_left_alone_until_it_is_imported() {
    let world = World::start();
    let first = world.config(&bridge(""));
    first.apply();
    let second = world.config(&bridge(""));

    let errors = second.apply_errors();

    expect![[r#"
        Cannot create bridge function "thumbnails"

        There is a Lambda function "thumbnails" already. Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_bridge_function.<name>
          id = "thumbnails@us-east-1"
        }"#]].assert_eq(&errors.join("\n"));
    assert_eq!(second.resource(ADDRESS), None);
    second.destroy();
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);
    first.plan().assert_empty();

    second.rewrite(&import_as_advised(&errors[0]));
    second.apply();
    second.plan().assert_empty();
    second.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
}

#[test]
fn what_a_crash_left_behind_is_healed_as_the_error_says() {
    let world = World::start();
    let config = world.config(&bridge(""));
    config.apply();
    // As if Terraform's machine had died before the function was made.
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    config.forget(ADDRESS);

    let errors = config.apply_errors();
    expect![[r#"
        Cannot create bridge function "thumbnails"

        There is an IAM role "thumbnails-us-east-1" already. Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_bridge_function.<name>
          id = "thumbnails@us-east-1"
        }"#]].assert_eq(&errors.join("\n"));
    config.rewrite(&import_as_advised(&errors[0]));
    config.apply();
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);
    config.plan().assert_empty();

    // And earlier still: a log group with our tag is ours.
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    let role = role_name("thumbnails");
    let policy = json!({"RoleName": role, "PolicyName": "modal-bridge"});
    world.aws.call("iam", "delete_role_policy", policy);
    world.aws.call("iam", "delete_role", json!({"RoleName": role}));
    config.forget(ADDRESS);
    config.rewrite(&bridge(""));
    config.apply();
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
}

#[test]
fn a_role_of_that_name_is_left_alone() {
    let world = World::start();
    world.aws.call(
        "iam",
        "create_role",
        json!({
            "RoleName": role_name("thumbnails"),
            "AssumeRolePolicyDocument": trust_policy(&json!({"Service": "ec2.amazonaws.com"})),
        }),
    );
    let config = world.config(&bridge(""));

    let errors = config.apply_errors();

    expect![[r#"
        Cannot create bridge function "thumbnails"

        There is an IAM role "thumbnails-us-east-1" already. It is not this bridge's: choose another name for the bridge, or delete it."#]].assert_eq(&errors.join("\n"));
    assert_eq!(config.resource(ADDRESS), None);
    assert_eq!(objects(&world, "thumbnails"), [false, true, false]);
}

#[test]
fn a_log_group_of_that_name_is_left_alone() {
    let world = World::start();
    let group = json!({"logGroupName": log_group_name("thumbnails")});
    world.aws.call("logs", "create_log_group", group.clone());
    let config = world.config(&bridge(""));

    let errors = config.apply_errors();

    expect![[r#"
        Cannot create log group "/aws/lambda/thumbnails"

        There is such a log group already. It is not this bridge's: choose another name for the bridge, or delete it."#]].assert_eq(&errors.join("\n"));
    assert_eq!(config.resource(ADDRESS), None);
    assert_eq!(objects(&world, "thumbnails"), [false, false, true]);

    world.aws.call("logs", "delete_log_group", group);
    config.apply();
    config.plan().assert_empty();
}

/// The HCL of a bridge, with the `import` block that an error printed.
#[track_caller]
fn import_as_advised(error: &str) -> String {
    let start = error.find("import {").unwrap_or_else(|| panic!("no import block: {error}"));
    let block = &error[start..error.rfind('}').unwrap() + 1];
    bridge("") + &block.replace("<name>", "this")
}
