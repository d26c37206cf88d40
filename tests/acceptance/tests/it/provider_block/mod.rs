//! The `provider "modal"` block: tags for everything, whose AWS, and what is said when that fails.

mod accounts;
mod connection;
mod proxy;
mod roles;

use std::fs;

use acceptance::{Config, World};
use expect_test::expect;
use serde_json::{Value, json};

use crate::diagnostics::said;

const SECRET: &str = "modal_token_secret.modal";

const RESOURCES: &str = r#"
resource "modal_token_secret" "modal" {
  name                    = "modal"
  recovery_window_in_days = 0
}
"#;

/// A resource, with this provider block.
fn config(world: &World, provider: &str) -> Config {
    world.config(&format!("provider \"modal\" {{\n{provider}\n}}\n{RESOURCES}"))
}

/// Without what the environment says of AWS.
fn bare(world: &World, provider: &str) -> Config {
    config(world, provider)
        .without_env("AWS_ENDPOINT_URL")
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .without_env("AWS_REGION")
}

fn tags(world: &World, secret: &str) -> Value {
    let wanted = json!({"SecretId": secret});
    let answer = world.aws.call("secretsmanager", "describe_secret", wanted);
    let tags = answer["Tags"].as_array().cloned().unwrap_or_default();
    tags.iter().map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone())).collect()
}

