//! `modal_oidc_role`, as its practitioner meets it.

mod drift;
mod grants;
mod inside_modal;
mod moved;
mod tokens;

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use crate::diagnostics::{import_block, said};

const ADDRESS: &str = "modal_oidc_role.thumbnails";

/// A role for one function of an app.
const ROLE: &str = r#"
resource "modal_oidc_role" "thumbnails" {
  name         = "thumbnails"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "make"
  }
}
"#;

/// A role of which everything is set.
const FULL: &str = r#"
resource "modal_oidc_role" "thumbnails" {
  name                 = "thumbnails"
  workspace_id         = "ac-1"
  description          = "What thumbnails do with AWS."
  max_session_duration = 7200
  policy_arns          = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
  tags                 = { team = "ml" }

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "make"
  }
  subject {
    environment_name = "dev"
    app_name         = "thumbnails"
  }

  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::uploads"]
  }
  grant {
    access        = "read_write"
    resource_arns = ["arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails"]
  }
}
"#;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const S3_READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn role(world: &World, name: &str) -> Value {
    world.aws.call("iam", "get_role", json!({"RoleName": name}))["Role"].take()
}

fn trust(world: &World) -> Value {
    role(world, "thumbnails")["AssumeRolePolicyDocument"].take()
}

/// The subjects that the role trusts, as IAM has them.
fn trusted(world: &World) -> Value {
    trust(world)["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"].take()
}

fn grants(world: &World) -> Value {
    let wanted = json!({"RoleName": "thumbnails", "PolicyName": "modal-grants"});
    world.aws.call("iam", "get_role_policy", wanted)["PolicyDocument"].take()
}

fn inline_policies(world: &World) -> Value {
    let wanted = json!({"RoleName": "thumbnails"});
    world.aws.call("iam", "list_role_policies", wanted)["PolicyNames"].take()
}

fn attached(world: &World) -> Vec<String> {
    let wanted = json!({"RoleName": "thumbnails"});
    let answer = world.aws.call("iam", "list_attached_role_policies", wanted);
    let policies = answer["AttachedPolicies"].as_array().unwrap();
    let arns = policies.iter().map(|policy| policy["PolicyArn"].as_str().unwrap().to_owned());
    let mut arns: Vec<_> = arns.collect();
    arns.sort();
    arns
}

fn oidc_provider_arn(world: &World) -> String {
    format!("arn:aws:iam::{}:oidc-provider/oidc.modal.com", world.aws.id())
}

fn audiences(world: &World) -> Value {
    let wanted = json!({"OpenIDConnectProviderArn": oidc_provider_arn(world)});
    world.aws.call("iam", "get_open_id_connect_provider", wanted)["ClientIDList"].take()
}

fn pretty(world: &World, document: &Value) -> String {
    let text = serde_json::to_string_pretty(document).unwrap();
    text.replace(world.aws.id(), "<account>")
}

#[test]
fn a_role_trusts_its_function_and_leaves_nothing_but_the_oidc_provider() {
    let world = World::start();
    let config = world.config(ROLE);

    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();

    expect![[r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Principal": {
                "Federated": "arn:aws:iam::<account>:oidc-provider/oidc.modal.com"
              },
              "Action": "sts:AssumeRoleWithWebIdentity",
              "Condition": {
                "StringEquals": {
                  "oidc.modal.com:aud": "oidc.modal.com"
                },
                "StringLike": {
                  "oidc.modal.com:sub": [
                    "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make:*",
                    "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make.*:*"
                  ]
                }
              }
            }
          ]
        }"#]].assert_eq(&pretty(&world, &trust(&world)));
    let made = role(&world, "thumbnails");
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!(state["arn"], made["Arn"]);
    assert_eq!(made["MaxSessionDuration"], 3600);
    assert_eq!(made["Description"].as_str().unwrap_or_default(), "");
    assert_eq!(audiences(&world), json!(["oidc.modal.com"]));
    assert_eq!(inline_policies(&world), json!([]));
    assert_eq!(attached(&world), [] as [&str; 0]);
    config.plan().assert_empty();

    config.destroy();
    let fault = world.aws.refusal("iam", "get_role", json!({"RoleName": "thumbnails"}));
    assert_eq!(fault.code, "NoSuchEntity");
    assert_eq!(audiences(&world), json!(["oidc.modal.com"]), "every role of the account shares it");
}

