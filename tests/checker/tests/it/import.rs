//! Imports, and configurations that are generated.

use checker::{Core, ImportTarget, Object, Refusal, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, thing_type, unwired, wired, with};
use crate::refused;

/// Creates an object, and imports it again.
async fn importing(fake: Fake, target: ImportTarget) -> Result<Object, Refusal> {
    let core = fake.core().await;
    existing(&core).await;
    core.import("tiny_thing", &target).await
}

async fn existing(core: &Core) -> Object {
    let planned = core.plan("tiny_thing", None, json!({ "name": "alpha" })).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

fn by_id() -> ImportTarget {
    ImportTarget::id("id-1")
}

fn by_identity() -> ImportTarget {
    ImportTarget::identity(json!({ "name": "alpha" }))
}

type Imported = wire::import_resource_state::ImportedResource;

/// A provider that imports what `spoil` makes of the good answer.
fn answering(spoil: impl Fn(Imported) -> Vec<Imported> + Send + Sync + 'static) -> Fake {
    Fake::new().import_resource_state(move |_, mut answer| {
        let imported = answer.imported_resources.remove(0);
        answer.imported_resources = spoil(imported);
        answer
    })
}

fn holding(spoil: impl Fn(Value) -> Value + Send + Sync + 'static) -> Fake {
    answering(move |mut imported| {
        let state = unwired(imported.state.as_ref(), &thing_type());
        imported.state = Some(wired(&spoil(state), &thing_type()));
        vec![imported]
    })
}

#[tokio::test]
async fn what_exists_is_imported_by_id_and_by_identity() {
    for target in [by_id(), by_identity()] {
        let object = importing(Fake::new(), target).await.unwrap();
        assert_eq!(object.value.attribute("name"), Value::text("alpha"));
        assert_eq!(object.private, b"imported");
    }
}

#[tokio::test]
async fn an_import_gives_one_object() {
    let none = importing(answering(|_| Vec::new()), by_id()).await;
    refused(
        none,
        Rule::ImportCount,
        &expect![[r#"
        Error: Import returned no resources

        While attempting to import with ID id-1, the providerreturned no instance states."#]],
    );
    let two = importing(answering(|one| vec![one.clone(), one]), by_identity()).await;
    refused(
        two,
        Rule::ImportCount,
        &expect![[r#"
        Error: Multiple import states not supported

        While attempting to import with Identity name=alpha, the provider returned multiple resource instance states. This is not currently supported."#]],
    );
}

#[tokio::test]
async fn an_import_names_the_type() {
    let fake = answering(|one| vec![Imported { type_name: String::new(), ..one }]);
    refused(
        importing(fake, by_id()).await,
        Rule::ImportTypeName,
        &expect![[r#"Error: unknown resource type """#]],
    );
    let fake = answering(|one| vec![Imported { type_name: String::new(), identity: None, ..one }]);
    refused(
        importing(fake, by_id()).await,
        Rule::ImportTypeName,
        &expect!["Error: import of tiny_thing.a didn't set type"],
    );
}

#[tokio::test]
async fn an_import_gives_a_state() {
    let fake = answering(|one| vec![Imported { state: None, ..one }]);
    refused(
        importing(fake, by_id()).await,
        Rule::ImportNull,
        &expect![[r#"
        Error: Import returned null resource

        While attempting to import with ID id-1, the providerreturned an instance with no state."#]],
    );
}

#[tokio::test]
async fn an_import_by_identity_gives_the_identity() {
    let fake = answering(|one| vec![Imported { identity: None, ..one }]);
    refused(
        importing(fake, by_identity()).await,
        Rule::ImportIdentity,
        &expect!["Error: import of tiny_thing.a didn't return an identity"],
    );
}

#[tokio::test]
async fn what_is_imported_exists() {
    let fake = Fake::new().read_resource(|_, mut answer| {
        answer.new_state = Some(wired(&Value::Null(thing_type()), &thing_type()));
        answer
    });
    refused(
        importing(fake, by_id()).await,
        Rule::ImportGone,
        &expect![[r#"
        Error: Cannot import non-existent remote object

        While attempting to import an existing object to "tiny_thing.a", the provider detected that no object exists with the given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's configured region or endpoint, or use "terraform apply" to create a new remote object for this resource."#]],
    );
}

#[tokio::test]
async fn a_write_only_value_is_not_imported() {
    let fake = holding(|state| with(&state, "secret_wo", &Value::text("w")));
    refused(
        importing(fake, by_id()).await,
        Rule::ImportWriteOnly,
        &expect![[r#"
        Error: Import returned a non-null value for a write-only attribute

        While attempting to import with ID id-1, the provider "provider[\"example.com/acme/tiny\"]" returned a value for the write-only attribute "tiny_thing.a.secret_wo". Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_an_import_leaves_open_is_what_the_read_finds() {
    let fake = holding(|state| with(&state, "note", &Value::unknown(Type::String)));
    refused(
        importing(fake, by_id()).await,
        Rule::ReadUnknown,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a during refresh: The returned state contains unknown values.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_identity_to_import_by_is_as_the_schema_asks() {
    let refusal = importing(Fake::new(), ImportTarget::identity(json!({}))).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Configuration(_)), "{refusal}");
    let fake = Fake::new().get_resource_identity_schemas(|_, mut answer| {
        answer.identity_schemas.clear();
        answer
    });
    let fake = fake.get_schema(|_, mut answer| {
        answer.list_resource_schemas.clear();
        answer
    });
    let core = fake.core().await;
    let refusal = core.import("tiny_thing", &by_identity()).await;
    refused(
        refusal,
        Rule::IdentitySchema,
        &expect![[r#"Error: unknown identity type "tiny_thing""#]],
    );
}

#[tokio::test]
async fn a_generated_configuration_is_one_that_terraform_takes() {
    let generating = |spoil: fn(Value) -> Value| async move {
        let fake = Fake::new().generate_resource_config(move |_, mut answer| {
            let config = unwired(answer.config.as_ref(), &thing_type());
            answer.config = Some(wired(&spoil(config), &thing_type()));
            answer
        });
        let core = fake.core().await;
        let object = existing(&core).await;
        core.generate_config("tiny_thing", &object).await
    };
    assert!(generating(|config| config).await.unwrap().is_some());
    let computed = generating(|config| with(&config, "id", &Value::text("i"))).await;
    refused(
        computed,
        Rule::GeneratedConfig,
        &expect![[r#"
        Error: Provider generated an invalid configuration

        The configuration that provider "example.com/acme/tiny" generated for tiny_thing.a does not fit the schema: Can't configure a value for "id": its value will be decided automatically based on the result of applying this configuration."#]],
    );
    let unknown = generating(|config| with(&config, "note", &Value::unknown(Type::String))).await;
    refused(
        unknown,
        Rule::GeneratedConfig,
        &expect![[r#"
        Error: Provider generated an invalid configuration

        The configuration that provider "example.com/acme/tiny" generated for tiny_thing.a does not fit the schema: it contains unknown values"#]],
    );
    let null = generating(|_| Value::Null(thing_type())).await;
    refused(
        null,
        Rule::GeneratedConfig,
        &expect![[r#"
        Error: Provider generated an invalid configuration

        The configuration that provider "example.com/acme/tiny" generated for tiny_thing.a does not fit the schema: a configuration is a known object"#]],
    );
}

#[tokio::test]
async fn terraform_writes_the_configuration_where_the_provider_does_not() {
    let fake = Fake::new().get_schema(|_, mut answer| {
        answer.server_capabilities = None;
        answer
    });
    let core = fake.core().await;
    let object = existing(&core).await;
    assert_eq!(core.generate_config("tiny_thing", &object).await, Ok(None));
}
