//! The life of a secret.

mod restore;
mod verify;

use checker::{Action, Import, ImportTarget, Life, Report};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::Account;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known, reads_older_state, survives_trouble,
};

const TYPE: &str = "modal_token_secret";

const POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [] }"#;

fn modal() -> Json {
    json!({
        "name": "modal",
        "token_id": "ak-1",
        "token_secret_wo": "as-1",
        "recovery_window_in_days": 0,
        "kms_key_id": "alias/mine",
        "description": "Of the workspace",
        "policy": POLICY,
        "replica": [{ "region": "us-west-2", "kms_key_id": "alias/theirs" }, { "region": "eu-west-3" }],
        "verify": true,
        "timeouts": { "create": "1m" },
        "tags": { "env": "dev" },
    })
}

/// The same with other values.
fn modal_with(changes: Json) -> Json {
    let mut config = modal();
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

/// AWS tells neither the token, and what Modal said of it, nor how long to keep what is deleted.
fn as_far_as_aws_tells(import: Import) -> Import {
    let untold = [
        "token_id",
        "token_secret",
        "token_status",
        "recovery_window_in_days",
        "verify",
        "workspace_id",
        "workspace_name",
        "token_name",
        "expires_at",
        "timeouts",
        // Its layout.
        "policy",
    ];
    untold.into_iter().fold(import, Import::not_comparing)
}

fn actions(report: &Report) -> Vec<Action> {
    report.actions.clone()
}

#[tokio::test]
async fn a_secret_lives_by_the_rules() {
    for import in [Import::by_id("modal"), Import::by_attribute("arn"), Import::by_identity()] {
        let account = Account::new();
        let life = Life::new(modal())
            .import(as_far_as_aws_tells(import))
            .update(modal_with(json!({ "description": null })))
            .update(modal_with(json!({ "kms_key_id": null })))
            .update(modal_with(json!({ "tags": { "env": "prod", "team": "mine" } })))
            .update(modal_with(json!({ "recovery_window_in_days": null })))
            .update(modal_with(json!({ "policy": null })))
            .update(modal_with(json!({ "replica": [{ "region": "us-west-2" }] })))
            .update(modal_with(json!({ "verify": false, "restore_if_deleted": false })))
            .update(modal_with(json!({ "workspace_id": "ac-1", "timeouts": null })))
            .update(modal_with(json!({ "token_secret_wo_version": "2" })))
            .update(modal_with(json!({ "token_id": "ak-2", "token_secret_wo": "as-2" })))
            .update(modal_with(json!({ "token_id": null, "token_secret_wo": null })))
            .update(modal_with(json!({ "name": "modal/prod" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 13];
        (expected[0], expected[12]) = (Action::Create, Action::Replace);
        assert_eq!(actions(&report), expected);
        assert!(!format!("{report:?}").contains("as-"), "{report:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_made_up_is_kept() {
    let account = Account::new();
    let made_up = json!({ "name_prefix": "modal-" });
    let life = Life::new(made_up.clone()).update(json!({
        "name_prefix": "modal-",
        "description": "Filled in by hand",
    }));

    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

    assert_eq!(actions(&report), [Action::Create, Action::Update]);
    let name = |index: usize| report.objects[index].value.attribute("name");
    assert_eq!(name(0), name(1));
    assert_eq!(account.contents().secrets.len(), 1, "it waits for its end");
}

#[tokio::test]
async fn before_terraform_1_11_the_token_is_in_the_state_alone() {
    let account = Account::new();
    let stored = |secret: &str| json!({ "token_id": "ak-1", "token_secret": secret });
    let life = Life::new(stored("as-1")).update(stored("as-2"));
    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();
    assert_eq!(actions(&report), [Action::Create, Action::Update]);
}

#[tokio::test]
async fn only_another_id_makes_another_version() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let value = || account.contents().secret_values.into_values().next().unwrap();
    assert_eq!(value(), r#"{"MODAL_TOKEN_ID":"ak-1","MODAL_TOKEN_SECRET":"as-1"}"#);

    let same_id = modal_with(json!({ "token_secret_wo": "as-2" }));
    let planned = core.plan(TYPE, Some(&made), same_id).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);

    let other_id = modal_with(json!({ "token_id": "ak-2", "token_secret_wo": "as-2" }));
    let planned = core.plan_twice(TYPE, Some(&made), other_id).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let _ = core.apply_as_planned(&planned).await.done().unwrap();
    assert_eq!(value(), r#"{"MODAL_TOKEN_ID":"ak-2","MODAL_TOKEN_SECRET":"as-2"}"#);
}

#[tokio::test]
async fn another_version_writes_a_token_that_nothing_else_tells_apart() {
    let account = Account::new();
    let core = core(&account).await;
    let hidden = |version: &str, id: &str| {
        modal_with(json!({
            "token_id": null,
            "token_id_wo": id,
            "token_secret_wo_version": version,
        }))
    };
    let value = || account.contents().secret_values.into_values().next().unwrap();
    let planned = core.plan(TYPE, None, hidden("1", "ak-1")).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert!(value().contains("ak-1"));
    assert!(!format!("{made:?}").contains("ak-1"));

    let planned = core.plan(TYPE, Some(&made), hidden("1", "ak-2")).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
    let planned = core.plan_twice(TYPE, Some(&made), hidden("2", "ak-2")).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let _ = core.apply_as_planned(&planned).await.done().unwrap();
    assert!(value().contains("ak-2"));
}

#[tokio::test]
async fn a_policy_in_another_layout_is_the_same_and_another_one_is_put_back() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let again = modal_with(json!({ "policy": r#"{"Statement":[],"Version":"2012-10-17"}"# }));
    assert_eq!(core.plan(TYPE, Some(&made), again).await.unwrap().action, Action::NoOp);

    let theirs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#;
    account.edit(|contents| {
        *contents.secret_policies.values_mut().next().unwrap() = theirs.to_owned();
    });
    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    assert_eq!(read.value.attribute("policy"), checker::Value::text(theirs));
    let planned = core.plan_twice(TYPE, Some(&read), modal()).await.unwrap();
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(core.plan(TYPE, Some(&mended), modal()).await.unwrap().action, Action::NoOp);
}

#[tokio::test]
async fn a_token_that_somebody_else_wrote_is_planned_back() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    account.edit(|contents| {
        let secret = contents.secrets.values_mut().next().unwrap();
        secret["VersionIdsToStages"] = json!({ "theirs": ["AWSCURRENT"] });
    });

    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    core.plan_unknowns(TYPE, Some(&read), modal()).await.unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), modal()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let again = core.plan(TYPE, Some(&mended), modal()).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
}

#[tokio::test]
async fn a_secret_that_waits_for_its_end_is_gone() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    account.edit(|contents| {
        contents.secrets.values_mut().next().unwrap()["DeletedDate"] = json!(1_800_000_000);
    });
    assert_eq!(core.refresh(TYPE, &made).await.unwrap(), None);
}

#[tokio::test]
async fn a_secret_may_be_in_another_region_than_the_provider() {
    for import in [Import::by_id("modal@eu-west-1"), Import::by_attribute("arn")] {
        let account = Account::new();
        let there = modal_with(json!({ "region": "eu-west-1" }));
        let life = Life::new(there.clone())
            .import(as_far_as_aws_tells(import))
            .update(modal_with(json!({ "description": null })))
            .update(modal_with(json!({ "region": "us-east-1" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        assert_eq!(actions(&report), [Action::Create, Action::Update, Action::Replace]);
        let region = |index: usize| report.objects[index].value.attribute("region");
        assert_eq!([region(1), region(2)], ["eu-west-1", "us-east-1"].map(checker::Value::text));
    }
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let (created, updated) = (
        modal_with(json!({ "name": null })),
        modal_with(json!({ "name": null, "description": null })),
    );
    plans_before_the_provider_is_known(TYPE, &created, &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    let before_it_was_verified = modal_with(json!({ "verify": false }));
    reads_older_state(TYPE, &before_it_was_verified, &["arn"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let other_token = json!({
        "token_id": "ak-2",
        "token_secret_wo": "as-2",
        "tags": null,
        "policy": null,
        "replica": [{ "region": "us-west-2" }],
    });
    survives_trouble(TYPE, &modal(), &modal_with(other_token)).await;
}

#[tokio::test]
async fn an_identity_of_another_place_is_refused_by_both_names() {
    let core = core(&Account::new()).await;
    let refused = async |identity: Json| {
        let refusal = core.import(TYPE, &ImportTarget::identity(identity)).await.unwrap_err();
        refusal.to_string()
    };
    let arn = |region: &str, account: &str| {
        format!("arn:aws:secretsmanager:{region}:{account}:secret:modal-AbCdEf")
    };
    expect![[r#"
        Error: Cannot import secret "arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-AbCdEf"

        There is no such secret in this account in eu-west-1. The id to import by is its ARN, its name, or name@region."#]].assert_eq(&refused(json!({ "arn": arn("eu-west-1", "111122223333") })).await);
    expect![[r#"
        Error: Cannot import secret "arn:aws:secretsmanager:us-east-1:999988887777:secret:modal-AbCdEf"

        The identity names account 999988887777, and this provider works in account 111122223333. Import it with a provider block for account 999988887777."#]].assert_eq(&refused(json!({ "arn": arn("us-east-1", "999988887777") })).await);
    let arn = arn("us-east-1", "111122223333");
    expect![[r#"
        Error: Cannot import secret "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"

        The identity names region eu-west-1, and its arn is in us-east-1."#]].assert_eq(&refused(json!({ "arn": arn, "region": "eu-west-1" })).await);
    expect![[r#"
        Error: Cannot import secret "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"

        The identity names account 999988887777, and this provider works in account 111122223333. Import it with a provider block for account 999988887777."#]].assert_eq(&refused(json!({ "arn": arn, "account_id": "999988887777" })).await);
    expect![[r#"
        Error: Cannot import secret "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"

        There is no such secret in this account in us-east-1. The id to import by is its ARN, its name, or name@region."#]].assert_eq(&refused(json!({ "arn": arn })).await);
    expect![[r#"
        Error: Cannot import secret "modal"

        The identity's arn must be the ARN of a Secrets Manager secret."#]]
    .assert_eq(&refused(json!({ "arn": "modal" })).await);
}