#[test]
fn all_but_the_name_is_known_and_complete_at_plan() {
    let world = World::start();
    let config = world.config(FULL);

    let plan = config.plan();
    let change = plan.change(ADDRESS);
    assert_eq!(change["after"]["arn"], format!("arn:aws:iam::{}:role/thumbnails", world.aws.id()));
    assert_eq!(change["after"]["oidc_provider_arn"], oidc_provider_arn(&world));
    expect![[r#"
        [
          "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make:*",
          "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make.*:*",
          "modal:workspace_id:ac-1:environment_name:dev:app_name:thumbnails:*"
        ]"#]].assert_eq(&serde_json::to_string_pretty(&change["after"]["subjects"]).unwrap());
    let policy = change["after"]["assume_role_policy"].as_str().unwrap().to_owned();
    config.apply_planned();
    assert_eq!(serde_json::from_str::<Value>(&policy).unwrap(), trust(&world));
    config.plan().assert_empty();
}

#[test]
fn a_name_that_is_not_known_yet_leaves_the_arn_to_apply() {
    let world = World::start();
    let config = world.config(
        r#"
resource "terraform_data" "name" {
  input = "thumbnails"
}

resource "modal_oidc_role" "thumbnails" {
  name         = terraform_data.name.output
  workspace_id = terraform_data.name.output == "thumbnails" ? "ac-1" : "ac-2"

  subject {
    environment_name = "main"
    app_name         = terraform_data.name.output
  }
  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::${terraform_data.name.output}"]
  }
}
"#,
    );

    let plan = config.plan();
    let unknown = &plan.change(ADDRESS)["after_unknown"];
    assert_eq!(unknown["arn"], true);
    assert_eq!(unknown["assume_role_policy"], true);
    assert_eq!(unknown["subjects"], true);
    assert_eq!(plan.change(ADDRESS)["after"]["oidc_provider_arn"], oidc_provider_arn(&world));
    config.apply_planned();
    assert_eq!(
        trusted(&world),
        json!(["modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:*"])
    );
    config.plan().assert_empty();
}

#[test]
fn narrowing_from_environment_to_app_to_function_is_an_update_in_place() {
    let world = World::start();
    let config =
        world.config(&ROLE.replace(
            "    app_name         = \"thumbnails\"\n    function_name    = \"make\"\n",
            "",
        ));
    config.apply();
    let id = role(&world, "thumbnails")["RoleId"].clone();
    assert_eq!(trusted(&world), json!(["modal:workspace_id:ac-1:environment_name:main:*"]));

    config.replace("\"main\"", "\"main\"\n    app_name = \"thumbnails\"");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(
        trusted(&world),
        json!(["modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:*"])
    );

    config.replace("\"thumbnails\"\n  }", "\"thumbnails\"\n    function_name = \"make\"\n  }");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(
        plan.change(ADDRESS)["after"]["arn"],
        plan.change(ADDRESS)["before"]["arn"],
        "who uses the ARN need not be planned anew"
    );
    config.apply_planned();
    assert_eq!(
        trusted(&world),
        json!([
            "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make:*",
            "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:make.*:*",
        ])
    );
    config.plan().assert_empty();
    assert_eq!(role(&world, "thumbnails")["RoleId"], id, "it is still the same role");
}

#[test]
fn another_name_is_another_role() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();

    config.replace("\"thumbnails\"\n  workspace_id", "\"thumbnails-2\"\n  workspace_id");
    let plan = config.plan();
    plan.assert_replaces(&[ADDRESS]);
    assert_eq!(
        plan.change(ADDRESS)["after"]["arn"],
        format!("arn:aws:iam::{}:role/thumbnails-2", world.aws.id())
    );
    config.apply_planned();

    let fault = world.aws.refusal("iam", "get_role", json!({"RoleName": "thumbnails"}));
    assert_eq!(fault.code, "NoSuchEntity");
    assert_eq!(role(&world, "thumbnails-2")["Description"], "What thumbnails do with AWS.");
    config.plan().assert_empty();
}

