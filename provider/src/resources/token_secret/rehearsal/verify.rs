//! What Modal says of a token, and what becomes of it.

use std::sync::Arc;

use checker::{Action, Core, Value};
use expect_test::expect;
use loopback::{Modal as LocalModal, Status};
use serde_json::{Value as Json, json};

use super::{TYPE, modal, modal_with};
use crate::aws::testing::Account;
use crate::modal::ModalBlock;
use crate::resources::rehearsal::{DAY, core_with_modal, token_info};

/// A Modal where every token is one of the workspace `ac-1`, and ends in so many days.
async fn modal_until(days: i64) -> Arc<LocalModal> {
    let modal = LocalModal::start().await;
    let mut info = token_info();
    let expires_at = info.expires_at.as_mut().unwrap();
    expires_at.seconds += (days - 30) * DAY;
    modal.always("TokenInfoGet", Ok(info));
    Arc::new(modal)
}

async fn refusing(status: Status) -> Arc<LocalModal> {
    let modal = LocalModal::start().await;
    modal.always("TokenInfoGet", Err::<(), _>(status));
    Arc::new(modal)
}

async fn core(account: &Account, modal: &Arc<LocalModal>) -> Core {
    core_with_modal(account, modal.clone(), &ModalBlock::default()).await
}

/// Creates the secret: what an error says, or else its attributes of this name.
async fn create(core: &Core, config: &Json, names: &[&str]) -> Result<Vec<Value>, String> {
    let planned = core.plan_twice(TYPE, None, config).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().map_err(|error| error.to_string())?;
    let made = made.unwrap().value;
    Ok(names.iter().map(|name| made.attribute(name)).collect())
}

fn warnings(core: &Core) -> String {
    let warnings = core.take_warnings().into_iter();
    let texts =
        warnings.map(|found| format!("{}\n\n{}\n  at {}", found.summary, found.detail, found.path));
    texts.collect::<Vec<_>>().join("\n---\n")
}

const SAID: &[&str] = &["workspace_id", "workspace_name", "token_name", "expires_at"];

#[tokio::test]
async fn a_verified_token_says_whose_it_is() {
    let (account, modal_server) = (Account::new(), modal_until(30).await);
    let core = core(&account, &modal_server).await;
    let said = create(&core, &modal(), SAID).await.unwrap();
    let expected = ["ac-1", "acme", "bridges", "2027-02-14T08:00:00Z"];
    assert_eq!(said, expected.map(Value::text));
    assert_eq!(warnings(&core), "");
    let ids = modal_server.headers("TokenInfoGet", "x-modal-token-id");
    assert_eq!(ids, [Some("ak-1".to_owned())]);
}

