//! One of everything, through all that Terraform does with it.

use checker::{
    Action, Config, Connection, Core, DeferredReason, Import, ImportTarget, Life, Move, Refusal,
    UNKNOWN, Value,
};
use expect_test::expect;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::tiny::Tiny;

/// The tiny provider, configured with a folder of its own.
struct World {
    core: Core,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Core::in_process(tf_framework::testing::service(Tiny)).await.unwrap();
        core.configure(json!({ "folder": folder.path() })).await.unwrap();
        Self { core, folder }
    }

    fn note(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(format!("{name}.note"))).ok()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(format!("{name}.note")), text).unwrap();
    }
}

#[tokio::test]
async fn what_the_provider_says_in_short_is_what_it_says_in_full() {
    World::new().await.core.check_metadata().await.unwrap();
}

#[tokio::test]
async fn a_note_lives_as_terraform_wants_it_to() {
    let world = World::new().await;
    let life = Life::new(json!({
        "name": "a",
        "text": "first",
        "secret_wo": "hush",
        "secret_wo_version": 1,
        "labels": { "kind": "letter" },
        "pin": "1234",
        "line": [{ "text": "second" }, { "text": "third" }],
    }))
    .update(json!({ "name": "a", "text": "other" }))
    .update(json!({ "name": "a" }))
    .update(json!({ "name": "b" }));

    let report = world.core.rehearse("tiny_note", &life).await.unwrap();

    assert_eq!(report.actions, [Action::Create, Action::Update, Action::Update, Action::Replace]);
    let generated = report.generated.unwrap();
    assert_eq!(generated.attribute("text"), Value::text("first"));
    assert!(generated.attribute("length").is_null());
    assert_eq!(world.note("a"), None);
    assert_eq!(world.note("b"), None);
}

#[tokio::test]
async fn a_note_is_imported_by_id_and_by_identity() {
    let by_id = Import::by_id("a");
    for import in [by_id, Import::by_identity()] {
        let world = World::new().await;
        let life = Life::new(json!({ "name": "a", "text": "first" })).import(import);
        let report = world.core.rehearse("tiny_note", &life).await.unwrap();
        assert_eq!(report.imported.unwrap().value, report.objects[0].value);
    }
}

