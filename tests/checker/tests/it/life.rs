//! Objects that live as they should, and some that do not.

use checker::{Act, Action, Broken, Import, Life, Rule, Type, Value};
use expect_test::expect;
use serde_json::json;

use crate::fake::{Fake, thing_type, unwired, wired, with};
use crate::refused;

fn full() -> serde_json::Value {
    json!({
        "name": "alpha",
        "note": "e\u{301}",
        "tags": { "a": "1", "b": "2" },
        "ports": [443, 80],
        "any": { "deep": [true, 1.5] },
        "secret": "s",
        "secret_wo": "w",
        "rule": [{ "port": 1 }, {}],
        "tag": [{ "port": 1 }, { "port": 2 }],
        "zone": { "x": { "port": 3 } },
        "one": { "port": 4 },
        "free": [{ "value": 1 }, { "value": ["x"] }, {}],
    })
}

#[tokio::test]
async fn a_good_provider_lives_a_whole_life() {
    let core = Fake::new().core().await;
    let life = Life::new(full())
        .update(json!({ "name": "alpha", "size": 12345678901234567890_u64 }))
        .update(json!({ "name": "beta" }))
        .update(json!({ "name": "beta" }))
        .import(Import::by_identity());

    let report = core.rehearse("tiny_thing", &life).await.unwrap();

    assert_eq!(report.actions, [Action::Create, Action::Update, Action::Replace, Action::NoOp]);
    assert!(report.imported.is_some());
    assert!(report.generated.is_some());
}

#[tokio::test]
async fn a_rehearsal_makes_the_rpcs_that_it_says() {
    let fake = Fake::new();
    let calls = fake.calls();
    let core = fake.core().await;
    calls.lock().unwrap().clear();
    let life = Life::new(json!({ "name": "alpha" })).import(Import::by_attribute("id"));

    core.rehearse("tiny_thing", &life).await.unwrap();

    let plan = ["ValidateResourceTypeConfig", "PlanResourceChange"];
    let expected = [
        // Without the name and with it.
        &plan[..],
        &plan,
        // Twice.
        &plan,
        &plan,
        &plan,
        &["ApplyResourceChange"],
        &["UpgradeResourceState", "ReadResource"],
        &plan,
        &["GenerateResourceConfig"],
        &["ImportResourceState", "ReadResource"],
        &["PlanResourceChange", "ApplyResourceChange"],
    ];
    assert_eq!(*calls.lock().unwrap(), expected.concat());
}

#[tokio::test]
async fn an_object_that_is_read_as_another_is_found_out() {
    let fake = Fake::new().read_resource(|_, mut answer| {
        let read = unwired(answer.new_state.as_ref(), &thing_type());
        let read = with(&read, "note", &Value::text("NOTE"));
        answer.new_state = Some(wired(&read, &thing_type()));
        answer
    });
    let broken = breaks(fake, Life::new(json!({ "name": "alpha", "note": "note" }))).await;
    assert_eq!((broken.act, broken.change), (Act::Refresh, 0));
    refused::<()>(
        Err(broken.refusal),
        Rule::ReadDrift,
        &expect![[r#"
        Error: Objects have changed outside of Terraform

        Nothing else changed tiny_thing.a, but it was read as another than it was saved: .note: was cty.StringVal("note"), but now cty.StringVal("NOTE")."#]],
    );
}

#[tokio::test]
async fn an_object_that_vanishes_is_found_out() {
    let fake = Fake::new().read_resource(|_, mut answer| {
        answer.new_state = Some(wired(&Value::Null(thing_type()), &thing_type()));
        answer
    });
    let broken = breaks(fake, Life::new(json!({ "name": "alpha" }))).await;
    assert_eq!(
        broken.to_string(),
        "Refresh of create: Error: An object vanished\n\nNobody destroyed tiny_thing.a, but it was \
         gone when it was read."
    );
}

#[tokio::test]
async fn a_plan_that_never_comes_to_nothing_is_found_out() {
    let fake = Fake::new().plan_resource_change(|request, mut answer| {
        let prior = unwired(request.prior_state.as_ref(), &thing_type());
        let planned = unwired(answer.planned_state.as_ref(), &thing_type());
        if !prior.is_null() && !planned.is_null() {
            let planned = with(&planned, "size", &Value::unknown(Type::Number));
            answer.planned_state = Some(wired(&planned, &thing_type()));
        }
        answer
    });
    let broken = breaks(fake, Life::new(json!({ "name": "alpha" }))).await;
    assert_eq!(broken.act, Act::Settle);
    refused::<()>(
        Err(broken.refusal),
        Rule::PlanNotEmpty,
        &expect![[r#"
        Error: The plan after an apply is not empty

        Nothing changed, but Update is planned for tiny_thing.a: .size: was cty.NumberIntVal(7), but now cty.UnknownVal(cty.Number)."#]],
    );
}

#[tokio::test]
async fn an_import_that_finds_another_object_is_found_out() {
    let fake = || {
        Fake::new().import_resource_state(|_, mut answer| {
            let imported = &mut answer.imported_resources[0];
            let state = unwired(imported.state.as_ref(), &thing_type());
            let state = with(&state, "note", &Value::Null(Type::String));
            imported.state = Some(wired(&state, &thing_type()));
            answer
        })
    };
    let life = |import| Life::new(json!({ "name": "alpha", "note": "n" })).import(import);
    let broken = breaks(fake(), life(Import::by_id("id-1"))).await;
    assert_eq!(broken.act, Act::Import);
    refused::<()>(
        Err(broken.refusal),
        Rule::ImportDiffers,
        &expect![[r#"
        Error: The imported object is not the one in the state

        tiny_thing.a: .note: was cty.StringVal("n"), but now cty.NullVal(cty.String)."#]],
    );
    let forgiving = life(Import::by_id("id-1").not_comparing("note"));
    assert!(fake().core().await.rehearse("tiny_thing", &forgiving).await.is_ok());
}

async fn breaks(fake: Fake, life: Life) -> Broken {
    *fake.core().await.rehearse("tiny_thing", &life).await.unwrap_err()
}
