//! Plans that both refuse: blocks.

use checker::{Type, Value};
use serde_json::json;

use crate::compare::{Story, block, block_type, full, planning, small, top, unknown};

#[test]
fn other_numbers_of_blocks() {
    let none = planning(|planned| top(planned, "rule", Value::List(block_type(), Vec::new())));
    Story::new(none, full()).agree(1);
    let none = planning(|planned| top(planned, "zone", Value::Map(block_type(), [].into())));
    Story::new(none, full()).agree(1);
}

#[test]
fn null_blocks() {
    let null = planning(|planned| top(planned, "rule", Value::Null(Type::list(block_type()))));
    Story::new(null, small()).agree(1);
    let null = planning(|planned| top(planned, "tag", Value::Null(Type::set(block_type()))));
    Story::new(null, small()).agree(1);
    let null = planning(|planned| top(planned, "zone", Value::Null(Type::map(block_type()))));
    Story::new(null, small()).agree(1);
}

#[test]
fn unknown_blocks() {
    let unknown =
        planning(|planned| top(planned, "rule", Value::unknown(Type::list(block_type()))));
    Story::new(unknown, small()).agree(1);
    let unknown = planning(|planned| top(planned, "one", Value::unknown(block_type())));
    Story::new(unknown, full()).agree(1);
}

#[test]
fn unknown_elements() {
    let elements = planning(|planned| {
        let elements = vec![Value::unknown(block_type()), Value::unknown(block_type())];
        top(planned, "rule", Value::List(block_type(), elements))
    });
    Story::new(elements, full()).agree(2);
    let elements = planning(|planned| {
        top(planned, "tag", Value::set(block_type(), [Value::unknown(block_type())]))
    });
    Story::new(elements, full()).agree(1);
}

fn zone(label: &str, port: i64) -> Value {
    Value::Map(block_type(), [(label.to_owned(), block(port, unknown()))].into())
}

#[test]
fn other_labels_and_other_values_inside() {
    let label = planning(|planned| top(planned, "zone", zone("y", 3)));
    Story::new(label, full()).agree(2);
    let value = planning(|planned| top(planned, "zone", zone("x", 5)));
    Story::new(value, full()).agree(1);
}

#[test]
fn single_blocks_that_are_there_when_they_should_not_be() {
    let absent = planning(|planned| top(planned, "one", Value::Null(block_type())));
    Story::new(absent, full()).agree(1);
    let present = planning(|planned| top(planned, "one", block(1, unknown())));
    Story::new(present, small()).agree(1);
}

#[test]
fn blocks_without_their_attributes() {
    let nothing = planning(|planned| {
        let nothing = Value::object::<&str>([]);
        top(planned, "rule", Value::List(nothing.ty(), vec![nothing]))
    });
    Story::new(nothing, json!({ "name": "a", "rule": [{}] })).agree(2);
}

fn free(values: Vec<Value>) -> Value {
    Value::Tuple(values.into_iter().map(|value| Value::object([("value", value)])).collect())
}

#[test]
fn blocks_that_hold_anything() {
    let other = planning(|planned| {
        let values = vec![Value::integer(1), Value::text("y"), Value::Null(Type::Dynamic)];
        top(planned, "free", free(values))
    });
    Story::new(other, full()).agree(1);
    let fewer = planning(|planned| top(planned, "free", free(vec![Value::integer(1)])));
    Story::new(fewer, full()).agree(1);
    let unknown = planning(|planned| top(planned, "free", Value::unknown(Type::Dynamic)));
    Story::new(unknown, full()).agree(1);
}
