//! The life of a role.

use checker::{Action, Import, ImportTarget, Life, Move, Value};
use serde_json::{Value as Json, json};

use crate::aws::testing::Account;
use crate::resources::rehearsal::{
    core, plans_before_the_provider_is_known, reads_older_state, survives_trouble,
};

const TYPE: &str = "modal_oidc_role";

fn thumbnails() -> Json {
    json!({
        "name": "thumbnails",
        "path": "/modal/",
        "workspace_id": "ac-1",
        "additional_trust_statements": lambda(),
        "description": "Makes thumbnails",
        "max_session_duration": 7200,
        "permissions_boundary": "arn:aws:iam::aws:policy/Bounds",
        "policy_arns": ["arn:aws:iam::aws:policy/One"],
        "inline_policies": { "mine": MINE },
        "tags": { "env": "dev" },
        "subject": [
            { "environment_name": "main", "app_name": "images", "function_name": "make" },
            { "environment_name": "dev", "app_name": "images" },
        ],
        "grant": [
            {
                "access": "read",
                "resource_arns": ["arn:aws:s3:::uploads"],
                "prefixes": ["in/"],
                "kms_key_arns": ["arn:aws:kms:us-east-1:111122223333:key/0a1b"],
                "sid": "Uploads",
            },
            { "access": "send", "resource_arns": ["arn:aws:sqs:us-east-1:111122223333:jobs"] },
        ],
    })
}

const MINE: &str = r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;

fn lambda() -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    });
    Json::Array(vec![statement]).to_string()
}

/// An import claims no policy, and does not know how a made-up name began.
fn import(import: Import) -> Import {
    import
        .not_comparing("policy_arns")
        .not_comparing("inline_policies")
        .not_comparing("name_prefix")
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
            "path": "/modal/",
            "workspace_id": "ac-2",
            "subject": [{ "environment_name": "*" }],
        });
        let life = Life::new(thumbnails())
            .import(self::import(import))
            .update(thumbnails_with(json!({ "description": "Makes them small" })))
            .update(thumbnails_with(json!({ "max_session_duration": null })))
            .update(thumbnails_with(json!({ "subject": [{ "environment_name": "main" }] })))
            .update(thumbnails_with(json!({ "grant": [] })))
            .update(thumbnails_with(json!({ "policy_arns": ["arn:aws:iam::aws:policy/Two"] })))
            .update(thumbnails_with(json!({ "tags": { "env": "prod", "team": "mine" } })))
            .update(thumbnails_with(json!({ "permissions_boundary": null })))
            .update(thumbnails_with(json!({ "inline_policies": { "other": MINE } })))
            .update(thumbnails_with(json!({ "additional_trust_statements": null })))
            .update(thumbnails_with(json!({ "audience": "other" })))
            .update(thumbnails_with(json!({ "create_oidc_provider": false })))
            .update(thumbnails_with(json!({ "force_detach_policies": false })))
            .update(smallest)
            .update(thumbnails_with(json!({ "name": "renders" })))
            .update(thumbnails_with(json!({ "name": "renders", "path": null })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 16];
        expected[0] = Action::Create;
        expected[14..].fill(Action::Replace);
        assert_eq!(report.actions, expected);
        let left = account.contents();
        assert!(left.roles.is_empty(), "{left:?}");
        // The account's, not the role's.
        assert_eq!(left.oidc_providers.len(), 1);
    }
}

#[tokio::test]
async fn a_name_that_nobody_chose_is_made_up_once() {
    for (prefix, begins) in [(json!("images-"), "images-"), (Json::Null, "modal-")] {
        let without = |changes: Json| {
            let mut config = thumbnails_with(json!({ "name": null, "name_prefix": prefix }));
            config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            config
        };
        let life = Life::new(without(json!({})))
            .import(self::import(Import::by_attribute("name")))
            .update(without(json!({ "description": "Others" })))
            .update(without(json!({ "name_prefix": "renders-" })));
        let account = Account::new();
        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();
        assert_eq!(report.actions, [Action::Create, Action::Update, Action::Replace]);
        let name = |at: usize| report.objects[at].value.attribute("name");
        assert_eq!(name(0), name(1));
        let Value::String(made_up) = name(0) else { panic!("{:?}", name(0)) };
        assert!(made_up.starts_with(begins), "{made_up}");
        assert!(account.contents().roles.is_empty());
    }
}

