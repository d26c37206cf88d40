//! `modal_token_secret`, as its practitioner meets it.

mod credentials;
mod query;
mod sharing;
mod verification;

use acceptance::{Config, World};
use expect_test::expect;
use serde_json::{Value, json};

use crate::diagnostics::{import_block, said};

const ADDRESS: &str = "modal_token_secret.modal";

/// What must be found nowhere but in Secrets Manager.
const TOKEN_SECRET: &str = "as-written-only-4tB9";

const MANAGED: &str = r#"
variable "token_secret" {
  type      = string
  ephemeral = true
}

resource "modal_token_secret" "modal" {
  name                    = "modal"
  token_id                = "ak-1"
  token_secret_wo         = var.token_secret
  recovery_window_in_days = 0
}
"#;

const PLACEHOLDER: &str = r#"
resource "modal_token_secret" "modal" {
  name = "modal"
}
"#;

/// A configuration that gets the token's secret half by an ephemeral variable.
fn managed(world: &World) -> Config {
    world.config(MANAGED).with_env("TF_VAR_token_secret", TOKEN_SECRET)
}

fn describe(world: &World, secret: &str) -> Value {
    world.aws.call("secretsmanager", "describe_secret", json!({"SecretId": secret}))
}

/// The JSON that a bridge reads.
fn value(world: &World, secret: &str) -> Value {
    let answer = world.aws.call("secretsmanager", "get_secret_value", json!({"SecretId": secret}));
    serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap()
}

fn write_by_hand(world: &World, secret: &str, value: &Value) {
    let parameters = json!({"SecretId": secret, "SecretString": value.to_string()});
    world.aws.call("secretsmanager", "put_secret_value", parameters);
}

fn assert_is_gone(world: &World, secret: &str) {
    let fault = world.aws.refusal("secretsmanager", "describe_secret", json!({"SecretId": secret}));
    assert_eq!(fault.code, "ResourceNotFoundException");
}

#[test]
fn a_token_becomes_a_secret_that_changes_in_place_and_leaves_nothing_behind() {
    let world = World::start();
    let config = managed(&world);

    let plan = config.plan();
    plan.assert_creates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after"]["tags_all"], json!({}));
    config.apply_planned();
    let secret = describe(&world, "modal");
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-1", "MODAL_TOKEN_SECRET": TOKEN_SECRET})
    );
    assert_eq!(state["arn"], secret["ARN"]);
    assert_eq!(state["token_status"], "managed");
    assert_eq!(state["token_secret_wo"], Value::Null);
    let version = state["version_id"].as_str().unwrap();
    assert_eq!(secret["VersionIdsToStages"][version], json!(["AWSCURRENT"]));
    config.plan().assert_empty();

    let key = world.aws.call("kms", "create_key", json!({}))["KeyMetadata"]["Arn"].clone();
    let key = key.as_str().unwrap();
    config.replace(
        "recovery_window_in_days = 0",
        &format!(
            r#"recovery_window_in_days = 0
  description             = "The token of thumbnails."
  kms_key_id              = "{key}"
  tags                    = {{ team = "ml", stage = "dev" }}"#
        ),
    );
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after"]["version_id"], version, "no version is announced");
    config.apply_planned();
    let secret = describe(&world, "modal");
    assert_eq!(secret["Description"], "The token of thumbnails.");
    assert_eq!(secret["KmsKeyId"], key);
    assert_eq!(
        secret["Tags"],
        json!([{"Key": "stage", "Value": "dev"}, {"Key": "team", "Value": "ml"}])
    );
    assert_eq!(secret["VersionIdsToStages"], json!({version: ["AWSCURRENT"]}));
    config.plan().assert_empty();

    config.rewrite(MANAGED);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    let secret = describe(&world, "modal");
    assert_eq!(secret["Description"].as_str().unwrap_or_default(), "");
    assert_eq!(secret["KmsKeyId"], "alias/aws/secretsmanager");
    assert_eq!(secret["Tags"], json!([]));
    config.plan().assert_empty();

    config.destroy();
    assert_is_gone(&world, "modal");
}

