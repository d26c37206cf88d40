//! What somebody changed outside Terraform: the plan shows it, the apply puts it back.

use acceptance::World;
use serde_json::{Value, json};

use super::{
    ADDRESS, FULL, READ_ONLY, ROLE, attached, audiences, grants, inline_policies,
    oidc_provider_arn, role, tags, trust,
};

fn edit_trust(world: &World, document: &Value) {
    let edited = json!({"RoleName": "thumbnails", "PolicyDocument": document.to_string()});
    world.aws.call("iam", "update_assume_role_policy", edited);
}

fn edit_grants(world: &World, document: &Value) {
    let edited = json!({
        "RoleName": "thumbnails",
        "PolicyName": "modal-grants",
        "PolicyDocument": document.to_string(),
    });
    world.aws.call("iam", "put_role_policy", edited);
}

#[test]
fn a_trust_policy_edited_by_hand_is_put_back() {
    let world = World::start();
    let config = world.config(ROLE);
    config.apply();
    let ours = trust(&world);

    let mut widened = ours.clone();
    widened["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"] =
        "modal:workspace_id:ac-1:environment_name:main:*".into();
    let mut other_audience = ours.clone();
    other_audience["Statement"][0]["Condition"]["StringEquals"]["oidc.modal.com:aud"] =
        "sts.amazonaws.com".into();
    let mut another_statement = ours.clone();
    another_statement["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }));
    let mut no_condition = ours.clone();
    no_condition["Statement"][0].as_object_mut().unwrap().remove("Condition");
    for edited in [widened, other_audience, another_statement, no_condition] {
        edit_trust(&world, &edited);
        let plan = config.plan();
        plan.assert_updates(&[ADDRESS]);
        let before = plan.change(ADDRESS)["before"]["assume_role_policy"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(before).unwrap(), edited, "AWS's word is shown");
        config.apply_planned();
        assert_eq!(trust(&world), ours);
        config.plan().assert_empty();
    }
}

#[test]
fn a_trust_policy_that_means_the_same_is_left_alone() {
    let world = World::start();
    let config = world.config(&ROLE.replace("    function_name    = \"make\"\n", ""));
    config.apply();

    let mut edited = trust(&world);
    let lone = edited["Statement"][0].take();
    edited["Statement"] = lone;
    let subjects = &mut edited["Statement"]["Condition"]["StringLike"]["oidc.modal.com:sub"];
    *subjects = subjects[0].take();
    edit_trust(&world, &edited);

    config.plan().assert_empty();
}

#[test]
fn grants_edited_or_deleted_by_hand_are_put_back() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    let ours = grants(&world);

    let mut another_action = ours.clone();
    another_action["Statement"][0]["Action"].as_array_mut().unwrap().push("s3:PutObject".into());
    let mut another_bucket = ours.clone();
    another_bucket["Statement"][0]["Resource"] =
        json!(["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*", "arn:aws:s3:::secrets"]);
    let mut fewer = ours.clone();
    fewer["Statement"].as_array_mut().unwrap().remove(0);
    for edited in [another_action, another_bucket, fewer] {
        edit_grants(&world, &edited);
        config.plan().assert_updates(&[ADDRESS]);
        config.apply_planned();
        assert_eq!(grants(&world), ours, "after {edited}");
        config.plan().assert_empty();
    }

    let deleted = json!({"RoleName": "thumbnails", "PolicyName": "modal-grants"});
    world.aws.call("iam", "delete_role_policy", deleted);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(grants(&world), ours);
    config.plan().assert_empty();
}

#[test]
fn grants_written_by_hand_where_there_are_none_are_taken_away() {
    let world = World::start();
    let config = world.config(ROLE);
    config.apply();

    for actions in [json!(["s3:DeleteObject*"]), json!("iam:*")] {
        edit_grants(
            &world,
            &json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": actions,
                    "Resource": ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"],
                }],
            }),
        );
        config.plan().assert_updates(&[ADDRESS]);
        config.apply_planned();
        assert_eq!(inline_policies(&world), json!([]));
        config.plan().assert_empty();
    }
}

#[test]
fn a_policy_detached_by_hand_is_attached_again() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    let detached = json!({"RoleName": "thumbnails", "PolicyArn": READ_ONLY});
    world.aws.call("iam", "detach_role_policy", detached);

    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(attached(&world), [READ_ONLY]);
    config.plan().assert_empty();
}

#[test]
fn description_session_and_tags_edited_by_hand_are_put_back() {
    let world = World::start();
    let config = world.config(FULL);
    config.apply();
    let edited =
        json!({"RoleName": "thumbnails", "Description": "mine", "MaxSessionDuration": 3600});
    world.aws.call("iam", "update_role", edited);
    let tagged = json!({"RoleName": "thumbnails", "Tags": [{"Key": "by", "Value": "hand"}]});
    world.aws.call("iam", "tag_role", tagged);

    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["before"]["description"], "mine");
    assert_eq!(plan.change(ADDRESS)["before"]["tags_all"], json!({"team": "ml", "by": "hand"}));
    config.apply_planned();
    let mended = role(&world, "thumbnails");
    assert_eq!(mended["Description"], "What thumbnails do with AWS.");
    assert_eq!(mended["MaxSessionDuration"], 7200);
    assert_eq!(tags(&mended), json!({"team": "ml"}));
    config.plan().assert_empty();
}

#[test]
fn a_role_deleted_outside_terraform_is_made_again() {
    let world = World::start();
    let config = world.config(ROLE);
    config.apply();
    world.aws.call("iam", "delete_role", json!({"RoleName": "thumbnails"}));

    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();

    world.aws.call("iam", "delete_role", json!({"RoleName": "thumbnails"}));
    config.destroy();
}

#[test]
fn an_oidc_provider_deleted_or_closed_to_modal_is_mended() {
    let world = World::start();
    let config = world.config(ROLE);
    config.apply();
    let arn = oidc_provider_arn(&world);

    let deleted = json!({"OpenIDConnectProviderArn": arn});
    world.aws.call("iam", "delete_open_id_connect_provider", deleted);
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["before"]["oidc_provider_arn"], Value::Null);
    config.apply_planned();
    assert_eq!(audiences(&world), json!(["oidc.modal.com"]));
    config.plan().assert_empty();

    // Without the audience no token is accepted, whatever the role says.
    let closed = json!({"OpenIDConnectProviderArn": arn, "ClientID": "oidc.modal.com"});
    world.aws.call("iam", "remove_client_id_from_open_id_connect_provider", closed);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(audiences(&world), json!(["oidc.modal.com"]));
    config.plan().assert_empty();
}
