//! Random configurations of a schema: for tests that hold whatever a practitioner writes.
//!
//! Unknown values stand at every position; null in place of attributes, of blocks and of members of
//! objects, but not of elements of collections, which the framework refuses. There are `dynamic`
//! blocks whose number is not known, numbers beyond 64 bits, and text in any of Unicode's forms.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::types::Type;
use crate::value::{Number, Refinement, Value};

/// How many elements a random collection has at most, and blocks where the schema has no limit.
const MOST: usize = 3;

/// A configuration that Terraform would hand to a provider at plan.
pub fn configuration(block: &Block) -> BoxedStrategy<Value> {
    let attributes = block.attributes.iter().map(|(name, found)| (name, attribute(found)));
    let blocks = block.blocks.iter().map(|(name, found)| (name, blocks(found)));
    members(attributes.chain(blocks))
}

/// The configuration as it may be at apply: with a known value for each unknown part.
#[must_use]
pub fn resolved(config: &Value, block: &Block) -> Value {
    let Value::Object(members) = config else { return config.clone() };
    let member = |(name, value): (&String, &Value)| {
        let value = match block.blocks.get(name) {
            Some(nested) => resolved_blocks(value, nested),
            None => known(value),
        };
        (name.clone(), value)
    };
    Value::Object(members.iter().map(member).collect())
}

fn resolved_blocks(value: &Value, nested: &NestedBlock) -> Value {
    let of = |value: &Value| resolved(value, &nested.block);
    match value {
        // Known by now: as many as there must be.
        Value::Unknown(..) => example_blocks(nested),
        Value::List(ty, blocks) => Value::List(ty.clone(), blocks.iter().map(of).collect()),
        Value::Set(ty, blocks) => Value::set(ty.clone(), blocks.iter().map(of)),
        Value::Tuple(blocks) => Value::Tuple(blocks.iter().map(of).collect()),
        Value::Map(ty, blocks) => {
            let blocks = blocks.iter().map(|(label, block)| (label.clone(), of(block)));
            Value::Map(ty.clone(), blocks.collect())
        }
        Value::Object(blocks) if nested.nesting == Nesting::Map => {
            Value::object(blocks.iter().map(|(label, block)| (label.clone(), of(block))))
        }
        Value::Object(_) => of(value),
        other => other.clone(),
    }
}

/// As many blocks as there must be.
fn example_blocks(nested: &NestedBlock) -> Value {
    match usize::try_from(nested.min_items) {
        Ok(count @ 1..) => nested.collect(vec![example_block(&nested.block); count]),
        _ => nested.empty(),
    }
}

/// A block with nothing but what is required.
fn example_block(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let ty = attribute.ty.clone();
        let value = if attribute.required { example(&ty) } else { Value::Null(ty) };
        (name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|(name, nested)| (name.clone(), example_blocks(nested)));
    Value::object(attributes.chain(blocks))
}

/// `value` with a known value for each unknown part.
fn known(value: &Value) -> Value {
    value.transform(&mut |_, part| match part {
        Value::Unknown(Type::String, refinement) => Value::text(refinement.prefix),
        Value::Unknown(ty, _) => example(&ty),
        part => part,
    })
}

/// Some known value of this type.
pub fn example(ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(true),
        Type::Number => Value::integer(7),
        Type::String | Type::Dynamic => Value::text("known"),
        Type::List(of) => Value::List((**of).clone(), vec![example(of)]),
        Type::Set(of) => Value::Set((**of).clone(), vec![example(of)]),
        Type::Map(of) => {
            Value::Map((**of).clone(), BTreeMap::from([("key".to_owned(), example(of))]))
        }
        Type::Object(members) => {
            Value::object(members.iter().map(|(name, ty)| (name.clone(), example(ty))))
        }
        Type::Tuple(members) => Value::Tuple(members.iter().map(example).collect()),
    }
}

