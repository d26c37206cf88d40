//! The roles of a bridge, through its life.

use std::sync::{Arc, Mutex};

use checker::{Action, Import, ImportTarget, Life};
use serde_json::json;

use super::super::rehearsal::{TYPE, made, thumbnails, thumbnails_with};
use crate::aws::testing::{Account, Trouble};
use crate::resources::rehearsal::{change, core, moments, objects, survives_trouble};

const OWN_ROLE: &str = "arn:aws:iam::111122223333:role/mine";

#[tokio::test]
async fn a_role_is_replaced_alone() {
    let account = Account::new();
    let boundary = "arn:aws:iam::111122223333:policy/boundary";
    let policies = ["arn:aws:iam::111122223333:policy/a", "arn:aws:iam::111122223333:policy/b"];
    let life = Life::new(thumbnails())
        .import(Import::by_id("thumbnails"))
        .update(thumbnails_with(json!({ "role_name": "runner" })))
        // Of the same name, so that another stands in meanwhile.
        .update(thumbnails_with(json!({ "role_name": "runner", "role_path": "/modal/" })))
        .update(thumbnails_with(json!({ "role_path": "/modal/" })))
        .update(thumbnails_with(json!({ "permissions_boundary": boundary })))
        .update(thumbnails_with(json!({ "additional_policy_arns": policies })))
        .update(thumbnails_with(json!({ "additional_policy_arns": [policies[1]] })))
        .update(thumbnails_with(json!({ "additional_policy_arns": [] })))
        .update(thumbnails_with(json!({ "role_arn": OWN_ROLE })))
        .update(thumbnails_with(json!({ "role_arn": format!("{OWN_ROLE}2") })))
        .update(thumbnails_with(json!({ "additional_policy_arns": policies })));

    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

    let mut expected = vec![Action::Update; 11];
    expected[0] = Action::Create;
    assert_eq!(report.actions, expected);
    assert_eq!((account.contents().functions.len(), account.contents().roles.len()), (0, 0));
}

#[tokio::test]
async fn a_bridge_that_runs_as_a_role_of_others_is_imported_as_such() {
    let account = Account::new();
    let life = Life::new(thumbnails_with(json!({ "role_arn": OWN_ROLE })))
        .import(Import::by_identity())
        .update(thumbnails());
    account.edit(|contents| {
        let mine = contents.roles.entry("mine".to_owned()).or_default();
        (mine.path, mine.max_session_duration) = ("/".to_owned(), "3600".to_owned());
    });
    let before = account.contents().roles;

    core(&account).await.rehearse(TYPE, &life).await.unwrap();

    assert_eq!(account.contents().roles, before, "nothing of it is changed");
}

/// What the function runs as, whenever Lambda is asked to change that.
#[tokio::test]
async fn the_function_never_runs_as_a_role_that_is_gone() {
    let changes = [
        (json!({}), json!({ "role_name": "runner" })),
        (json!({ "role_name": "runner" }), json!({ "role_name": "runner", "role_path": "/ml/" })),
        (json!({}), json!({ "role_arn": OWN_ROLE })),
        (json!({ "role_arn": OWN_ROLE }), json!({})),
    ];
    for (created, updated) in changes {
        let account = Account::new();
        let core = core(&account).await;
        let made = made(&core, &thumbnails_with(created)).await;
        let planned = core.plan(TYPE, Some(&made), &thumbnails_with(updated)).await.unwrap();
        account.watch(|contents| {
            let role = &contents.functions["thumbnails"]["Configuration"]["Role"];
            let role = role.as_str().unwrap();
            let name = role.rsplit('/').next().unwrap();
            assert!(role == OWN_ROLE || contents.roles.contains_key(name), "{role} is gone");
        });
        core.apply_as_planned(&planned).await.done().unwrap();
    }
}

/// A policy of somebody else's on the bridge's role.
fn put_theirs_on_the_role(account: &Account) {
    account.edit(|contents| {
        let role = contents.roles.get_mut("thumbnails-us-east-1").unwrap();
        role.policies.insert("theirs".to_owned(), "{}".to_owned());
        role.attached.insert("arn:aws:iam::aws:policy/Theirs".to_owned());
    });
}

#[tokio::test]
async fn what_others_put_into_a_role_goes_along_and_what_they_attached_does_not() {
    for (update, name) in [
        (json!({ "role_name": "runner" }), "runner"),
        (json!({ "role_path": "/ml/" }), "thumbnails-us-east-1"),
    ] {
        let account = Account::new();
        let core = core(&account).await;
        let made = made(&core, &thumbnails()).await;
        put_theirs_on_the_role(&account);
        let planned = core.plan(TYPE, Some(&made), &thumbnails_with(update)).await.unwrap();
        core.apply_as_planned(&planned).await.done().unwrap();
        let roles = account.contents().roles;
        assert_eq!(roles.keys().collect::<Vec<_>>(), [name]);
        assert_eq!(roles[name].policies["theirs"], "{}");
        assert!(roles[name].attached.is_empty());
    }
}

