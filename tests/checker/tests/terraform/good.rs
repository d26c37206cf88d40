//! What both accept.

use std::sync::{Arc, Mutex};

use checker::{Type, UNKNOWN, Value};
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::compare::{Story, applying, block, block_type, full, planning, small, top, unknown};
use crate::fake::{Fake, thing_type, unwired, with};

#[test]
fn a_whole_life() {
    Story::new(Fake::new, full())
        .then(Fake::new, json!({ "name": "alpha", "size": 123_456_789 }))
        .then(Fake::new, json!({ "name": "beta" }))
        .then(Fake::new, Json::Null)
        .agree(0);
}

#[test]
fn a_configuration_of_which_not_all_is_known_at_plan() {
    let config = json!({
        "name": "alpha", "note": UNKNOWN, "tags": { "a": UNKNOWN }, "any": UNKNOWN, "rule": [{}],
    });
    Story::new(Fake::new, config).agree(0);
}

#[test]
fn a_prior_value_in_place_of_a_configured_one() {
    let keeping = planning(|planned| with(&planned, "note", &Value::text("x")));
    Story::new(Fake::new, json!({ "name": "a", "note": "x" }))
        .then(keeping, json!({ "name": "a", "note": "y" }))
        .agree(0);
}

#[test]
fn other_blocks_in_a_planned_set_if_the_apply_keeps_to_them() {
    let others = || {
        planning(|planned| {
            let others = [block(8, unknown()), block(9, unknown())];
            top(planned, "tag", Value::set(block_type(), others))
        })
    };
    Story::new(others(), full()).agree(0);
}

#[test]
fn anything_where_null_of_any_type_was_planned() {
    let returning = applying(|applied| with(&applied, "any", &Value::Bool(true)));
    Story::new(returning, small()).agree(0);
}

#[test]
fn null_blocks_after_apply() {
    let null = applying(|applied| top(applied, "rule", Value::Null(Type::list(block_type()))));
    Story::new(null, full()).agree(0);
}

/// What each provider of a story was asked to plan and to apply, as it reads it.
type Log = Arc<Mutex<Vec<Vec<String>>>>;

/// A provider that writes down what it is asked.
fn asked(log: &Log) -> impl Fn() -> Fake + use<> {
    let log = Arc::clone(log);
    move || {
        let at = log.lock().unwrap().len();
        log.lock().unwrap().push(Vec::new());
        let note = |log: &Log| {
            let log = Arc::clone(log);
            move |what: &str, values: [&Option<wire::DynamicValue>; 3], kept: String| {
                let values = values.map(|value| unwired(value.as_ref(), &thing_type()));
                log.lock().unwrap()[at].push(format!("{what} {values:#?} {kept}"));
            }
        };
        let (plans, applies) = (note(&log), note(&log));
        Fake::new()
            .plan_resource_change(move |request, answer| {
                let values = [&request.prior_state, &request.proposed_new_state, &request.config];
                let kept = format!("{:?} {:?}", request.prior_private, request.prior_identity);
                plans("plan", values, kept);
                answer
            })
            .apply_resource_change(move |request, answer| {
                let values = [&request.prior_state, &request.planned_state, &request.config];
                let kept = format!("{:?} {:?}", request.planned_private, request.planned_identity);
                applies("apply", values, kept);
                answer
            })
    }
}

#[test]
fn a_provider_is_asked_the_same_in_the_same_order() {
    let log = Log::default();
    let other = json!({
        "name": "alpha", "secret_wo": "w", "rule": [{ "port": 2 }],
        "tag": [{ "port": 2 }, { "port": 9 }],
        "zone": { "x": { "port": 5 }, "y": {} }, "one": {}, "free": [{ "value": 2 }],
    });
    Story::new(asked(&log), full())
        .then(asked(&log), other)
        .then(asked(&log), small())
        .then(asked(&log), json!({ "name": "beta", "size": 5 }))
        .then(asked(&log), Json::Null)
        .agree(0);
    let log = log.lock().unwrap();
    let (terraform, checker) = log.split_at(log.len() / 2);
    for (chapter, (terraform, checker)) in terraform.iter().zip(checker).enumerate() {
        // `apply -destroy` refreshes with a plan of the configuration that is there.
        let refreshing = usize::from(chapter == 4);
        let both = (terraform[refreshing..].join("\n"), checker.join("\n"));
        assert_eq!(both.1, both.0, "chapter {chapter}");
    }
}
