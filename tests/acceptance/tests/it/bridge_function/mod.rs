//! `modal_bridge_function`: from the first apply to the last destroy.

mod adoption;
mod asynchronous;
mod code;
mod drift;
mod function_url;
mod moved;
mod names;
mod query;
mod refusals;
mod role;
mod settings;
mod triggers;
mod verify;
mod vpc;

use acceptance::{World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{
    ADDRESS, SECRET_ARN, bridge, function, log_groups, objects, role_name, role_policy, tags,
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
    let unknown = change["after_unknown"].as_object().unwrap().iter();
    let unknown: Vec<_> = unknown.filter(|(_, value)| **value == true).collect();
    assert_eq!(unknown, [(&"last_modified".to_owned(), &json!(true))], "{change:#}");
    config.apply_planned();
    planned["last_modified"] = function(&world, "thumbnails")["LastModified"].clone();
    assert_eq!(config.resource(ADDRESS).unwrap(), planned, "state is what was planned");
    config.plan().assert_empty();

    // What depends on the build; the rest is the same everywhere.
    let found = function(&world, "thumbnails");
    assert_eq!(found["CodeSha256"], planned["code_sha256"]);
    assert_eq!(found["Architectures"], json!([planned["architecture"]]));
    assert_eq!(found["CodeSize"], planned["code_size"]);
    let differing = ["architecture", "code_sha256", "code_size", "last_modified"];
    for (name, value) in differing.map(|name| (name, format!("({name})"))) {
        planned[name] = value.into();
    }
    let planned = serde_json::to_string_pretty(&planned).unwrap().replace(account, "(account)");
    expect![[r#"
        {
          "additional_policy_arns": null,
          "allowed_trigger": [],
          "app_name": "images",
          "app_version": null,
          "architecture": "(architecture)",
          "arn": "arn:aws:lambda:us-east-1:(account):function:thumbnails",
          "auto_upgrade": null,
          "batch_mode": "batch",
          "bridge_version": "0.1.0",
          "code_sha256": "(code_sha256)",
          "code_signing_config_arn": null,
          "code_size": "(code_size)",
          "dead_letter_config": null,
          "description": null,
          "environment": null,
          "environment_name": "main",
          "ephemeral_storage": null,
          "event_invoke_config": null,
          "event_source_arns": null,
          "execution_role_arn": "arn:aws:iam::(account):role/thumbnails-us-east-1",
          "execution_role_name": "thumbnails-us-east-1",
          "execution_role_policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ReadModalToken\",\"Effect\":\"Allow\",\"Action\":[\"secretsmanager:GetSecretValue\"],\"Resource\":[\"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf\"]},{\"Sid\":\"DecryptModalToken\",\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\"],\"Resource\":[\"*\"],\"Condition\":{\"StringEquals\":{\"kms:EncryptionContext:SecretARN\":\"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf\"}}},{\"Sid\":\"WriteLogs\",\"Effect\":\"Allow\",\"Action\":[\"logs:CreateLogStream\",\"logs:PutLogEvents\"],\"Resource\":[\"arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/thumbnails:*\"]}]}",
          "former_execution_role_arns": null,
          "function_name": "thumbnails",
          "function_url": null,
          "idempotency": null,
          "invoke_arn": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:(account):function:thumbnails/invocations",
          "kms_key_arn": null,
          "layers": null,
          "log_event": false,
          "log_group": null,
          "log_group_arn": "arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/thumbnails",
          "log_group_name": "/aws/lambda/thumbnails",
          "logging_config": null,
          "memory_size": 256,
          "metrics_enabled": true,
          "modal_function_name": "render",
          "modal_server_url": null,
          "mode": "remote",
          "name": "thumbnails",
          "name_prefix": null,
          "on_timeout": "cancel",
          "package": null,
          "params": "{\"format\":\"webp\",\"width\":128}",
          "pass_context": false,
          "paused": false,
          "permissions_boundary": null,
          "publish": null,
          "qualified_arn": "arn:aws:lambda:us-east-1:(account):function:thumbnails:$LATEST",
          "qualified_invoke_arn": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:(account):function:thumbnails:$LATEST/invocations",
          "record_concurrency": 10,
          "region": "us-east-1",
          "replace_security_groups_on_destroy": null,
          "replacement_security_group_ids": null,
          "reserved_concurrent_executions": -1,
          "response_format": "auto",
          "role_arn": null,
          "role_name": null,
          "role_path": null,
          "runtime": "provided.al2023",
          "secret_cache_ttl": 300,
          "skip_destroy": null,
          "tags": {
            "team": "images"
          },
          "tags_all": {
            "team": "images"
          },
          "timeout": 300,
          "timeouts": null,
          "token_secret_arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf",
          "tracing_config": null,
          "url": null,
          "url_id": null,
          "verify_function": false,
          "version": "$LATEST",
          "vpc_config": null,
          "last_modified": "(last_modified)"
        }"#]].assert_eq(&planned);

    assert_eq!(
        found["Environment"]["Variables"],
        json!({
            "MODAL_APP_NAME": "images",
            "MODAL_ENVIRONMENT_NAME": "main",
            "MODAL_FUNCTION_NAME": "render",
            "MODAL_INTEGRATION_PATTERN": "remote",
            "MODAL_SECRET_ARN": SECRET_ARN,
            "PARAMETERS": r#"{"format":"webp","width":128}"#,
        })
    );
    let expected = json!({
        "FunctionArn": format!("arn:aws:lambda:us-east-1:{account}:function:thumbnails"),
        "PackageType": "Zip",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": format!("arn:aws:iam::{account}:role/thumbnails-us-east-1"),
        "Description": "Calls the Modal function render of images",
        "Timeout": 300,
        "MemorySize": 256,
        "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/thumbnails",
        },
        "Layers": [],
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    for (setting, expected) in expected.as_object().unwrap() {
        assert_eq!(found[setting], *expected, "{setting}");
    }

    let role = json!({"RoleName": role_name("thumbnails")});
    let trust = &world.aws.call("iam", "get_role", role.clone())["Role"];
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}"#]].assert_eq(&trust["AssumeRolePolicyDocument"].to_string());
    let policy = role_policy(&world, "thumbnails").to_string().replace(account, "(account)");
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadModalToken","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"]},{"Sid":"DecryptModalToken","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"StringEquals":{"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"}}},{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/thumbnails:*"]}]}"#]].assert_eq(&policy);
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
        changed(plan.change(ADDRESS)),
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

    // A development build may carry one architecture alone, and says so.
    let warnings = config.plan_warnings();
    let both = !warnings.iter().any(|warning| warning.starts_with("This is a development build"));
    config.replace(here, other);

    if both {
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
fn a_name_that_is_made_up_is_known_after_the_apply_and_then_kept() {
    let world = World::start();
    let prefixed =
        bridge("").replace("name                = \"thumbnails\"", "name_prefix = \"thumb-\"");
    let config = world.config(&prefixed);
    let plan = config.plan();
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["name"], true);
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["arn"], true);
    config.apply_planned();
    let state = config.resource(ADDRESS).unwrap();
    let name = state["name"].as_str().unwrap();
    assert!(name.starts_with("thumb-") && name.len() == 32, "{name}");
    assert_eq!(objects(&world, name), EVERYTHING);
    config.plan().assert_empty();

    config.forget(ADDRESS);
    config.import(ADDRESS, name);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply();
    assert_eq!(config.resource(ADDRESS).unwrap(), state);

    config.replace("thumb-", "other-");
    let plan = config.plan();
    plan.assert_replaces(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["replace_paths"], json!([["name_prefix"], ["name"]]));
    config.destroy();
    assert_eq!(objects(&world, name), NOTHING);
}

/// The provider block, then the environment, then `main`.
#[test]
fn the_modal_environment_is_the_providers_unless_a_bridge_has_its_own() {
    let world = World::start();
    let block = "provider \"modal\" {\n  modal_environment = \"staging\"\n}\n";
    let config = world.config(&bridge("")).with_env("MODAL_ENVIRONMENT", "dev");
    let environment = || {
        config.apply();
        config.plan().assert_empty();
        variable(&function(&world, "thumbnails"), "MODAL_ENVIRONMENT_NAME").clone()
    };
    assert_eq!(environment(), "dev");
    config.rewrite(&(block.to_owned() + &bridge("")));
    assert_eq!(environment(), "staging");
    config.rewrite(&(block.to_owned() + &bridge("  environment_name = \"prod\"")));
    assert_eq!(environment(), "prod");

    let config = config.with_env("MODAL_ENVIRONMENT", "*");
    config.rewrite(&bridge(""));
    expect![[r#"
        Cannot find out the Modal environment

        The provider's "*" must name one, without a wildcard. Set modal_environment, MODAL_ENVIRONMENT or environment_name."#]].assert_eq(&config.plan_errors().join("\n---\n"));
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
            "execution_role_name",
            "execution_role_policy",
            "function_name",
            "invoke_arn",
            "last_modified",
            "log_group_arn",
            "log_group_name",
            "name",
            "qualified_arn",
            "qualified_invoke_arn",
            "token_secret_arn",
        ]
    );
    config.apply_planned();
    config.plan().assert_empty();
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
