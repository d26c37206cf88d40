//! Objects that live as they should.

use checker::{Action, Import, Life};
use serde_json::json;

use crate::fake::Fake;

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
    })
}

#[tokio::test]
async fn a_good_provider_lives_a_whole_life() {
    let core = Fake::new().core().await;
    let life = Life::new(full())
        .update(json!({ "name": "alpha", "size": 123456789012345678901234567890_i128.to_string().parse::<serde_json::Number>().unwrap() }))
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
