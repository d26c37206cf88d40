//! Lists.

use checker::{Listed, Refusal, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;
use wire::list_resource::Event;

use crate::fake::{Fake, error, identity_type, thing_type, unwired, warning, wired, with};
use crate::refused;

async fn listing(fake: Fake) -> Result<Vec<Listed>, Refusal> {
    fake.core().await.list("tiny_thing", json!({}), true, 2).await
}

fn answering(spoil: impl Fn(Event) -> Vec<Event> + Send + Sync + 'static) -> Fake {
    Fake::new().list_resource(move |_, mut events| spoil(events.remove(0)))
}

#[tokio::test]
async fn what_is_listed_has_a_name_an_identity_and_its_object_if_asked_for() {
    let listed = listing(Fake::new()).await.unwrap();
    assert_eq!(listed[0].display_name, "Alpha");
    assert_eq!(listed[0].identity.attribute("name"), Value::text("alpha"));
    assert!(listed[0].object.is_some());
    let core = Fake::new().core().await;
    let listed = core.list("tiny_thing", json!({}), false, 2).await.unwrap();
    assert_eq!(listed[0].object, None);
}

#[tokio::test]
async fn what_is_listed_has_an_identity_that_is_known() {
    let fake = answering(|event| vec![Event { identity: None, ..event }]);
    refused(
        listing(fake).await,
        Rule::ListIdentity,
        &expect!["Error: missing identity data in ListResource event for tiny_thing"],
    );
    let fake = answering(|event| {
        let identity = Value::object([("name", Value::unknown(Type::String))]);
        let identity_data = Some(wired(&identity, &identity_type()));
        let identity = Some(wire::ResourceIdentityData { identity_data });
        vec![Event { identity, ..event }]
    });
    refused(
        listing(fake).await,
        Rule::IdentityUnknown,
        &expect![[r#"
        Error: Provider produced invalid identity

        Provider "example.com/acme/tiny" returned an identity with unknown values for tiny_thing.a. 

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_is_listed_can_be_shown() {
    let fake = answering(|event| vec![Event { display_name: String::new(), ..event }]);
    refused(
        listing(fake).await,
        Rule::ListDisplayName,
        &expect![[r#"
        Error: Provider listed an object without a name to show

        The object of type tiny_thing has the identity cty.ObjectVal(map[string]cty.Value{"name":cty.StringVal("alpha")})."#]],
    );
}

#[tokio::test]
async fn what_is_listed_comes_with_its_object() {
    let fake = answering(|event| vec![Event { resource_object: None, ..event }]);
    refused(
        listing(fake).await,
        Rule::ListObject,
        &expect![[r#"
        Error: Provider listed an object without the object

        The whole object of "Alpha" was asked for."#]],
    );
    let fake = answering(|event| {
        let object = unwired(event.resource_object.as_ref(), &thing_type());
        let object = with(&object, "id", &Value::unknown(Type::String));
        vec![Event { resource_object: Some(wired(&object, &thing_type())), ..event }]
    });
    refused(
        listing(fake).await,
        Rule::ReadUnknown,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a during refresh: The returned state contains unknown values.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_list_ends_where_it_was_told_to() {
    let fake = answering(|event| vec![event.clone(), event.clone(), event]);
    refused(
        listing(fake).await,
        Rule::ListLimit,
        &expect![[r#"
        Error: Provider listed more than it was asked for

        The list of tiny_thing has a limit of 2 and goes on."#]],
    );
}

#[tokio::test]
async fn warnings_may_come_alone_and_errors_end_the_list() {
    let only = |said: wire::Diagnostic| Event { diagnostic: vec![said], ..Event::default() };
    let fake = answering(move |event| vec![only(warning("Slow")), event]);
    assert_eq!(listing(fake).await.unwrap().len(), 1);
    let fake = answering(move |event| vec![event, only(error("Denied"))]);
    assert_eq!(listing(fake).await.unwrap_err().to_string(), "Error: Denied");
}
