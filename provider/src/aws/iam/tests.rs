//! Roles against a scripted IAM.

use serde_json::json;

use super::super::testing::{Answer, FakeAws, from_request, iam_error, waiter, xml};
use super::*;

fn iam(aws: &FakeAws) -> Iam {
    Iam::new(Client::new(&aws.config()), waiter())
}

fn thumbnails() -> NewRole {
    NewRole {
        name: "thumbnails".to_owned(),
        path: "/".to_owned(),
        description: "for Modal".to_owned(),
        max_session_duration: 7200,
        trust_policy: json!({ "Statement": [{ "Sid": "a b+c" }] }),
        permissions_boundary: None,
        tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
    }
}

/// GetRole's or CreateRole's answer, with a policy encoded as IAM does.
fn role(operation: &str, tags: &[(&str, &str)]) -> Answer {
    let tags: String = tags
        .iter()
        .map(|(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>"))
        .collect();
    xml(
        200,
        format!(
            "<{operation}Response><{operation}Result><Role>\
             <Path>/</Path><RoleName>thumbnails</RoleName><RoleId>AROA1</RoleId>\
             <Arn>arn:aws:iam::111122223333:role/thumbnails</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B%22Sid%22%3A%22a%20b%2Bc%22%7D%5D%7D\
             </AssumeRolePolicyDocument>\
             <MaxSessionDuration>7200</MaxSessionDuration><Description>for Modal</Description>\
             <Tags>{tags}</Tags></Role></{operation}Result></{operation}Response>"
        ),
    )
}

fn list(operation: &str, members: &str, next: Option<&str>) -> Answer {
    let next = next.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |marker| {
        format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>")
    });
    xml(
        200,
        format!(
            "<{operation}Response><{operation}Result>{members}{next}</{operation}Result></{operation}Response>"
        ),
    )
}

/// The nonce that a create sent in its second tag.
fn nonce_in(request: &str) -> String {
    assert!(request.contains(&format!("Tags.member.2.Key={CREATE_NONCE}")), "{request}");
    let (_, value) = request.split_once("Tags.member.2.Value=").unwrap();
    value.split('&').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_created_role_is_what_was_asked_for() {
    let aws = FakeAws::new();
    aws.answer("CreateRole", role("CreateRole", &[]));

    let created = iam(&aws).create_role(&thumbnails()).await.unwrap();

    assert_eq!(created.arn, "arn:aws:iam::111122223333:role/thumbnails");
    assert_eq!(created.trust_policy, thumbnails().trust_policy);
    assert_eq!(crate::tags::visible(&created.tags), thumbnails().tags);
    assert!(created.tags.contains_key(CREATE_NONCE));
}

#[tokio::test]
async fn a_role_whose_create_was_answered_into_the_void_is_found_by_its_nonce() {
    let aws = FakeAws::new();
    aws.answer("CreateRole", Answer::Lost);
    let fake = aws.clone();
    aws.answer(
        "CreateRole",
        from_request(move |request| {
            let nonce = nonce_in(request);
            fake.answer("GetRole", role("GetRole", &[("team", "ml"), (CREATE_NONCE, &nonce)]));
            iam_error(409, "EntityAlreadyExists", "Role with name thumbnails already exists.")
        }),
    );

    let created = iam(&aws).create_role(&thumbnails()).await.unwrap();
    assert_eq!(created.name, "thumbnails");
    aws.assert_done();
}

#[tokio::test]
async fn a_role_is_found_even_when_no_answer_ever_came() {
    let aws = FakeAws::new();
    aws.answer("CreateRole", Answer::Lost);
    let fake = aws.clone();
    aws.answer(
        "CreateRole",
        from_request(move |request| {
            let nonce = nonce_in(request);
            fake.answer("GetRole", role("GetRole", &[(CREATE_NONCE, &nonce)]));
            Answer::Lost
        }),
    );

    assert!(iam(&aws).create_role(&thumbnails()).await.is_ok());
}

#[tokio::test]
async fn a_role_that_somebody_else_made_is_not_adopted() {
    let aws = FakeAws::new();
    let exists = iam_error(409, "EntityAlreadyExists", "Role with name thumbnails already exists.");
    aws.answer("CreateRole", exists);
    aws.answer("GetRole", role("GetRole", &[(CREATE_NONCE, "another")]));

    let error = iam(&aws).create_role(&thumbnails()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
    assert_eq!(error.action, "iam:CreateRole");
}

#[tokio::test]
async fn documents_are_decoded_and_absence_is_none() {
    let aws = FakeAws::new();
    aws.answer("GetRole", role("GetRole", &[("team", "ml")]));
    aws.answer("GetRole", iam_error(404, "NoSuchEntity", "no"));
    aws.answer("GetRolePolicy", iam_error(404, "NoSuchEntity", "no"));
    let iam = iam(&aws);

    let found = iam.find_role("thumbnails").await.unwrap().unwrap();
    assert_eq!(found.trust_policy, json!({ "Statement": [{ "Sid": "a b+c" }] }));
    assert_eq!(found.description, "for Modal");
    assert_eq!(found.max_session_duration, 7200);
    assert_eq!(iam.find_role("thumbnails").await.unwrap(), None);
    assert_eq!(iam.find_role_policy("thumbnails", "p").await.unwrap(), None);
}

#[tokio::test]
async fn a_policy_is_put_although_the_new_role_is_not_known_everywhere() {
    let aws = FakeAws::new();
    aws.answer("PutRolePolicy", iam_error(404, "NoSuchEntity", "no role"));
    aws.answer("PutRolePolicy", iam_error(409, "ConcurrentModification", "busy"));
    aws.answer("PutRolePolicy", xml(200, "<PutRolePolicyResponse/>"));

    iam(&aws).put_role_policy("thumbnails", "p", &json!({})).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn a_role_is_deleted_with_all_that_hangs_on_it() {
    let aws = FakeAws::new();
    let names = |name: &str| format!("<PolicyNames><member>{name}</member></PolicyNames>");
    let conflict =
        || iam_error(409, "DeleteConflict", "Cannot delete entity, must delete policies first.");
    aws.answer("DeleteRolePolicy", xml(200, "<DeleteRolePolicyResponse/>"));
    aws.answer("DeleteRole", conflict());
    aws.answer("ListRolePolicies", list("ListRolePolicies", &names("one"), Some("m")));
    aws.answer("ListRolePolicies", list("ListRolePolicies", &names("two"), None));
    aws.answer("DeleteRolePolicy", xml(200, "<DeleteRolePolicyResponse/>"));
    aws.answer("DeleteRolePolicy", iam_error(404, "NoSuchEntity", "gone meanwhile"));
    let attached = "<AttachedPolicies><member><PolicyName>p</PolicyName>\
        <PolicyArn>arn:aws:iam::aws:policy/p</PolicyArn></member></AttachedPolicies>";
    aws.answer("ListAttachedRolePolicies", list("ListAttachedRolePolicies", attached, None));
    aws.answer("DetachRolePolicy", xml(200, "<DetachRolePolicyResponse/>"));
    aws.answer("DeleteRole", conflict());
    aws.answer("DeleteRole", xml(200, "<DeleteRoleResponse/>"));

    iam(&aws).delete_role("thumbnails", &["ours"]).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn nobody_looks_for_more_on_a_role_that_has_no_more() {
    let aws = FakeAws::new();
    aws.answer("DeleteRolePolicy", xml(200, "<DeleteRolePolicyResponse/>"));
    aws.answer("DeleteRole", xml(200, "<DeleteRoleResponse/>"));
    iam(&aws).delete_role("thumbnails", &["ours"]).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn deleting_a_role_that_is_gone_succeeds() {
    let aws = FakeAws::new();
    aws.answer("DeleteRolePolicy", iam_error(404, "NoSuchEntity", "no role"));
    aws.answer("DeleteRole", iam_error(404, "NoSuchEntity", "no role"));
    aws.answer("GetRole", iam_error(404, "NoSuchEntity", "no role"));

    iam(&aws).delete_role("thumbnails", &["ours"]).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn a_role_that_iam_does_not_know_everywhere_yet_is_deleted() {
    let aws = FakeAws::new();
    aws.answer("DeleteRole", iam_error(404, "NoSuchEntity", "no role"));
    aws.answer("GetRole", role("GetRole", &[]));
    aws.answer("DeleteRole", xml(200, "<DeleteRoleResponse/>"));

    iam(&aws).delete_role("thumbnails", &[]).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn tags_are_changed_only_where_they_differ() {
    let aws = FakeAws::new();
    let iam = iam(&aws);
    iam.change_role_tags("thumbnails", &TagChanges::default()).await.unwrap();

    aws.answer("UntagRole", xml(200, "<UntagRoleResponse/>"));
    aws.answer("TagRole", xml(200, "<TagRoleResponse/>"));
    let have = Tags::from([("old".to_owned(), "1".to_owned())]);
    let want = Tags::from([("new".to_owned(), "2".to_owned())]);
    iam.change_role_tags("thumbnails", &TagChanges::between(&have, &want)).await.unwrap();
    assert!(aws.asked("UntagRole").contains("TagKeys.member.1=old"));
    assert!(aws.asked("TagRole").contains("Tags.member.1.Key=new"));
    aws.assert_done();
}
