//! The life of a bridge's code: upgrades, packages, versions.

use std::fs;

use checker::{Action, Core, Object, Planned, Value};
use serde_json::{Value as Json, json};

use super::rehearsal::{TYPE, made, thumbnails, thumbnails_with};
use crate::aws::testing::Account;
use crate::resources::rehearsal::{core, survives_trouble};

/// The attributes to which the plan gives another value.
fn changed(core: &Core, prior: &Object, planned: &Planned) -> Vec<String> {
    let attributes = core.resource(TYPE).block.attributes.iter();
    let names = attributes.map(|(name, _)| name.clone());
    names.filter(|name| prior.value.attribute(name) != planned.value.attribute(name)).collect()
}

/// The bridge of an older provider: other code in AWS, and what that provider wrote of it.
async fn of_an_older_provider(account: &Account, core: &Core, config: &Json) -> Object {
    let object = made(core, config).await;
    account.edit(|contents| {
        let function = contents.functions.get_mut("thumbnails").unwrap();
        function["Configuration"]["CodeSha256"] = "older".into();
        function["Configuration"]["CodeSize"] = 5.into();
    });
    let mut stored = core.stored(TYPE, &object.value).unwrap();
    stored["code_sha256"] = "older".into();
    stored["code_size"] = 5.into();
    stored["bridge_version"] = "0.0.9".into();
    let value = core.upgrade(TYPE, core.resource(TYPE).version, &stored).await.unwrap();
    let older = Object { value, ..object };
    let read = core.refresh(TYPE, &older).await.unwrap().unwrap();
    assert_eq!(read.value, older.value, "another provider's code is no drift");
    read
}

#[tokio::test]
async fn another_provider_brings_its_bridge_and_changes_nothing_else() {
    let account = Account::new();
    let core = core(&account).await;
    let older = of_an_older_provider(&account, &core, &thumbnails()).await;
    let planned = core.plan_twice(TYPE, Some(&older), thumbnails()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let expected = ["bridge_version", "code_sha256", "code_size", "last_modified"];
    let mut found = changed(&core, &older, &planned);
    found.sort();
    assert_eq!(found, expected);
    let upgraded = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let again = core.plan(TYPE, Some(&upgraded), thumbnails()).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
}

#[tokio::test]
async fn without_upgrades_the_code_stays_until_somebody_else_changes_it() {
    let account = Account::new();
    let core = core(&account).await;
    let config = thumbnails_with(json!({ "auto_upgrade": false }));
    let older = of_an_older_provider(&account, &core, &config).await;
    let planned = core.plan_twice(TYPE, Some(&older), config.clone()).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);

    // Another setting is changed, and the code stays.
    let slower = thumbnails_with(json!({ "auto_upgrade": false, "timeout": 7 }));
    let planned = core.plan_twice(TYPE, Some(&older), slower.clone()).await.unwrap();
    let kept = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(kept.value.attribute("code_sha256"), Value::text("older"));
    assert_eq!(kept.value.attribute("bridge_version"), Value::text("0.0.9"));

    // What no attribute shows is mended, and the code stays.
    let function = |change: fn(&mut Json)| {
        account.edit(|contents| {
            let function = contents.functions.get_mut("thumbnails").unwrap();
            change(&mut function["Configuration"]);
        });
    };
    function(|configuration| configuration["Handler"] = "index.js".into());
    let read = core.refresh(TYPE, &kept).await.unwrap().unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), slower.clone()).await.unwrap();
    assert_eq!(changed(&core, &read, &planned), ["last_modified"]);
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(mended.value.attribute("code_sha256"), Value::text("older"));

    // Somebody else's code is no bridge of this provider's.
    function(|configuration| configuration["CodeSha256"] = "theirs".into());
    let read = core.refresh(TYPE, &mended).await.unwrap().unwrap();
    assert!(read.value.attribute("bridge_version").is_null());
    let planned = core.plan_twice(TYPE, Some(&read), slower).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let ours = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert!(!ours.value.attribute("bridge_version").is_null());
}

#[tokio::test]
async fn a_version_is_published_when_the_function_changes_and_not_otherwise() {
    let account = Account::new();
    let core = core(&account).await;
    let with = |changes: Json| {
        let mut config = thumbnails_with(json!({ "publish": true }));
        config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        config
    };
    let first = made(&core, &with(json!({}))).await;
    assert_eq!(first.value.attribute("version"), Value::text("1"));
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails:1";
    assert_eq!(first.value.attribute("qualified_arn"), Value::text(arn));

    let tagged = with(json!({ "tags": { "env": "prod" } }));
    let planned = core.plan_twice(TYPE, Some(&first), tagged).await.unwrap();
    assert_eq!(planned.value.attribute("version"), Value::text("1"));
    let first = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

    let slower = with(json!({ "tags": { "env": "prod" }, "timeout": 7 }));
    let planned = core.plan_twice(TYPE, Some(&first), slower.clone()).await.unwrap();
    assert!(matches!(planned.value.attribute("version"), Value::Unknown(..)));
    let second = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(second.value.attribute("version"), Value::text("2"));

    // What was published stays the newest version.
    let mut unpublished = slower;
    unpublished["publish"] = false.into();
    let planned = core.plan_twice(TYPE, Some(&second), unpublished).await.unwrap();
    assert_eq!(planned.value.attribute("version"), Value::text("2"));
}