#[tokio::test]
async fn without_verification_nobody_is_asked() {
    let (account, modal_server) = (Account::new(), refusing(Status::internal("asked")).await);
    let core = core(&account, &modal_server).await;
    let unverified = modal_with(json!({ "verify": null }));
    let planned = core.plan(TYPE, None, &unverified).await.unwrap();
    assert!(planned.value.attribute("workspace_id").is_null(), "known before it is applied");
    let said = create(&core, &unverified, SAID).await.unwrap();
    assert!(said.iter().all(Value::is_null), "{said:?}");

    let account = Account::new();
    let block = ModalBlock { skip_token_verification: true, ..ModalBlock::default() };
    let core = core_with_modal(&account, modal_server.clone(), &block).await;
    let said = create(&core, &modal_with(json!({ "workspace_id": "ac-1" })), SAID).await.unwrap();
    assert_eq!(said[0], Value::text("ac-1"));
    assert_eq!(modal_server.rpcs(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_token_that_modal_refuses_is_written_nowhere() {
    let account = Account::new();
    let refused = Status::unauthenticated("Token ID is malformed");
    let core = core(&account, &refusing(refused).await).await;
    let error = create(&core, &modal(), SAID).await.unwrap_err();
    expect![[r#"
        Error: Cannot verify the Modal token

          at .token_id

        Check the ID and the secret. A token that was deleted, or has expired, is refused as well.

        Modal refused the token: Token ID is malformed."#]]
    .assert_eq(&error);
    assert_eq!(account.contents().secrets.len(), 0);

    let made = modal_with(json!({ "verify": false }));
    let planned = core.plan(TYPE, None, &made).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let before = account.contents();
    let changed = modal_with(json!({ "token_id": "ak-2", "description": "New" }));
    let planned = core.plan(TYPE, Some(&made), &changed).await.unwrap();
    assert!(core.apply_as_planned(&planned).await.outcome.is_err());
    assert_eq!(account.contents(), before);
}

#[tokio::test]
async fn a_modal_that_cannot_be_asked_is_a_warning() {
    let account = Account::new();
    let core = core(&account, &refusing(Status::permission_denied("no")).await).await;
    let said = create(&core, &modal_with(json!({ "workspace_id": "ac-9" })), SAID).await.unwrap();
    assert_eq!(said[0], Value::text("ac-9"));
    expect![[r#"
        The Modal token could not be verified

        It is written as it is. Set workspace_id where something needs it; another token_secret_wo_version asks again.

        Use a token of a user who may see this in Modal.

        Modal's TokenInfoGet is not permitted with this token: no.
          at .verify"#]].assert_eq(&warnings(&core));
    assert_eq!(account.contents().secrets.len(), 1);
}

#[tokio::test]
async fn a_token_of_another_workspace_is_refused() {
    let account = Account::new();
    let core = core(&account, &modal_until(30).await).await;
    let error = create(&core, &modal_with(json!({ "workspace_id": "ac-9" })), SAID).await;
    expect![[r#"
        Error: Cannot verify the Modal token

          at .workspace_id

        The token belongs to workspace ac-1 (acme), not to ac-9. Give a token of the workspace that is meant, or correct workspace_id."#]].assert_eq(&error.unwrap_err());
    assert_eq!(account.contents().secrets.len(), 0);
}

#[tokio::test]
async fn what_was_said_stays_until_another_token_comes() {
    let (account, modal_server) = (Account::new(), modal_until(30).await);
    let core = core(&account, &modal_server).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let asked = || modal_server.rpcs().len();

    let described = modal_with(json!({ "description": "New" }));
    let planned = core.plan_twice(TYPE, Some(&made), &described).await.unwrap();
    assert_eq!(planned.value.attribute("workspace_id"), Value::text("ac-1"), "still known");
    let changed = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(asked(), 1);

    let rotated = modal_with(json!({ "token_id": "ak-2", "token_secret_wo": "as-2" }));
    let planned = core.plan_twice(TYPE, Some(&changed), &rotated).await.unwrap();
    assert!(!planned.value.attribute("workspace_id").is_known());
    let rotated = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(asked(), 2);

    let blind = modal_with(json!({ "token_id": "ak-3", "verify": false }));
    let planned = core.plan_twice(TYPE, Some(&rotated), &blind).await.unwrap();
    assert!(planned.value.attribute("workspace_id").is_null(), "it may be another's");
    let blind = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let seeing = modal_with(json!({ "token_id": "ak-3" }));
    let planned = core.plan_twice(TYPE, Some(&blind), &seeing).await.unwrap();
    let seen = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(seen.value.attribute("workspace_id"), Value::text("ac-1"));
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_warned_about_when_it_is_written_and_in_every_plan() {
    let account = Account::new();
    let core = core(&account, &modal_until(9).await).await;
    let planned = core.plan(TYPE, None, modal()).await.unwrap();
    assert_eq!(warnings(&core), "");
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let at_apply = warnings(&core);
    expect![[r#"
        The Modal token expires at 2027-01-24T08:00:00Z

        Bridges cannot call Modal with it then. Make a new token in Modal, and give its ID and its secret here.
          at .token_id"#]].assert_eq(&at_apply);
    let planned = core.plan(TYPE, Some(&made), modal()).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
    assert_eq!(warnings(&core), at_apply);
}
