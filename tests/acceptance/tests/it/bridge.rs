//! What the tests about bridges share: HCL of one, and a look at what AWS has of it.

use std::thread;
use std::time::Duration;

use acceptance::{Config, LocalModal, World, host_architecture};
use serde_json::{Value, json};

/// Where the one bridge of a test stands.
pub(crate) const ADDRESS: &str = "modal_bridge_function.this";

/// A secret that nobody reads: only invocations do.
pub(crate) const SECRET_ARN: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf";

/// `modal_bridge_function.this`, named `thumbnails`, with these arguments too.
pub(crate) fn bridge(arguments: &str) -> String {
    format!(
        r#"
resource "modal_bridge_function" "this" {{
  name                = "thumbnails"
  app_name            = "images"
  modal_function_name = "render"
  mode                = "remote"
  token_secret_arn    = "{SECRET_ARN}"
{arguments}
}}
"#
    )
}

/// The local Modal's token in Secrets Manager, and a provider that knows its server.
const TOKEN: &str = r#"
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
}
"#;

/// A configuration whose bridges can be invoked: beside `main` stands `modal_token_secret.this`, with a
/// token that the local Modal accepts. The word ARCHITECTURE in it becomes this machine's.
pub(crate) fn with_token(world: &World, main: &str) -> Config {
    let config = world
        .config(&main.replace("ARCHITECTURE", host_architecture()))
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET);
    config.write("token.tf", TOKEN);
    config
}

/// The role that runs the bridge `name`.
pub(crate) fn role_name(name: &str) -> String {
    format!("{name}-us-east-1")
}

/// The log group of the bridge `name`.
pub(crate) fn log_group_name(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// Lambda's configuration of a function.
pub(crate) fn function(world: &World, name: &str) -> Value {
    world.aws.call("lambda", "get_function_configuration", json!({"FunctionName": name}))
}

/// Whether there is a function, a role and a log group of the bridge `name`, in this order.
pub(crate) fn objects(world: &World, name: &str) -> [bool; 3] {
    let function = json!({"FunctionName": name});
    let role = json!({"RoleName": role_name(name)});
    [
        world.aws.try_call("lambda", "get_function", function).is_ok(),
        world.aws.try_call("iam", "get_role", role).is_ok(),
        !log_groups(world, name).is_empty(),
    ]
}

/// The log group of the bridge `name`, if there is one, as a list.
pub(crate) fn log_groups(world: &World, name: &str) -> Vec<Value> {
    let prefix = json!({"logGroupNamePrefix": log_group_name(name)});
    let found = world.aws.call("logs", "describe_log_groups", prefix);
    let groups = found["logGroups"].as_array().cloned().unwrap_or_default();
    groups.into_iter().filter(|group| group["logGroupName"] == log_group_name(name)).collect()
}

/// The text of the one policy of the bridge's role.
pub(crate) fn role_policy(world: &World, name: &str) -> Value {
    let policy = json!({"RoleName": role_name(name), "PolicyName": "modal-bridge"});
    world.aws.call("iam", "get_role_policy", policy)["PolicyDocument"].clone()
}

/// Tags of function, role and log group that practitioners see, in this order.
pub(crate) fn tags(world: &World, name: &str) -> [Value; 3] {
    let (account, region) = (world.aws.id(), world.aws.region());
    let function =
        json!({"Resource": format!("arn:aws:lambda:{region}:{account}:function:{name}")});
    let group = log_group_name(name);
    let group =
        json!({"resourceArn": format!("arn:aws:logs:{region}:{account}:log-group:{group}")});
    let of_role = world.aws.call("iam", "list_role_tags", json!({"RoleName": role_name(name)}));
    let of_role = of_role["Tags"].as_array().unwrap().iter();
    let of_role: serde_json::Map<_, _> = of_role
        .map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone()))
        .collect();
    [
        world.aws.call("lambda", "list_tags", function)["Tags"].clone(),
        Value::Object(of_role),
        world.aws.call("logs", "list_tags_for_resource", group)["tags"].clone(),
    ]
    .map(|mut tags| {
        tags.as_object_mut().unwrap().retain(|key, _| !key.starts_with("modal-bridge:"));
        tags
    })
}

/// A function `thumbnails` that is no bridge, with a role of its own.
pub(crate) fn make_foreign_function(world: &World) {
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
pub(crate) const OTHER_CODE: &str = "base64:UEsDBBQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAYm9vdHN0cmFwIyEvYmluL3NoClBLAQIUAxQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAAAAAAAAAAADtAQAAAABib290c3RyYXBQSwUGAAAAAAEAAQA3AAAAMQAAAAAA";

pub(crate) fn trust_policy(principal: &Value) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"},
        ],
    })
    .to_string()
}
