//! What a trust policy says, and what is read from one.

use expect_test::expect;

use super::*;

fn trust() -> Trust {
    Trust {
        oidc_provider_arn: oidc_provider_arn("aws", "111122223333"),
        audience: AUDIENCE.to_owned(),
        subjects: vec![
            Subject::new("ac-1", "main", Some("images"), Some("resize")).unwrap(),
            Subject::new("ac-1", "dev", Some("images"), None).unwrap(),
        ],
        additional: Vec::new(),
    }
}

#[test]
fn a_trust_policy_names_issuer_audience_and_subjects() {
    expect![[r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Principal": {
                "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"
              },
              "Action": "sts:AssumeRoleWithWebIdentity",
              "Condition": {
                "StringEquals": {
                  "oidc.modal.com:aud": "oidc.modal.com"
                },
                "StringLike": {
                  "oidc.modal.com:sub": [
                    "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:resize:*",
                    "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:resize.*:*",
                    "modal:workspace_id:ac-1:environment_name:dev:app_name:images:*"
                  ]
                }
              }
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&trust().document()).unwrap());
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(Trust::parse(&trust().document()), Some(trust()));
}

#[test]
fn a_lone_statement_and_a_lone_pattern_are_read_too() {
    let mut one = trust();
    one.subjects.remove(0);
    let mut document = one.document();
    document["Statement"] = document["Statement"][0].clone();
    let pattern = document["Statement"]["Condition"]["StringLike"]["oidc.modal.com:sub"][0].clone();
    document["Statement"]["Condition"]["StringLike"]["oidc.modal.com:sub"] = pattern;
    assert_eq!(Trust::parse(&document), Some(one));
}

#[test]
fn an_edited_policy_is_not_ours() {
    let edits: [fn(&mut Json); 6] = [
        |document| document["Statement"][0]["Effect"] = json!("Deny"),
        |document| document["Statement"][0]["Action"] = json!("sts:*"),
        |document| document["Statement"][0]["Principal"] = json!("*"),
        |document| document["Version"] = json!("2008-10-17"),
        |document| {
            document["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"] =
                json!("modal:workspace_id:*");
        },
        |document| {
            document["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"] = json!([]);
        },
    ];
    for edit in edits {
        let mut document = trust().document();
        edit(&mut document);
        assert_eq!(Trust::parse(&document), None, "{document}");
    }
    assert_eq!(Trust::parse(&json!("not a policy")), None);
}

#[test]
fn the_provider_is_looked_for_in_the_accounts_own_partition() {
    assert_eq!(
        oidc_provider_arn("aws-us-gov", "111122223333"),
        "arn:aws-us-gov:iam::111122223333:oidc-provider/oidc.modal.com"
    );
}

#[test]
fn another_statement_is_an_additional_one() {
    let second = json!({
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    });
    let mut document = trust().document();
    document["Statement"].as_array_mut().unwrap().insert(0, second.clone());
    let both = Trust { additional: vec![second], ..trust() };
    assert_eq!(Trust::parse(&document), Some(both.clone()));
    assert!(policy_document::equivalent(&both.document(), &document));
}

#[test]
fn a_role_from_modals_guide_is_understood() {
    let theirs = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": oidc_provider_arn("aws", "111122223333") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { "oidc.modal.com:aud": "oidc.modal.com" },
                "StringLike": { "oidc.modal.com:sub": "modal:workspace_id:ac-1:*" },
            },
        }],
    });
    let trust = Trust::parse(&theirs).unwrap();
    assert_eq!(trust.subjects, [Subject::new("ac-1", "*", None, None).unwrap()]);
    assert!(!policy_document::equivalent(&trust.document(), &theirs), "what we write says more");
    assert!(Trust::is_about_modal(&theirs));
}

#[test]
fn what_is_open_to_every_workspace_is_found_and_not_understood() {
    let mut open = trust().document();
    open["Statement"][0].as_object_mut().unwrap().remove("Condition");
    assert!(Trust::is_about_modal(&open));
    assert_eq!(Trust::parse(&open), None);
    assert!(!Trust::is_about_modal(&json!("no policy")));
}
