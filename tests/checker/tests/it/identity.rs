//! Identities in plans, applies and reads.

use checker::{Core, Object, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, identity_type, wired};
use crate::refused;

fn identity(name: Value) -> Option<wire::ResourceIdentityData> {
    let identity = Value::object([("name", name)]);
    Some(wire::ResourceIdentityData { identity_data: Some(wired(&identity, &identity_type())) })
}

fn malformed() -> Option<wire::ResourceIdentityData> {
    let identity_data = Some(wire::DynamicValue { msgpack: vec![0x80], json: Vec::new() });
    Some(wire::ResourceIdentityData { identity_data })
}

fn unknown() -> Option<wire::ResourceIdentityData> {
    identity(Value::unknown(Type::String))
}

fn planning(answer: fn() -> Option<wire::ResourceIdentityData>) -> Fake {
    Fake::new().plan_resource_change(move |_, mut planned| {
        planned.planned_identity = answer();
        planned
    })
}

fn applying(answer: fn() -> Option<wire::ResourceIdentityData>) -> Fake {
    Fake::new().apply_resource_change(move |_, mut applied| {
        applied.new_identity = answer();
        applied
    })
}

fn reading(answer: fn() -> Option<wire::ResourceIdentityData>) -> Fake {
    Fake::new().read_resource(move |_, mut read| {
        read.new_identity = answer();
        read
    })
}

async fn created(core: &Core) -> Result<Option<Object>, checker::Refusal> {
    let planned = core.plan("tiny_thing", None, json!({ "name": "alpha" })).await?;
    core.apply_as_planned(&planned).await.done()
}

async fn existing() -> Object {
    created(&Fake::new().core().await).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_object_that_is_about_to_be_may_have_an_identity_that_is_not_known() {
    let core = planning(unknown).core().await;
    assert!(core.plan("tiny_thing", None, json!({ "name": "alpha" })).await.is_ok());
}

#[tokio::test]
async fn an_object_that_is_has_an_identity_that_is_known() {
    let core = planning(unknown).core().await;
    let update = json!({ "name": "alpha", "note": "n" });
    let refusal = core.plan("tiny_thing", Some(&existing().await), update).await;
    refused(
        refusal,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "example.com/acme/tiny" returned an identity with unknown values for tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let refusal = core.plan_destroy("tiny_thing", &existing().await).await;
    refused(
        refusal,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "example.com/acme/tiny" returned an identity with unknown values for tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let core = applying(unknown).core().await;
    refused(
        created(&core).await,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "example.com/acme/tiny" returned an identity with unknown values for tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let core = reading(unknown).core().await;
    let refusal = core.refresh("tiny_thing", &existing().await).await;
    refused(
        refusal,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "example.com/acme/tiny" returned an identity with unknown values for tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_identity_fits_its_schema() {
    let core = planning(malformed).core().await;
    refused(
        created(&core).await,
        Rule::IdentityConforms,
        &expect![[r#"
        Error: Provider produced an identity that doesn't match the schema

        Provider "example.com/acme/tiny" returned an identity for tiny_thing.a that doesn't match the identity schema: missing required attribute "name". 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let core = applying(malformed).core().await;
    refused(
        created(&core).await,
        Rule::IdentityConforms,
        &expect![[r#"
        Error: Provider produced an identity that doesn't match the schema

        Provider "example.com/acme/tiny" returned an identity for tiny_thing.a that doesn't match the identity schema: missing required attribute "name". 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_identity_needs_a_schema() {
    let fake = Fake::new()
        .get_resource_identity_schemas(|_, mut answer| {
            answer.identity_schemas.clear();
            answer
        })
        .get_schema(|_, mut answer| {
            answer.list_resource_schemas.clear();
            answer
        });
    refused(
        created(&fake.core().await).await,
        Rule::IdentitySchema,
        &expect![[r#"Error: unknown identity type "tiny_thing""#]],
    );
}

#[tokio::test]
async fn an_identity_does_not_change_in_the_life_of_an_object() {
    let other = || identity(Value::text("other"));
    let core = reading(other).core().await;
    let refusal = core.refresh("tiny_thing", &existing().await).await;
    refused(
        refusal,
        Rule::IdentityChanged,
        &expect![[r#"
        Error: Provider changed an identity

        The identity of tiny_thing.a was cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("alpha")}), but now cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("other")}). An identity names one object for as long as it lives."#]],
    );
    let core = applying(other).core().await;
    refused(
        created(&core).await,
        Rule::IdentityChanged,
        &expect![[r#"
        Error: Provider changed an identity

        The identity of tiny_thing.a was cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("alpha")}), but now cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("other")}). An identity names one object for as long as it lives."#]],
    );
    let core = planning(|| None).core().await;
    let update = json!({ "name": "alpha", "note": "n" });
    let refusal = core.plan("tiny_thing", Some(&existing().await), update).await;
    refused(
        refusal,
        Rule::IdentityChanged,
        &expect![[r#"
        Error: Provider changed an identity

        The identity of tiny_thing.a was cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("alpha")}), but now absent. An identity names one object for as long as it lives."#]],
    );
}

#[tokio::test]
async fn what_has_an_identity_schema_has_identities() {
    let fake = applying(|| None).plan_resource_change(|_, mut planned| {
        planned.planned_identity = None;
        planned
    });
    refused(
        created(&fake.core().await).await,
        Rule::IdentityMissing,
        &expect![[r#"
        Error: Provider returned no identity

        The provider declares an identity schema for "tiny_thing", but returned no identity for tiny_thing.a."#]],
    );
    let object = Object { identity: None, ..existing().await };
    let refusal = reading(|| None).core().await.refresh("tiny_thing", &object).await;
    refused(
        refusal,
        Rule::IdentityMissing,
        &expect![[r#"
        Error: Provider returned no identity

        The provider declares an identity schema for "tiny_thing", but returned no identity for tiny_thing.a."#]],
    );
}