#[test]
fn another_name_is_another_secret() {
    let world = World::start();
    let config = managed(&world);
    config.apply();

    config.replace(
        r#""modal"
  token_id"#,
        r#""modal-2"
  token_id"#,
    );
    config.plan().assert_replaces(&[ADDRESS]);
    config.apply_planned();

    assert_is_gone(&world, "modal");
    assert_eq!(value(&world, "modal-2")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    config.plan().assert_empty();
}

#[test]
fn another_token_id_makes_a_new_version_and_nothing_else_does() {
    let world = World::start();
    let config = managed(&world);
    config.apply();
    let first = config.resource(ADDRESS).unwrap()["version_id"].clone();

    // Terraform cannot compare what it does not keep: the ID is what tells one token from another.
    let config = config.with_env("TF_VAR_token_secret", "as-rotated");
    config.plan().assert_empty();
    config.replace("recovery_window_in_days = 0", "recovery_window_in_days = 7");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after"]["version_id"], first);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);

    config.replace("ak-1", "ak-2");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["version_id"], true);
    config.apply_planned();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-2", "MODAL_TOKEN_SECRET": "as-rotated"})
    );
    let second = config.resource(ADDRESS).unwrap()["version_id"].clone();
    assert_eq!(
        describe(&world, "modal")["VersionIdsToStages"],
        json!({
            first.as_str().unwrap(): ["AWSPREVIOUS"],
            second.as_str().unwrap(): ["AWSCURRENT"],
        })
    );
    config.plan().assert_empty();
}

#[test]
fn tags_edited_by_hand_are_put_back() {
    let world = World::start();
    let config = managed(&world);
    config.replace("= 0", "= 0\n  tags = { team = \"ml\", stage = \"dev\" }");
    config.apply();

    let secret = json!({"SecretId": "modal", "Tags": [{"Key": "stage", "Value": "prod"}, {"Key": "by", "Value": "hand"}]});
    world.aws.call("secretsmanager", "tag_resource", secret);
    world.aws.call(
        "secretsmanager",
        "untag_resource",
        json!({"SecretId": "modal", "TagKeys": ["team"]}),
    );

    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["before"]["tags_all"], json!({"stage": "prod", "by": "hand"}));
    config.apply_planned();
    let mut tags = describe(&world, "modal")["Tags"].as_array().unwrap().clone();
    tags.sort_by_key(Value::to_string);
    assert_eq!(
        tags,
        [json!({"Key": "stage", "Value": "dev"}), json!({"Key": "team", "Value": "ml"})]
    );
    config.plan().assert_empty();
}

#[test]
fn a_description_and_a_key_edited_by_hand_are_put_back() {
    let world = World::start();
    let config = managed(&world);
    config.apply();

    let key = world.aws.call("kms", "create_key", json!({}))["KeyMetadata"]["KeyId"].clone();
    let edited = json!({"SecretId": "modal", "Description": "by hand", "KmsKeyId": key});
    world.aws.call("secretsmanager", "update_secret", edited);

    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["before"]["description"], "by hand");
    assert_eq!(plan.change(ADDRESS)["before"]["kms_key_id"], key);
    config.apply_planned();
    assert_eq!(describe(&world, "modal")["KmsKeyId"], "alias/aws/secretsmanager");
    config.plan().assert_empty();
}

#[test]
fn a_secret_deleted_outside_terraform_is_made_again() {
    let world = World::start();
    let config = managed(&world);
    config.apply();

    world.aws.call(
        "secretsmanager",
        "delete_secret",
        json!({"SecretId": "modal", "ForceDeleteWithoutRecovery": true}),
    );

    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    config.plan().assert_empty();
}

#[test]
fn a_secret_that_waits_for_its_deletion_is_gone_and_comes_back() {
    let world = World::start();
    let config = managed(&world);
    config.apply();
    let arn = config.resource(ADDRESS).unwrap()["arn"].clone();

    let outside = json!({"SecretId": "modal", "RecoveryWindowInDays": 7});
    world.aws.call("secretsmanager", "delete_secret", outside);
    config.plan().assert_creates(&[ADDRESS]);
    let said_at_apply = config.apply_planned();
    assert!(said_at_apply.contains("Secret \"modal\" was restored"), "{said_at_apply}");
    assert_eq!(config.resource(ADDRESS).unwrap()["arn"], arn, "the same secret");
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    config.plan().assert_empty();

    // As after any destroy, and with another token and other settings than then.
    config.replace("recovery_window_in_days = 0", "recovery_window_in_days = 7");
    config.apply();
    config.destroy();
    config.replace("ak-1", "ak-2");
    config.replace("= 7", "= 0\n  description = \"Back.\"\n  tags = { team = \"ml\" }");
    config.apply();
    assert_eq!(config.resource(ADDRESS).unwrap()["arn"], arn);
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-2");
    let secret = describe(&world, "modal");
    assert_eq!(secret["Description"], "Back.");
    assert_eq!(secret["Tags"], json!([{"Key": "team", "Value": "ml"}]));
    config.plan().assert_empty();
    config.destroy();
    assert_is_gone(&world, "modal");
}