#[test]
fn default_tags_are_on_every_resource_and_a_resources_own_tag_wins() {
    let world = World::start();
    let main = r#"
provider "modal" {
  default_tags {
    tags = {
      team  = "ml"
      stage = "dev"
    }
  }
}

resource "modal_token_secret" "modal" {
  name = "modal"
  tags = {
    stage = "prod"
    app   = "thumbnails"
  }
}

resource "modal_oidc_role" "thumbnails" {
  name         = "thumbnails"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
"#;
    let config = world.config(main);

    let plan = config.plan();
    let all = json!({"team": "ml", "stage": "prod", "app": "thumbnails"});
    assert_eq!(plan.change(SECRET)["after"]["tags_all"], all);
    config.apply_planned();
    assert_eq!(tags(&world, "modal"), all);
    let role = world.aws.call("iam", "get_role", json!({"RoleName": "thumbnails"}));
    let on_role = role["Role"]["Tags"].as_array().unwrap();
    assert!(on_role.contains(&json!({"Key": "stage", "Value": "dev"})), "{role}");
    config.plan().assert_empty();

    config.replace("team  = \"ml\"", "team  = \"platform\"");
    config.plan().assert_updates(&[SECRET, "modal_oidc_role.thumbnails"]);
    config.apply_planned();
    assert_eq!(tags(&world, "modal")["team"], "platform");
    config.plan().assert_empty();

    // A resource may say the same as the default; when the default goes, its own stays.
    config.replace("app   = \"thumbnails\"", "team = \"platform\"");
    config.apply();
    config.plan().assert_empty();
    config.replace("      team  = \"platform\"\n", "");
    config.plan().assert_updates(&["modal_oidc_role.thumbnails"]);
    config.apply_planned();
    assert_eq!(tags(&world, "modal"), json!({"team": "platform", "stage": "prod"}));
    config.plan().assert_empty();
}

#[test]
fn the_block_alone_is_enough_to_reach_an_aws() {
    let world = World::start();
    let (endpoint, account) = (world.aws.endpoint(), world.aws.id());
    let config = bare(
        &world,
        &format!(
            r#"
  region     = "us-east-1"
  access_key = "{account}"
  secret_key = "test"

  endpoints {{
    iam            = "{endpoint}"
    lambda         = "{endpoint}"
    logs           = "{endpoint}"
    secretsmanager = "{endpoint}"
    sts            = "{endpoint}"
  }}
"#
        ),
    );
    config.apply();
    assert_eq!(
        config.resource(SECRET).unwrap()["arn"],
        world.aws.call("secretsmanager", "describe_secret", json!({"SecretId": "modal"}))["ARN"]
    );
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_profile_of_the_shared_files_is_enough_too() {
    let world = World::start();
    let config = bare(&world, "  profile = \"work\"");
    let file = config.directory().join("aws-config");
    let text = format!(
        "[profile work]\nregion = us-east-1\naws_access_key_id = {}\naws_secret_access_key = test\n\
         endpoint_url = {}\n",
        world.aws.id(),
        world.aws.endpoint()
    );
    fs::write(&file, text).unwrap();
    let config = config.with_env("AWS_CONFIG_FILE", file.to_str().unwrap());
    config.apply();
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_block_region_wins_over_the_environments() {
    let world = World::start();
    let config = config(&world, "  region = \"eu-west-1\"");
    config.apply();
    let arn = config.resource(SECRET).unwrap()["arn"].clone();
    assert!(arn.as_str().unwrap().starts_with("arn:aws:secretsmanager:eu-west-1:"), "{arn}");
}

#[test]
fn no_region_is_said() {
    let world = World::start();
    let config = bare(&world, "");
    expect![[r#"
        Cannot configure AWS

        No AWS region is configured; set region in the provider block, or AWS_REGION, or region in the profile."#]].assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn half_of_static_credentials_is_said() {
    let world = World::start();
    expect![[r#"
        Cannot configure AWS

        access_key and secret_key belong together; secret_key is missing."#]]
    .assert_eq(&said(&world, &config(&world, "  access_key = \"AKIA\"").plan_errors()));
    expect![[r#"
        Cannot configure AWS

        access_key and secret_key belong together; access_key is missing."#]]
    .assert_eq(&said(&world, &config(&world, "  secret_key = \"s\"").plan_errors()));
    expect![[r#"
        Cannot configure AWS

        Token is given without access_key and secret_key."#]]
    .assert_eq(&said(&world, &config(&world, "  token = \"t\"").plan_errors()));
}

#[test]
fn no_credentials_are_said_at_plan() {
    let world = World::start();
    let config = bare(&world, "  region = \"us-east-1\"");
    config.write("role.tf", ROLE);
    expect![[r#"
        Cannot configure AWS

        Nothing here has credentials that can be used. What is known is the region, us-east-1, from region in the provider block.

        sts:GetCallerIdentity failed: there are no credentials: not in the provider block, not in the environment, not in profile "default", not in the container's credentials"#]].assert_eq(&said(&world, &config.plan_errors()));
}

/// What is planned with the account's number in it, so that a plan asks AWS.
const ROLE: &str = r#"
resource "modal_oidc_role" "thumbnails" {
  name         = "thumbnails"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
"#;

/// A user of the account who may do this: its keys.
fn user(world: &World, policy: &Value) -> (String, String) {
    world.aws.call("iam", "create_user", json!({"UserName": "ci"}));
    let policy = json!({
        "UserName": "ci",
        "PolicyName": "ci",
        "PolicyDocument": policy.to_string(),
    });
    world.aws.call("iam", "put_user_policy", policy);
    let made = world.aws.call("iam", "create_access_key", json!({"UserName": "ci"}));
    let key = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    (key("AccessKeyId"), key("SecretAccessKey"))
}

fn allow(actions: &[&str], resource: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}],
    })
}

#[test]
fn a_wrong_secret_key_is_said_with_what_to_check() {
    let world = World::enforcing_policies();
    let (access_key, _) = user(&world, &allow(&["*"], "*"));
    let config = config(&world, "")
        .with_env("AWS_ACCESS_KEY_ID", access_key)
        .with_env("AWS_SECRET_ACCESS_KEY", "wrong");
    config.write("role.tf", ROLE);
    expect![[r#"
        Cannot configure AWS

        AWS does not accept the credentials, or a role cannot be assumed with them. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION.

        sts:GetCallerIdentity answered SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.
        AWS request id: <id>"#]].assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn a_role_is_assumed_and_works_with_its_own_permissions() {
    let world = World::enforcing_policies();
    let account = world.aws.id();
    let (access_key, secret_key) = user(&world, &allow(&["sts:AssumeRole"], "*"));
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:user/ci")},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "from-acme"}},
        }],
    });
    world.aws.call(
        "iam",
        "create_role",
        json!({"RoleName": "deployer", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    world.aws.call(
        "iam",
        "put_role_policy",
        json!({
            "RoleName": "deployer",
            "PolicyName": "deployer",
            "PolicyDocument": allow(&["secretsmanager:*"], "*").to_string(),
        }),
    );
    let block = |more: &str| {
        format!(
            "  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/deployer\"\n{more}  }}"
        )
    };
    let as_ci = |provider: &str| {
        config(&world, provider)
            .with_env("AWS_ACCESS_KEY_ID", access_key.clone())
            .with_env("AWS_SECRET_ACCESS_KEY", secret_key.clone())
    };

    expect![[r#"
        Cannot create secret "modal"

        Allow secretsmanager:CreateSecret to the identity that runs Terraform.

        secretsmanager:CreateSecret answered AccessDeniedException: User: arn:aws:iam::<account>:user/ci is not authorized to perform: secretsmanager:CreateSecret on resource: arn:aws:secretsmanager:us-east-1:<account>:secret:modal because no identity-based policy allows the secretsmanager:CreateSecret action
        AWS request id: <id>"#]].assert_eq(&said(&world, &as_ci("").apply_errors()));

    expect![[r#"
        Cannot configure AWS

        AWS does not accept the credentials, or a role cannot be assumed with them. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the region, us-east-1, from AWS_REGION.

        sts:GetCallerIdentity failed: the role arn:aws:iam::<account>:role/deployer cannot be assumed: sts:AssumeRole answered AccessDenied: User: arn:aws:iam::<account>:user/ci is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::<account>:role/deployer
        AWS request id: <id>"#]].assert_eq(&said(&world, &as_ci(&block("")).apply_errors()));

    let config = as_ci(&block("    external_id = \"from-acme\"\n    session_name = \"ci\"\n"));
    config.apply();
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn what_of_the_block_is_not_known_at_plan_is_waited_for() {
    let world = World::start();
    let main = r#"
resource "terraform_data" "this" {
  input = {
    region           = "us-east-1"
    modal_server_url = "https://modal.example.com"
    team             = "ml"
  }
}

provider "modal" {
  region           = terraform_data.this.output.region
  modal_server_url = terraform_data.this.output.modal_server_url

  default_tags {
    tags = {
      team = terraform_data.this.output.team
    }
  }
}
"#;
    let config = world.config(&format!("{main}{RESOURCES}{ROLE}")).without_env("AWS_REGION");
    let plan = config.plan();
    plan.assert_creates(&["modal_oidc_role.thumbnails", SECRET, "terraform_data.this"]);
    config.apply_planned();
    assert_eq!(tags(&world, "modal"), json!({"team": "ml"}));
    config.plan().assert_empty();

    // Now there is something to refresh, with a provider that does not know where it is.
    config.replace("team             = \"ml\"", "team             = \"platform\"");
    config.apply();
    config.plan();
    config.apply();
    assert_eq!(tags(&world, "modal"), json!({"team": "platform"}));
    config.plan().assert_empty();
}
