//! What is applied, what Terraform says of it, and what it saves.

use checker::{Applied, Core, Object, Refusal, Rule, Type, Value};
use expect_test::expect;
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, error, thing_type, unwired, wired, with};
use crate::refused;

/// A provider that applies what `spoil` makes of the good result.
fn applying(spoil: impl Fn(Value) -> Value + Send + Sync + 'static) -> Fake {
    Fake::new().apply_resource_change(move |_, mut answer| {
        let applied = unwired(answer.new_state.as_ref(), &thing_type());
        answer.new_state = Some(wired(&spoil(applied), &thing_type()));
        answer
    })
}

async fn creating(fake: Fake, config: Json) -> Applied {
    let core = fake.core().await;
    let planned = core.plan("tiny_thing", None, config).await.unwrap();
    core.apply_as_planned(&planned).await
}

async fn existing(config: Json) -> Object {
    creating(Fake::new(), config).await.done().unwrap().unwrap()
}

async fn changing(core: Core, object: &Object, config: Json) -> Applied {
    let planned = core.plan("tiny_thing", Some(object), config).await.unwrap();
    core.apply_as_planned(&planned).await
}

async fn destroying(core: Core, object: &Object) -> Applied {
    let planned = core.plan_destroy("tiny_thing", object).await.unwrap();
    core.apply_as_planned(&planned).await
}

/// Creating this, the provider returns another value for one attribute.
async fn returning(config: Json, name: &'static str, value: Value) -> Applied {
    creating(applying(move |applied| with(&applied, name, &value)), config).await
}

