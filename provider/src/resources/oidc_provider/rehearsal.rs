//! The life of the OIDC provider.

use checker::{Action, Import, ImportTarget, Life, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::Account;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known, reads_older_state, survives_trouble,
};

const TYPE: &str = "modal_oidc_provider";
const ARN: &str = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";

fn full() -> Json {
    json!({
        "client_id_list": ["oidc.modal.com", "ours"],
        "retain_on_destroy": false,
        "tags": { "env": "dev" },
    })
}

/// An import claims Modal's audience alone.
fn import(import: Import) -> Import {
    ["client_id_list", "retain_on_destroy", "tags", "tags_all"]
        .into_iter()
        .fold(import, Import::not_comparing)
}

#[tokio::test]
async fn a_provider_lives_by_the_rules() {
    for by in [Import::by_id("oidc.modal.com"), Import::by_id(ARN), Import::by_identity()] {
        let account = Account::new();
        let life = Life::new(full())
            .import(import(by))
            .update(json!({ "retain_on_destroy": false }))
            .update(json!({ "retain_on_destroy": true, "tags": { "env": "prod" } }))
            .update(json!({ "adopt_existing": false, "retain_on_destroy": false }));
        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();
        let update = Action::Update;
        assert_eq!(report.actions, [Action::Create, update, update, update]);
        assert!(account.contents().oidc_providers.is_empty());
    }
}

#[tokio::test]
async fn what_is_there_is_adopted_and_what_others_gave_it_stays() {
    let account = Account::new();
    let theirs = |account: &Account| {
        account.edit(|contents| {
            let provider = contents.oidc_providers.entry(ARN.to_owned()).or_default();
            provider.audiences = vec!["theirs".to_owned()];
            provider.tags = [("owner".to_owned(), "platform".to_owned())].into();
        });
    };
    theirs(&account);
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, json!({})).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let held = account.contents().oidc_providers[ARN].clone();
    assert_eq!(held.audiences, ["theirs", "oidc.modal.com"]);
    assert_eq!(held.tags["owner"], "platform");
    assert_eq!(held.tags["team"], "images");
    assert_eq!(held.tags.len(), 2, "no number of ours on what we did not make");

    let changed = json!({ "tags": { "env": "dev" }, "client_id_list": ["oidc.modal.com", "more"] });
    let planned = core.plan(TYPE, Some(&made), changed).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let planned = core.plan(TYPE, Some(&made), json!({})).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let held = account.contents().oidc_providers[ARN].clone();
    assert_eq!(held.audiences, ["theirs", "oidc.modal.com", "more"], "none is taken away");
    assert_eq!(held.tags.len(), 2, "{:?}", held.tags);

    let planned = core.plan_destroy(TYPE, &made).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    assert_eq!(account.contents().oidc_providers[ARN], held, "the account keeps it");
}

#[tokio::test]
async fn what_is_there_can_be_refused() {
    let account = Account::new();
    account.edit(|contents| {
        contents.oidc_providers.insert(ARN.to_owned(), Default::default());
    });
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, json!({ "adopt_existing": false })).await.unwrap();
    let refusal = core.apply_as_planned(&planned).await.done().unwrap_err();
    expect![[r#"
        Error: Cannot create the account's OIDC provider for Modal

          at .adopt_existing

        The account has one, and adopt_existing is false. Leave that out to share it, or bring it under Terraform:

        import {
          to = modal_oidc_provider.<name>
          id = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"
        }"#]].assert_eq(&refusal.to_string());
}

#[tokio::test]
async fn an_import_of_anything_else_is_refused() {
    let core = core(&Account::new()).await;
    for id in ["accounts.google.com", "oidc.modal.com"] {
        let refusal = core.import(TYPE, &ImportTarget::id(id)).await.unwrap_err();
        if id == "oidc.modal.com" {
            expect![[r#"
                Error: Cannot import OIDC provider "oidc.modal.com"

                The account has no OIDC provider for Modal. Leave out the import, and it is made."#]].assert_eq(&refusal.to_string());
        } else {
            expect![[r#"
                Error: Cannot import OIDC provider "accounts.google.com"

                The id to import by is "oidc.modal.com", or "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"."#]].assert_eq(&refusal.to_string());
        }
    }
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    plans_before_the_provider_is_known(TYPE, &full(), &json!({})).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state(TYPE, &full(), &["arn"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = json!({ "retain_on_destroy": false, "tags": { "team": "mine" } });
    survives_trouble(TYPE, &full(), &changed).await;
}

#[tokio::test]
async fn the_data_source_tells_what_is_there() {
    let account = Account::new();
    let core = core(&account).await;
    let refusal = core.read_data_source(TYPE, json!({})).await.unwrap_err();
    expect![[r#"
        Error: The account has no OIDC provider for Modal

        arn:aws:iam::111122223333:oidc-provider/oidc.modal.com does not exist. The resource modal_oidc_provider creates it, and so does the first modal_oidc_role."#]].assert_eq(&refusal.to_string());
    let planned = core.plan(TYPE, None, full()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    let found = core.read_data_source(TYPE, json!({})).await.unwrap();
    assert_eq!(found.attribute("arn"), Value::text(ARN));
    assert_eq!(found.attribute("client_id_list").elements().len(), 2);
}
