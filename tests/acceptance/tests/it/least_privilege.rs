//! What policies allow, and no more: those of a bridge, and the one of whoever runs Terraform.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use acceptance::{Config, LocalModal, Workspace, World, host_architecture};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{function, objects};

/// What whoever runs Terraform must be allowed, for all that this provider does.
const DOCUMENTED: &str = "examples/iam/terraform-policy.json";

/// One of each resource.
const ONE_OF_EACH: &str = r#"
variable "token_secret" {
  type      = string
  ephemeral = true
}
variable "modal_server_url" {
  type = string
}

provider "modal" {
  modal_server_url = var.modal_server_url
}

resource "modal_token_secret" "this" {
  name                    = "modal"
  token_id                = "ak-demo"
  token_secret_wo         = var.token_secret
  recovery_window_in_days = 0
  tags                    = { team = "images" }
}

resource "modal_oidc_role" "this" {
  name         = "images"
  workspace_id = "ac-1"
  description  = "Of the app."
  policy_arns  = ["arn:aws:iam::ACCOUNT:policy/extra"]
  tags         = { team = "images" }

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::images"]
  }
}

resource "modal_bridge_function" "this" {
  name                = "thumbnails"
  app_name            = "thumbnails"
  modal_function_name = "echo"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
  tags                = { team = "images" }
}

resource "modal_bridge_event_source" "this" {
  bridge_name      = modal_bridge_function.this.name
  event_source_arn = "arn:aws:sqs:us-east-1:ACCOUNT:jobs"
  tags             = { team = "images" }
}

resource "modal_bridge_trigger" "sns" {
  bridge_name = modal_bridge_function.this.name
  sns {
    topic_arn = "arn:aws:sns:us-east-1:ACCOUNT:alerts"
  }
}

resource "modal_bridge_trigger" "schedule" {
  bridge_name = modal_bridge_function.this.name
  schedule {
    expression = "rate(1 hour)"
  }
}

resource "modal_bridge_trigger" "event_rule" {
  bridge_name = modal_bridge_function.this.name
  event_rule {
    event_pattern = jsonencode({ source = ["shop"] })
  }
}
"#;

#[test]
fn a_bridge_reads_its_secret_and_is_refused_another() {
    let world = World::enforcing_policies();
    let config = config(&world);
    config.apply();
    let event = json!({"n": 1});
    let (error, answer) = invoke(&world, &event);
    assert_eq!(error, Value::Null, "{answer}");
    assert_eq!(answer["response"]["result"], json!({"event": event, "params": {}}));

    let token = json!({"MODAL_TOKEN_ID": "ak-demo", "MODAL_TOKEN_SECRET": "as-demo"});
    let other = json!({"Name": "other", "SecretString": token.to_string()});
    let other = world.aws.call("secretsmanager", "create_secret", other)["ARN"].clone();
    let mut variables = function(&world, "thumbnails")["Environment"]["Variables"].clone();
    variables["MODAL_SECRET_ARN"] = other.clone();
    let change = json!({"FunctionName": "thumbnails", "Environment": {"Variables": variables}});
    world.aws.call("lambda", "update_function_configuration", change);
    while function(&world, "thumbnails")["LastUpdateStatus"] != "Successful" {
        thread::sleep(Duration::from_millis(50));
    }

    let (error, answer) = invoke(&world, &event);

    assert_eq!(error, "Unhandled", "{answer}");
    assert_eq!(answer["errorType"], "BridgeSecretError");
    let message = answer["errorMessage"].as_str().unwrap();
    let message = message.split(" (AWS request id ").next().unwrap();
    let message = message.replace(other.as_str().unwrap(), "(other)");
    let message = message.replace(world.aws.id(), "(account)");
    expect!["cannot read the Modal token from (other): Secrets Manager answered AccessDeniedException: User: arn:aws:sts::(account):assumed-role/thumbnails-us-east-1/thumbnails is not authorized to perform: secretsmanager:GetSecretValue on resource: (other) because no identity-based policy allows the secretsmanager:GetSecretValue action"].assert_eq(&message);
}