/// The function runs as a role that a killed apply made, and no state knows.
#[tokio::test]
async fn a_role_that_was_left_is_made_what_it_should_be_whatever_it_was() {
    let account = Account::new();
    let core = core(&account).await;
    let before = made(&core, &thumbnails()).await;
    let killed = thumbnails_with(json!({
        "role_name": "runner",
        "permissions_boundary": "arn:aws:iam::111122223333:policy/old",
        "additional_policy_arns": ["arn:aws:iam::111122223333:policy/b"],
        "tags": { "stage": "old" },
    }));
    let planned = core.plan(TYPE, Some(&before), &killed).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    let boundary = "arn:aws:iam::111122223333:policy/new";
    let policy = "arn:aws:iam::111122223333:policy/a";
    let wanted = thumbnails_with(json!({
        "role_name": "runner",
        "permissions_boundary": boundary,
        "additional_policy_arns": [policy],
    }));

    let known = core.refresh(TYPE, &before).await.unwrap();
    change(&core, TYPE, known.as_ref(), Some(&wanted)).await.unwrap();

    let roles = account.contents().roles;
    assert_eq!(roles.keys().collect::<Vec<_>>(), ["runner"]);
    let role = &roles["runner"];
    assert_eq!(role.boundary.as_deref(), Some(boundary));
    assert_eq!(role.attached.iter().collect::<Vec<_>>(), [policy]);
    assert!(!role.tags.contains_key("stage"), "{:?}", role.tags);
}

#[tokio::test]
async fn a_role_of_another_bridge_is_not_taken() {
    let account = Account::new();
    let core = core(&account).await;
    let other = json!({ "name": "others", "role_name": "runner" });
    made(&core, &thumbnails_with(other)).await;
    let before = made(&core, &thumbnails()).await;
    let renamed = thumbnails_with(json!({ "role_name": "runner" }));
    let planned = core.plan(TYPE, Some(&before), &renamed).await.unwrap();
    let refused = core.apply_as_planned(&planned).await.done().unwrap_err();
    assert!(refused.to_string().contains("It is not this bridge's"), "{refused}");
}

/// The update was killed when the function ran as another role already.
#[tokio::test]
async fn what_a_killed_update_left_is_destroyed_and_taken_back_too() {
    for update in [json!({ "role_name": "runner" }), json!({ "role_path": "/ml/" })] {
        let account = Account::new();
        let whole = core(&account).await;
        let before = made(&whole, &thumbnails()).await;
        let updated = thumbnails_with(update);
        let (moments, _) = moments(&whole, &account, TYPE, Some(&before), Some(&updated)).await;
        let moved = moments.into_iter().filter(|contents| {
            let function = &contents.functions["thumbnails"]["Configuration"];
            !function["Role"].as_str().unwrap().ends_with(":role/thumbnails-us-east-1")
        });
        let moved: Vec<_> = moved.collect();
        assert!(!moved.is_empty());
        for contents in moved {
            for config in [None, Some(thumbnails())] {
                let account = Account::new();
                account.edit(|current| *current = contents.clone());
                let core = core(&account).await;
                let known = core.refresh(TYPE, &before).await.unwrap();
                let object = change(&core, TYPE, known.as_ref(), config.as_ref()).await.unwrap();
                if config.is_some() {
                    let roles = account.contents().roles;
                    let paths: Vec<_> =
                        roles.iter().map(|(name, role)| (name, &role.path)).collect();
                    let expected = (&"thumbnails-us-east-1".to_owned(), &"/".to_owned());
                    assert_eq!(paths, [expected], "{contents:?}");
                    change(&core, TYPE, object.as_ref(), None).await.unwrap();
                }
                assert_eq!(objects(&account.contents()), 0, "{contents:?}");
            }
        }
    }
}