#[tokio::test]
async fn an_import_by_a_name_that_nothing_has_is_an_error() {
    let world = World::new().await;
    let refusal = world.core.import("tiny_note", &ImportTarget::id("a")).await.unwrap_err();
    expect![[r#"
        Error: Cannot import note "a"

        There is no such note in the folder."#]]
    .assert_eq(&refusal.to_string());
}

#[tokio::test]
async fn state_of_an_older_version_is_upgraded() {
    let world = World::new().await;
    let stored = json!({ "title": "a", "text": "first", "length": 5 });
    let upgraded = world.core.upgrade("tiny_note", 0, &stored).await.unwrap();
    assert_eq!(upgraded.attribute("name"), Value::text("a"));
    assert_eq!(upgraded.attribute("length"), Value::integer(5));
}

#[tokio::test]
async fn an_identity_of_an_older_version_is_upgraded() {
    let world = World::new().await;
    let identity = world.core.upgrade_identity("tiny_note", 0, &json!({ "title": "a" })).await;
    assert_eq!(identity.unwrap().attribute("name"), Value::text("a"));
}

fn scrap(type_name: &str) -> Move {
    Move {
        source_provider_address: "registry.terraform.io/acme/tiny".to_owned(),
        source_type_name: type_name.to_owned(),
        source_schema_version: 0,
        source_state: json!({ "name": "a", "text": "first" }),
        source_private: Vec::new(),
        source_identity: None,
        target_type_name: "tiny_note".to_owned(),
    }
}

#[tokio::test]
async fn a_scrap_becomes_a_note_and_nothing_else_does() {
    let world = World::new().await;
    let moved = world.core.move_state(&scrap("tiny_scrap")).await.unwrap();
    assert_eq!(moved.value.attribute("length"), Value::integer(5));

    let refusal = world.core.move_state(&scrap("tiny_timer")).await.unwrap_err();
    expect![[r#"
        Error: Cannot move tiny_timer to tiny_note

        No tiny_timer of registry.terraform.io/acme/tiny becomes a tiny_note. Write a removed block for the old resource and an import block for the new one."#]]
    .assert_eq(&refusal.to_string());
}

#[tokio::test]
async fn a_data_source_finds_or_says_where() {
    let world = World::new().await;
    world.write("a", "first");
    let note = world.core.read_data_source("tiny_note", json!({ "name": "a" })).await.unwrap();
    assert_eq!(note.attribute("text"), Value::text("first"));

    world.write("blank", "");
    world.core.read_data_source("tiny_note", json!({ "name": "blank" })).await.unwrap();
    let warnings = world.core.take_warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].summary, "The note is blank");

    let none = world.core.read_data_source("tiny_note", json!({ "name": "z" })).await;
    let Err(Refusal::Provider(errors)) = none else { panic!("{none:?}") };
    assert_eq!(errors[0].summary, r#"There is no note "z""#);
    assert_eq!(errors[0].path.to_string(), ".name");
}

#[tokio::test]
async fn a_key_is_opened_renewed_and_closed() {
    let world = World::new().await;
    let mut key = world.core.open("tiny_key", json!({ "name": "drawer" })).await.unwrap();
    assert_eq!(key.value.attribute("teeth"), Value::text("reward"));
    assert_eq!(world.note("drawer").unwrap(), "open, renewed 0 times");

    world.core.renew(&mut key).await.unwrap();
    world.core.renew(&mut key).await.unwrap();
    assert_eq!(world.note("drawer").unwrap(), "open, renewed 2 times");

    world.core.close(key).await.unwrap();
    assert_eq!(world.note("drawer"), None);
}

async fn join(arguments: &[Json]) -> Result<Value, String> {
    let called = World::new().await.core.call_function("join", arguments).await;
    called.map_err(|refusal| refusal.to_string())
}

#[tokio::test]
async fn a_function_takes_any_number_of_arguments_and_errs_on_the_one_at_fault() {
    assert_eq!(join(&[json!("-")]).await.unwrap(), Value::text(""));
    assert_eq!(join(&[json!("-"), json!("a"), json!("b")]).await.unwrap(), Value::text("a-b"));
    expect![[r#"
        Error: contains the separator "-"

          at [2]"#]]
    .assert_eq(&join(&[json!("-"), json!("a"), json!("b-c")]).await.unwrap_err());
}

#[tokio::test]
async fn notes_are_listed_with_identity_and_with_their_state_where_asked() {
    let world = World::new().await;
    for name in ["a1", "a2", "b1"] {
        world.write(name, "text");
    }
    let listed = world.core.list("tiny_note", json!({ "prefix": "a" }), true, 10).await.unwrap();
    let names: Vec<_> = listed.iter().map(|note| note.display_name.as_str()).collect();
    assert_eq!(names, ["Note a1", "Note a2"]);
    assert_eq!(listed[0].identity.attribute("name"), Value::text("a1"));
    assert_eq!(listed[0].object.as_ref().unwrap().attribute("length"), Value::integer(4));

    let listed = world.core.list("tiny_note", json!({}), false, 2).await.unwrap();
    assert_eq!(listed.len(), 2, "no more than the limit");
    assert_eq!(listed[0].object, None);
}

#[tokio::test]
async fn an_action_says_how_far_it_is() {
    let world = World::new().await;
    world.write("a", "text");
    let config = json!({ "name": "a", "passes": 2 });
    world.core.plan_action("tiny_shred", config.clone()).await.unwrap();
    assert_eq!(world.note("a").unwrap(), "text", "planned, not done");

    let invoked = world.core.invoke_action("tiny_shred", config).await.unwrap();

    assert_eq!(invoked.progress, ["pass 1", "pass 2"]);
    assert_eq!(world.note("a").unwrap(), "####");
    let many = world.core.plan_action("tiny_shred", json!({ "name": "a", "passes": 36 })).await;
    let Err(Refusal::Provider(errors)) = many else { panic!("{many:?}") };
    assert_eq!(errors[0].summary, "Too many passes");
}

#[tokio::test]
async fn a_resource_that_asks_for_a_later_plan_gets_one_where_terraform_can() {
    let later = json!({ "name": "a", "text": "later" });
    let refusal = World::new().await.core.plan("tiny_note", None, later.clone()).await;
    expect![[r#"
        Error: Cannot plan this before another apply

        This cannot be planned yet: something it needs does not exist yet. Apply what it depends on first, with -target."#]]
    .assert_eq(&refusal.unwrap_err().to_string());

    let connection = Connection::in_process(tf_framework::testing::service(Tiny));
    let core = connection.allow_deferral().connect().await.unwrap();
    core.configure(json!({})).await.unwrap();
    let planned = core.plan("tiny_note", None, later).await.unwrap();
    assert_eq!(planned.deferred, Some(DeferredReason::AbsentPrereq));
}

#[tokio::test]
async fn while_the_provider_block_is_not_known_everything_is_put_off_if_terraform_can() {
    let connection = Connection::in_process(tf_framework::testing::service(Tiny));
    let core = connection.allow_deferral().connect().await.unwrap();
    core.configure(json!({ "folder": UNKNOWN })).await.unwrap();

    let planned = core.plan("tiny_note", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(planned.deferred, Some(DeferredReason::ProviderConfigUnknown));
    let config = json!({ "name": "a" });
    let (note, deferred) = core.read_data_source_or_defer("tiny_note", config).await.unwrap();
    assert_eq!(deferred, Some(DeferredReason::ProviderConfigUnknown));
    assert!(!note.attribute("text").is_known());
}

#[tokio::test]
async fn while_the_provider_block_is_not_known_a_terraform_that_cannot_wait_plans_without_it() {
    let core = Core::in_process(tf_framework::testing::service(Tiny)).await.unwrap();
    core.configure(json!({ "folder": UNKNOWN })).await.unwrap();

    let planned = core.plan("tiny_note", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(planned.deferred, None);
    let read = core.read_data_source("tiny_note", json!({ "name": "a" })).await.unwrap_err();
    expect![[r#"
        Error: The provider block is not known yet

        This needs values of the provider block that are known only after apply. Apply what they come from first, with -target."#]]
    .assert_eq(&read.to_string());
}

#[tokio::test]
async fn a_panic_half_way_forgets_nothing() {
    let world = World::new().await;
    let core = &world.core;
    let provider = json!({ "folder": world.folder.path(), "panic_in": "tiny_note after create" });
    core.configure(Config::Json(provider)).await.unwrap();
    let planned = core.plan("tiny_note", None, json!({ "name": "a" })).await.unwrap();

    let applied = core.apply_as_planned(&planned).await;

    let saved = applied.saved.expect("what was made is in the state");
    assert_eq!(saved.value.attribute("name"), Value::text("a"));
    assert!(saved.tainted);
    expect![[r#"
        Error: The provider hit a bug

        The provider panicked. Terraform shows where at the end, after "panic: ".

        This is a mistake in the provider, not in your configuration. Please report it to the provider's developers with the configuration that led here."#]]
    .assert_eq(&applied.outcome.unwrap_err().to_string());
}
