//! What a bridge runs as: a role of its own, or the practitioner's.

use acceptance::{Config, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::changed;
use crate::bridge::{ADDRESS, SECRET_ARN, bridge, function, objects, trust_policy};
use crate::diagnostics::said;

#[test]
fn a_role_of_its_own_is_named_bounded_and_replaced_without_the_bridge() {
    let world = World::start();
    let (extra, bound) = (make_policy(&world, "extra"), make_policy(&world, "bound"));
    let text = |rest: &str| {
        let rest = rest.replace("(extra)", &extra).replace("(bound)", &bound);
        bridge(&rest)
    };
    let config = world.config(&text(
        r#"
  role_name              = "runner"
  role_path              = "/modal/"
  permissions_boundary   = "(bound)"
  additional_policy_arns = ["(extra)"]
"#,
    ));
    let plan = config.plan();
    let mut planned = plan.change(ADDRESS)["after"].clone();
    let unknown = plan.change(ADDRESS)["after_unknown"].as_object().unwrap().iter();
    let unknown: Vec<_> = unknown.filter(|(_, value)| **value == true).collect();
    assert_eq!(unknown, [(&"last_modified".to_owned(), &json!(true))]);
    config.apply_planned();
    planned["last_modified"] = function(&world, "thumbnails")["LastModified"].clone();
    assert_eq!(config.resource(ADDRESS).unwrap(), planned);
    config.plan().assert_empty();
    let first = role(&world, "runner").unwrap();
    assert_eq!(first["Arn"], arn_of(&world, "modal/runner"));
    assert_eq!(first["PermissionsBoundary"]["PermissionsBoundaryArn"], json!(bound));
    assert_eq!(attached(&world, "runner"), std::slice::from_ref(&extra));
    assert_eq!(runs_as(&world), first["Arn"]);

    // Boundary and policies change where they are. What others attached stays.
    let theirs = make_policy(&world, "theirs");
    world.aws.call("iam", "attach_role_policy", json!({"RoleName": "runner", "PolicyArn": theirs}));
    config.plan().assert_empty();
    config.rewrite(&text("  role_name = \"runner\"\n  role_path = \"/modal/\""));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    let second = role(&world, "runner").unwrap();
    assert_eq!(second["RoleId"], first["RoleId"]);
    assert_eq!(second["PermissionsBoundary"], Value::Null);
    assert_eq!(attached(&world, "runner"), [theirs]);

    // A path is for life: another role of the name, by way of one that stands in.
    config.rewrite(&text("  role_name = \"runner\""));
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(
        changed(plan.change(ADDRESS)),
        json!({
            "role_path": ["/modal/", null],
            "execution_role_arn": [arn_of(&world, "modal/runner"), arn_of(&world, "runner")],
        })
    );
    config.apply_planned();
    config.plan().assert_empty();
    let third = role(&world, "runner").unwrap();
    assert_ne!(third["RoleId"], second["RoleId"]);
    assert_eq!((runs_as(&world), roles(&world)), (arn_of(&world, "runner"), names(&["runner"])));

    config.rewrite(&text("  role_name = \"walker\""));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((runs_as(&world), roles(&world)), (arn_of(&world, "walker"), names(&["walker"])));
    let made = world.aws.calls().into_iter().filter(|call| call == "lambda:CreateFunction").count();
    assert_eq!(made, 1);

    // Whoever takes away what is ours, or widens it, is noticed.
    world.aws.call(
        "iam",
        "put_role_permissions_boundary",
        json!({"RoleName": "walker", "PermissionsBoundary": bound}),
    );
    let plan = config.plan();
    assert_eq!(changed(plan.change(ADDRESS)), json!({"permissions_boundary": [bound, null]}));
    config.apply_planned();
    config.rewrite(&text("  role_name = \"walker\"\n  additional_policy_arns = [\"(extra)\"]"));
    config.apply();
    world.aws.call("iam", "detach_role_policy", json!({"RoleName": "walker", "PolicyArn": extra}));
    let plan = config.plan();
    assert_eq!(changed(plan.change(ADDRESS)), json!({"additional_policy_arns": [[], [extra]]}));
    config.apply_planned();
    config.plan().assert_empty();

    config.forget(ADDRESS);
    config.import(ADDRESS, "thumbnails");
    let imported = config.resource(ADDRESS).unwrap();
    assert_eq!((&imported["role_name"], &imported["role_arn"]), (&json!("walker"), &Value::Null));
    config.apply();
    config.plan().assert_empty();
    config.destroy();
    assert_eq!(roles(&world), names(&[]));
}

#[test]
fn a_bridge_moves_to_a_role_of_the_practitioners_and_back_and_never_touches_it() {
    let world = World::start();
    make_role(&world, "mine", &json!({"Service": "lambda.amazonaws.com"}));
    let before = role(&world, "mine").unwrap();
    let mine = arn_of(&world, "mine");
    let own = bridge(&format!("  role_arn = {mine}"));
    let config = world.config(&own);
    config.apply();
    config.plan().assert_empty();
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!((runs_as(&world), roles(&world)), (mine.clone(), names(&["mine"])));
    assert_eq!(state["execution_role_arn"], mine);
    assert_eq!(state["execution_role_name"], "mine");
    // What to allow it.
    let policy: Value =
        serde_json::from_str(state["execution_role_policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Resource"], json!([SECRET_ARN]));

    config.rewrite(&bridge(""));
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let managed = arn_of(&world, "thumbnails-us-east-1");
    assert_eq!(
        changed(plan.change(ADDRESS)),
        json!({
            "role_arn": [mine, null],
            "execution_role_arn": [mine, managed],
            "execution_role_name": ["mine", "thumbnails-us-east-1"],
        })
    );
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((runs_as(&world), objects(&world, "thumbnails")), (managed, [true; 3]));

    config.rewrite(&own);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((runs_as(&world), roles(&world)), (mine.clone(), names(&["mine"])));

    // Somebody moves it.
    make_role(&world, "powerful", &json!({"Service": "lambda.amazonaws.com"}));
    let moved = json!({"FunctionName": "thumbnails", "Role": arn_of(&world, "powerful")});
    world.aws.call("lambda", "update_function_configuration", moved);
    let plan = config.plan();
    assert_eq!(
        changed(plan.change(ADDRESS))["role_arn"],
        json!([arn_of(&world, "powerful"), mine])
    );
    config.apply_planned();
    config.plan().assert_empty();

    let state = config.resource(ADDRESS).unwrap();
    config.forget(ADDRESS);
    config.import(ADDRESS, "thumbnails");
    assert_eq!(config.resource(ADDRESS).unwrap(), state);
    config.destroy();
    assert_eq!(role(&world, "mine").unwrap(), before);
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);
    let writes = ["Put", "Attach", "Delete", "Update", "Tag"];
    let touched = world
        .aws
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("iam:"))
        .filter(|call| writes.iter().any(|verb| call["iam:".len()..].starts_with(verb)));
    let touched: Vec<_> = touched.collect();
    assert_eq!(touched, ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"], "its own");
}

