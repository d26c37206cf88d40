//! Results of applies that both refuse.

use checker::{Refinement, Type, Value};
use serde_json::{Value as Json, json};

use crate::compare::{Story, applying, block, block_type, full, small, top, unknown};
use crate::fake::{Fake, thing_type, unwired, wired, with};

#[test]
fn another_value_than_planned() {
    let other = applying(|applied| with(&applied, "name", &Value::text("other")));
    Story::new(other, small()).agree(1);
    let appearing = applying(|applied| with(&applied, "note", &Value::text("n")));
    Story::new(appearing, small()).agree(1);
    let sensitive = applying(|applied| with(&applied, "secret", &Value::text("1")));
    Story::new(sensitive, full()).agree(1);
}

#[test]
fn other_maps() {
    let renamed = applying(|applied| {
        let tags = Value::Map(Type::String, [("b".to_owned(), Value::text("1"))].into());
        with(&applied, "tags", &tags)
    });
    Story::new(renamed, full()).agree(2);
    let null = applying(|applied| with(&applied, "tags", &Value::Null(Type::map(Type::String))));
    Story::new(null, full()).agree(1);
}

#[test]
fn other_sets() {
    let other = applying(|applied| {
        with(&applied, "ports", &Value::set(Type::Number, [80, 1].map(Value::integer)))
    });
    Story::new(other, full()).agree(1);
    let more = applying(|applied| {
        with(&applied, "ports", &Value::set(Type::Number, [80, 443, 1].map(Value::integer)))
    });
    Story::new(more, full()).agree(2);
}

#[test]
fn other_types_where_any_type_may_be() {
    let text = || applying(|applied| with(&applied, "any", &Value::text("1")));
    Story::new(text(), full()).agree(1);
    Story::new(text(), json!({ "name": "a", "any": 1 })).agree(1);
    let bool = applying(|applied| with(&applied, "any", &Value::Bool(true)));
    Story::new(bool, json!({ "name": "a", "any": 1 })).agree(1);
    let list = applying(|applied| with(&applied, "any", &Value::List(Type::String, Vec::new())));
    Story::new(list, json!({ "name": "a", "any": ["a"] })).agree(1);
    let shorter = applying(|applied| {
        let any = Value::object([("deep", Value::Tuple(vec![Value::Bool(true)]))]);
        with(&applied, "any", &any)
    });
    Story::new(shorter, full()).agree(1);
    let renamed = applying(|applied| {
        let any = Value::object([("deap", Value::Tuple(vec![Value::Bool(true)]))]);
        with(&applied, "any", &any)
    });
    Story::new(renamed, full()).agree(1);
}

#[test]
fn other_blocks() {
    let gone = applying(|applied| top(applied, "rule", Value::List(block_type(), Vec::new())));
    Story::new(gone, full()).agree(1);
    let gone = applying(|applied| top(applied, "zone", Value::Map(block_type(), [].into())));
    Story::new(gone, full()).agree(1);
    let appearing = applying(|applied| top(applied, "one", block(1, Value::text("r"))));
    Story::new(appearing, small()).agree(1);
}

#[test]
fn other_blocks_that_hold_anything() {
    let other = applying(|applied| {
        let block = |value| Value::object([("value", value)]);
        let blocks = [Value::integer(1), Value::text("y"), Value::text("z")].map(block);
        top(applied, "free", Value::Tuple(blocks.to_vec()))
    });
    Story::new(other, full()).agree(1);
    let fewer = applying(|applied| top(applied, "free", Value::Tuple(Vec::new())));
    Story::new(fewer, full()).agree(1);
}

#[test]
fn other_blocks_in_a_set() {
    let other = applying(|applied| {
        let blocks = [1, 5].map(|port| block(port, Value::text("r")));
        top(applied, "tag", Value::set(block_type(), blocks))
    });
    Story::new(other, full()).agree(1);
    let more = applying(|applied| {
        let blocks = [1, 2, 5].map(|port| block(port, Value::text("r")));
        top(applied, "tag", Value::set(block_type(), blocks))
    });
    Story::new(more, full()).agree(2);
}

#[test]
fn what_is_still_unknown() {
    let unsure = applying(|applied| with(&applied, "rid", &unknown()));
    Story::new(unsure, full()).agree(6);
}

#[test]
fn what_cannot_be_in_a_state() {
    let echoed = applying(|applied| with(&applied, "secret_wo", &Value::text("w")));
    Story::new(echoed, small()).agree(1);
    Story::new(applying(|_| Value::object::<&str>([])), small()).agree(14);
}

#[test]
fn no_object_and_one_too_many() {
    Story::new(applying(|_| Value::Null(thing_type())), small()).agree(1);
    let keeping = || {
        Fake::new().apply_resource_change(|request, mut answer| {
            answer.new_state.clone_from(&request.prior_state);
            answer
        })
    };
    Story::new(Fake::new, small()).then(keeping, Json::Null).agree(1);
}

/// A provider that promises this of an attribute, and applies that.
fn breaking(name: &'static str, promise: Value, applied: Value) -> impl Fn() -> Fake {
    move || {
        let (promise, applied) = (promise.clone(), applied.clone());
        Fake::new()
            .plan_resource_change(move |_, mut answer| {
                let planned = unwired(answer.planned_state.as_ref(), &thing_type());
                let planned = with(&planned, name, &promise);
                answer.planned_state = Some(wired(&planned, &thing_type()));
                answer
            })
            .apply_resource_change(move |_, mut answer| {
                let new = unwired(answer.new_state.as_ref(), &thing_type());
                answer.new_state = Some(wired(&with(&new, name, &applied), &thing_type()));
                answer
            })
    }
}

#[test]
fn promises_that_are_not_kept() {
    let arn = Refinement { not_null: false, ..Refinement::prefix("arn:") }.of(Type::String);
    Story::new(breaking("id", arn, Value::text("id-alpha")), small()).agree(1);
    let range = Refinement {
        not_null: true,
        minimum: Some((5_i64.into(), true)),
        maximum: Some((1_000_000_i64.into(), false)),
        ..Refinement::default()
    };
    let range = range.of(Type::Number);
    Story::new(breaking("size", range.clone(), Value::integer(3)), small()).agree(1);
    Story::new(breaking("size", range, Value::Null(Type::Number)), small()).agree(1);
}
