//! A bridge of the CDK library becomes this provider's, in place.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, Workspace, World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use super::changed;
use crate::bridge::{function, log_groups, role_name};
use crate::cdk::{CdkBridge, Generation};

const BRIDGE: &str = "modal_bridge_function.render";
const SECRET: &str = "modal_token_secret.modal";
const ROLE: &str = "modal_oidc_role.render";

/// The whole move: each of the library's objects, and what it becomes.
const MIGRATION: &str = "examples/complete/from-cdk";

const GUIDE: &str = "docs/guides/migrating-from-cdk.md";

fn migration(world: &World) -> Config {
    world
        .config_of(MIGRATION)
        .with_env("TF_VAR_architecture", host_architecture())
        .with_env("TF_VAR_modal_workspace_id", "ac-1")
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
}

#[test]
fn the_guide_shows_what_the_example_has() {
    let shown = example()
        .1
        .replace("var.architecture", "\"x86_64\"")
        .replace("var.modal_workspace_id", "\"ac-0123456789abcdefghijkl\"");
    let guide = fs::read_to_string(Workspace::here().file(GUIDE)).unwrap();
    assert!(guide.contains(&shown), "{GUIDE} has something else than {MIGRATION}/main.tf");
    assert!(shown.contains(CdkBridge::POLICY));
}

/// The example without anything to make, and all that it makes.
fn example() -> (String, String) {
    let text = Workspace::here().file(&format!("{MIGRATION}/main.tf"));
    let text = fs::read_to_string(text).unwrap();
    let at = text.find("import {").unwrap();
    (text[..at].to_owned(), text[at..].to_owned())
}

/// What a bridge answers, or `errorType: errorMessage`.
fn invoke(world: &World, bridge: &str, event: &Value) -> Result<Value, String> {
    let request = json!({"FunctionName": bridge, "Payload": event.to_string()});
    let answer = world.aws.try_call("lambda", "invoke", request);
    let answer = answer.map_err(|error| error.to_string())?;
    let payload: Value = serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap();
    match answer.get("FunctionError") {
        None | Some(Value::Null) => Ok(payload),
        Some(_) => Err(format!("{}: {}", payload["errorType"], payload["errorMessage"])),
    }
}

fn upload(key: &str) -> Value {
    let object = json!({"bucket": {"name": "images"}, "object": {"key": key}});
    json!({"Records": [{"eventSource": "aws:s3", "s3": object}]})
}