#[tokio::test]
async fn an_imported_role_keeps_a_name_that_begins_with_the_prefix() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, thumbnails()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let imported = core.import(TYPE, &ImportTarget::id("thumbnails")).await.unwrap();

    let config = |prefix: &str| thumbnails_with(json!({ "name": null, "name_prefix": prefix }));
    let planned = core.plan_twice(TYPE, Some(&imported), config("thumb")).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let planned = core.plan_twice(TYPE, Some(&imported), config("renders-")).await.unwrap();
    assert_eq!(planned.action, Action::Replace);
}

#[tokio::test]
async fn what_others_put_on_an_imported_role_stays() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, thumbnails()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let imported = core.import(TYPE, &ImportTarget::id("thumbnails")).await.unwrap();
    let before = account.contents();

    let others = thumbnails_with(json!({ "policy_arns": null, "inline_policies": null }));
    let planned = core.plan(TYPE, Some(&imported), &others).await.unwrap();
    assert_eq!(planned.action, Action::NoOp, "{:?}", planned.value);
    let changed = thumbnails_with(json!({
        "policy_arns": null, "inline_policies": null, "description": "Changed",
    }));
    let planned = core.plan(TYPE, Some(&imported), &changed).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let after = account.contents();
    assert_eq!(after.roles["thumbnails"].policies, before.roles["thumbnails"].policies);
    assert_eq!(after.roles["thumbnails"].attached, before.roles["thumbnails"].attached);
}

