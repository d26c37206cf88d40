//! Moving in from `hashicorp/aws`, with the states that its version 5.100.0 wrote of these objects.

use acceptance::World;
use serde_json::{Value, json};

/// What takes the place of `aws_iam_role.rag` and `aws_iam_openid_connect_provider.modal`.
const MOVED: &str = r#"
moved {
  from = aws_iam_openid_connect_provider.modal
  to   = modal_oidc_provider.modal
}

moved {
  from = aws_iam_role.rag
  to   = modal_oidc_role.rag
}

resource "modal_oidc_provider" "modal" {
  tags = { owner = "platform" }
}

resource "modal_oidc_role" "rag" {
  name                 = "rag"
  workspace_id         = "ac-1"
  description          = "Of the RAG backend."
  max_session_duration = 7200
  tags                 = { team = "ml" }

  subject {
    environment_name = "main"
    app_name         = "rag"
  }
}
"#;

fn provider_arn(world: &World) -> String {
    format!("arn:aws:iam::{}:oidc-provider/oidc.modal.com", world.aws.id())
}

/// The trust policy that was written by hand, as AWS holds it.
fn trust(world: &World) -> String {
    json!({
        "Statement": [{
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
                "StringLike": {
                    "oidc.modal.com:sub": "modal:workspace_id:ac-1:environment_name:main:app_name:rag:*",
                },
            },
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn(world)},
        }],
        "Version": "2012-10-17",
    })
    .to_string()
}

/// The objects in AWS, as another configuration made them, and what `hashicorp/aws` stored of them.
fn made_before(world: &World) -> Value {
    let aws = &world.aws;
    let tags = |key: &str, value: &str| json!([{"Key": key, "Value": value}]);
    aws.call(
        "iam",
        "create_open_id_connect_provider",
        json!({
            "Url": "https://oidc.modal.com",
            "ClientIDList": ["oidc.modal.com"],
            "Tags": tags("owner", "platform"),
        }),
    );
    let role = json!({
        "RoleName": "rag",
        "AssumeRolePolicyDocument": trust(world),
        "Description": "Of the RAG backend.",
        "MaxSessionDuration": 7200,
        "Tags": tags("team", "ml"),
    });
    let role = aws.call("iam", "create_role", role)["Role"].take();
    let statement = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"});
    let inline = json!({
        "RoleName": "rag",
        "PolicyName": "tables",
        "PolicyDocument": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string(),
    });
    aws.call("iam", "put_role_policy", inline);
    let attached = json!({"RoleName": "rag", "PolicyArn": super::READ_ONLY});
    aws.call("iam", "attach_role_policy", attached);

    let instance = |kind: &str, name: &str, attributes: Value| {
        json!({
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": attributes,
                "sensitive_attributes": [],
                "private": "bnVsbA==",
            }],
        })
    };
    json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 6,
        "lineage": "5948b6c9-a790-2cae-ac29-0bf5a1848659",
        "outputs": {},
        "resources": [
            instance("aws_iam_openid_connect_provider", "modal", json!({
                "arn": provider_arn(world),
                "client_id_list": ["oidc.modal.com"],
                "id": provider_arn(world),
                "tags": {"owner": "platform"},
                "tags_all": {"owner": "platform"},
                "thumbprint_list": ["ce6685d03d0f10286746c404f1e57755396478d3"],
                "url": "oidc.modal.com",
            })),
            instance("aws_iam_role", "rag", json!({
                "arn": role["Arn"],
                "assume_role_policy": trust(world),
                "create_date": role["CreateDate"],
                "description": "Of the RAG backend.",
                "force_detach_policies": false,
                "id": "rag",
                "inline_policy": [],
                "managed_policy_arns": [],
                "max_session_duration": 7200,
                "name": "rag",
                "name_prefix": "",
                "path": "/",
                "permissions_boundary": "",
                "tags": {"team": "ml"},
                "tags_all": {"team": "ml"},
                "unique_id": role["RoleId"],
            })),
        ],
    })
}

#[test]
fn a_role_and_a_provider_of_hashicorp_aws_move_in_unchanged() {
    let world = World::start();
    let config = world.config_beside("hashicorp/aws", MOVED);
    config.write("terraform.tfstate", &made_before(&world).to_string());

    let plan = config.plan();
    for address in ["modal_oidc_provider.modal", "modal_oidc_role.rag"] {
        let change = plan.change(address);
        assert_eq!(change["actions"], json!(["no-op"]), "{address}: {change:#}");
    }
    config.apply_planned();
    config.plan().assert_empty();

    // What other resources manage is theirs.
    config.replace("Of the RAG backend.", "Of the new backend.");
    config.apply();
    let rag = json!({"RoleName": "rag"});
    let inline = world.aws.call("iam", "list_role_policies", rag.clone());
    assert_eq!(inline["PolicyNames"], json!(["tables"]));
    let attached = world.aws.call("iam", "list_attached_role_policies", rag);
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], super::READ_ONLY);
}

#[test]
fn a_role_that_modals_guide_made_is_imported_with_its_scope() {
    let world = World::start();
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn(&world)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
            "StringLike": {"oidc.modal.com:sub": "modal:workspace_id:ac-1:*"},
        },
    });
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]});
    world.aws.call(
        "iam",
        "create_role",
        json!({"RoleName": "modal-litlens-role", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    let config = world.config(
        r#"
resource "modal_oidc_role" "this" {
  name         = "modal-litlens-role"
  workspace_id = "ac-1"

  subject {
    environment_name = "*"
  }
}
"#,
    );
    config.import("modal_oidc_role.this", "modal-litlens-role");
    let imported = config.resource("modal_oidc_role.this").unwrap();
    assert_eq!(imported["workspace_id"], "ac-1");
    assert_eq!(imported["subject"][0]["environment_name"], "*");
    // The pattern that is written says more, and means the same.
    let plan = config.plan();
    plan.assert_updates(&["modal_oidc_role.this"]);
    config.apply_planned();
    config.plan().assert_empty();
}

#[test]
fn the_role_of_the_cdk_library_is_imported_with_what_lambda_may() {
    let world = World::start();
    let lambda = json!({
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    });
    let modal = json!({
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn(&world)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
            "StringLike": {
                "oidc.modal.com:sub":
                    "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f:*",
            },
        },
    });
    let trust = json!({"Version": "2012-10-17", "Statement": [lambda, modal]});
    world.aws.call(
        "iam",
        "create_role",
        json!({"RoleName": "f_spawn_role", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    let config = world.config(
        r#"
resource "modal_oidc_role" "this" {
  name         = "f_spawn_role"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "a"
    function_name    = "f"
  }
  additional_trust_statements = jsonencode([{
    Effect    = "Allow"
    Principal = { Service = "lambda.amazonaws.com" }
    Action    = "sts:AssumeRole"
  }])
}
"#,
    );
    config.import("modal_oidc_role.this", "f_spawn_role");
    let imported = config.resource("modal_oidc_role.this").unwrap();
    assert_eq!(imported["subject"][0]["function_name"], "f");
    let statements = imported["additional_trust_statements"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(statements).unwrap(), json!([lambda]));
    config.apply();
    config.plan().assert_empty();
    let held = world.aws.call("iam", "get_role", json!({"RoleName": "f_spawn_role"}));
    let held = &held["Role"]["AssumeRolePolicyDocument"]["Statement"];
    assert!(held.as_array().unwrap().contains(&lambda), "{held}");
}