#[tokio::test]
async fn what_was_planned_is_applied_and_what_failed_is_saved_and_tainted() {
    let applied = returning(json!({ "name": "alpha" }), "name", Value::text("other")).await;
    let saved = applied.saved.clone().unwrap();
    assert!(saved.tainted);
    assert_eq!(saved.value.attribute("name"), Value::text("other"));
    refused(
        applied.done(),
        Rule::ApplyPlannedValue,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .name: was cty.StringVal("alpha"), but now cty.StringVal("other").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn each_way_to_differ_has_its_words() {
    let config = || json!({ "name": "a", "tags": { "a": "1" }, "ports": [1], "secret": "s" });
    let tags = |tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), Value::text(value)));
        Value::Map(Type::String, tags.collect())
    };
    let ports =
        |ports: &[i64]| Value::set(Type::Number, ports.iter().map(|port| Value::integer(*port)));
    let cases = [
        (
            "tags",
            tags(&[("b", "1")]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tags: element "a" has vanished.

            This is a bug in the provider, which should be reported in the provider's own issue tracker.

            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tags: new element "b" has appeared.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "tags",
            tags(&[("a", "2")]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tags["a"]: was cty.StringVal("1"), but now cty.StringVal("2").

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "tags",
            Value::Null(Type::map(Type::String)),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tags: was cty.MapVal(map[string]cty.Value{"a":cty.StringVal("1")}), but now null.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "ports",
            ports(&[2]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .ports: planned set element cty.NumberIntVal(1) does not correlate with any element in actual.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "ports",
            ports(&[1, 2]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .ports: actual set element cty.NumberIntVal(2) does not correlate with any element in plan.

            This is a bug in the provider, which should be reported in the provider's own issue tracker.

            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .ports: length changed from 1 to 2.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "secret",
            Value::text("t"),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .secret: inconsistent values for sensitive attribute.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "note",
            Value::text("n"),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .note: was null, but now cty.StringVal("n").

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
    ];
    for (name, value, words) in cases {
        let applied = returning(config(), name, value).await;
        refused(applied.done(), Rule::ApplyPlannedValue, &words);
    }
}

#[tokio::test]
async fn a_value_of_any_type_keeps_the_type_that_was_planned() {
    let list = |of: Type, elements: Vec<Value>| Value::List(of, elements);
    let object = |value: Value| Value::object([("a", value)]);
    let cases = [
        (
            json!("1"),
            Value::integer(1),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: string required, but have number.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!(1),
            Value::text("1"),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: number required.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!(1),
            Value::Bool(true),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: number required, but have bool.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!({ "a": 1 }),
            object(Value::text("1")),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: attribute "a": number required.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!({ "a": 1, "b": 2 }),
            Value::object::<&str>([]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: attributes "a" and "b" are required.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!(["a"]),
            list(Type::String, vec![Value::text("a")]),
            expect![[r#"
                Error: Provider produced inconsistent result after apply

                When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: tuple required.

                This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            json!(["a"]),
            Value::Tuple(Vec::new()),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any: wrong final value type: tuple required.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
    ];
    for (planned, returned, words) in cases {
        let applied = returning(json!({ "name": "a", "any": planned }), "any", returned).await;
        refused(applied.done(), Rule::ApplyPlannedValue, &words);
    }
}

#[tokio::test]
async fn null_of_any_type_may_become_anything() {
    let applied = returning(json!({ "name": "a" }), "any", Value::Bool(true)).await;
    assert!(applied.done().is_ok(), "as in Terraform");
}

#[tokio::test]
async fn elements_of_lists_are_compared_one_by_one() {
    let config = json!({ "name": "a", "any": ["x", { "y": 1 }] });
    let pair = |first: &str, second: i64| {
        Value::Tuple(vec![Value::text(first), Value::object([("y", Value::integer(second))])])
    };
    let applied = returning(config.clone(), "any", pair("z", 2)).await;
    let breaches = applied.outcome.clone().unwrap_err().breaches().len();
    assert_eq!(breaches, 2);
    refused(
        applied.done(),
        Rule::ApplyPlannedValue,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any[0]: was cty.StringVal("x"), but now cty.StringVal("z").

        This is a bug in the provider, which should be reported in the provider's own issue tracker.

        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .any[1].y: was cty.NumberIntVal(1), but now cty.NumberIntVal(2).

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn blocks_stay_as_planned() {
    let ty = || Type::object([("port", Type::Number), ("rid", Type::String)]);
    let block =
        |port: i64| Value::object([("port", Value::integer(port)), ("rid", Value::text("r"))]);
    let config = || {
        json!({
            "name": "a", "rule": [{ "port": 1 }], "tag": [{ "port": 1 }],
            "zone": { "x": { "port": 1 } },
        })
    };
    let none = Value::Map(ty(), [].into());
    let cases = [
        (
            "rule",
            Value::List(ty(), Vec::new()),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .rule: block count changed from 1 to 0.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "zone",
            none,
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .zone: block count changed from 1 to 0.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "tag",
            Value::set(ty(), [block(2)]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tag: planned set element cty.ObjectVal(map[string]cty.Value{"port":cty.NumberIntVal(1), "rid":cty.UnknownVal(cty.String)}) does not correlate with any element in actual.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
        (
            "tag",
            Value::set(ty(), [block(1), block(2)]),
            expect![[r#"
            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tag: actual set element cty.ObjectVal(map[string]cty.Value{"port":cty.NumberIntVal(2), "rid":cty.StringVal("r")}) does not correlate with any element in plan.

            This is a bug in the provider, which should be reported in the provider's own issue tracker.

            Error: Provider produced inconsistent result after apply

            When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .tag: block set length changed from 1 to 2.

            This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
        ),
    ];
    for (name, value, words) in cases {
        let applied = returning(config(), name, value).await;
        refused(applied.done(), Rule::ApplyPlannedBlocks, &words);
    }
    let applied = returning(config(), "one", block(1)).await;
    refused(
        applied.done(),
        Rule::ApplyPlannedValue,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .one: was absent, but now present.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_is_promised_of_an_unknown_value_is_kept() {
    let fake = applying(|applied| with(&applied, "id", &Value::text("id-alpha")));
    let fake = fake.plan_resource_change(|_, mut answer| {
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        let arn = checker::Refinement { not_null: false, ..checker::Refinement::prefix("arn:") };
        let planned = with(&planned, "id", &arn.of(Type::String));
        answer.planned_state = Some(wired(&planned, &thing_type()));
        answer
    });
    let applied = creating(fake, json!({ "name": "alpha" })).await;
    refused(
        applied.done(),
        Rule::ApplyPlannedValue,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: .id: final value cty.StringVal("id-alpha") does not conform to planning placeholder cty.UnknownVal(cty.String).Refine().StringPrefixFull("arn:").NewValue().

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn nothing_is_unknown_after_apply_and_what_is_known_is_saved() {
    let applied = returning(json!({ "name": "alpha" }), "id", Value::unknown(Type::String)).await;
    let saved = applied.saved.clone().unwrap();
    assert!(saved.tainted);
    assert_eq!(saved.value.attribute("id"), Value::Null(Type::String));
    assert_eq!(saved.value.attribute("name"), Value::text("alpha"));
    refused(
        applied.done(),
        Rule::ApplyUnknown,
        &expect![[r#"
        Error: Provider returned invalid result object after apply

        After the apply operation, the provider still indicated an unknown value for tiny_thing.a.id. All values must be known after apply, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save the other known object values in the state."#]],
    );
}

#[tokio::test]
async fn a_write_only_value_is_not_returned() {
    let applied =
        returning(json!({ "name": "a", "secret_wo": "w" }), "secret_wo", Value::text("w")).await;
    assert_eq!(applied.saved, None);
    refused(
        applied.done(),
        Rule::ApplyWriteOnly,
        &expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" returned a value for the write-only attribute "tiny_thing.a.secret_wo" after apply. Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn a_created_object_is_there() {
    let applied = creating(applying(|_| Value::Null(thing_type())), json!({ "name": "a" })).await;
    assert_eq!(applied.saved, None);
    refused(
        applied.done(),
        Rule::ApplyNull,
        &expect![[r#"
        Error: Provider produced inconsistent result after apply

        When applying changes to tiny_thing.a, provider "provider[\"example.com/acme/tiny\"]" produced an unexpected new value: Root object was present, but now absent.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]],
    );
}

#[tokio::test]
async fn what_does_not_fit_the_schema_is_not_saved() {
    let answering = |bytes: &'static [u8]| {
        Fake::new().apply_resource_change(move |_, mut answer| {
            answer.new_state =
                Some(wire::DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
            answer
        })
    };
    let object = existing(json!({ "name": "a" })).await;
    let applied =
        changing(answering(b"\x80").core().await, &object, json!({ "name": "a", "note": "n" }))
            .await;
    assert_eq!(applied.saved.as_ref(), Some(&object), "the prior object stays");
    let refusal = applied.done().unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::ApplyType));
    expect![[r#"
        Error: Provider produced invalid object

        Provider "provider[\"example.com/acme/tiny\"]" produced an invalid value after apply for tiny_thing.a: missing required attribute "any". The result cannot not be saved in the Terraform state.

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]].assert_eq(&refusal.breaches()[0].to_string());
    let applied = creating(answering(b"\xc2"), json!({ "name": "a" })).await;
    refused(applied.done(), Rule::WireValue, &expect!["Error: an object is required"]);
}

#[tokio::test]
async fn a_destroyed_object_is_gone() {
    let object = existing(json!({ "name": "a" })).await;
    let fake = Fake::new().apply_resource_change(|request, mut answer| {
        answer.new_state = request.prior_state.clone();
        answer
    });
    let applied = destroying(fake.core().await, &object).await;
    assert!(applied.saved.is_some());
    refused(
        applied.done(),
        Rule::ApplyDestroy,
        &expect![[r#"
        Error: Provider returned invalid result object after apply

        After applying a Delete plan, the provider returned a non-null object for tiny_thing.a. Destroying should always produce a null value, so this is always a bug in the provider and should be reported in the provider's own repository. Terraform will still save this errant object in the state for debugging and recovery."#]],
    );
}

fn failing(state: fn(&wire::apply_resource_change::Request) -> Option<wire::DynamicValue>) -> Fake {
    Fake::new().apply_resource_change(move |request, mut answer| {
        answer.diagnostics = vec![error("AWS said no")];
        answer.new_state = state(request);
        answer.new_identity = None;
        answer
    })
}

#[tokio::test]
async fn a_create_that_fails_with_a_state_is_saved_and_tainted() {
    let fake = failing(|request| {
        let planned = unwired(request.planned_state.as_ref(), &thing_type());
        let made = with(&planned.unknown_as_null(), "id", &Value::text("half-made"));
        Some(wired(&made, &thing_type()))
    });
    let applied = creating(fake, json!({ "name": "a" })).await;
    let saved = applied.saved.unwrap();
    assert!(saved.tainted);
    assert_eq!(saved.value.attribute("id"), Value::text("half-made"));
    assert!(matches!(applied.outcome, Err(Refusal::Provider(_))));
    assert_eq!(applied.diagnostics[0].to_string(), "Error: AWS said no");
}

#[tokio::test]
async fn a_create_that_fails_without_a_state_leaves_nothing() {
    let applied = creating(failing(|_| None), json!({ "name": "a" })).await;
    assert_eq!(applied.saved, None);
}

#[tokio::test]
async fn an_update_that_fails_keeps_what_it_returned_or_what_was_there() {
    let object = existing(json!({ "name": "a", "note": "x" })).await;
    let to = || json!({ "name": "a", "note": "y" });
    let core = failing(|request| request.planned_state.clone()).core().await;
    let saved = changing(core, &object, to()).await.saved.unwrap();
    assert_eq!(saved.value.attribute("note"), Value::text("y"));
    assert!(!saved.tainted, "it was there before");
    let saved = changing(failing(|_| None).core().await, &object, to()).await.saved.unwrap();
    assert_eq!(saved, object);
}

#[tokio::test]
async fn a_destroy_that_fails_keeps_the_object() {
    let object = existing(json!({ "name": "a" })).await;
    let applied = destroying(failing(|_| None).core().await, &object).await;
    assert_eq!(applied.saved, Some(object));
}

#[tokio::test]
async fn a_provider_that_dies_leaves_what_was_there() {
    let object = existing(json!({ "name": "a" })).await;
    let status = tonic::Status::unavailable("gone");
    let fake = Fake::new().status("ApplyResourceChange", status);
    let applied = changing(fake.core().await, &object, json!({ "name": "a", "note": "n" })).await;
    assert_eq!(applied.saved, Some(object));
}

#[tokio::test]
async fn a_replacement_destroys_first_and_then_creates() {
    let object = existing(json!({ "name": "alpha" })).await;
    let fake = Fake::new();
    let calls = fake.calls();
    let core = fake.core().await;
    let planned = core.plan("tiny_thing", Some(&object), json!({ "name": "beta" })).await.unwrap();
    calls.lock().unwrap().clear();
    let replaced = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(replaced.value.attribute("name"), Value::text("beta"));
    assert_eq!(
        *calls.lock().unwrap(),
        [
            "ApplyResourceChange",
            "ValidateResourceTypeConfig",
            "PlanResourceChange",
            "ApplyResourceChange"
        ]
    );
}

#[tokio::test]
async fn legacy_claims_are_refused_in_apply_too() {
    let fake = Fake::new().apply_resource_change(|_, mut answer| {
        answer.legacy_type_system = true;
        answer
    });
    let applied = creating(fake, json!({ "name": "a" })).await;
    refused(
        applied.done(),
        Rule::LegacyTypeSystem,
        &expect![[r#"
        Error: Provider claimed the legacy type system

        Provider "example.com/acme/tiny" set legacy_type_system while applying tiny_thing.a, which makes Terraform log what is wrong with the answer instead of refusing it."#]],
    );
}