#[test]
fn all_that_the_cdk_library_made_moves_and_its_one_role_is_split_in_two() {
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::Python);
    let old = invoke(&world, &made.name, &json!({})).unwrap();
    assert_eq!(old["response"]["result"], "old", "{old}");
    let config = migration(&world);

    let plan = config.plan();
    plan.assert_updates(&[BRIDGE, ROLE]);
    for (address, id) in
        [(SECRET, "render_remote-secret"), (BRIDGE, "render_remote"), (ROLE, "render_remote_role")]
    {
        assert_eq!(plan.change(address)["importing"]["id"], id);
    }
    let changes =
        json!({"function": changed(plan.change(BRIDGE)), "role": changed(plan.change(ROLE))});
    let mut changes = serde_json::to_string_pretty(&changes).unwrap();
    let (before, after) = (&plan.change(BRIDGE)["before"], &plan.change(BRIDGE)["after"]);
    for (value, name) in [
        (&after["code_sha256"], "(new)"),
        (&before["code_sha256"], "(old)"),
        (&before["token_secret_arn"], "(secret)"),
        (&after["modal_server_url"], "(server)"),
        (&json!(world.aws.id()), "(account)"),
    ] {
        changes = changes.replace(value.as_str().unwrap(), name);
    }
    changes = changes.replace(&after["code_size"].to_string(), "(new size)");
    expect![[r#"
        {
          "function": {
            "bridge_version": [
              null,
              "0.1.0"
            ],
            "code_sha256": [
              "(old)",
              "(new)"
            ],
            "code_size": [
              207,
              (new size)
            ],
            "description": [
              "",
              null
            ],
            "execution_role_arn": [
              "arn:aws:iam::(account):role/render_remote_role",
              "arn:aws:iam::(account):role/render_remote-us-east-1"
            ],
            "execution_role_name": [
              "render_remote_role",
              "render_remote-us-east-1"
            ],
            "log_group_arn": [
              null,
              "arn:aws:logs:us-east-1:(account):log-group:/aws/lambda/render_remote"
            ],
            "log_group_name": [
              null,
              "/aws/lambda/render_remote"
            ],
            "logging_config": [
              {
                "application_log_level": null,
                "log_format": "Text",
                "system_log_level": null
              },
              null
            ],
            "memory_size": [
              128,
              256
            ],
            "modal_server_url": [
              null,
              "(server)"
            ],
            "role_arn": [
              "arn:aws:iam::(account):role/render_remote_role",
              null
            ],
            "runtime": [
              "python3.12",
              "provided.al2023"
            ]
          },
          "role": {
            "additional_trust_statements": [
              "[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]",
              null
            ],
            "assume_role_policy": [
              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"},{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::(account):oidc-provider/oidc.modal.com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{\"StringEquals\":{\"oidc.modal.com:aud\":\"oidc.modal.com\"},\"StringLike\":{\"oidc.modal.com:sub\":\"modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:render:*\"}}}]}",
              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::(account):oidc-provider/oidc.modal.com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{\"StringEquals\":{\"oidc.modal.com:aud\":\"oidc.modal.com\"},\"StringLike\":{\"oidc.modal.com:sub\":[\"modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:render:*\",\"modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:render.*:*\"]}}}]}"
            ],
            "inline_policies": [
              null,
              {
                "ProcessorExecutionRoleDefaultPolicy1A2B3C4D": "{\"Statement\":[{\"Action\":[\"s3:GetObject*\",\"s3:GetBucket*\",\"s3:List*\",\"s3:PutObject\"],\"Effect\":\"Allow\",\"Resource\":[\"arn:aws:s3:::images\",\"arn:aws:s3:::images/*\"]}],\"Version\":\"2012-10-17\"}"
              }
            ]
          }
        }"#]].assert_eq(&changes);

    let said = config.apply_planned();

    assert!(said.contains("is its version 1, of runtime python3.12"), "{said}");
    let event = upload("uploads/cat.png");
    let answer = invoke(&world, &made.name, &event).unwrap();
    assert_eq!(answer["response"]["result"]["source"], "s3://images/uploads/cat.png");
    config.plan().assert_empty();

    // The way back: what it was answers still.
    let old = invoke(&world, &format!("{}:1", made.name), &json!({})).unwrap();
    assert_eq!(old["response"]["result"], "old", "{old}");

    // Two roles now. What Modal assumes, Lambda cannot, and it cannot read the token.
    let now = function(&world, &made.name);
    let own = format!("arn:aws:iam::{}:role/{}", world.aws.id(), role_name(&made.name));
    assert_eq!(now["Role"], own);
    let role = world.aws.call("iam", "get_role", json!({"RoleName": made.role()}));
    let trust = role["Role"]["AssumeRolePolicyDocument"].to_string();
    assert!(trust.contains("oidc.modal.com") && !trust.contains("lambda.amazonaws.com"), "{trust}");
    let policy = json!({"RoleName": made.role(), "PolicyName": CdkBridge::POLICY});
    let policy = world.aws.call("iam", "get_role_policy", policy)["PolicyDocument"].to_string();
    assert!(policy.contains("s3:PutObject") && !policy.contains("secretsmanager"), "{policy}");
    let all = world.aws.call("iam", "list_role_policies", json!({"RoleName": made.role()}));
    assert_eq!(all["PolicyNames"], json!([CdkBridge::POLICY]));

    // And the other way: the bridge may not do what Modal may.
    let bridges = world.aws.call(
        "iam",
        "get_role_policy",
        json!({"RoleName": role_name(&made.name), "PolicyName": "modal-bridge"}),
    );
    assert!(!bridges["PolicyDocument"].to_string().contains("s3:"), "{bridges}");

    // The log group that Lambda made for the old code is kept, with what was in it, and is the
    // bridge's now.
    assert_eq!(log_groups(&world, &made.name).len(), 1);
    let arn = log_groups(&world, &made.name)[0]["arn"].as_str().unwrap().to_owned();
    let arn = json!({"resourceArn": arn.trim_end_matches(":*")});
    let tags = world.aws.call("logs", "list_tags_for_resource", arn)["tags"].clone();
    assert_eq!(tags["modal-bridge:owner"], made.name.as_str());
    let group = json!({"logGroupName": format!("/aws/lambda/{}", made.name)});
    assert!(!world.aws.call("logs", "filter_log_events", group)["events"].to_string().is_empty());

    config.rewrite(&example().0);
    config.plan().assert_deletes(&[BRIDGE, ROLE, SECRET]);
    config.apply();
    let functions = world.aws.call("lambda", "list_functions", json!({}));
    assert_eq!(functions["Functions"], json!([]));
    assert_eq!(world.aws.call("iam", "list_roles", json!({}))["Roles"], json!([]));
}

/// The bridge `render`, without anything else of the library's.
fn alone(world: &World, made: &CdkBridge, function_name: &str, mode: &str) -> Config {
    let text = format!(
        r#"
variable "modal_server_url" {{
  type = string
}}

provider "modal" {{
  modal_server_url = var.modal_server_url
}}

resource "modal_bridge_function" "render" {{
  name                = "{}"
  app_name            = "thumbnails"
  modal_function_name = "{function_name}"
  mode                = "{mode}"
  params              = jsonencode({{ width = 128 }})
  token_secret_arn    = "{}"
  architecture        = "{}"
}}
"#,
        made.name,
        made.secret_arn,
        host_architecture()
    );
    world.config(&text).with_env("TF_VAR_modal_server_url", world.modal().server_url())
}

#[test]
fn logs_of_before_stay_until_an_apply_has_made_them_the_bridges() {
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::Python);
    invoke(&world, &made.name, &json!({})).unwrap();
    let config = alone(&world, &made, "render", "remote");
    config.import(BRIDGE, &made.name);

    // The plan shows that there is one, that it becomes the bridge's, and that logs will be deleted.
    let changes = changed(config.plan().change(BRIDGE));
    let group = format!("/aws/lambda/{}", made.name);
    assert_eq!(changes["log_group_name"], json!([null, group]));
    assert_eq!(changes["log_group"][0]["retention_in_days"], 0);
    assert_eq!(changes["log_group"][1], Value::Null);

    config.destroy();
    assert_eq!(log_groups(&world, &made.name).len(), 1);
    let events = world.aws.call("logs", "filter_log_events", json!({"logGroupName": group}));
    assert!(!events["events"].as_array().unwrap().is_empty());
}

#[test]
fn a_bridge_that_never_ran_is_adopted_by_import_and_spawns() {
    let world = World::start();
    let made = CdkBridge::make(&world, "echo", "spawn", Generation::TypeScript);
    let config = alone(&world, &made, "echo", "spawn");

    config.import(BRIDGE, "echo_spawn");
    config.plan().assert_updates(&[BRIDGE]);
    config.apply();

    let event = json!({"n": 1});
    let answer = invoke(&world, &made.name, &event).unwrap();
    let id = answer["response"]["function_call_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("fc-"), "{answer}");
    config.plan().assert_empty();
    let groups = log_groups(&world, &made.name);
    assert_eq!(groups[0]["retentionInDays"], 14);

    // The one role is not this resource's: it stays where it is, as it is.
    config.destroy();
    world.aws.call("iam", "get_role", json!({"RoleName": made.role()}));
}

/// What somebody sees who invokes a bridge all the time while it is adopted.
#[derive(Debug)]
struct Seen {
    /// From the first failure to the last.
    broken: Duration,
    failures: usize,
    successes: usize,
}

#[expect(clippy::print_stdout, reason = "a measurement, for whoever asks with --nocapture")]
fn report(seen: &Seen) {
    let Seen { broken, failures, successes } = seen;
    println!("broken for {broken:?}: {failures} of {} failed", failures + successes);
}

fn watch(world: &World, bridge: &str, done: &AtomicBool) -> Seen {
    let (mut first, mut last) = (None, None);
    let (mut failures, mut successes) = (0, 0);
    while !done.load(Ordering::Relaxed) {
        let begun = Instant::now();
        match invoke(world, bridge, &upload("uploads/dog.png")) {
            Ok(_) => successes += 1,
            Err(_) => {
                failures += 1;
                first.get_or_insert(begun);
                last = Some(Instant::now());
            }
        }
    }
    let broken = first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first);
    Seen { broken, failures, successes }
}

#[test]
fn an_adopted_bridge_fails_while_lambda_makes_the_last_change_and_not_while_it_learns_of_the_role()
{
    // How long Lambda is busy with one change, and how long it does not know a new role.
    let (change, propagation) = (Duration::from_secs(2), Duration::from_secs(8));
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::Python);
    world.aws.set_knobs(&json!({
        "pending_update_seconds": change.as_secs_f64(),
        "role_propagation_seconds": propagation.as_secs_f64(),
    }));
    let config = migration(&world);
    config.plan();
    let done = AtomicBool::new(false);

    let seen = thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&world, &made.name, &done));
        config.apply_planned();
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });

    report(&seen);
    assert!(seen.failures < seen.successes, "{seen:?}");
    // Each refusal of the role came before the code changed, and one change after it.
    let calls = world.aws.calls();
    let updates: Vec<_> =
        calls.iter().filter_map(|call| call.strip_prefix("lambda:UpdateFunction")).collect();
    let code = updates.iter().position(|update| *update == "Code").unwrap();
    assert!(code > 1, "{updates:?}");
    assert_eq!(updates[code..], ["Code", "Configuration"], "{updates:?}");
}

