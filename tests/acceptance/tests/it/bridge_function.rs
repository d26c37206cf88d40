//! `modal_bridge_function`: from the first apply to the last destroy.

use std::thread;
use std::time::Duration;

use acceptance::{Config, Workspace, World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{
    ADDRESS, SECRET_ARN, bridge, function, log_group_name, log_groups, objects, role_name,
    role_policy, tags,
};

const EVERYTHING: [bool; 3] = [true; 3];
const NOTHING: [bool; 3] = [false; 3];

#[test]
fn a_bridge_comes_with_exactly_what_it_needs_and_leaves_nothing_behind() {
    let world = World::start();
    let config = world.config(&bridge(
        r#"
  params = jsonencode({ width = 128, format = "webp" })
  tags   = { team = "images" }
"#,
    ));

    let plan = config.plan();
    plan.assert_creates(&[ADDRESS]);
    let change = plan.change(ADDRESS);
    let (account, mut planned) = (world.aws.id(), change["after"].clone());
    assert_eq!(change["after_unknown"], json!({}), "{change:#}");
    config.apply_planned();
    assert_eq!(config.resource(ADDRESS).unwrap(), planned, "state is what was planned");
    config.plan().assert_empty();

    // What depends on the build; the rest is the same everywhere.
    let mut found = function(&world, "thumbnails");
    assert_eq!(found["CodeSha256"], planned["code_sha256"]);
    assert_eq!(found["Architectures"], json!([planned["architecture"]]));
    for (name, value) in [("code_sha256", "(sha)"), ("architecture", "(arch)")] {
        planned[name] = value.into();
    }
    let planned = serde_json::to_string_pretty(&planned).unwrap().replace(account, "(account)");
    expect![[r#"
        {
          "app_name": "images",
          "architecture": "(arch)",
          "arn": "arn:aws:lambda:us-east-1:(account):function:thumbnails",
          "bridge_version": "0.1.0",
          "code_sha256": "(sha)",
          "environment_name": "main",
          "execution_role_arn": "arn:aws:iam::(account):role/thumbnails-us-east-1",
          "execution_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ReadModalToken\",\"Effect\":\"Allow\",\"Action\":[\"secretsmanager:GetSecretValue\"],\"Resource\":[\"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf\"]},{\"Sid\":\"WriteLogs\",\"Effect\":\"Allow\",\"Action\":[\"logs:CreateLogStream\",\"logs:PutLogEvents\"],\"Resource\":[\"arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/thumbnails:*\"]}]}",
          "function_name": "thumbnails",
          "invoke_arn": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:(account):function:thumbnails/invocations",
          "log_group_name": "/aws/lambda/thumbnails",
          "memory_size": 256,
          "modal_function_name": "render",
          "modal_server_url": null,
          "mode": "remote",
          "name": "thumbnails",
          "params": "{\"format\":\"webp\",\"width\":128}",
          "tags": {
            "team": "images"
          },
          "tags_all": {
            "team": "images"
          },
          "timeout": 300,
          "token_secret_arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"
        }"#]].assert_eq(&planned);

    let variables = found.as_object_mut().unwrap().remove("Environment").unwrap();
    assert_eq!(
        variables["Variables"],
        json!({
            "MODAL_APP_NAME": "images",
            "MODAL_ENVIRONMENT_NAME": "main",
            "MODAL_FUNCTION_NAME": "render",
            "MODAL_INTEGRATION_PATTERN": "remote",
            "MODAL_SECRET_ARN": SECRET_ARN,
            "PARAMETERS": r#"{"format":"webp","width":128}"#,
        })
    );
    for changing in ["CodeSha256", "CodeSize", "Architectures", "LastModified", "RevisionId"] {
        found.as_object_mut().unwrap().remove(changing);
    }
    let found = serde_json::to_string_pretty(&found).unwrap().replace(account, "(account)");
    expect![[r#"
        {
          "FunctionName": "thumbnails",
          "FunctionArn": "arn:aws:lambda:us-east-1:(account):function:thumbnails",
          "Runtime": "provided.al2023",
          "Role": "arn:aws:iam::(account):role/thumbnails-us-east-1",
          "Handler": "bootstrap",
          "RuntimeVersionConfig": {
            "RuntimeVersionArn": ""
          },
          "Description": "Calls the Modal function render of images",
          "Timeout": 300,
          "MemorySize": 256,
          "EphemeralStorage": {
            "Size": 512
          },
          "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/thumbnails"
          },
          "Version": "$LATEST",
          "VpcConfig": {
            "SubnetIds": [],
            "SecurityGroupIds": [],
            "VpcId": ""
          },
          "KMSKeyArn": "",
          "TracingConfig": {
            "Mode": "PassThrough"
          },
          "SnapStart": {
            "ApplyOn": "None",
            "OptimizationStatus": "Off"
          },
          "Layers": [],
          "State": "Active",
          "StateReason": "",
          "StateReasonCode": "",
          "LastUpdateStatus": "Successful",
          "LastUpdateStatusReason": "",
          "LastUpdateStatusReasonCode": "",
          "PackageType": "Zip"
        }"#]]
    .assert_eq(&found);

    let role = json!({"RoleName": role_name("thumbnails")});
    let trust = &world.aws.call("iam", "get_role", role.clone())["Role"];
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}"#]].assert_eq(&trust["AssumeRolePolicyDocument"].to_string());
    let policy = role_policy(&world, "thumbnails").to_string().replace(account, "(account)");
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadModalToken","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"]},{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/thumbnails:*"]}]}"#]].assert_eq(&policy);
    let inline = world.aws.call("iam", "list_role_policies", role.clone());
    assert_eq!(inline["PolicyNames"], json!(["modal-bridge"]));
    let attached = world.aws.call("iam", "list_attached_role_policies", role);
    assert_eq!(attached["AttachedPolicies"], json!([]));
    let groups = log_groups(&world, "thumbnails");
    assert_eq!((groups.len(), &groups[0]["retentionInDays"]), (1, &json!(14)));
    assert_eq!(tags(&world, "thumbnails"), [(); 3].map(|()| json!({"team": "images"})));

    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(world.aws.call("iam", "list_roles", json!({}))["Roles"], json!([]));
    assert_eq!(world.aws.call("logs", "describe_log_groups", json!({}))["logGroups"], json!([]));
}

