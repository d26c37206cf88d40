//! The functions, as Terraform calls them.

use checker::Value;
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::Account;
use crate::resources::rehearsal::core;

const SCOPE: &str = "modal:workspace_id:ac-1:environment_name:main";

/// What the function gives, or why it does not.
async fn call(name: &str, arguments: &[Json]) -> String {
    let core = core(&Account::new()).await;
    match core.call_function(name, arguments).await {
        Ok(Value::String(text)) => text,
        Ok(object) => {
            let parts = object.entries().into_iter();
            let parts = parts.map(|(name, value)| format!("{name} = {value:?}"));
            parts.collect::<Vec<_>>().join("\n")
        }
        Err(refusal) => refusal.to_string(),
    }
}

#[tokio::test]
async fn a_subject_is_as_narrow_as_its_arguments() {
    for (app, function, rest) in [
        (json!(null), json!(null), ":*"),
        (json!("images"), json!(null), ":app_name:images:*"),
        (json!("images"), json!("make"), ":app_name:images:function_name:make:*"),
        (json!("images"), json!("Model.predict"), ":app_name:images:function_name:Model.*:*"),
        (json!("images"), json!("re*"), ":app_name:images:function_name:re*:*"),
    ] {
        let made = call("oidc_subject", &[json!("ac-1"), json!("main"), app, function]).await;
        assert_eq!(made, format!("{SCOPE}{rest}"));
    }
}

#[tokio::test]
async fn what_a_subject_cannot_be_is_said_of_the_argument() {
    let subject = |arguments: [Json; 4]| async move { call("oidc_subject", &arguments).await };
    expect![[r#"
        Error: workspace_id is "*"; expected the id that "modal token info" prints, such as "ac-2x7Kq": letters, digits and hyphens

          at [0]"#]].assert_eq(&subject([json!("*"), json!("main"), json!("a"), json!("f")]).await);
    expect![[r#"
        Error: environment_name is "ma*"; expected 1 to 64 letters, digits, hyphens, underscores and periods

          at [1]"#]].assert_eq(&subject([json!("ac-1"), json!("ma*"), json!("a"), json!("f")]).await);
    expect![[r#"
        Error: app_name is "a:b"; expected 1 to 64 letters, digits, hyphens, underscores and periods

          at [2]"#]]
    .assert_eq(&subject([json!("ac-1"), json!("main"), json!("a:b"), json!("f")]).await);
    expect![[r#"
        Error: function_name needs app_name: functions of different apps may share a name

          at [3]"#]]
    .assert_eq(&subject([json!("ac-1"), json!("main"), json!(null), json!("f")]).await);
}

#[tokio::test]
async fn a_subject_is_taken_apart() {
    let token = format!("{SCOPE}:app_name:images:function_name:make:container_id:ta-1");
    expect![[r#"
        app_name = String("images")
        container_id = String("ta-1")
        environment_name = String("main")
        function_name = String("make")
        workspace_id = String("ac-1")"#]]
    .assert_eq(&call("parse_subject", &[json!(token)]).await);
    expect![[r#"
        app_name = Null(String)
        container_id = Null(String)
        environment_name = String("main")
        function_name = Null(String)
        workspace_id = String("ac-1")"#]]
    .assert_eq(&call("parse_subject", &[json!(format!("{SCOPE}:*"))]).await);
    expect![[r#"
        Error: is "modal:*", which is open to every workspace of Modal

          at [0]"#]]
    .assert_eq(&call("parse_subject", &[json!("modal:*")]).await);
}

#[tokio::test]
async fn arns_are_made_for_an_account_and_a_partition() {
    let account = || json!("111122223333");
    for (name, arguments, arn) in [
        (
            "oidc_provider_arn",
            vec![account()],
            "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com",
        ),
        (
            "oidc_provider_arn",
            vec![account(), json!("aws-us-gov")],
            "arn:aws-us-gov:iam::111122223333:oidc-provider/oidc.modal.com",
        ),
        ("role_arn", vec![account(), json!("images")], "arn:aws:iam::111122223333:role/images"),
        (
            "role_arn",
            vec![account(), json!("modal/images"), json!("aws-cn")],
            "arn:aws-cn:iam::111122223333:role/modal/images",
        ),
    ] {
        assert_eq!(call(name, &arguments).await, arn);
    }
    expect![[r#"
        Error: must be the 12 digits of an AWS account, not "1111"

          at [0]"#]]
    .assert_eq(&call("oidc_provider_arn", &[json!("1111")]).await);
    expect![[r#"
        Error: must be a partition, such as "aws-us-gov", not "gov"

          at [1]"#]]
    .assert_eq(&call("oidc_provider_arn", &[account(), json!("gov")]).await);
    expect![[r#"
        Error: must be the name of a role, such as "images" or "modal/images", not "/images"

          at [1]"#]]
    .assert_eq(&call("role_arn", &[account(), json!("/images")]).await);
}

#[tokio::test]
async fn a_trust_policy_lets_in_its_subjects_in_every_form() {
    let subject = json!(format!("{SCOPE}:app_name:images:function_name:Model:*"));
    let made = call("trust_policy", &[json!("111122223333"), subject.clone()]).await;
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"oidc.modal.com:aud":"oidc.modal.com"},"StringLike":{"oidc.modal.com:sub":["modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:Model:*","modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:Model.*:*"]}}}]}"#]].assert_eq(&made);
    let provider = json!("arn:aws-us-gov:iam::111122223333:oidc-provider/oidc.modal.com");
    let made = call("trust_policy", &[provider, subject]).await;
    assert!(made.contains("arn:aws-us-gov:iam"), "{made}");
}

#[tokio::test]
async fn a_trust_policy_that_would_be_open_is_refused() {
    let account = || json!("111122223333");
    expect!["Error: a role that trusts no subject would trust nobody, and one without a condition on the subject everybody at Modal: give at least one"].assert_eq(&call("trust_policy", &[account()]).await);
    for open in
        ["*", "modal:*", "modal:workspace_id:*", "modal:workspace_id:ac-*:environment_name:main:*"]
    {
        let good = json!(format!("{SCOPE}:*"));
        let said = call("trust_policy", &[account(), good, json!(open)]).await;
        assert!(said.ends_with("at [2]"), "{open}: {said}");
    }
    let container = format!("{SCOPE}:app_name:a:function_name:f:container_id:c");
    expect![[r#"
        Error: is "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f:container_id:c", the subject of one container; end it with ":*" after the function

          at [1]"#]].assert_eq(&call("trust_policy", &[account(), json!(container)]).await);
    expect![[r#"
        Error: must be the 12 digits of an AWS account or the ARN of its OIDC provider for Modal, not "me"

          at [0]"#]].assert_eq(&call("trust_policy", &[json!("me"), json!("x")]).await);
}

#[tokio::test]
async fn a_grants_policy_is_that_of_the_block() {
    let bucket = json!(["arn:aws:s3:::images"]);
    expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject*","s3:GetBucket*","s3:List*"],"Resource":["arn:aws:s3:::images","arn:aws:s3:::images/*"]}]}"#]].assert_eq(&call("grant_policy", &[json!("read"), bucket.clone()]).await);
    expect![[r#"
        Error: must be one of read, write, read_write, delete, consume, send, publish, invoke, not "own"

          at [0]"#]].assert_eq(&call("grant_policy", &[json!("own"), bucket.clone()]).await);
    expect![[r#"
        Error: access "invoke" is not possible for "arn:aws:s3:::images"; S3 has read, write, read_write, delete

          at [1]"#]].assert_eq(&call("grant_policy", &[json!("invoke"), bucket]).await);
}
