//! Secrets Manager's answers, by a script.

use serde_json::{Value as Json, json};

use super::super::testing::{Answer, FakeAws, from_request, json as answer, json_error, waiter};
use super::*;

const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf";

fn secrets(aws: &FakeAws) -> Secrets {
    Secrets::new(Client::new(&aws.config()), waiter())
}

fn modal() -> NewSecret {
    NewSecret {
        name: "modal".to_owned(),
        description: String::new(),
        kms_key_id: None,
        value: SecretString::new("hush"),
        tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
    }
}

fn created() -> Answer {
    answer(200, json!({ "ARN": ARN, "Name": "modal", "VersionId": "v1" }))
}

fn described(version: &str, more: Json) -> Answer {
    let mut body = json!({
        "ARN": ARN, "Name": "modal", "VersionIdsToStages": {
            version: ["AWSCURRENT"], "old": ["AWSPREVIOUS"],
        },
        "Tags": [{ "Key": "team", "Value": "ml" }],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(200, body)
}

fn missing() -> Answer {
    json_error(400, "ResourceNotFoundException", "Secrets Manager can't find the secret.")
}

fn scheduled() -> Answer {
    json_error(
        400,
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for \
         deletion.",
    )
}

fn token_in(request: &str) -> String {
    let asked: Json = serde_json::from_str(request).unwrap();
    asked["ClientRequestToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_secret_is_created_with_its_first_version() {
    let aws = FakeAws::new();
    aws.answer("CreateSecret", created());

    let made = secrets(&aws).create_secret(&modal()).await.unwrap();

    assert_eq!(made, CreatedSecret { arn: ARN.to_owned(), version_id: "v1".to_owned() });
    let asked: Json = serde_json::from_str(&aws.asked("CreateSecret")).unwrap();
    assert_eq!(asked["SecretString"], "hush");
    assert_eq!(asked["Tags"], json!([{ "Key": "team", "Value": "ml" }]));
}

#[tokio::test]
async fn a_secret_whose_create_was_answered_into_the_void_is_known_by_its_version() {
    let aws = FakeAws::new();
    let fake = aws.clone();
    aws.answer(
        "CreateSecret",
        from_request(move |first| {
            let token = token_in(first);
            let sent = token.clone();
            fake.answer(
                "CreateSecret",
                from_request(move |again| {
                    assert_eq!(token_in(again), sent);
                    json_error(400, "ResourceExistsException", "already exists")
                }),
            );
            fake.answer("DescribeSecret", described(&token, json!({})));
            Answer::Lost
        }),
    );
    let made = secrets(&aws).create_secret(&modal()).await.unwrap();
    assert_eq!(made.arn, ARN);
    aws.assert_done();
}

#[tokio::test]
async fn a_secret_that_somebody_else_made_is_not_adopted() {
    let aws = FakeAws::new();
    aws.answer("CreateSecret", json_error(400, "ResourceExistsException", "already exists"));
    aws.answer("DescribeSecret", described("another", json!({})));
    let error = secrets(&aws).create_secret(&modal()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
}

#[tokio::test]
async fn a_name_that_waits_for_its_end_is_told_apart_at_once() {
    let aws = FakeAws::new();
    aws.answer("CreateSecret", scheduled());
    aws.answer("DescribeSecret", described("old", json!({ "DeletedDate": 1.0 })));
    let error = secrets(&aws).create_secret(&modal()).await.unwrap_err();
    assert_eq!(error.fault, Fault::ScheduledForDeletion);
    aws.assert_done();
}

#[tokio::test]
async fn a_name_that_will_be_free_in_seconds_is_waited_for() {
    let aws = FakeAws::new();
    aws.answer("CreateSecret", scheduled());
    aws.answer("DescribeSecret", missing());
    aws.answer("CreateSecret", created());
    assert!(secrets(&aws).create_secret(&modal()).await.is_ok());
    aws.assert_done();
}

#[tokio::test]
async fn a_description_tells_all_but_the_value() {
    let aws = FakeAws::new();
    aws.answer("DescribeSecret", described("v2", json!({ "KmsKeyId": "alias/k" })));
    aws.answer("DescribeSecret", described("v2", json!({ "DeletedDate": 1.0 })));
    aws.answer("DescribeSecret", missing());
    let secrets = secrets(&aws);

    let found = secrets.find_secret("modal").await.unwrap().unwrap();
    assert_eq!(found.version_id.as_deref(), Some("v2"));
    assert_eq!(found.kms_key_id.as_deref(), Some("alias/k"));
    assert_eq!(found.tags, modal().tags);
    assert!(!found.scheduled_for_deletion);
    let leaving = secrets.find_secret("modal").await.unwrap().unwrap();
    assert!(leaving.scheduled_for_deletion);
    assert_eq!(secrets.find_secret("modal").await.unwrap(), None);
}

#[tokio::test]
async fn a_new_value_is_one_version_however_often_it_is_sent() {
    let aws = FakeAws::new();
    let fake = aws.clone();
    aws.answer(
        "PutSecretValue",
        from_request(move |first| {
            let sent = token_in(first);
            fake.answer(
                "PutSecretValue",
                from_request(move |again| {
                    assert_eq!(token_in(again), sent);
                    answer(200, json!({ "VersionId": sent }))
                }),
            );
            Answer::Lost
        }),
    );
    secrets(&aws).put_value(ARN, &SecretString::new("hush")).await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn deleting_at_once_waits_until_the_name_is_free() {
    let aws = FakeAws::new();
    aws.answer("DeleteSecret", answer(200, json!({})));
    aws.answer("DescribeSecret", described("v1", json!({ "DeletedDate": 1.0 })));
    aws.answer("DescribeSecret", missing());
    secrets(&aws).delete_secret(ARN, Deletion::Now).await.unwrap();
    let asked: Json = serde_json::from_str(&aws.asked("DeleteSecret")).unwrap();
    assert_eq!(asked, json!({ "SecretId": ARN, "ForceDeleteWithoutRecovery": true }));
    aws.assert_done();
}

#[tokio::test]
async fn deleting_twice_succeeds() {
    let aws = FakeAws::new();
    aws.answer("DeleteSecret", answer(200, json!({})));
    let marked = "You can't perform this operation because it was marked for deletion.";
    aws.answer("DeleteSecret", json_error(400, "InvalidRequestException", marked));
    aws.answer("DeleteSecret", missing());
    let secrets = secrets(&aws);
    for _ in 0..3 {
        secrets.delete_secret(ARN, Deletion::AfterDays(7)).await.unwrap();
    }
    aws.assert_done();
}

#[tokio::test]
async fn a_principal_that_iam_has_only_just_made_is_waited_for() {
    let aws = FakeAws::new();
    let unknown = "This resource policy contains an unsupported principal.";
    aws.answer("PutResourcePolicy", json_error(400, "MalformedPolicyDocumentException", unknown));
    aws.answer("PutResourcePolicy", answer(200, json!({ "ARN": ARN })));
    let syntax = "This resource policy contains a syntax error.";
    aws.answer("PutResourcePolicy", json_error(400, "MalformedPolicyDocumentException", syntax));
    let secrets = secrets(&aws);
    secrets.put_resource_policy(ARN, "{}").await.unwrap();
    let error = secrets.put_resource_policy(ARN, "{}").await.unwrap_err();
    assert_eq!(error.message, syntax);
    aws.assert_done();
}

#[tokio::test]
async fn a_secret_that_was_restored_after_all_is_restored() {
    let aws = FakeAws::new();
    let refused = || json_error(400, "InvalidRequestException", "not scheduled for deletion");
    aws.answer("RestoreSecret", refused());
    aws.answer("DescribeSecret", described("v1", json!({})));
    aws.answer("RestoreSecret", refused());
    aws.answer("DescribeSecret", described("v1", json!({ "DeletedDate": 1.0 })));
    let secrets = secrets(&aws);
    assert!(secrets.restore_secret(ARN).await.is_ok());
    assert!(secrets.restore_secret(ARN).await.is_err());
    aws.assert_done();
}

fn copied(status: &str) -> Answer {
    let copy =
        json!({ "Region": "eu-west-1", "Status": status, "StatusMessage": "Name is taken." });
    described("v1", json!({ "ReplicationStatus": [copy] }))
}

#[tokio::test]
async fn a_copy_is_waited_for_and_one_that_failed_says_why() {
    let aws = FakeAws::new();
    let replica = Replica { region: "eu-west-1".to_owned(), kms_key_id: None };
    aws.answer("ReplicateSecretToRegions", answer(200, json!({})));
    aws.answer("DescribeSecret", copied("InProgress"));
    aws.answer("DescribeSecret", copied("InSync"));
    let secrets = secrets(&aws);
    secrets.add_replicas(ARN, std::slice::from_ref(&replica), true).await.unwrap();
    let asked: Json = serde_json::from_str(&aws.asked("ReplicateSecretToRegions")).unwrap();
    assert_eq!(asked["AddReplicaRegions"], json!([{ "Region": "eu-west-1" }]));
    assert_eq!(asked["ForceOverwriteReplicaSecret"], true);

    aws.answer("ReplicateSecretToRegions", answer(200, json!({})));
    aws.answer("DescribeSecret", copied("Failed"));
    let error = secrets.add_replicas(ARN, &[replica], false).await.unwrap_err();
    assert_eq!(error.message, "the copy in eu-west-1 failed: Name is taken.");
    aws.assert_done();
}

#[tokio::test]
async fn a_list_has_only_what_fits_as_a_whole() {
    let aws = FakeAws::new();
    let secret = |name: &str, tags: Json| json!({ "ARN": ARN, "Name": name, "Tags": tags });
    let team = json!([{ "Key": "team", "Value": "ml" }]);
    let mut leaving = secret("modal/leaving", team.clone());
    leaving["DeletedDate"] = json!(1.0);
    aws.answer(
        "ListSecrets",
        answer(
            200,
            json!({
                "SecretList": [
                    secret("modal/prod", team.clone()),
                    secret("Modal/prod", team.clone()),
                    secret("modal/dev", json!([{ "Key": "teams", "Value": "ml" }])),
                    secret("modal/old", json!([{ "Key": "team", "Value": "web" }])),
                    leaving,
                ],
                "NextToken": "more",
            }),
        ),
    );
    let filter = SecretFilter { name_prefix: Some("modal/".to_owned()), tags: modal().tags };
    let (found, next) = secrets(&aws).list_secrets(&filter, None).await.unwrap();
    assert_eq!(found, [ListedSecret { arn: ARN.to_owned(), name: "modal/prod".to_owned() }]);
    assert_eq!(next.as_deref(), Some("more"));
    let asked: Json = serde_json::from_str(&aws.asked("ListSecrets")).unwrap();
    assert_eq!(
        asked["Filters"],
        json!([{ "Key": "name", "Values": ["modal/"] }, { "Key": "tag-key", "Values": ["team"] }])
    );
}