#[test]
fn description_session_and_tags_change_in_place() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    let made = role(&world, "thumbnails");
    assert_eq!(made["Description"], "What thumbnails do with AWS.");
    assert_eq!(made["MaxSessionDuration"], 7200);
    assert_eq!(tags(&made), json!({"team": "ml"}));
    let asked_before = world.aws.calls().len();

    config.replace("  description          = \"What thumbnails do with AWS.\"\n", "");
    config.replace("  max_session_duration = 7200\n", "");
    config.replace(r#"{ team = "ml" }"#, r#"{ stage = "dev" }"#);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();

    let changed = role(&world, "thumbnails");
    assert_eq!(changed["Description"].as_str().unwrap_or_default(), "");
    assert_eq!(changed["MaxSessionDuration"], 3600);
    assert_eq!(tags(&changed), json!({"stage": "dev"}));
    assert_eq!(changed["RoleId"], made["RoleId"]);
    config.plan().assert_empty();
    let asked = world.aws.calls().split_off(asked_before);
    for untouched in ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"] {
        assert!(!asked.iter().any(|call| call == untouched), "{untouched} alarms somebody");
    }
}

/// The practitioner's tags of a role: one more is the provider's.
fn tags(role: &Value) -> Value {
    let tags = role["Tags"].as_array().unwrap().iter();
    let visible = tags.filter(|tag| tag["Key"] != "modal-bridge:create-nonce");
    visible.map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone())).collect()
}

#[test]
fn grants_are_the_actions_of_s3_and_dynamodb_on_the_resources_and_what_is_in_them() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    expect![[r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": [
                "s3:GetObject*",
                "s3:GetBucket*",
                "s3:List*"
              ],
              "Resource": [
                "arn:aws:s3:::uploads",
                "arn:aws:s3:::uploads/*"
              ]
            },
            {
              "Effect": "Allow",
              "Action": [
                "dynamodb:BatchGetItem",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:Query",
                "dynamodb:GetItem",
                "dynamodb:Scan",
                "dynamodb:ConditionCheckItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable"
              ],
              "Resource": [
                "arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails",
                "arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails/index/*"
              ]
            }
          ]
        }"#]]
    .assert_eq(&pretty(&world, &grants(&world)));
    assert_eq!(inline_policies(&world), json!(["modal-grants"]));
    config.plan().assert_empty();

    config.replace("\"read\"", "\"write\"");
    config.replace("arn:aws:s3:::uploads", "arn:aws:s3:::thumbnails/made/*");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    let first = &grants(&world)["Statement"][0];
    assert_eq!(first["Resource"], json!(["arn:aws:s3:::thumbnails/made/*"]));
    assert_eq!(first["Action"][0], "s3:PutObject");
    config.plan().assert_empty();

    config.rewrite(&ROLE.replace("\"ac-1\"", "\"ac-1\"\n  policy_arns = []"));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(inline_policies(&world), json!([]));
    config.plan().assert_empty();
}

#[test]
fn a_grant_over_both_services_plans_empty() {
    let world = World::start();
    let config = world.config(&ROLE.replace(
        "  subject {",
        r#"  grant {
    access = "read"
    resource_arns = [
      "arn:aws:s3:::uploads",
      "arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails",
      "arn:aws:s3:::archive/2026/*",
    ]
  }
  subject {"#,
    ));
    config.apply();
    assert_eq!(grants(&world)["Statement"].as_array().unwrap().len(), 2);
    config.plan().assert_empty();
}

