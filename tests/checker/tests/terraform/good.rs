//! What both accept.

use checker::{Type, UNKNOWN, Value};
use serde_json::{Value as Json, json};

use crate::compare::{Story, applying, block, block_type, full, planning, small, top, unknown};
use crate::fake::{Fake, with};

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
