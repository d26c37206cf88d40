//! What somebody changes or deletes outside Terraform.

use acceptance::{Config, World};
use serde_json::{Value, json};

use super::{EVERYTHING, NOTHING, changed};
use crate::bridge::{
    ADDRESS, bridge, function, log_group_name, log_groups, objects, role_name, tags, trust_policy,
};

#[test]
fn whatever_is_changed_outside_terraform_is_noticed_and_put_right() {
    let world = World::start();
    let config = world.config(&bridge(
        r#"
  params = jsonencode({ width = 128 })
  tags   = { team = "images" }
"#,
    ));
    config.apply();
    let (account, aws) = (world.aws.id(), &world.aws);
    let made = function(&world, "thumbnails");
    let with = |others: &[(&str, &str)]| {
        let mut variables = made["Environment"]["Variables"].clone();
        for (name, value) in others {
            variables[*name] = (*value).into();
        }
        variables
    };
    aws.call(
        "iam",
        "create_role",
        json!({
            "RoleName": "powerful",
            "AssumeRolePolicyDocument": trust_policy(&json!({"Service": "lambda.amazonaws.com"})),
        }),
    );
    let role = role_name("thumbnails");
    let change_function = "update_function_configuration";
    let powerful = format!("arn:aws:iam::{account}:role/powerful");
    let function_arn = format!("arn:aws:lambda:us-east-1:{account}:function:thumbnails");

    let changes: &[(&str, &str, &str, Value, &[&str])] = &[
        (
            "what attributes show",
            "lambda",
            change_function,
            json!({
                "FunctionName": "thumbnails",
                "Timeout": 3,
                "MemorySize": 128,
                "Environment": {"Variables": with(&[
                    ("MODAL_FUNCTION_NAME", "steal"),
                    ("PARAMETERS", r#"{"width":1}"#),
                    ("MODAL_SERVER_URL", "https://modal.example.com"),
                ])},
            }),
            &["memory_size", "modal_function_name", "modal_server_url", "params", "timeout"],
        ),
        (
            "a variable of somebody else's",
            "lambda",
            change_function,
            json!({
                "FunctionName": "thumbnails",
                "Environment": {"Variables": with(&[("AWS_LAMBDA_EXEC_WRAPPER", "/opt/w")])},
            }),
            &["environment"],
        ),
        (
            "all variables",
            "lambda",
            change_function,
            json!({"FunctionName": "thumbnails", "Environment": {"Variables": {}}}),
            &["app_name", "modal_function_name", "mode"],
        ),
        (
            "the role it runs as",
            "lambda",
            change_function,
            json!({"FunctionName": "thumbnails", "Role": powerful}),
            &["bridge_version", "role_arn"],
        ),
        (
            "where it logs",
            "lambda",
            change_function,
            json!({"FunctionName": "thumbnails", "LoggingConfig": {"LogGroup": "/elsewhere"}}),
            &["bridge_version", "logging_config"],
        ),
        (
            "the runtime",
            "lambda",
            change_function,
            json!({"FunctionName": "thumbnails", "Runtime": "nodejs22.x", "Handler": "index.js"}),
            &["bridge_version", "runtime"],
        ),
        (
            "how long logs are kept",
            "logs",
            "put_retention_policy",
            json!({"logGroupName": "/aws/lambda/thumbnails", "retentionInDays": 365}),
            &["log_group"],
        ),
        (
            "a wider policy",
            "iam",
            "put_role_policy",
            json!({
                "RoleName": role, "PolicyName": "modal-bridge",
                "PolicyDocument": json!({
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                }).to_string(),
            }),
            &["execution_role_policy"],
        ),
        (
            "no policy",
            "iam",
            "delete_role_policy",
            json!({"RoleName": role, "PolicyName": "modal-bridge"}),
            &["execution_role_policy"],
        ),
        (
            "a wider trust policy",
            "iam",
            "update_assume_role_policy",
            json!({
                "RoleName": role,
                "PolicyDocument": trust_policy(&json!({
                    "Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::999988887777:root",
                })),
            }),
            &["execution_role_policy"],
        ),
        (
            "another tag",
            "lambda",
            "tag_resource",
            json!({"Resource": function_arn, "Tags": {"team": "video", "new": "1"}}),
            &["tags", "tags_all"],
        ),
        (
            "no function",
            "lambda",
            "delete_function",
            json!({"FunctionName": "thumbnails"}),
            &[
                "arn",
                "bridge_version",
                "code_sha256",
                "code_size",
                "function_name",
                "invoke_arn",
                "qualified_arn",
                "qualified_invoke_arn",
                "runtime",
                "version",
            ],
        ),
        (
            "no log group",
            "logs",
            "delete_log_group",
            json!({"logGroupName": log_group_name("thumbnails")}),
            &["log_group_arn", "log_group_name"],
        ),
    ];
    for (what, service, operation, parameters, expected) in changes {
        aws.call(service, operation, parameters.clone());
        assert_healed(&world, &config, what, expected);
    }

    aws.call("iam", "delete_role_policy", json!({"RoleName": role, "PolicyName": "modal-bridge"}));
    aws.call("iam", "delete_role", json!({"RoleName": role}));
    let of_the_role = ["execution_role_arn", "execution_role_name", "execution_role_policy"];
    assert_healed(&world, &config, "no role", &of_the_role);
    config.plan().assert_empty();

    assert_eq!(without_changing(function(&world, "thumbnails")), without_changing(made));
    assert_eq!(tags(&world, "thumbnails"), [(); 3].map(|()| json!({"team": "images"})));
    assert_eq!(log_groups(&world, "thumbnails")[0]["retentionInDays"], 14);
}

/// The plan changes these attributes in place, and nothing that an earlier apply should have.
#[track_caller]
fn assert_healed(world: &World, config: &Config, what: &str, expected: &[&str]) {
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let changed = changed(plan.change(ADDRESS));
    let changed: Vec<_> = changed.as_object().unwrap().keys().collect();
    assert_eq!(changed, expected, "{what}:\n{plan}");
    config.apply_planned();
    assert_eq!(objects(world, "thumbnails"), EVERYTHING, "{what}");
}

#[test]
fn a_bridge_deleted_outside_terraform_is_made_anew() {
    let world = World::start();
    let config = world.config(&bridge(""));
    config.apply();
    let role = role_name("thumbnails");
    let policy = json!({"RoleName": role, "PolicyName": "modal-bridge"});
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    world.aws.call("iam", "delete_role_policy", policy);
    world.aws.call("iam", "delete_role", json!({"RoleName": role}));
    let group = json!({"logGroupName": log_group_name("thumbnails")});
    world.aws.call("logs", "delete_log_group", group);

    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);

    // And a destroy of what is half gone already succeeds.
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
}

/// Lambda's configuration without what every update changes.
fn without_changing(mut function: Value) -> Value {
    for changing in ["LastModified", "RevisionId"] {
        function.as_object_mut().unwrap().remove(changing);
    }
    // None, and none after an update.
    if function["DeadLetterConfig"]["TargetArn"] == "" {
        function.as_object_mut().unwrap().remove("DeadLetterConfig");
    }
    function
}