#[test]
fn a_role_that_modal_assumes_is_warned_of_and_one_of_another_account_refused() {
    let world = World::start();
    let provider = format!("arn:aws:iam::{}:oidc-provider/oidc.modal.com", world.aws.id());
    make_role(&world, "both", &json!({"Service": "lambda.amazonaws.com", "Federated": provider}));
    let config = world.config(&bridge(&format!("  role_arn = {}", arn_of(&world, "both"))));
    expect![[r#"
        Modal functions may assume the bridge's role

        The role "both" trusts arn:aws:iam::<account>:oidc-provider/oidc.modal.com, so that code that runs in Modal may do all that the bridge may: read the Modal token, and poll its queues. Give the bridge another role, or leave out role_arn for one of its own."#]].assert_eq(&warned(&world, &config));

    config.rewrite(&bridge("  role_arn = \"arn:aws:iam::999988887777:role/theirs\""));
    expect![[r#"
        Not a role of this account

        role_arn is of account 999988887777, and the bridge of account <account>: Lambda runs functions as roles of their own account only."#]].assert_eq(&said(&world, &config.plan_errors()));
}

#[test]
fn a_role_that_lambda_cannot_assume_is_told_of_on_role_arn() {
    let world = World::start();
    world.aws.set_knobs(&json!({"role_propagation_seconds": 0}));
    make_role(&world, "ec2", &json!({"Service": "ec2.amazonaws.com"}));
    let timeouts = "  timeouts {\n    create = \"1s\"\n  }";
    let mine = arn_of(&world, "ec2");
    let config = world.config(&bridge(&format!("  role_arn = {mine}\n{timeouts}")));
    let errors = config.apply_errors();
    assert!(errors[0].contains("The role defined for the function cannot be assumed by Lambda"));
    // The log group is there, and known.
    assert_eq!(config.resource(ADDRESS).unwrap()["log_group_name"], "/aws/lambda/thumbnails");
    config.destroy();
    assert_eq!(roles(&world), names(&["ec2"]));
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);
}

#[test]
fn a_role_name_that_is_taken_is_left_alone() {
    let world = World::start();
    make_role(&world, "theirs", &json!({"Service": "lambda.amazonaws.com"}));
    let before = role(&world, "theirs");
    let config = world.config(&bridge("  role_name = \"theirs\""));
    let refusal = expect![[r#"
        Cannot create execution role "theirs"

        There is an IAM role "theirs" already. It is not this bridge's: choose another role_name, or delete it. To run as that role, name it by role_arn."#]];
    refusal.assert_eq(&config.apply_errors().join("\n"));
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);

    // Nor does a bridge that there is take it.
    config.rewrite(&bridge(""));
    config.apply();
    config.rewrite(&bridge("  role_name = \"theirs\""));
    refusal.assert_eq(&config.apply_errors().join("\n"));
    assert_eq!(role(&world, "theirs"), before);
    config.rewrite(&bridge(""));
    config.plan().assert_empty();
}

fn warned(world: &World, config: &Config) -> String {
    let mut warnings = config.plan_warnings();
    warnings.dedup();
    said(world, &warnings)
}

fn make_policy(world: &World, name: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let policy = json!({"PolicyName": name, "PolicyDocument": document});
    let made = world.aws.call("iam", "create_policy", policy);
    made["Policy"]["Arn"].as_str().unwrap().to_owned()
}

fn make_role(world: &World, name: &str, principal: &Value) {
    let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust_policy(principal)});
    world.aws.call("iam", "create_role", role);
}

fn role(world: &World, name: &str) -> Option<Value> {
    let found = world.aws.try_call("iam", "get_role", json!({"RoleName": name})).ok()?;
    Some(found["Role"].clone())
}

/// The names of all roles there are.
fn roles(world: &World) -> Vec<String> {
    let found = world.aws.call("iam", "list_roles", json!({}));
    let found = found["Roles"].as_array().unwrap().iter();
    found.map(|role| role["RoleName"].as_str().unwrap().to_owned()).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn attached(world: &World, role: &str) -> Vec<String> {
    let found = world.aws.call("iam", "list_attached_role_policies", json!({"RoleName": role}));
    let found = found["AttachedPolicies"].as_array().unwrap().iter();
    found.map(|policy| policy["PolicyArn"].as_str().unwrap().to_owned()).collect()
}

/// With its path, as JSON, which is HCL too.
fn arn_of(world: &World, role: &str) -> Value {
    format!("arn:aws:iam::{}:role/{role}", world.aws.id()).into()
}

fn runs_as(world: &World) -> Value {
    function(world, "thumbnails")["Role"].clone()
}