#[tokio::test]
async fn a_package_comes_instead_of_the_bridge_and_goes_in_place() {
    let account = Account::new();
    let core = core(&account).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bootstrap.zip");
    fs::write(&path, b"one").unwrap();
    let from = |package: Json| thumbnails_with(json!({ "package": package }));
    let file =
        |hash: &str| from(json!({ "filename": path.to_str().unwrap(), "source_code_hash": hash }));
    let bridge = made(&core, &thumbnails()).await;

    let planned = core.plan_twice(TYPE, Some(&bridge), file("1")).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let packaged = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert!(packaged.value.attribute("bridge_version").is_null());
    let again = core.plan(TYPE, Some(&packaged), file("1")).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
    fs::write(&path, b"two").unwrap();
    let planned = core.plan_twice(TYPE, Some(&packaged), file("2")).await.unwrap();
    let other = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let sha256 = |object: &Object| object.value.attribute("code_sha256");
    assert_ne!(sha256(&other), sha256(&packaged));
    fs::remove_file(&path).unwrap();
    let planned = core.plan_twice(TYPE, Some(&other), file("3")).await.unwrap();
    let refused = core.apply_as_planned(&planned).await.outcome.unwrap_err();
    assert!(refused.to_string().contains("Cannot read the package"), "{refused}");

    let object = from(json!({ "s3_bucket": "code", "s3_key": "bootstrap.zip" }));
    let planned = core.plan_twice(TYPE, Some(&other), object.clone()).await.unwrap();
    let stored = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let again = core.plan(TYPE, Some(&stored), &object).await.unwrap();
    assert_eq!(again.action, Action::NoOp, "nobody looks into S3");
    account.edit(|contents| {
        let function = contents.functions.get_mut("thumbnails").unwrap();
        function["Configuration"]["CodeSha256"] = "theirs".into();
    });
    let read = core.refresh(TYPE, &stored).await.unwrap().unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), object).await.unwrap();
    assert_eq!(planned.action, Action::Update, "other code than the package's");

    let planned = core.plan_twice(TYPE, Some(&read), thumbnails()).await.unwrap();
    let back = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(sha256(&back), sha256(&bridge), "the provider's own bridge again");
    let image = from(json!({ "image_uri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1" }));
    let planned = core.plan_twice(TYPE, Some(&back), image.clone()).await.unwrap();
    assert_eq!(planned.action, Action::Replace);
}

#[tokio::test]
async fn an_image_lives_by_the_rules() {
    let account = Account::new();
    let core = core(&account).await;
    let image = |tag: &str| {
        let uri = format!("111122223333.dkr.ecr.us-east-1.amazonaws.com/bridge:{tag}");
        thumbnails_with(json!({ "package": { "image_uri": uri } }))
    };
    let first = made(&core, &image("1")).await;
    let read = core.refresh(TYPE, &first).await.unwrap().unwrap();
    assert_eq!(read.value, first.value);
    let asked = account.contents().functions["thumbnails"]["Configuration"].clone();
    assert_eq!((&asked["Runtime"], &asked["Handler"]), (&Json::Null, &Json::Null));
    let planned = core.plan_twice(TYPE, Some(&read), image("2")).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let second = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let again = core.plan(TYPE, Some(&second), &image("2")).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
}

#[tokio::test]
async fn whatever_is_denied_or_lost_of_versions_is_made_good_later() {
    let changes = json!({
        "publish": true,
        "timeout": 7,
        "code_signing_config_arn":
            "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-1",
    });
    let published = thumbnails_with(json!({ "publish": true }));
    survives_trouble(TYPE, &published, &thumbnails_with(changes)).await;
}

#[tokio::test]
async fn a_bridge_that_is_to_stay_is_only_forgotten() {
    let account = Account::new();
    let core = core(&account).await;
    let made = made(&core, &thumbnails_with(json!({ "skip_destroy": true }))).await;
    let planned = core.plan_destroy(TYPE, &made).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap();
    let left = account.contents();
    assert_eq!((left.functions.len(), left.roles.len(), left.log_groups.len()), (1, 1, 1));
}
