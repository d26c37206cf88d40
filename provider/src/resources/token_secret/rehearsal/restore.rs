//! A name that waits for its deletion: what comes back, and what is left as it was.

use checker::{Core, Object};
use expect_test::expect;
use serde_json::{Value as Json, json};

use super::{TYPE, modal, modal_with};
use crate::aws::testing::{Account, Trouble};
use crate::resources::rehearsal::core;

/// The value of the one secret there is.
fn value(account: &Account) -> String {
    account.contents().secret_values.into_values().next().unwrap()
}

async fn make(core: &Core, config: &Json) -> Object {
    let planned = core.plan(TYPE, None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

/// A secret that waits for its end.
async fn deleted(core: &Core, config: &Json) {
    let made = make(core, config).await;
    let planned = core.plan_destroy(TYPE, &made).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
}

#[tokio::test]
async fn a_deleted_secret_comes_back_with_all_that_is_set_now() {
    let account = Account::new();
    let core = core(&account).await;
    let before = modal_with(json!({
        "recovery_window_in_days": 7,
        "description": "Old",
        "policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny"}]}"#,
        "tags": { "old": "yes" },
    }));
    deleted(&core, &before).await;

    let now = modal_with(json!({ "token_id": "ak-2", "token_secret_wo": "as-2", "policy": null }));
    core.take_warnings();
    let made = make(&core, &now).await;
    let warnings = core.take_warnings();
    assert!(warnings.iter().any(|found| found.summary == r#"Secret "modal" was restored"#));
    assert_eq!(value(&account), r#"{"MODAL_TOKEN_ID":"ak-2","MODAL_TOKEN_SECRET":"as-2"}"#);
    let contents = account.contents();
    let secret = contents.secrets.values().next().unwrap();
    assert_eq!(secret["Description"], "Of the workspace");
    assert!(!secret["Tags"].to_string().contains("old"), "{secret}");
    assert_eq!(contents.secret_policies.len(), 0);
    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    assert_eq!(read.value, made.value);
}

#[tokio::test]
async fn a_placeholder_leaves_a_restored_value_alone() {
    let account = Account::new();
    let core = core(&account).await;
    let placeholder = json!({ "name": "modal" });
    deleted(&core, &placeholder).await;
    account.edit(|contents| {
        let value = contents.secret_values.values_mut().next().unwrap();
        *value = "filled in by hand".to_owned();
    });
    let made = make(&core, &placeholder).await;
    assert_eq!(value(&account), "filled in by hand");
    assert_eq!(made.value.attribute("token_status"), checker::Value::text("external"));
}

#[tokio::test]
async fn what_is_not_to_be_restored_is_refused() {
    let account = Account::new();
    let core = core(&account).await;
    let config = modal_with(json!({ "recovery_window_in_days": 7, "restore_if_deleted": false }));
    deleted(&core, &config).await;
    let planned = core.plan(TYPE, None, &config).await.unwrap();
    let refusal = core.apply_as_planned(&planned).await.outcome.unwrap_err().to_string();
    expect![[r#"
        Error: Cannot create secret "modal"

          at .name

        A secret of this name is waiting to be deleted. Set restore_if_deleted to restore it, delete it with `aws secretsmanager delete-secret --force-delete-without-recovery`, or choose another name.

        secretsmanager:CreateSecret answered InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.
        AWS request id: req-1"#]].assert_eq(&refusal);
}

#[tokio::test]
async fn whatever_is_denied_on_the_way_back_is_made_good_later() {
    for call in [
        "DescribeSecret",
        "RestoreSecret",
        "GetResourcePolicy",
        "PutSecretValue",
        "UpdateSecret",
        "TagResource",
    ] {
        let account = Account::new();
        let core = core(&account).await;
        let old = json!({ "description": "Old", "recovery_window_in_days": 7, "tags": null });
        deleted(&core, &modal_with(old)).await;
        account.trouble(call, Trouble::Denied);
        let planned = core.plan(TYPE, None, modal()).await.unwrap();
        let applied = core.apply_as_planned(&planned).await;
        assert!(applied.outcome.is_err(), "{call}");
        account.no_trouble();
        // What is half made, Terraform destroys before it makes it again.
        if let Some(saved) = applied.saved
            && let Some(read) = core.refresh(TYPE, &saved).await.unwrap()
        {
            let planned = core.plan_destroy(TYPE, &read).await.unwrap();
            core.apply_as_planned(&planned).await.done().unwrap();
        }
        make(&core, &modal()).await;
        assert!(value(&account).contains("ak-1"), "{call}");
    }
}
