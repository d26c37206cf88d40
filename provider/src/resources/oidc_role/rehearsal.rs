//! The life of a role.

use checker::{Action, Import, ImportTarget, Life};
use serde_json::{Value as Json, json};

use crate::aws::testing::Account;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known, reads_older_state, survives_trouble,
};

const TYPE: &str = "modal_oidc_role";

fn thumbnails() -> Json {
    json!({
        "name": "thumbnails",
        "workspace_id": "ac-1",
        "description": "Makes thumbnails",
        "max_session_duration": 7200,
        "policy_arns": ["arn:aws:iam::aws:policy/One"],
        "tags": { "env": "dev" },
        "subject": [
            { "environment_name": "main", "app_name": "images", "function_name": "make" },
            { "environment_name": "dev", "app_name": "images" },
        ],
        "grant": [{ "access": "read", "resource_arns": ["arn:aws:s3:::uploads"] }],
    })
}

/// The same with other values.
fn thumbnails_with(changes: Json) -> Json {
    let mut config = thumbnails();
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

#[tokio::test]
async fn a_role_lives_by_the_rules() {
    for import in [Import::by_id("thumbnails"), Import::by_identity()] {
        let account = Account::new();
        let smallest = json!({
            "name": "thumbnails",
            "workspace_id": "ac-2",
            "subject": [{ "environment_name": "*" }],
        });
        let life = Life::new(thumbnails())
            .import(import)
            .update(thumbnails_with(json!({ "description": "Makes them small" })))
            .update(thumbnails_with(json!({ "max_session_duration": null })))
            .update(thumbnails_with(json!({ "subject": [{ "environment_name": "main" }] })))
            .update(thumbnails_with(json!({ "grant": [] })))
            .update(thumbnails_with(json!({ "policy_arns": ["arn:aws:iam::aws:policy/Two"] })))
            .update(thumbnails_with(json!({ "tags": { "env": "prod", "team": "mine" } })))
            .update(smallest)
            .update(thumbnails_with(json!({ "name": "renders" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 9];
        (expected[0], expected[8]) = (Action::Create, Action::Replace);
        assert_eq!(report.actions, expected);
        let left = account.contents();
        assert!(left.roles.is_empty(), "{left:?}");
        // The account's, not the role's.
        assert_eq!(left.oidc_providers.len(), 1);
    }
}

#[tokio::test]
async fn a_role_may_have_many_subjects_and_grants() {
    let subject =
        |number: u32| json!({ "environment_name": "main", "app_name": format!("app-{number}") });
    let grant = |number: u32| json!({ "access": "read", "resource_arns": [format!("arn:aws:s3:::bucket-{number}")] });
    let many = |count: u32| {
        thumbnails_with(json!({
            "subject": (0..count).map(subject).collect::<Vec<_>>(),
            "grant": (0..count).map(grant).collect::<Vec<_>>(),
        }))
    };
    let life = Life::new(many(100)).update(many(101)).update(many(3)).without_unknowns();
    let report = core(&Account::new()).await.rehearse(TYPE, &life).await.unwrap();
    assert_eq!(report.actions, [Action::Create, Action::Update, Action::Update]);
}

#[tokio::test]
async fn what_somebody_else_changed_is_planned_back() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, thumbnails()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let as_made = account.contents();
    account.edit(|contents| {
        let role = contents.roles.get_mut("thumbnails").unwrap();
        // In Unicode's form D, as some consoles write it.
        role.description = "re\u{301}sume\u{301}".to_owned();
        role.trust_policy = "{}".to_owned();
        role.policies.clear();
        role.attached.clear();
        role.tags.insert("stray".to_owned(), "yes".to_owned());
        contents.oidc_providers.clear();
    });

    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    core.plan_unknowns(TYPE, Some(&read), thumbnails()).await.unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), thumbnails()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

    assert_eq!(account.contents(), as_made);
    assert_eq!(core.refresh(TYPE, &mended).await.unwrap(), Some(made));
}

#[tokio::test]
async fn a_role_that_is_gone_is_made_again() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, thumbnails()).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    account.edit(|contents| contents.roles.clear());

    assert_eq!(core.refresh(TYPE, &made).await.unwrap(), None);
    // Without a refresh before: what is gone is deleted already.
    let planned = core.plan_destroy(TYPE, &made).await.unwrap();
    assert_eq!(core.apply_as_planned(&planned).await.done().unwrap(), None);
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let (created, updated) = (thumbnails(), thumbnails_with(json!({ "tags": null, "grant": [] })));
    plans_before_the_provider_is_known(TYPE, &created, &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state(TYPE, &thumbnails(), &["name"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changed = thumbnails_with(json!({
        "description": null,
        "policy_arns": ["arn:aws:iam::aws:policy/Two", "arn:aws:iam::aws:policy/Three"],
        "subject": [{ "environment_name": "main" }],
        "grant": [],
        "tags": null,
    }));
    survives_trouble(TYPE, &thumbnails(), &changed).await;
}

#[tokio::test]
async fn another_account_is_named_beside_this_one() {
    let account = Account::new();
    let core = core(&account).await;
    let identity = json!({ "account_id": "999988887777", "name": "thumbnails" });
    let refusal = core.import(TYPE, &ImportTarget::identity(identity)).await.unwrap_err();
    expect_test::expect![[r#"
        Error: Cannot import IAM role "thumbnails"

        The identity names account 999988887777, and this provider works in account 111122223333. Import it with a provider block for account 999988887777."#]].assert_eq(&refusal.to_string());
}