#[test]
fn only_policies_that_we_attached_are_detached() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    assert_eq!(attached(&world), [READ_ONLY]);
    let theirs = json!({"RoleName": "thumbnails", "PolicyArn": S3_READ_ONLY});
    world.aws.call("iam", "attach_role_policy", theirs);
    config.plan().assert_empty();

    let ours = world.aws.call(
        "iam",
        "create_policy",
        json!({
            "PolicyName": "ours",
            "PolicyDocument": json!({
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}],
            }).to_string(),
        }),
    );
    let ours = ours["Policy"]["Arn"].as_str().unwrap();
    config.replace(READ_ONLY, ours);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(attached(&world), [ours, S3_READ_ONLY]);
    config.plan().assert_empty();

    config.replace(&format!("policy_arns          = [{ours:?}]"), "");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(attached(&world), [S3_READ_ONLY]);
    config.plan().assert_empty();

    // AWS deletes no role that has a policy, whoever attached it.
    config.destroy();
    let fault = world.aws.refusal("iam", "get_role", json!({"RoleName": "thumbnails"}));
    assert_eq!(fault.code, "NoSuchEntity");
}

#[test]
fn a_method_of_a_class_is_planned_as_it_is_spelled() {
    let world = World::start();
    let config = world.config(&ROLE.replace("\"make\"", "\"Model.predict\""));
    config.apply();
    assert_eq!(
        trusted(&world),
        json!([
            "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:Model:*",
            "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:function_name:Model.*:*",
        ])
    );
    config.plan().assert_empty();
    let subject = &config.resource(ADDRESS).unwrap()["subject"][0];
    assert_eq!(subject["function_name"], "Model.predict");
}

#[test]
fn an_imported_role_is_the_same_in_every_attribute() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    let mut written = config.resource(ADDRESS).unwrap();

    config.forget(ADDRESS);
    config.import(ADDRESS, "thumbnails");

    // What is attached may be others': it becomes this resource's with the next apply.
    written["policy_arns"] = Value::Null;
    assert_eq!(config.resource(ADDRESS).unwrap(), written);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
}