#[test]
fn a_name_that_is_not_to_come_back_is_refused() {
    let world = World::start();
    let config = managed(&world);
    config.replace("= 0", "= 7\n  restore_if_deleted = false");
    config.apply();
    config.destroy();
    expect![[r#"
        Cannot create secret "modal"

        A secret of this name is waiting to be deleted. Set restore_if_deleted to restore it, delete it with `aws secretsmanager delete-secret --force-delete-without-recovery`, or choose another name.

        secretsmanager:CreateSecret answered InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.
        AWS request id: <id>"#]].assert_eq(&said(&world, &config.apply_errors()));

    // The advice, taken.
    config.replace("restore_if_deleted = false", "");
    config.apply();
    config.plan().assert_empty();
}

#[test]
fn a_token_overwritten_outside_terraform_is_shown_and_written_again() {
    let world = World::start();
    let config = managed(&world);
    config.apply();
    let theirs = json!({"MODAL_TOKEN_ID": "ak-theirs", "MODAL_TOKEN_SECRET": "as-theirs"});
    write_by_hand(&world, "modal", &theirs);

    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["before"]["token_status"], "external");
    assert_eq!(plan.change(ADDRESS)["before"]["token_id"], Value::Null);
    assert_eq!(plan.change(ADDRESS)["after"]["token_id"], "ak-1");

    config.apply_planned();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-1", "MODAL_TOKEN_SECRET": TOKEN_SECRET})
    );
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "managed");
    config.plan().assert_empty();
}

#[test]
fn a_placeholder_is_filled_in_by_hand_and_left_alone() {
    let world = World::start();
    let config = world.config(PLACEHOLDER);
    config.apply();
    let made = value(&world, "modal");
    assert_eq!(made["MODAL_TOKEN_ID"], "token-id");
    let made_up = made["MODAL_TOKEN_SECRET"].as_str().unwrap();
    assert_eq!(made_up.len(), 32, "{made}");
    assert!(made_up.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{made}");
    assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "placeholder");
    config.plan().assert_empty();

    let token = json!({"MODAL_TOKEN_ID": "ak-1", "MODAL_TOKEN_SECRET": "as-1"});
    write_by_hand(&world, "modal", &token);
    config.plan().assert_empty();
    config.apply();
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "external");

    config.replace("\"modal\"\n}", "\"modal\"\n  description = \"Filled in by hand.\"\n}");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(describe(&world, "modal")["Description"], "Filled in by hand.");
    assert_eq!(value(&world, "modal"), token);
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "external");
    config.plan().assert_empty();
}

#[test]
fn a_placeholder_becomes_a_token_and_a_token_taken_out_stays_in_the_secret() {
    let world = World::start();
    let config = world.config(PLACEHOLDER).with_env("TF_VAR_token_secret", TOKEN_SECRET);
    config.apply();

    config.rewrite(MANAGED);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "managed");
    config.plan().assert_empty();

    config.rewrite(PLACEHOLDER);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    assert_eq!(config.resource(ADDRESS).unwrap()["token_status"], "external");
    config.plan().assert_empty();
}

#[test]
fn an_imported_secret_lacks_only_what_aws_does_not_tell() {
    let world = World::start();
    let config = managed(&world);
    config.replace("= 0", "= 0\n  description = \"The token.\"\n  tags = { team = \"ml\" }");
    config.apply();
    let written = config.resource(ADDRESS).unwrap();

    for id in [written["arn"].as_str().unwrap(), "modal"] {
        config.forget(ADDRESS);
        config.import(ADDRESS, id);
        let mut expected = written.clone();
        // Whether the token is the one given here, nobody can tell without reading it.
        expected["token_id"] = Value::Null;
        expected["token_status"] = "external".into();
        // Only a destroy uses it; AWS does not keep it.
        expected["recovery_window_in_days"] = 30.into();
        assert_eq!(config.resource(ADDRESS).unwrap(), expected, "imported by {id}");
    }

    // The first apply writes the token, and with that knows it.
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    let now = config.resource(ADDRESS).unwrap();
    let mut expected = written.clone();
    expected["version_id"] = now["version_id"].clone();
    assert_eq!(now, expected);
    assert_ne!(now["version_id"], written["version_id"]);
    config.plan().assert_empty();
}