#[tokio::test]
async fn a_destroy_that_may_not_detach_refuses_where_others_attached() {
    let account = Account::new();
    let core = core(&account).await;
    let config = thumbnails_with(json!({ "force_detach_policies": false }));
    let planned = core.plan(TYPE, None, config).await.unwrap();
    let made = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    account.edit(|contents| {
        let role = contents.roles.get_mut("thumbnails").unwrap();
        role.attached.insert("arn:aws:iam::aws:policy/Theirs".to_owned());
        role.policies.insert("theirs".to_owned(), "{}".to_owned());
    });
    let planned = core.plan_destroy(TYPE, &made).await.unwrap();
    let refusal = core.apply_as_planned(&planned).await.done().unwrap_err();
    expect_test::expect![[r#"
        Error: Cannot delete IAM role "thumbnails"

          at .force_detach_policies

        It has policies that this resource did not put there: theirs, arn:aws:iam::aws:policy/Theirs. Take them off where they are managed, or apply force_detach_policies = true first."#]].assert_eq(&refusal.to_string());
    assert_eq!(account.contents().roles.len(), 1);
}

#[tokio::test]
async fn a_provider_that_others_are_to_make_is_looked_for() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";
    let given = thumbnails_with(json!({ "oidc_provider_arn": provider }));
    let not_made = thumbnails_with(json!({ "create_oidc_provider": false }));
    let account = Account::new();
    let core = core(&account).await;
    let mut said = Vec::new();
    for config in [&given, &not_made] {
        let planned = core.plan(TYPE, None, config).await.unwrap();
        said.push(core.apply_as_planned(&planned).await.done().unwrap_err().to_string());
    }
    expect_test::expect![[r#"
        Error: The OIDC provider arn:aws:iam::111122223333:oidc-provider/oidc.modal.com is not ready

          at .oidc_provider_arn

        There is none in the account: create a modal_oidc_provider, or leave out oidc_provider_arn and create_oidc_provider, and this resource does it.

        Error: The OIDC provider arn:aws:iam::111122223333:oidc-provider/oidc.modal.com is not ready

          at .create_oidc_provider

        There is none in the account: create a modal_oidc_provider, or leave out oidc_provider_arn and create_oidc_provider, and this resource does it."#]].assert_eq(&said.join("\n\n"));
    account.edit(|contents| {
        contents.oidc_providers.entry(provider.to_owned()).or_default().audiences =
            vec!["theirs".to_owned()];
    });
    let planned = core.plan(TYPE, None, &given).await.unwrap();
    let refusal = core.apply_as_planned(&planned).await.done().unwrap_err();
    expect_test::expect![[r#"
        Error: The OIDC provider arn:aws:iam::111122223333:oidc-provider/oidc.modal.com is not ready

          at .oidc_provider_arn

        It does not accept the audience "oidc.modal.com": add that to its client IDs, or leave out oidc_provider_arn and create_oidc_provider, and this resource does it."#]].assert_eq(&refusal.to_string());

    let other = "arn:aws:iam::999988887777:oidc-provider/oidc.modal.com";
    let elsewhere = thumbnails_with(json!({ "oidc_provider_arn": other }));
    let refusal = core.plan(TYPE, None, elsewhere).await.unwrap_err();
    expect_test::expect![[r#"
        Error: Not the OIDC provider of this account for Modal

          at .oidc_provider_arn

        oidc_provider_arn is "arn:aws:iam::999988887777:oidc-provider/oidc.modal.com"; a role of this account can trust "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com" alone."#]].assert_eq(&refusal.to_string());

    account.edit(|contents| {
        let provider = contents.oidc_providers.get_mut(provider).unwrap();
        provider.audiences.push("oidc.modal.com".to_owned());
    });
    let life = Life::new(given).update(not_made).update(thumbnails());
    core.rehearse(TYPE, &life).await.unwrap();
}

#[tokio::test]
async fn a_role_of_hashicorp_aws_moves_in() {
    let account = Account::new();
    let core = core(&account).await;
    let planned = core.plan(TYPE, None, thumbnails()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let arn = "arn:aws:iam::111122223333:role/modal/thumbnails";
    let state = json!({
        "name": "thumbnails", "name_prefix": "", "path": "/modal/", "arn": arn,
        "description": "Makes thumbnails", "max_session_duration": 7200, "unique_id": "AROA1",
        "assume_role_policy": "{}", "tags": {}, "tags_all": {}, "id": "thumbnails",
        "managed_policy_arns": ["arn:aws:iam::aws:policy/One"], "inline_policy": [],
        "permissions_boundary": "", "force_detach_policies": false,
        "create_date": "2026-01-01T00:00:00Z",
    });
    let moved = Move {
        source_provider_address: "registry.terraform.io/hashicorp/aws".to_owned(),
        source_type_name: "aws_iam_role".to_owned(),
        source_schema_version: 0,
        source_state: state,
        source_private: Vec::new(),
        source_identity: None,
        target_type_name: TYPE.to_owned(),
    };
    let moved = core.move_state(&moved).await.unwrap();
    let read = core.refresh(TYPE, &moved).await.unwrap().unwrap();
    let config = thumbnails_with(json!({ "policy_arns": null, "inline_policies": null }));
    let planned = core.plan(TYPE, Some(&read), config).await.unwrap();
    assert_eq!(planned.action, Action::NoOp, "{:?}", planned.value);
}

#[tokio::test]
async fn every_role_that_trusts_modal_is_listed() {
    let account = Account::new();
    let core = core(&account).await;
    for name in ["thumbnails", "renders"] {
        let planned = core.plan(TYPE, None, thumbnails_with(json!({ "name": name }))).await;
        core.apply_as_planned(&planned.unwrap()).await.done().unwrap();
    }
    account.edit(|contents| {
        let mut theirs = contents.roles["renders"].clone();
        theirs.trust_policy = theirs.trust_policy.replace("StringLike", "StringNotLike");
        contents.roles.insert("open".to_owned(), theirs.clone());
        theirs.trust_policy = lambda();
        contents.roles.insert("others".to_owned(), theirs);
    });
    let listed = core.list(TYPE, json!({}), true, 10).await.unwrap();
    let names: Vec<_> = listed.iter().map(|found| found.display_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "open (unusual trust)",
            "renders (ac-1/main/images/make, ac-1/dev/images, and others than Modal)",
            "thumbnails (ac-1/main/images/make, ac-1/dev/images, and others than Modal)",
        ]
    );
    let role = listed[2].object.as_ref().unwrap();
    assert_eq!(role.attribute("description"), Value::text("Makes thumbnails"));
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
    // More than IAM takes in one role: the sizes are refused before AWS is asked.
    let life = Life::new(many(30)).update(many(31)).update(many(3)).without_unknowns();
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
        role.boundary = None;
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
        "additional_trust_statements": null,
        "permissions_boundary": null,
        "inline_policies": { "other": MINE, "another": MINE },
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
