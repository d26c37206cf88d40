//! Who else may use a secret, and where else it is.

use acceptance::{Config, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::{ADDRESS, MANAGED, TOKEN_SECRET, assert_is_gone, describe};
use crate::diagnostics::said;

/// The end of the resource in [`MANAGED`], where more may stand.
const END: &str = "recovery_window_in_days = 0\n";

fn with(world: &World, more: &str) -> Config {
    let config = world.config(MANAGED).with_env("TF_VAR_token_secret", TOKEN_SECRET);
    config.replace(END, &format!("{END}{more}"));
    config
}

fn policy(world: &World) -> Value {
    let wanted = json!({"SecretId": "modal"});
    let answer = world.aws.call("secretsmanager", "get_resource_policy", wanted);
    answer["ResourcePolicy"]
        .as_str()
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// A policy for a role that the same apply makes.
const SHARED: &str = r#"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Readers"
      Effect    = "Allow"
      Principal = { AWS = modal_oidc_role.reader.arn }
      Action    = ["secretsmanager:GetSecretValue"]
      Resource  = "*"
    }]
  })
"#;

const READER: &str = r#"
resource "modal_oidc_role" "reader" {
  name         = "reader"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "reader"
  }
}
"#;

#[test]
fn a_policy_waits_for_its_principals_shows_drift_and_goes() {
    let world = World::start();
    // IAM is known elsewhere a little later.
    world.aws.set_knobs(&json!({"role_propagation_seconds": 3}));
    let config = with(&world, SHARED);
    config.write("reader.tf", READER);
    config.apply();
    assert_eq!(policy(&world)["Statement"][0]["Sid"], "Readers");
    config.plan().assert_empty();

    // The same in other words is no change.
    let mut same = policy(&world);
    same["Statement"] = same["Statement"][0].clone();
    same["Statement"]["Action"] = same["Statement"]["Action"][0].clone();
    let put = |policy: &Value| {
        let asked = json!({"SecretId": "modal", "ResourcePolicy": policy.to_string()});
        world.aws.call("secretsmanager", "put_resource_policy", asked);
    };
    put(&same);
    config.plan().assert_empty();

    let mut wider = same.clone();
    wider["Statement"]["Action"] = "secretsmanager:*".into();
    put(&wider);
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let before = plan.change(ADDRESS)["before"]["policy"].as_str().unwrap();
    assert!(before.contains("secretsmanager:*"), "{before}");
    config.apply_planned();
    assert_eq!(policy(&world)["Statement"][0]["Action"], json!(["secretsmanager:GetSecretValue"]));

    config.rewrite(MANAGED);
    config.apply();
    assert_eq!(policy(&world), Value::Null);
    config.plan().assert_empty();

    // What is not set here is not looked at: another resource may keep it.
    put(&json!({"Version": "2012-10-17", "Statement": []}));
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_policy_that_is_none_is_refused_on_its_attribute() {
    let world = World::start();
    let config = with(&world, "  policy = \"{\"\n");
    let errors = config.plan_errors();
    assert!(errors[0].contains("policy is not JSON"), "{errors:?}");

    let unknown = "arn:aws:iam::111122223333:role/nobody".replace("111122223333", world.aws.id());
    config.replace(
        "policy = \"{\"",
        &format!("policy = jsonencode({{ Statement = [{{ Principal = {{ AWS = \"{unknown}\" }} }}] }})\n  timeouts {{\n    create = \"2s\"\n  }}"),
    );
    let errors = config.apply_errors();
    let arn = describe(&world, "modal")["ARN"].as_str().unwrap().to_owned();
    let errors: Vec<_> = errors.iter().map(|error| error.replace(&arn, "<arn>")).collect();
    let error = said(&world, &errors);
    let (error, _) = error.split_once("(still so after").unwrap();
    expect![[r#"
        Cannot set the policy of secret <arn>

        secretsmanager:PutResourcePolicy answered MalformedPolicyDocumentException: This resource policy contains an unsupported principal. "#]].assert_eq(error);
    // It exists, and Terraform knows it.
    assert!(config.resource(ADDRESS).is_some());
    config.destroy();
    assert_is_gone(&world, "modal");
}

#[test]
fn copies_come_and_go_and_the_secret_goes_with_them() {
    let world = World::start();
    let copies = "\n  replica {\n    region = \"eu-west-1\"\n  }\n\n  replica {\n    region = \"eu-west-3\"\n  }\n";
    let config = with(&world, copies);
    config.apply();
    let regions = || {
        let secret = describe(&world, "modal");
        let copies = secret["ReplicationStatus"].as_array().cloned().unwrap_or_default();
        copies.iter().map(|copy| copy["Region"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(regions(), ["eu-west-1", "eu-west-3"]);
    config.plan().assert_empty();

    world.aws.call(
        "secretsmanager",
        "remove_regions_from_replication",
        json!({"SecretId": "modal", "RemoveReplicaRegions": ["eu-west-1"]}),
    );
    config.plan().assert_updates(&[ADDRESS]);
    config.replace("\n  replica {\n    region = \"eu-west-3\"\n  }\n", "");
    config.apply();
    assert_eq!(regions(), ["eu-west-1"]);
    config.plan().assert_empty();
    config.forget(ADDRESS);
    config.import(ADDRESS, "modal");
    let imported = config.resource(ADDRESS).unwrap();
    assert_eq!(imported["replica"], json!([{"region": "eu-west-1", "kms_key_id": null}]));
    config.apply();

    config.destroy();
    assert_is_gone(&world, "modal");
}

#[test]
fn a_copy_does_not_take_the_place_of_another_secret_unless_it_may() {
    let world = World::start();
    let there = "provider \"modal\" {\n  alias  = \"there\"\n  region = \"eu-west-1\"\n}\n\nresource \"modal_token_secret\" \"there\" {\n  provider                = modal.there\n  name                    = \"modal\"\n  recovery_window_in_days = 0\n}\n";
    let other = world.config(there);
    other.apply();

    let config = with(&world, "\n  replica {\n    region = \"eu-west-1\"\n  }\n");
    let errors = config.apply_errors();
    assert!(errors[0].contains("ResourceExistsException"), "{errors:?}");
    config.replace("replica {", "force_overwrite_replica_secret = true\n\n  replica {");
    config.apply();
    assert_eq!(describe(&world, "modal")["ReplicationStatus"][0]["Region"], "eu-west-1");
    config.plan().assert_empty();
}