#[test]
fn an_imported_placeholder_plans_empty() {
    let world = World::start();
    let config = world.config(PLACEHOLDER);
    config.apply();
    config.forget(ADDRESS);
    config.import(ADDRESS, "modal");
    config.plan().assert_empty();
}

#[test]
fn an_import_of_what_is_not_there_says_what_the_id_is() {
    let world = World::start();
    let config = world.config(PLACEHOLDER);
    config.write("import.tf", "import {\n  to = modal_token_secret.modal\n  id = \"nowhere\"\n}\n");
    expect![[r#"
        Cannot import secret "nowhere"

        There is no such secret in this account in us-east-1. The id to import by is its ARN, its name, or name@region."#]].assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn a_taken_name_is_healed_by_the_import_block_that_the_error_prints() {
    let world = World::start();
    world.aws.call(
        "secretsmanager",
        "create_secret",
        json!({"Name": "modal", "SecretString": "somebody else's"}),
    );
    let config = managed(&world);

    let errors = config.apply_errors();
    expect![[r#"
        Cannot create secret "modal"

        Choose another name, or bring the one that exists under Terraform:

        import {
          to = modal_token_secret.<name>
          id = "modal@us-east-1"
        }

        secretsmanager:CreateSecret answered ResourceExistsException: The operation failed because the secret modal already exists.
        AWS request id: <id>"#]].assert_eq(&said(&world, &errors));
    assert_eq!(config.resource(ADDRESS), None);

    config.write("import.tf", &import_block(&errors[0], ADDRESS));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], TOKEN_SECRET);
    config.plan().assert_empty();
}

#[test]
fn a_destroyed_secret_can_be_restored_for_as_long_as_was_said() {
    let world = World::start();
    let config = managed(&world);
    config.replace("recovery_window_in_days = 0", "");
    config.apply();
    assert_eq!(config.resource(ADDRESS).unwrap()["recovery_window_in_days"], 30);

    config.destroy();

    let secret = describe(&world, "modal");
    assert_ne!(secret["DeletedDate"], Value::Null);
    let fault =
        world.aws.refusal("secretsmanager", "get_secret_value", json!({"SecretId": "modal"}));
    assert_eq!(fault.code, "InvalidRequestException");
}

#[test]
fn a_name_prefix_begins_a_name_that_stays() {
    let world = World::start();
    let config = world.config(
        r#"
resource "modal_token_secret" "modal" {
  name_prefix             = "team/modal-"
  recovery_window_in_days = 0
}
"#,
    );
    config.apply();
    let name = config.resource(ADDRESS).unwrap()["name"].clone();
    let name = name.as_str().unwrap();
    assert!(name.starts_with("team/modal-"), "{name}");
    assert_eq!(name.len(), "team/modal-".len() + 32, "{name}");
    assert_eq!(describe(&world, name)["Name"], name);
    config.plan().assert_empty();

    config.replace("team/modal-", "other-");
    config.plan().assert_replaces(&[ADDRESS]);
    config.apply_planned();
    assert_is_gone(&world, name);
    let name = config.resource(ADDRESS).unwrap()["name"].clone();
    assert!(name.as_str().unwrap().starts_with("other-"), "{name}");

    config.replace("name_prefix             = \"other-\"", "");
    config.plan().assert_replaces(&[ADDRESS]);
    config.apply_planned();
    let name = config.resource(ADDRESS).unwrap()["name"].clone();
    assert!(name.as_str().unwrap().starts_with("modal-token-"), "{name}");
    config.plan().assert_empty();
}

#[test]
fn token_secret_is_in_the_state_and_warns_of_it() {
    let world = World::start();
    let main = r#"
variable "token_secret" {
  type      = string
  sensitive = true
}

resource "modal_token_secret" "modal" {
  name         = "modal"
  token_id     = "ak-1"
  token_secret = var.token_secret
}
"#;
    let config = world.config(main).with_env("TF_VAR_token_secret", "as-in-the-state");

    expect![[r#"
        The token secret is stored in the state

        Whoever can read the state can read token_secret. With Terraform 1.11 or later, use token_secret_wo."#]].assert_eq(&said(&world, &config.plan_warnings()));
    config.apply();
    assert_eq!(
        value(&world, "modal"),
        json!({"MODAL_TOKEN_ID": "ak-1", "MODAL_TOKEN_SECRET": "as-in-the-state"})
    );
    let found: Vec<_> = config
        .files_that_contain("as-in-the-state")
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, ["terraform.tfstate"]);
    config.plan().assert_empty();

    // Here Terraform sees that the secret half is another one.
    let config = config.with_env("TF_VAR_token_secret", "as-another");
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_SECRET"], "as-another");
    config.plan().assert_empty();
}

#[test]
fn the_value_is_never_read() {
    let world = World::start();
    let config = managed(&world);
    config.apply();
    config.plan();
    config.replace("= 0", "= 0\n  tags = { team = \"ml\" }");
    config.apply();
    config.forget(ADDRESS);
    config.import(ADDRESS, "modal");
    config.plan();
    config.destroy();

    let mut calls = world.aws.calls();
    calls.sort();
    calls.dedup();
    assert_eq!(
        calls,
        [
            "secretsmanager:CreateSecret",
            "secretsmanager:DeleteSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetResourcePolicy",
            "secretsmanager:TagResource",
            "sts:GetCallerIdentity",
        ]
    );
}

#[test]
fn a_write_only_token_is_in_no_file_that_terraform_leaves() {
    let world = World::start();
    let config = managed(&world).with_env("TF_LOG", "trace").with_env("TF_LOG_PATH", "trace.log");
    config.plan();
    config.apply_planned();
    config.replace("ak-1", "ak-2");
    config.plan();
    config.apply();
    config.plan_with(&["-refresh-only"]);
    // A refusal quotes what was sent, if anything does.
    world.aws.set_knobs(&json!({"deny": ["secretsmanager:PutSecretValue"]}));
    config.replace("ak-2", "ak-3");
    let errors = config.apply_errors();
    let arn = describe(&world, "modal")["ARN"].clone();
    let errors = errors.iter().map(|error| error.replace(arn.as_str().unwrap(), "<arn>"));
    let errors: Vec<_> = errors.collect();
    expect![[r#"
        Cannot write a new version of secret <arn>

        Allow secretsmanager:PutSecretValue to the identity that runs Terraform.

        secretsmanager:PutSecretValue answered AccessDeniedException: User: arn:aws:iam::<account>:root is not authorized to perform: secretsmanager:PutSecretValue on resource: <arn> because no identity-based policy allows the secretsmanager:PutSecretValue action
        AWS request id: <id>"#]].assert_eq(&said(&world, &errors));
    world.aws.set_knobs(&json!({"deny": []}));
    config.destroy();

    let names = |needle: &str| -> Vec<String> {
        let mut names: Vec<_> = config
            .files_that_contain(needle)
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(TOKEN_SECRET), [] as [&str; 0]);
    // The search does find: the ID is no secret, and Terraform's log names the resource.
    assert_eq!(names("ak-2"), ["plan.tfplan", "terraform.tfstate.backup", "transcript.txt"]);
    assert!(names(ADDRESS).contains(&"trace.log".to_owned()));
}

#[test]
fn what_the_caller_may_not_do_is_named() {
    let world = World::start();
    world.aws.set_knobs(&json!({"deny": ["secretsmanager:CreateSecret"]}));
    expect![[r#"
        Cannot create secret "modal"

        Allow secretsmanager:CreateSecret to the identity that runs Terraform.

        secretsmanager:CreateSecret answered AccessDeniedException: User: arn:aws:iam::<account>:root is not authorized to perform: secretsmanager:CreateSecret on resource: arn:aws:secretsmanager:us-east-1:<account>:secret:modal because no identity-based policy allows the secretsmanager:CreateSecret action
        AWS request id: <id>"#]].assert_eq(&said(&world, &managed(&world).apply_errors()));
}

#[test]
fn an_empty_token_secret_is_refused_at_apply() {
    let world = World::start();
    let config = world.config(MANAGED).with_env("TF_VAR_token_secret", "");
    expect![[r#"
        Incomplete Modal token

        The token's ID or its secret is empty. An ephemeral variable must be given again at apply."#]].assert_eq(&said(&world, &config.apply_errors()));
    assert_is_gone(&world, "modal");
}

#[test]
fn an_update_that_fails_half_way_leaves_what_aws_holds_in_the_state() {
    let world = World::start();
    let config = managed(&world);
    config.apply();
    world.aws.set_knobs(&json!({"deny": ["secretsmanager:PutSecretValue"]}));
    config.replace("= 0", "= 0\n  description = \"New.\"");
    config.replace("ak-1", "ak-2");

    config.apply_fails();
    assert_eq!(describe(&world, "modal")["Description"], "New.");
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-1");

    world.aws.set_knobs(&json!({"deny": []}));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(value(&world, "modal")["MODAL_TOKEN_ID"], "ak-2");
    config.plan().assert_empty();
}