/// Wherever the apply ends that replaces the role.
#[tokio::test]
async fn what_others_put_into_a_role_is_never_lost() {
    let policies = ["arn:aws:iam::111122223333:policy/a"];
    for update in [
        json!({ "role_name": "runner", "additional_policy_arns": policies }),
        json!({ "role_path": "/ml/", "additional_policy_arns": policies }),
    ] {
        let account = Account::new();
        let whole = core(&account).await;
        let before = made(&whole, &thumbnails()).await;
        put_theirs_on_the_role(&account);
        let furnished = account.contents();
        let updated = thumbnails_with(update);
        let kept = |account: &Account, what: &str| {
            let roles = account.contents().roles;
            assert_eq!(roles.len(), 1, "{what}: {roles:?}");
            let role = roles.values().next().unwrap();
            assert!(role.policies.contains_key("theirs"), "{what}: {role:?}");
        };
        let (moments, _) = moments(&whole, &account, TYPE, Some(&before), Some(&updated)).await;
        for contents in moments {
            let account = Account::new();
            account.edit(|current| *current = contents.clone());
            let core = core(&account).await;
            let known = core.refresh(TYPE, &before).await.unwrap();
            change(&core, TYPE, known.as_ref(), Some(&updated)).await.unwrap();
            kept(&account, &format!("killed when there was {contents:?}"));
        }
        for call in ["AttachRolePolicy", "PutRolePolicy", "ListRolePolicies"] {
            let account = Account::new();
            account.edit(|current| *current = furnished.clone());
            let core = core(&account).await;
            let planned = core.plan(TYPE, Some(&before), &updated).await.unwrap();
            account.trouble(call, Trouble::Denied);
            let applied = core.apply_as_planned(&planned).await;
            account.no_trouble();
            assert!(applied.outcome.is_err(), "{call} was denied");
            let known = core.refresh(TYPE, &applied.saved.unwrap()).await.unwrap();
            change(&core, TYPE, known.as_ref(), Some(&updated)).await.unwrap();
            kept(&account, &format!("{call} was denied"));
        }
    }
}

#[tokio::test]
async fn a_role_of_ones_own_that_one_may_not_look_at_shows_as_drift() {
    let account = Account::new();
    let core = core(&account).await;
    let made = made(&core, &thumbnails_with(json!({ "role_arn": OWN_ROLE }))).await;
    account.edit(|contents| {
        let function = contents.functions.get_mut("thumbnails").unwrap();
        function["Configuration"]["Role"] = json!(format!("{OWN_ROLE}2"));
    });
    account.trouble("GetRole", Trouble::Denied);
    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    let stored = core.stored(TYPE, &read.value).unwrap();
    assert_eq!(stored["role_arn"], format!("{OWN_ROLE}2"));
}

#[tokio::test]
async fn an_import_takes_no_role_of_another_bridge() {
    let account = Account::new();
    let core = core(&account).await;
    made(&core, &thumbnails_with(json!({ "name": "others", "role_name": "runner" }))).await;
    let import = async |id: &str| core.import(TYPE, &ImportTarget::id(id)).await;
    assert!(import("thumbnails/runner").await.is_err());
    account.edit(|contents| contents.functions.clear());
    assert!(import("others/runner").await.is_ok());
}

/// The grant for the key of the environment variables is the role's that is gone.
#[tokio::test]
async fn a_role_that_is_made_again_is_made_known_to_lambda_by_way_of_another() {
    let account = Account::new();
    let core = core(&account).await;
    let made = made(&core, &thumbnails()).await;
    account.edit(|contents| contents.roles.clear());
    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    let planned = core.plan(TYPE, Some(&read), &thumbnails()).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let roles = Arc::clone(&seen);
    account.watch(move |contents| {
        let role = &contents.functions["thumbnails"]["Configuration"]["Role"];
        let role = role.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let mut roles = roles.lock().unwrap();
        if roles.last() != Some(&role) {
            roles.push(role);
        }
    });
    core.apply_as_planned(&planned).await.done().unwrap();
    let (seen, own) = (seen.lock().unwrap().clone(), "thumbnails-us-east-1");
    assert_eq!(seen, [own, "modal-stand-in-thumbnails-us-east-1", own]);
}

#[tokio::test]
async fn whatever_of_a_role_is_denied_or_lost_is_made_good_later() {
    let policy = ["arn:aws:iam::111122223333:policy/a"];
    let boundary = "arn:aws:iam::111122223333:policy/boundary";
    let of_a_path = json!({ "role_name": "runner", "role_path": "/ml/" });
    let own = thumbnails_with(json!({ "role_arn": OWN_ROLE }));
    let furnished = thumbnails_with(json!({
        "role_name": "runner",
        "permissions_boundary": boundary,
        "additional_policy_arns": policy,
    }));
    for (created, updated) in [
        (&thumbnails(), &furnished),
        (&furnished, &thumbnails_with(of_a_path)),
        (&thumbnails(), &own),
        (&own, &furnished),
    ] {
        survives_trouble(TYPE, created, updated).await;
    }
}