#[test]
fn an_import_of_what_is_not_there_says_what_the_id_is() {
    let world = World::start();
    let config = world.config(ROLE);
    config
        .write("import.tf", "import {\n  to = modal_oidc_role.thumbnails\n  id = \"nobody\"\n}\n");
    expect![[r#"
        Cannot import IAM role "nobody"

        There is no such role in the account. The id to import by is its name."#]]
    .assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn two_roles_of_one_apply_share_the_oidc_provider_that_one_of_them_makes() {
    let world = World::start();
    let config = world.config(
        r#"
resource "modal_oidc_role" "this" {
  count        = 4
  name         = "role-${count.index}"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "app-${count.index}"
  }
}
"#,
    );
    config.apply();

    let providers = world.aws.call("iam", "list_open_id_connect_providers", json!({}));
    assert_eq!(providers["OpenIDConnectProviderList"], json!([{"Arn": oidc_provider_arn(&world)}]));
    assert_eq!(audiences(&world), json!(["oidc.modal.com"]));
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn an_oidc_provider_with_another_audience_gets_ours_and_keeps_theirs() {
    let world = World::start();
    world.aws.call(
        "iam",
        "create_open_id_connect_provider",
        json!({
            "Url": "https://oidc.modal.com",
            "ClientIDList": ["theirs"],
            "Tags": [{"Key": "owner", "Value": "platform"}],
        }),
    );
    let config = world.config(ROLE);

    config.apply();

    assert_eq!(audiences(&world), json!(["theirs", "oidc.modal.com"]));
    let wanted = json!({"OpenIDConnectProviderArn": oidc_provider_arn(&world)});
    let provider = world.aws.call("iam", "get_open_id_connect_provider", wanted);
    assert_eq!(provider["Tags"], json!([{"Key": "owner", "Value": "platform"}]));
    config.plan().assert_empty();
    config.destroy();
    assert_eq!(audiences(&world), json!(["theirs", "oidc.modal.com"]));
}

#[test]
fn a_taken_name_is_healed_by_the_import_block_that_the_error_prints() {
    let world = World::start();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    });
    world.aws.call(
        "iam",
        "create_role",
        json!({"RoleName": "thumbnails", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    let config = world.config(ROLE);

    let errors = config.apply_errors();
    expect![[r#"
        Cannot create IAM role "thumbnails"

        Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_oidc_role.<name>
          id = "thumbnails"
        }

        iam:CreateRole answered EntityAlreadyExists: Role with name thumbnails already exists.
        AWS request id: <id>"#]]
    .assert_eq(&said(&world, &errors));
    assert_eq!(config.resource(ADDRESS), None);
    assert_eq!(self::trust(&world), trust, "what is not ours is not touched");

    config.write("import.tf", &import_block(&errors[0], ADDRESS));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(trusted(&world).as_array().unwrap().len(), 2);
    config.plan().assert_empty();
}

#[test]
fn a_create_whose_answer_is_lost_is_healed_and_makes_one_role() {
    let world = World::start();
    world.aws.set_knobs(&json!({
        "fail": [{"action": "iam:CreateRole", "code": "ServiceFailure", "status": 500, "after": true}],
    }));
    let config = world.config(ROLE);
    config.apply();
    assert_eq!(config.resource(ADDRESS).unwrap()["arn"], role(&world, "thumbnails")["Arn"]);
    config.plan().assert_empty();
}

#[test]
fn a_create_that_fails_half_way_leaves_the_role_in_the_state_and_heals() {
    let world = World::start();
    world.aws.set_knobs(&json!({"deny": ["iam:PutRolePolicy"]}));
    let config = world.config(FULL);

    expect![[r#"
        Cannot write the grants of IAM role "thumbnails"

        Allow iam:PutRolePolicy to the identity that runs Terraform.

        iam:PutRolePolicy answered AccessDenied: User: arn:aws:iam::<account>:root is not authorized to perform: iam:PutRolePolicy on resource: arn:aws:iam::<account>:role/thumbnails because no identity-based policy allows the iam:PutRolePolicy action
        AWS request id: <id>"#]].assert_eq(&said(&world, &config.apply_errors()));
    assert!(config.resource(ADDRESS).is_some());

    world.aws.set_knobs(&json!({"deny": []}));
    // Terraform replaces what was created in part.
    config.plan().assert_replaces(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(inline_policies(&world), json!(["modal-grants"]));
    assert_eq!(attached(&world), [READ_ONLY]);
    config.plan().assert_empty();
}

#[test]
fn an_update_that_fails_half_way_forgets_no_policy_that_it_attached() {
    let world = World::start();
    let config = world.config(ROLE);
    config.apply();
    let missing = "arn:aws:iam::aws:policy/NoSuchPolicy";
    config.replace(
        "\"ac-1\"",
        &format!("\"ac-1\"\n  policy_arns = [\"{S3_READ_ONLY}\", \"{missing}\"]"),
    );
    assert!(S3_READ_ONLY < missing, "policies are attached in order");

    config.apply_fails();
    assert_eq!(attached(&world), [S3_READ_ONLY]);
    config.rewrite(ROLE);
    config.apply();

    assert_eq!(attached(&world), [] as [&str; 0]);
    config.plan().assert_empty();
}

#[test]
fn a_trust_policy_beyond_iams_quota_is_warned_of_at_plan() {
    let world = World::start();
    let config = world.config(
        r#"
resource "modal_oidc_role" "this" {
  name         = "many"
  workspace_id = "ac-1"

  dynamic "subject" {
    for_each = range(30)
    content {
      environment_name = "main"
      app_name         = "an-app-with-number-${subject.value}"
    }
  }
}
"#,
    );
    expect![[r#"
        The trust policy is longer than IAM takes by default

        It has 2708 characters; the quota is 2048 unless the account's was raised. Use fewer or shorter subjects, or another role for some of them."#]].assert_eq(&said(&world, &config.plan_warnings()));
    expect![[r#"
        Cannot create IAM role "many"

        iam:CreateRole answered LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048
        AWS request id: <id>"#]]
    .assert_eq(&said(&world, &config.apply_errors()));
}