fn attribute(attribute: &Attribute) -> BoxedStrategy<Value> {
    let null = Just(Value::Null(attribute.ty.clone()));
    match attribute {
        Attribute { required: false, optional: false, .. } => null.boxed(),
        Attribute { required: true, ty, .. } => value(ty),
        Attribute { ty, .. } => prop_oneof![2 => null, 3 => value(ty)].boxed(),
    }
}

fn blocks(nested: &NestedBlock) -> BoxedStrategy<Value> {
    let least = usize::try_from(nested.min_items).unwrap_or_default();
    let most = match usize::try_from(nested.max_items) {
        Ok(most @ 1..) => most,
        _ => least + MOST,
    };
    let one = configuration(&nested.block);
    let empty = Just(nested.empty());
    match nested.nesting {
        Nesting::Single if least == 0 => prop_oneof![empty, one].boxed(),
        Nesting::Single | Nesting::Group => one,
        // The label of such a block is never unknown, and there are no `dynamic` ones.
        Nesting::Map => empty.boxed(),
        Nesting::List | Nesting::Set => {
            let unknown = Just(Value::unknown(nested.ty()));
            let nested = nested.clone();
            let known = prop::collection::vec(one, least..=most)
                .prop_map(move |blocks| nested.collect(blocks));
            prop_oneof![1 => unknown, 6 => known].boxed()
        }
    }
}

/// A value of this type, or null.
fn nullable(ty: &Type) -> BoxedStrategy<Value> {
    let null = Just(Value::Null(ty.clone()));
    prop_oneof![1 => null, 6 => value(ty)].boxed()
}

/// A value of this type that is not null, but maybe unknown as a whole or in part.
fn value(ty: &Type) -> BoxedStrategy<Value> {
    let unknown = Just(Value::unknown(ty.clone()));
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::String => text().prop_map(Value::text).boxed(),
        Type::Dynamic => {
            let types = [Type::Bool, Type::String, Type::list(Type::Number)];
            select(types.to_vec()).prop_flat_map(|ty| value(&ty)).boxed()
        }
        Type::List(of) => {
            let of = (**of).clone();
            let elements = prop::collection::vec(value(&of), 0..=MOST);
            elements.prop_map(move |elements| Value::List(of.clone(), elements)).boxed()
        }
        Type::Set(of) => {
            let of = (**of).clone();
            let elements = prop::collection::vec(value(&of), 0..=MOST);
            elements.prop_map(move |elements| Value::set(of.clone(), elements)).boxed()
        }
        Type::Map(of) => {
            let of = (**of).clone();
            let entries = prop::collection::btree_map(key(), value(&of), 0..=MOST);
            entries.prop_map(move |entries| Value::Map(of.clone(), entries)).boxed()
        }
        Type::Object(types) => members(types.iter().map(|(name, ty)| (name, nullable(ty)))),
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(nullable).collect();
            elements.prop_map(Value::Tuple).boxed()
        }
    };
    match ty {
        Type::String => {
            let refined = Refinement::prefix("pre-").of(Type::String);
            prop_oneof![2 => unknown, 1 => Just(refined), 9 => known].boxed()
        }
        _ => prop_oneof![1 => unknown, 4 => known].boxed(),
    }
}

/// An object of which each member is drawn by itself.
fn members<'a>(
    members: impl Iterator<Item = (&'a String, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) =
        members.map(|(name, value)| (name.clone(), value)).unzip();
    values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
}

fn number() -> impl Strategy<Value = Number> {
    let written = select(vec![
        "0",
        "-1",
        "0.1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "1e100",
        "0.000000000000000000001",
    ]);
    let written = written.prop_filter_map("no number", Number::parse);
    prop_oneof![any::<i64>().prop_map(Number::from), written]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z]{1,12}",
        // Composed and decomposed forms, white space, what JSON and HCL escape.
        "[a\u{301}e\u{308}\u{e9}\u{212b} \"\\\\${}%\n\t]{0,8}",
        "\\PC{0,20}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", Just("\u{e9}".to_owned()), Just(String::new())]
}