/// Of the execution role's policy, what our own code uses: without it, calls fail, and with it,
/// they succeed. The rest Lambda uses (logs, polling, destinations, X-Ray, network interfaces), or
/// KMS judges, which the local AWS does not; `dynamodb:GetItem` is for a table that does not say what
/// it has when it refuses a write, which the local one does. Their text stands in
/// `execution_policy.rs`.
#[test]
fn without_a_statement_that_it_uses_a_bridge_fails() {
    let world = World::enforcing_policies();
    let config = config(&world);
    // Each call reads the secret anew.
    config.replace(
        "mode                = \"remote\"",
        "mode                = \"remote\"\n  secret_cache_ttl    = 0\n\n  idempotency {\n    table_name = \"seen\"\n    key_path   = \"id\"\n  }\n",
    );
    make_table(&world, "seen");
    config.apply();
    let policy: Value = {
        let state = config.resource("modal_bridge_function.this").unwrap();
        serde_json::from_str(state["execution_role_policy"].as_str().unwrap()).unwrap()
    };
    let sids: Vec<_> = statements(&policy).map(|statement| statement["Sid"].clone()).collect();
    assert_eq!(sids, ["ReadModalToken", "DecryptModalToken", "WriteLogs", "RememberEvents"]);
    let with_policy = |policy: &Value, id: &str| {
        let document = json!({
            "RoleName": "thumbnails-us-east-1",
            "PolicyName": "modal-bridge",
            "PolicyDocument": policy.to_string(),
        });
        world.aws.call("iam", "put_role_policy", document);
        invoke(&world, &json!({ "id": id }))
    };
    let (error, answer) = with_policy(&policy, "first");
    assert_eq!(error, Value::Null, "{answer}");

    for (id, sid, action, expected) in [
        ("second", "ReadModalToken", "secretsmanager:GetSecretValue", "BridgeSecretError"),
        ("third", "RememberEvents", "dynamodb:UpdateItem", "BridgeIdempotencyError"),
    ] {
        let mut less = policy.clone();
        for statement in less["Statement"].as_array_mut().unwrap() {
            let left: Vec<_> = actions(statement).filter(|allowed| allowed != action).collect();
            if statement["Sid"] == sid {
                statement["Action"] =
                    if left.is_empty() { json!("sqs:ListQueues") } else { json!(left) };
            }
        }
        assert_ne!(less, policy);
        let (error, answer) = with_policy(&less, id);
        assert_eq!(error, "Unhandled", "without {action}: {answer}");
        assert_eq!(answer["errorType"], expected, "without {action}: {answer}");
        let message = answer["errorMessage"].as_str().unwrap();
        assert!(message.contains("AccessDenied") && message.contains(action), "{answer}");
        let (error, answer) = with_policy(&policy, id);
        assert_eq!(error, Value::Null, "with {action} again: {answer}");
    }
}

/// Beside the bridge's mode.
const IN_A_VPC: &str = r#"mode                = "remote"

  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
"#;

#[test]
fn the_documented_policy_is_enough_to_apply_change_and_destroy() {
    let world = World::enforcing_policies();
    let config = as_user(&world, config(&world), &documented());

    config.apply();
    config.plan().assert_empty();

    config.rewrite(&changed(&world));
    config.plan().assert_updates(&[
        "modal_bridge_event_source.this",
        "modal_bridge_function.this",
        "modal_oidc_role.this",
        "modal_token_secret.this",
    ]);
    config.apply_planned();
    config.plan().assert_empty();

    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);
    assert_eq!(
        world.aws.call("secretsmanager", "list_secrets", json!({}))["SecretList"],
        json!([])
    );
}

#[test]
fn without_an_action_the_diagnostic_names_it() {
    for action in [
        "iam:CreateRole",
        "iam:PassRole",
        "lambda:CreateFunction",
        "logs:CreateLogGroup",
        "secretsmanager:CreateSecret",
    ] {
        let world = World::enforcing_policies();
        let config = as_user(&world, config(&world), &without(documented(), action));

        let errors = config.apply_errors();

        assert!(errors.iter().any(|error| error.contains(action)), "{action}: {errors:#?}");
        let said =
            errors.iter().any(|error| error.contains("to the identity that runs Terraform."));
        assert!(said, "{action}: {errors:#?}");
    }
}

#[test]
fn a_role_can_be_passed_to_lambda_and_scheduler_and_to_nothing_else() {
    let policy = documented();
    let pass = statements(&policy).find(|statement| statement["Action"] == "iam:PassRole").unwrap();
    let services = ["lambda.amazonaws.com", "scheduler.amazonaws.com"];
    assert_eq!(pass["Condition"], json!({"StringEquals": {"iam:PassedToService": services}}));
}

#[test]
fn the_documented_policy_has_every_action_that_the_provider_asks_for_and_no_other() {
    let documented = documented();
    let allowed: BTreeSet<String> = statements(&documented).flat_map(actions).collect();

    let mut asked = BTreeSet::from(["iam:PassRole".to_owned()]);
    actions_in(&Workspace::here().file("provider/src/aws"), &mut asked);
    // Anybody may ask who they are.
    asked.remove("sts:GetCallerIdentity");
    // Only where the provider block names a role, which it then works as.
    asked.remove("sts:AssumeRole");
    asked.remove("sts:AssumeRoleWithWebIdentity");

    assert_eq!(allowed, asked);
}

