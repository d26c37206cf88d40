//! What AWS refuses, delays, throttles or answers to nobody.

use acceptance::{Config, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::{EVERYTHING, NOTHING};
use crate::bridge::{ADDRESS, bridge, function, log_group_name, objects, role_name, tags};

#[test]
fn a_new_role_and_a_busy_function_are_waited_for() {
    let world = World::start();
    world.aws.set_knobs(&json!({"role_propagation_seconds": 4, "pending_update_seconds": 1.5}));
    let config = world.config(&bridge(""));

    config.apply();
    assert_eq!(function(&world, "thumbnails")["State"], "Active");
    let refused =
        world.aws.calls().iter().filter(|call| *call == "lambda:CreateFunction").count() - 1;
    assert!(refused > 0, "the role was known at once");

    // Settings and tags in one apply: the second call finds the first still under way.
    config.rewrite(&bridge("  timeout = 60\n  tags = { team = \"images\" }"));
    config.apply();
    assert_eq!(function(&world, "thumbnails")["LastUpdateStatus"], "Successful");
    config.plan().assert_empty();
}

#[test]
fn a_create_that_is_refused_half_way_is_remembered_and_healed() {
    for (denied, left) in [
        ("logs:PutRetentionPolicy", [false, false, true]),
        ("iam:CreateRole", [false, false, true]),
        ("iam:PutRolePolicy", [false, true, true]),
        ("lambda:CreateFunction", [false, true, true]),
    ] {
        let world = World::start();
        let config = world.config(&bridge(""));
        world.aws.set_knobs(&json!({"deny": [denied]}));

        let errors = config.apply_errors();

        assert_eq!(errors.len(), 1, "{errors:#?}");
        let advice = format!("Allow {denied} to the identity that runs Terraform.");
        assert!(errors[0].contains(&advice), "{denied}: {}", errors[0]);
        assert_eq!(objects(&world, "thumbnails"), left, "{denied}");
        assert_known(&world, &config, left);

        world.aws.set_knobs(&json!({"deny": []}));
        config.plan().assert_replaces(&[ADDRESS]);
        config.apply();
        config.plan().assert_empty();
        assert_eq!(objects(&world, "thumbnails"), EVERYTHING, "{denied}");
        config.destroy();
        assert_eq!(objects(&world, "thumbnails"), NOTHING, "{denied}");
    }
}

#[test]
fn what_a_refused_create_left_is_destroyed() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"deny": ["lambda:CreateFunction"]}));
    let errors = config.apply_errors();
    let account = world.aws.id();
    expect![[r#"
        Cannot create Lambda function "thumbnails"

        Allow lambda:CreateFunction to the identity that runs Terraform.

        lambda:CreateFunction answered AccessDeniedException: User: arn:aws:iam::(account):root is not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:us-east-1:(account):function:thumbnails because no identity-based policy allows the lambda:CreateFunction action"#]]
        .assert_eq(&without_request_id(&errors.join("\n")).replace(account, "(account)"));

    config.destroy();

    assert_eq!(objects(&world, "thumbnails"), NOTHING);
}

#[test]
fn an_update_and_a_destroy_that_are_refused_can_be_repeated() {
    for denied in ["logs:TagResource", "iam:PutRolePolicy", "lambda:TagResource"] {
        let world = World::start();
        let config = world.config(&bridge(""));
        config.apply();
        config.rewrite(&bridge("  timeout = 60\n  tags = { team = \"images\" }"));
        world.aws.set_knobs(&json!({"deny": [denied]}));
        let errors = config.apply_errors();
        assert!(errors[0].contains(denied), "{}", errors[0]);
        world.aws.set_knobs(&json!({"deny": []}));
        config.apply();
        config.plan().assert_empty();
        assert_eq!(tags(&world, "thumbnails"), [(); 3].map(|()| json!({"team": "images"})));
    }

    for denied in ["lambda:DeleteFunction", "logs:DeleteLogGroup"] {
        let world = World::start();
        let config = world.config(&bridge(""));
        config.apply();
        world.aws.set_knobs(&json!({"deny": [denied]}));
        let said = config.destroy_fails();
        assert!(said.contains(denied), "{said}");
        world.aws.set_knobs(&json!({"deny": []}));
        config.destroy();
        assert_eq!(objects(&world, "thumbnails"), NOTHING, "{denied}");
    }
}

#[test]
fn an_answer_that_was_lost_is_healed_in_the_same_apply() {
    for action in ["logs:CreateLogGroup", "iam:CreateRole", "lambda:CreateFunction"] {
        let world = World::start();
        let config = world.config(&bridge(""));
        let fault =
            json!({"action": action, "code": "ServiceException", "times": 1, "after": true});
        world.aws.set_knobs(&json!({"fail": [fault]}));

        config.apply();

        config.plan().assert_empty();
        assert_eq!(objects(&world, "thumbnails"), EVERYTHING, "{action}");
        config.destroy();
        assert_eq!(objects(&world, "thumbnails"), NOTHING, "{action}");
    }
}

#[test]
fn throttling_is_sat_out() {
    let world = World::start();
    let config = world.config(&bridge(""));
    let fault = |action: &str, code: &str, status: u16| json!({"action": action, "code": code, "status": status, "times": 2});
    world.aws.set_knobs(&json!({"fail": [
        fault("iam:CreateRole", "Throttling", 400),
        fault("lambda:CreateFunction", "TooManyRequestsException", 429),
        fault("lambda:GetFunction", "TooManyRequestsException", 429),
    ]}));

    config.apply();

    config.plan().assert_empty();
}

/// State knows the objects that there are, and only those, by their names.
#[track_caller]
fn assert_known(world: &World, config: &Config, objects: [bool; 3]) {
    let account = world.aws.id();
    let state = config.resource(ADDRESS).unwrap();
    let expected = [
        format!("arn:aws:lambda:us-east-1:{account}:function:thumbnails"),
        format!("arn:aws:iam::{account}:role/{}", role_name("thumbnails")),
        log_group_name("thumbnails"),
    ];
    let attributes = ["arn", "execution_role_arn", "log_group_name"];
    for ((attribute, expected), there) in attributes.iter().zip(expected).zip(objects) {
        let expected = if there { Value::String(expected) } else { Value::Null };
        assert_eq!(state[attribute], expected, "{attribute} in {state:#}");
    }
}

fn without_request_id(error: &str) -> String {
    let lines = error.lines().filter(|line| !line.starts_with("AWS request id: "));
    lines.collect::<Vec<_>>().join("\n")
}
