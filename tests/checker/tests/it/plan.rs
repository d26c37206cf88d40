//! Plans that Terraform does not accept: attributes, presence, replacement, claims.

use checker::{Action, Core, Object, Planned, Refusal, Rule, Type, UNKNOWN, Value};
use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, names, thing_type, unwired, wired, with};
use crate::refused;

/// A provider that plans what `spoil` makes of the good plan.
fn planning(spoil: impl Fn(Value) -> Value + Send + Sync + 'static) -> Fake {
    Fake::new().plan_resource_change(move |_, mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        answer.planned_state = Some(wired(&spoil(planned), &thing_type()));
        answer
    })
}

async fn existing(core: &Core, config: Json) -> Object {
    let planned = core.plan("tiny_thing", None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

/// Creating this, the provider plans another value for one attribute.
async fn creating(config: Json, name: &'static str, value: Value) -> Result<Planned, Refusal> {
    let core = planning(move |planned| with(&planned, name, &value)).core().await;
    core.plan("tiny_thing", None, config).await
}

/// Updating the one to the other, the provider plans another value for one attribute.
async fn updating(
    from: Json,
    to: Json,
    name: &'static str,
    value: Value,
) -> Result<Planned, Refusal> {
    let prior = existing(&Fake::new().core().await, from).await;
    let core = planning(move |planned| with(&planned, name, &value)).core().await;
    core.plan("tiny_thing", Some(&prior), to).await
}

#[tokio::test]
async fn what_is_configured_must_be_planned() {
    let refusal = creating(json!({ "name": "alpha" }), "name", Value::text("changed")).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.name: planned value cty.StringVal("changed") does not match config value cty.StringVal("alpha").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_is_neither_configured_nor_prior_must_not_be_planned() {
    let (from, to) = (json!({ "name": "a", "note": "x" }), json!({ "name": "a", "note": "y" }));
    let refusal = updating(from, to, "note", Value::text("z")).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.note: planned value cty.StringVal("z") does not match config value cty.StringVal("y") nor prior value cty.StringVal("x").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn the_prior_value_may_stand_for_a_configured_one() {
    let (from, to) = (json!({ "name": "a", "note": "x" }), json!({ "name": "a", "note": "y" }));
    let planned = updating(from, to, "note", Value::text("x")).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
}

#[tokio::test]
async fn the_prior_value_may_not_stand_for_one_that_is_no_longer_configured() {
    let (from, to) = (json!({ "name": "a", "note": "x" }), json!({ "name": "a" }));
    let refusal = updating(from, to, "note", Value::text("x")).await;
    refused(
        refusal,
        Rule::PlanSetsNotComputed,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.note: planned value cty.StringVal("x") for a non-computed attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn sensitive_values_are_not_told() {
    let config = json!({ "name": "a", "secret": "s" });
    let refusal = creating(config.clone(), "secret", Value::text("t")).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.secret: sensitive planned value does not match config value.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let refusal =
        updating(config, json!({ "name": "a", "secret": "u" }), "secret", Value::text("t")).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.secret: sensitive planned value does not match config value nor prior value.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let refusal = creating(json!({ "name": "a" }), "secret", Value::text("t")).await;
    refused(
        refusal,
        Rule::PlanSetsNotComputed,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.secret: sensitive planned value for a non-computed attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_default_needs_a_computed_attribute() {
    let refusal = creating(json!({ "name": "a" }), "note", Value::text("default")).await;
    refused(
        refusal,
        Rule::PlanSetsNotComputed,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.note: planned value cty.StringVal("default") for a non-computed attribute.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    let planned = creating(json!({ "name": "a" }), "size", Value::integer(1)).await;
    assert!(planned.is_ok());
}

#[tokio::test]
async fn what_is_known_in_the_configuration_may_not_become_unknown() {
    let refusal = creating(json!({ "name": "a" }), "name", Value::unknown(Type::String)).await;
    refused(
        refusal,
        Rule::PlanEchoesConfiguration,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.name: planned value cty.UnknownVal(cty.String) does not match config value cty.StringVal("a").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn an_unknown_value_may_lose_or_gain_refinements() {
    let arn = checker::Refinement::prefix("arn:").of(Type::String);
    assert!(creating(json!({ "name": UNKNOWN }), "name", arn).await.is_ok());
}

#[tokio::test]
async fn a_wanted_object_must_be_planned() {
    let core = planning(|_| Value::Null(thing_type())).core().await;
    let refusal = core.plan("tiny_thing", None, json!({ "name": "alpha" })).await;
    refused(
        refusal,
        Rule::PlanPresence,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a: planned for absence but config wants existence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_missing_plan_is_a_plan_of_nothing() {
    let fake = Fake::new().plan_resource_change(|_, mut answer| {
        answer.planned_state = None;
        answer
    });
    let refusal = fake.core().await.plan("tiny_thing", None, json!({ "name": "alpha" })).await;
    refused(
        refusal,
        Rule::PlanPresence,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a: planned for absence but config wants existence.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_write_only_value_must_not_be_planned() {
    let config = json!({ "name": "alpha", "secret_wo": "w" });
    let refusal = creating(config, "secret_wo", Value::text("w")).await;
    refused(
        refusal,
        Rule::PlanWriteOnly,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "provider[\"example.com/acme/tiny\"]" returned a value for the write-only attribute "tiny_thing.a.secret_wo" during planning. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_plan_has_exactly_the_attributes_of_the_schema() {
    let answering = |bytes: &'static [u8]| async move {
        let fake = Fake::new().plan_resource_change(move |_, mut answer| {
            answer.planned_state =
                Some(wire::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
            answer
        });
        fake.core().await.plan("tiny_thing", None, json!({ "name": "alpha" })).await
    };
    refused(
        answering(b"\x81\xa4name\xa1a").await,
        Rule::WireValue,
        &expect!["Error: an object with 14 attributes is required (1 given)"],
    );
    refused(answering(b"\xa1a").await, Rule::WireValue, &expect!["Error: an object is required"]);
    // Nothing at all is an object too, of another type.
    refused(
        answering(b"\x80").await,
        Rule::PlanWriteOnly,
        &expect![[r#"
        Error: Provider produced invalid plan

        Error validating write-only attributes: at step 0: object has no attribute "secret_wo"."#]],
    );
}

#[tokio::test]
async fn a_plan_has_exactly_the_attributes_of_the_schema_in_blocks_too() {
    let fake = Fake::new().plan_resource_change(|_, mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        let Value::Object(mut parts) = planned else { return answer };
        let nothing = Value::object::<&str>([]);
        parts.insert("rule".to_owned(), Value::List(nothing.ty(), vec![nothing]));
        answer.planned_state = Some(wired(&Value::Object(parts), &thing_type()));
        answer
    });
    let config = json!({ "name": "alpha", "rule": [{}] });
    let refusal = fake.core().await.plan("tiny_thing", None, config).await;
    refused(
        refusal,
        Rule::PlanType,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule[(not yet known)]: missing required attribute "port".

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned an invalid value for tiny_thing.a.rule[(not yet known)]: missing required attribute "rid".

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_destroy_is_planned_as_nothing() {
    let core = Fake::new().core().await;
    let object = existing(&core, json!({ "name": "alpha" })).await;
    let fake = Fake::new().plan_resource_change(|request, mut answer| {
        answer.planned_state = request.prior_state.clone();
        answer
    });
    let refusal = fake.core().await.plan_destroy("tiny_thing", &object).await;
    refused(
        refusal,
        Rule::PlanDestroy,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" planned a non-null destroy value for tiny_thing.a.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_provider_that_does_not_plan_destroys_is_not_asked() {
    let fake = Fake::new().get_schema(|_, mut answer| {
        answer.server_capabilities = None;
        answer
    });
    let calls = fake.calls();
    let core = fake.core().await;
    let object = existing(&core, json!({ "name": "alpha" })).await;
    calls.lock().unwrap().clear();
    let planned = core.plan_destroy("tiny_thing", &object).await.unwrap();
    assert_eq!(planned.private, b"applied");
    assert!(calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_requires_replacement_exists() {
    let core = Fake::new().core().await;
    let object = existing(&core, json!({ "name": "alpha" })).await;
    let requiring = |names: wire::AttributePath| {
        Fake::new().plan_resource_change(move |_, mut answer| {
            answer.requires_replace = vec![names.clone()];
            answer
        })
    };
    let core = requiring(names(&["nope"])).core().await;
    let refusal = core.plan("tiny_thing", Some(&object), json!({ "name": "beta" })).await;
    refused(
        refusal,
        Rule::PlanReplacePath,
        &expect![[r#"
        Error: Provider produced invalid plan

        Provider "example.com/acme/tiny" has indicated "requires replacement" on tiny_thing.a for a non-existent attribute path cty.Path{cty.GetAttrStep{Name:"nope"}}.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
    // On a create, nobody looks.
    assert!(core.plan("tiny_thing", None, json!({ "name": "beta" })).await.is_ok());
}

#[tokio::test]
async fn only_what_changes_forces_a_replacement() {
    let core = Fake::new().core().await;
    let object = existing(&core, json!({ "name": "alpha", "note": "n" })).await;
    let same = core.plan("tiny_thing", Some(&object), json!({ "name": "alpha" })).await.unwrap();
    assert_eq!((same.action, same.replacing.len()), (Action::Update, 0));
    let other = core.plan("tiny_thing", Some(&object), json!({ "name": "beta" })).await.unwrap();
    assert_eq!((other.action, other.replacing.len()), (Action::Replace, 1));
    assert!(!other.value.attribute("id").is_known(), "planned as a new object");
    let open = core.plan("tiny_thing", Some(&object), json!({ "name": UNKNOWN })).await.unwrap();
    assert_eq!(open.action, Action::Replace, "what is not known counts as changed");
}

#[tokio::test]
async fn the_second_plan_of_a_replacement_gets_the_private_data_of_the_first() {
    let fake = Fake::new().plan_resource_change(|request, mut answer| {
        answer.planned_private = [request.prior_private.as_slice(), b"+"].concat();
        answer
    });
    let core = fake.core().await;
    let object = existing(&core, json!({ "name": "alpha" })).await;
    let planned = core.plan("tiny_thing", Some(&object), json!({ "name": "beta" })).await.unwrap();
    assert_eq!(planned.private, b"applied++");
}

#[tokio::test]
async fn a_tainted_object_is_replaced_as_if_it_were_not_there() {
    let core = Fake::new().core().await;
    let object = existing(&core, json!({ "name": "alpha" })).await;
    let tainted = Object { tainted: true, ..object };
    let planned =
        core.plan("tiny_thing", Some(&tainted), json!({ "name": "alpha" })).await.unwrap();
    assert_eq!(planned.action, Action::Replace);
    assert!(!planned.value.attribute("id").is_known());
}

#[tokio::test]
async fn a_provider_must_not_claim_the_legacy_type_system() {
    let fake = Fake::new().plan_resource_change(|_, mut answer| {
        answer.legacy_type_system = true;
        answer
    });
    let refusal = fake.core().await.plan("tiny_thing", None, json!({ "name": "alpha" })).await;
    refused(
        refusal,
        Rule::LegacyTypeSystem,
        &expect![[r#"
        Error: Provider claimed the legacy type system

        Provider "example.com/acme/tiny" set legacy_type_system while planning tiny_thing.a, which makes Terraform log what is wrong with the answer instead of refusing it."#]],
    );
}

fn deferring(reason: wire::deferred::Reason) -> Fake {
    Fake::new().plan_resource_change(move |_, mut answer| {
        answer.deferred = Some(wire::Deferred { reason: reason.into() });
        answer
    })
}

#[tokio::test]
async fn a_deferral_needs_permission_and_a_reason() {
    use wire::deferred::Reason;
    let config = || json!({ "name": "alpha" });
    let core = deferring(Reason::AbsentPrereq).core().await;
    let refusal = core.plan("tiny_thing", None, config()).await;
    refused(
        refusal,
        Rule::DeferralNotAllowed,
        &expect![[r#"
        Error: Provider deferred changes when Terraform did not allow deferrals

        The provider signaled a deferred action for "tiny_thing.a", but in this context deferrals are disabled. This is a bug in the provider, please file an issue with the provider developers."#]],
    );

    let allowed = |fake: Fake| fake.connection().allow_deferral().connect();
    let core = allowed(deferring(Reason::AbsentPrereq)).await.unwrap();
    let planned = core.plan("tiny_thing", None, config()).await.unwrap();
    assert_eq!(planned.deferred, Some(Reason::AbsentPrereq));

    let core = allowed(deferring(Reason::Unknown)).await.unwrap();
    let refusal = core.plan("tiny_thing", None, config()).await;
    refused(
        refusal,
        Rule::DeferralReason,
        &expect![[r#"
        Error: Provider deferred changes without a reason

        The provider signaled a deferred action for "tiny_thing.a"."#]],
    );
}

#[tokio::test]
async fn planning_twice_gives_one_plan() {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::new().plan_resource_change(move |_, mut answer| {
        let number = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        let planned = with(&planned, "id", &Value::text(format!("id-{number}")));
        let null = |name| with(&planned, name, &Value::Null(Type::String));
        answer.planned_state = Some(wired(&null("note"), &thing_type()));
        answer
    });
    let core = fake.core().await;
    let refusal = core.plan_twice("tiny_thing", None, json!({ "name": "alpha" })).await;
    assert_repeatable(
        refusal,
        &expect![[r#"
        Error: Provider produced two plans for one change

        Planning tiny_thing.a twice from the same state to the same configuration, provider "example.com/acme/tiny" planned another object the second time"#]],
    );
}

/// The message without the objects, which are long.
fn assert_repeatable(result: Result<Planned, Refusal>, words: &Expect) {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::PlanRepeatable), "{refusal}");
    let text = refusal.to_string();
    words.assert_eq(text.split_once(": cty.ObjectVal").unwrap().0);
}