#[test]
fn the_guide_says_what_each_statement_is_for() {
    let guide = Workspace::here().file("docs/guides/credentials.md");
    let guide = fs::read_to_string(guide).unwrap();
    for statement in statements(&documented()) {
        let name = statement["Sid"].as_str().unwrap();
        let said = guide.contains(&format!("`{name}`"));
        assert!(said || name.ends_with("ForAudits"), "the guide does not name {name}");
    }
}

pub(crate) fn config(world: &World) -> Config {
    let aws = &world.aws;
    aws.call("sns", "create_topic", json!({"Name": "alerts"}));
    let statement = json!({"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    aws.call(
        "iam",
        "create_policy",
        json!({"PolicyName": "extra", "PolicyDocument": policy.to_string()}),
    );
    let queue = json!({"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "1800"}});
    aws.call("sqs", "create_queue", queue);
    let text =
        ONE_OF_EACH.replace("ARCHITECTURE", host_architecture()).replace("ACCOUNT", aws.id());
    world
        .config(&text)
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET)
}

/// The same with everything changed that can change in place.
pub(crate) fn changed(world: &World) -> String {
    ONE_OF_EACH
        .replace("ARCHITECTURE", host_architecture())
        .replace("team = \"images\"", "stage = \"dev\"")
        .replace("ak-demo", "ak-other")
        .replace("Of the app.", "Of the environment.")
        .replace("[\"arn:aws:iam::ACCOUNT:policy/extra\"]", "[]")
        .replace("app_name         = \"thumbnails\"", "app_name         = \"renders\"")
        .replace("\"echo\"", "\"render\"")
        .replace("mode                = \"remote\"", IN_A_VPC)
        .replace(
            "name                    = \"modal\"",
            "name                    = \"modal\"\n  description = \"x\"",
        )
        .replace("ACCOUNT", world.aws.id())
}

/// A configuration that is run by a user who has this policy alone.
fn as_user(world: &World, config: Config, policy: &Value) -> Config {
    let aws = &world.aws;
    aws.call("iam", "create_user", json!({"UserName": "terraform"}));
    let document = json!({"PolicyName": "terraform", "PolicyDocument": policy.to_string()});
    let arn = aws.call("iam", "create_policy", document)["Policy"]["Arn"].clone();
    aws.call("iam", "attach_user_policy", json!({"UserName": "terraform", "PolicyArn": arn}));
    let key = aws.call("iam", "create_access_key", json!({"UserName": "terraform"}));
    let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    config
        .with_env("AWS_ACCESS_KEY_ID", part("AccessKeyId"))
        .with_env("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey"))
}

pub(crate) fn documented() -> Value {
    let text = fs::read_to_string(Workspace::here().file(DOCUMENTED)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn without(mut policy: Value, action: &str) -> Value {
    let before = policy.to_string();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let left: Vec<String> = actions(statement).filter(|allowed| allowed != action).collect();
        statement["Action"] = if left.is_empty() { json!("sqs:ListQueues") } else { json!(left) };
    }
    assert_ne!(policy.to_string(), before, "the documented policy has no {action}");
    policy
}

pub(crate) fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    policy["Statement"].as_array().unwrap().iter()
}

pub(crate) fn actions(statement: &Value) -> impl Iterator<Item = String> + use<> {
    let actions = match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    };
    actions.into_iter().map(|action| action.as_str().unwrap().to_owned())
}

/// Adds the actions that the adapters name, as in `"iam:GetRole"`.
fn actions_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            actions_in(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        found.extend(text.split('"').filter(|word| is_action(word)).map(str::to_owned));
    }
}

/// Those whose actions the adapters name.
const SERVICES: &[&str] = &[
    "apigateway",
    "ec2",
    "events",
    "iam",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
];

fn is_action(word: &str) -> bool {
    let Some((service, name)) = word.split_once(':') else { return false };
    SERVICES.contains(&service)
        && name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

/// A table as `idempotency` wants it.
fn make_table(world: &World, name: &str) {
    world.aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": name,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }),
    );
}

/// Invokes the bridge: `FunctionError` and the answer.
fn invoke(world: &World, event: &Value) -> (Value, Value) {
    let payload = event.to_string();
    let request = json!({"FunctionName": "thumbnails", "Payload": payload, "LogType": "Tail"});
    let answer = world.aws.call("lambda", "invoke", request);
    let log = BASE64_STANDARD.decode(answer["LogResult"].as_str().unwrap_or_default()).unwrap();
    let mut payload: Value = serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap();
    // Shown where a test fails.
    payload["log"] = String::from_utf8_lossy(&log).into();
    (answer.get("FunctionError").cloned().unwrap_or_default(), payload)
}