#[test]
fn two_imports_of_one_bridge_are_one_bridge_too_many() {
    let world = World::start();
    let made = CdkBridge::make(&world, "render", "remote", Generation::TypeScript);
    let text = |name: &str| {
        format!(
            "import {{\n  to = modal_bridge_function.{name}\n  id = \"render_remote\"\n}}\n\
             resource \"modal_bridge_function\" \"{name}\" {{\n  name = \"render_remote\"\n  \
             app_name = \"thumbnails\"\n  modal_function_name = \"render\"\n  mode = \"remote\"\n  \
             params = jsonencode({{ width = 128 }})\n  token_secret_arn = \"{}\"\n}}\n",
            made.secret_arn
        )
    };
    // One after the other, so that it is always the second that fails.
    let config =
        world.config(&(text("one") + &text("two"))).with_env("TF_CLI_ARGS_apply", "-parallelism=1");
    let errors = config.apply_errors().join("\n");
    let (errors, _) = errors.split_once("\nAWS request id").unwrap_or((&errors, ""));
    expect![[r#"
        Cannot create execution role "render_remote-us-east-1"

        There is an IAM role "render_remote-us-east-1" already. The function runs as it, as another resource has seen to, or an apply that was killed. Where two resources manage this function, remove one of them. Else plan again, with a refresh."#]].assert_eq(errors);
}