#[test]
fn settings_change_in_place() {
    let world = World::start();
    let config = world.config(&bridge(
        r#"
  tags = { team = "images", stage = "dev" }
"#,
    ));
    config.apply();
    let before = function(&world, "thumbnails");

    // The default of timeout follows the mode.
    config.replace(r#"mode                = "remote""#, r#"mode                = "spawn""#);
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(
        changed(&plan.change(ADDRESS)),
        json!({"mode": ["remote", "spawn"], "timeout": [300, 30]})
    );
    config.apply_planned();
    let found = function(&world, "thumbnails");
    assert_eq!(found["Timeout"], 30);
    assert_eq!(variable(&found, "MODAL_INTEGRATION_PATTERN"), "spawn");

    let other_secret = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:other-GhIjKl";
    config.rewrite(
        &bridge(
            r#"
  environment_name = "staging"
  params           = jsonencode({ width = 64 })
  timeout          = 7
  memory_size      = 512
  tags             = { team = "video" }
"#,
        )
        .replace(SECRET_ARN, other_secret)
        .replace("\"render\"", "\"Model.predict\"")
        .replace("\"images\"", "\"videos\""),
    );
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    let found = function(&world, "thumbnails");
    assert_eq!((&found["Timeout"], &found["MemorySize"]), (&json!(7), &json!(512)));
    assert_eq!(
        found["Environment"]["Variables"],
        json!({
            "MODAL_APP_NAME": "videos",
            "MODAL_ENVIRONMENT_NAME": "staging",
            "MODAL_FUNCTION_NAME": "Model.predict",
            "MODAL_INTEGRATION_PATTERN": "remote",
            "MODAL_SECRET_ARN": other_secret,
            "PARAMETERS": r#"{"width":64}"#,
        })
    );
    let policy = role_policy(&world, "thumbnails");
    assert_eq!(policy["Statement"][0]["Resource"], json!([other_secret]));
    assert_eq!(tags(&world, "thumbnails"), [(); 3].map(|()| json!({"team": "video"})));
    assert_eq!(found["FunctionArn"], before["FunctionArn"]);
    assert_eq!(found["CodeSha256"], before["CodeSha256"]);
    assert_eq!(world.aws.calls().iter().filter(|call| *call == "lambda:CreateFunction").count(), 1);
    assert!(!world.aws.calls().contains(&"lambda:UpdateFunctionCode".to_owned()));
}

#[test]
fn another_architecture_brings_other_code_or_a_plain_word() {
    let world = World::start();
    let (here, other) = match host_architecture() {
        "arm64" => ("arm64", "x86_64"),
        _ => ("x86_64", "arm64"),
    };
    let config = world.config(&bridge(&format!("  architecture = \"{here}\"")));
    config.apply();
    let before = function(&world, "thumbnails");

    config.replace(here, other);

    if Workspace::here().file(&format!("target/bridge/bootstrap-{other}.zip")).exists() {
        config.plan().assert_updates(&[ADDRESS]);
        config.apply_planned();
        config.plan().assert_empty();
        let found = function(&world, "thumbnails");
        assert_eq!(found["Architectures"], json!([other]));
        assert_ne!(found["CodeSha256"], before["CodeSha256"]);
        assert_eq!(found["CodeSha256"], config.resource(ADDRESS).unwrap()["code_sha256"]);
    } else {
        let expected = format!(
            "This build of the provider has no bridge for {other}\n\nIt carries the bridge for \
             {here} alone, and {here} is the default of architecture."
        );
        assert_eq!(config.plan_errors(), [expected]);
    }
}

#[test]
fn params_in_another_spelling_are_no_change() {
    let world = World::start();
    let config = world.config(&bridge(r#"  params = "{\"width\": 128, \"sizes\": [1, 2]}""#));
    config.apply();
    config.plan().assert_empty();

    config.rewrite(&bridge("  params = jsonencode({ sizes = [1, 2], width = 128 })"));
    config.plan().assert_empty();

    // The order of a list means something.
    config.rewrite(&bridge("  params = jsonencode({ sizes = [2, 1], width = 128 })"));
    config.plan().assert_updates(&[ADDRESS]);

    config.rewrite(&bridge(""));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply();
    assert_eq!(variable(&function(&world, "thumbnails"), "PARAMETERS"), "{}");
    config.rewrite(&bridge("  params = jsonencode({})"));
    config.apply();
    config.plan().assert_empty();
}

#[test]
fn another_name_means_another_bridge() {
    let world = World::start();
    let config = world.config(&bridge(""));
    config.apply();

    config.replace("\"thumbnails\"", "\"previews\"");
    let plan = config.plan();
    plan.assert_replaces(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["replace_paths"], json!([["name"]]));
    config.apply_planned();

    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(objects(&world, "previews"), EVERYTHING);
    config.plan().assert_empty();
}

#[test]
fn a_derived_name_is_made_once_and_then_kept() {
    let world = World::start();
    let unnamed = |text: String| text.replace("  name                = \"thumbnails\"\n", "");
    let config = world.config(&unnamed(bridge("")));
    let plan = config.plan();
    assert_eq!(plan.change(ADDRESS)["after"]["name"], "images-render-remote");
    config.apply_planned();
    assert_eq!(objects(&world, "images-render-remote"), EVERYTHING);

    config.rewrite(&unnamed(bridge("").replace("images", "videos").replace("remote", "spawn")));
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after"]["name"], "images-render-remote");
    config.apply_planned();
    config.plan().assert_empty();
}

#[test]
fn what_is_known_only_at_apply_is_planned_as_such() {
    let config = World::start().config(
        &(bridge("")
            .replace(&format!("\"{SECRET_ARN}\""), "terraform_data.secret.output")
            .replace("\"thumbnails\"", "terraform_data.name.output")
            + &format!(
                r#"
resource "terraform_data" "secret" {{
  input = "{SECRET_ARN}"
}}
resource "terraform_data" "name" {{
  input = "thumbnails"
}}
"#
            )),
    );

    let plan = config.plan();
    let unknown = plan.change(ADDRESS)["after_unknown"].as_object().unwrap();
    let unknown: Vec<_> =
        unknown.iter().filter(|(_, value)| **value == true).map(|(name, _)| name).collect();
    assert_eq!(
        unknown,
        [
            "arn",
            "execution_role_arn",
            "execution_role_policy",
            "function_name",
            "invoke_arn",
            "log_group_name",
            "name",
            "token_secret_arn",
        ]
    );
    config.apply_planned();
    config.plan().assert_empty();
}

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
            "a variable that no attribute shows",
            "lambda",
            change_function,
            json!({
                "FunctionName": "thumbnails",
                "Environment": {"Variables": with(&[("AWS_LAMBDA_EXEC_WRAPPER", "/opt/w")])},
            }),
            &["bridge_version"],
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
            &["bridge_version"],
        ),
        (
            "where it logs",
            "lambda",
            change_function,
            json!({"FunctionName": "thumbnails", "LoggingConfig": {"LogGroup": "/elsewhere"}}),
            &["bridge_version"],
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
            &["arn", "bridge_version", "code_sha256", "function_name", "invoke_arn"],
        ),
        (
            "no log group",
            "logs",
            "delete_log_group",
            json!({"logGroupName": log_group_name("thumbnails")}),
            &["log_group_name"],
        ),
    ];
    for (what, service, operation, parameters, expected) in changes {
        aws.call(service, operation, parameters.clone());
        assert_healed(&world, &config, what, expected);
    }

    aws.call("iam", "delete_role_policy", json!({"RoleName": role, "PolicyName": "modal-bridge"}));
    aws.call("iam", "delete_role", json!({"RoleName": role}));
    assert_healed(&world, &config, "no role", &["execution_role_arn", "execution_role_policy"]);
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

        There is no such Lambda function in this account and region. The id to import by is its name."#]].assert_eq(&errors.join("\n"));

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
    assert_eq!(state["execution_role_arn"], Value::Null);
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
          id = "thumbnails"
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
          id = "thumbnails"
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

/// A function that is no bridge, with a role of its own.
fn make_foreign_function(world: &World) {
    world.aws.call(
        "iam",
        "create_role",
        json!({
            "RoleName": "foreign",
            "AssumeRolePolicyDocument": trust_policy(&json!({"Service": "lambda.amazonaws.com"})),
        }),
    );
    world.aws.call(
        "lambda",
        "create_function",
        json!({
            "FunctionName": "thumbnails",
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{}:role/foreign", world.aws.id()),
            "Code": {"ZipFile": OTHER_CODE},
            "LoggingConfig": {"LogGroup": "/shared"},
        }),
    );
    while function(world, "thumbnails")["State"] != "Active" {
        thread::sleep(Duration::from_millis(50));
    }
}

/// A zip with a `bootstrap` that is an empty script.
const OTHER_CODE: &str = "base64:UEsDBBQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAYm9vdHN0cmFwIyEvYmluL3NoClBLAQIUAxQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAAAAAAAAAAADtAQAAAABib290c3RyYXBQSwUGAAAAAAEAAQA3AAAAMQAAAAAA";

/// The HCL of a bridge, with the `import` block that an error printed.
#[track_caller]
fn import_as_advised(error: &str) -> String {
    let start = error.find("import {").unwrap_or_else(|| panic!("no import block: {error}"));
    let block = &error[start..error.rfind('}').unwrap() + 1];
    bridge("") + &block.replace("<name>", "this")
}

fn trust_policy(principal: &Value) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
        ],
    })
    .to_string()
}

/// The attributes that a change gives another value, from and to.
fn changed(change: &Value) -> Value {
    let attributes = change["after"].as_object().unwrap().keys();
    attributes
        .filter(|name| change["before"][*name] != change["after"][*name])
        .map(|name| (name.clone(), json!([change["before"][name], change["after"][name]])))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn variable<'a>(function: &'a Value, name: &str) -> &'a Value {
    &function["Environment"]["Variables"][name]
}

/// Lambda's configuration without what every update changes.
fn without_changing(mut function: Value) -> Value {
    for changing in ["LastModified", "RevisionId"] {
        function.as_object_mut().unwrap().remove(changing);
    }
    function
}

fn without_request_id(error: &str) -> String {
    let lines = error.lines().filter(|line| !line.starts_with("AWS request id: "));
    lines.collect::<Vec<_>>().join("\n")
}
