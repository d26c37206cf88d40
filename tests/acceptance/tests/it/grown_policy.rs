//! Every action of the documented policy that the local AWS checks is needed: a policy that begins
//! with nothing gets, round after round, only what a run was refused and has named.

use std::collections::BTreeSet;

use acceptance::{Config, World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use crate::least_privilege::{actions, changed, config, documented, statements};

/// What AWS says before the name of the action.
const REFUSED: &str = "not authorized to perform: ";

/// More rounds than any run needs.
const ROUNDS: usize = 60;

/// What is beside one of each.
const MORE: &str = r#"
resource "modal_oidc_provider" "this" {
  tags = { team = "images" }
}

resource "modal_bridge_function" "more" {
  name                = "more"
  app_name            = "thumbnails"
  modal_function_name = "echo"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
  publish             = true

  reserved_concurrent_executions = 1

  function_url {
    authorization_type = "AWS_IAM"
  }
  event_invoke_config {
    maximum_retry_attempts = 1
  }
}

resource "modal_bridge_trigger" "s3" {
  bridge_name = modal_bridge_function.this.name
  s3 {
    bucket = "images-ACCOUNT"
    events = ["s3:ObjectCreated:*"]
  }
}

resource "modal_bridge_trigger" "http_api" {
  bridge_name = modal_bridge_function.this.name
  http_api {}
}

resource "modal_bridge_trigger" "weekly" {
  bridge_name = modal_bridge_function.this.name
  schedule {
    name       = "weekly"
    expression = "rate(7 days)"
  }
}

resource "modal_token_secret" "shared" {
  name                    = "shared"
  recovery_window_in_days = 0
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::ACCOUNT:root" }
      Action    = "secretsmanager:DescribeSecret"
      Resource  = "*"
    }]
  })
}

resource "modal_oidc_role" "bounded" {
  name                 = "bounded"
  workspace_id         = "ac-1"
  permissions_boundary = "arn:aws:iam::ACCOUNT:policy/extra"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
"#;

/// The same with everything changed that can change in place, or gone.
const MORE_CHANGED: &str = r#"
resource "modal_bridge_function" "more" {
  name                = "more"
  app_name            = "thumbnails"
  modal_function_name = "render"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"

  function_url {
    authorization_type = "NONE"
  }
}

resource "modal_bridge_trigger" "http_api" {
  bridge_name = modal_bridge_function.this.name
  http_api {
    route_key = "POST /more"
  }
}

resource "modal_bridge_trigger" "weekly" {
  bridge_name = modal_bridge_function.this.name
  schedule {
    name       = "weekly"
    expression = "rate(14 days)"
  }
}

resource "modal_token_secret" "shared" {
  name                    = "shared"
  recovery_window_in_days = 0
}

resource "modal_oidc_role" "bounded" {
  name         = "bounded"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
"#;

#[test]
fn without_any_action_that_aws_checks_a_run_fails_and_names_it() {
    let world = World::enforcing_policies();
    world.aws.call("s3", "create_bucket", json!({"Bucket": format!("images-{}", world.aws.id())}));
    let mut user = User::new(&world);
    let more = |text: &str| {
        text.replace("ARCHITECTURE", host_architecture()).replace("ACCOUNT", world.aws.id())
    };
    let config = user.runs(config(&world));
    config.write("more.tf", &more(MORE));

    user.grow_until_it_succeeds(&config, "apply");
    config.rewrite(&changed(&world));
    config.write("more.tf", &more(MORE_CHANGED));
    user.grow_until_it_succeeds(&config, "apply");
    user.grow_until_it_succeeds(&config, "destroy");

    let documented: BTreeSet<String> = statements(&documented()).flat_map(actions).collect();
    let excess: Vec<_> = user.may.difference(&documented).collect();
    assert!(excess.is_empty(), "{excess:?}");
    // What these resources do not ask for, or the local AWS lets everybody do.
    let others: Vec<_> = documented.difference(&user.may).map(String::as_str).collect();
    expect![[r#"
        events:ListTagsForResource
        iam:AddClientIDToOpenIDConnectProvider
        iam:DeleteOpenIDConnectProvider
        iam:ListRolePolicies
        iam:ListRoles
        iam:PutRolePermissionsBoundary
        iam:UntagOpenIDConnectProvider
        lambda:DeleteFunctionCodeSigningConfig
        lambda:DeleteFunctionUrlConfig
        lambda:GetFunctionCodeSigningConfig
        lambda:InvokeFunction
        lambda:PutFunctionCodeSigningConfig
        lambda:UpdateEventSourceMapping
        lambda:UpdateFunctionCode
        logs:AssociateKmsKey
        logs:DeleteRetentionPolicy
        logs:DisassociateKmsKey
        secretsmanager:ListSecrets
        secretsmanager:RemoveRegionsFromReplication
        secretsmanager:ReplicateSecretToRegions
        secretsmanager:RestoreSecret
        sns:ListSubscriptions
        sns:SetSubscriptionAttributes
        sqs:GetQueueAttributes
        sqs:GetQueueUrl"#]]
    .assert_eq(&others.join("\n"));
}

/// Whoever runs Terraform.
struct User<'a> {
    world: &'a World,
    may: BTreeSet<String>,
    key: [String; 2],
}

impl<'a> User<'a> {
    /// One who may do nothing.
    fn new(world: &'a World) -> Self {
        let name = json!({"UserName": "terraform"});
        world.aws.call("iam", "create_user", name.clone());
        let key = world.aws.call("iam", "create_access_key", name);
        let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        let key = [part("AccessKeyId"), part("SecretAccessKey")];
        Self { world, may: BTreeSet::new(), key }
    }

    fn runs(&self, config: Config) -> Config {
        let [id, secret] = &self.key;
        config.with_env("AWS_ACCESS_KEY_ID", id).with_env("AWS_SECRET_ACCESS_KEY", secret)
    }

    /// Runs it again and again. Each round, the user gets what was missing in the one before: with
    /// all that was granted before, and without this, the run has failed.
    fn grow_until_it_succeeds(&mut self, config: &Config, command: &str) {
        for _ in 0..ROUNDS {
            let finished =
                config.run(&[command, "-input=false", "-no-color", "-json", "-auto-approve"]);
            if finished.succeeded() {
                return;
            }
            let missing = refused(&finished.output);
            assert!(
                missing.difference(&self.may).next().is_some(),
                "{command} fails and names no action that it is without:\n{}\nIt may {:?}",
                finished.output,
                self.may,
            );
            self.may.extend(missing);
            self.is_granted_what_it_may();
        }
        panic!("{command} still fails; it may {:?}", self.may);
    }

    /// The part of the documented policy with these actions, on its resources.
    fn is_granted_what_it_may(&self) {
        let mut policy = documented();
        let statements = policy["Statement"].as_array_mut().unwrap();
        for statement in statements.iter_mut() {
            let left: Vec<_> =
                actions(statement).filter(|action| self.may.contains(action)).collect();
            statement["Action"] = json!(left);
        }
        statements.retain(|statement| statement["Action"] != Value::Array(Vec::new()));
        let request = json!({
            "UserName": "terraform",
            "PolicyName": "terraform",
            "PolicyDocument": policy.to_string(),
        });
        self.world.aws.call("iam", "put_user_policy", request);
    }
}

/// The actions that refusals name.
fn refused(output: &str) -> BTreeSet<String> {
    let named = output.split(REFUSED).skip(1);
    let action = |rest: &str| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == ':';
        rest.chars().take_while(|letter| is_part(*letter)).collect()
    };
    named.map(action).collect()
}
