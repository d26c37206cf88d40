//! Configurations that a practitioner might write.
//!
//! `checker::arbitrary` writes anything that a schema allows; hardly any of it passes validation.

use checker::schema::{Attribute, Block, NestedBlock, Nesting};
use checker::{Number, Refinement, Type, Value};
use proptest::prelude::*;

/// What an attribute of this name may well hold.
pub(super) type Plausible = fn(&str) -> &'static [&'static str];

/// A configuration that is wholly known, and how it looks while parts of it are not known yet.
#[derive(Debug, Clone)]
pub(super) struct RandomConfig {
    pub(super) known: Value,
    pub(super) planned: Value,
}

/// Any configuration that the schema allows.
pub(super) fn config(schema: &Block, plausible: Plausible) -> BoxedStrategy<RandomConfig> {
    let schema = schema.clone();
    let mask = prop::collection::vec(prop::bool::weighted(0.15), 40);
    let mask = prop_oneof![Just(vec![false]), mask];
    (block(&schema, plausible), mask)
        .prop_map(move |(known, mask)| {
            let planned = hide(&schema, &known, &mut mask.iter().copied().cycle());
            RandomConfig { known, planned }
        })
        .boxed()
}

fn block(schema: &Block, plausible: Plausible) -> BoxedStrategy<Value> {
    let attributes = schema
        .attributes
        .iter()
        .map(|(name, found)| (Just(name.clone()), attribute(name, found, plausible)).boxed());
    let blocks = schema
        .blocks
        .iter()
        .map(|(name, nested)| (Just(name.clone()), blocks(nested, plausible)).boxed());
    attributes.chain(blocks).collect::<Vec<_>>().prop_map(Value::object).boxed()
}

fn attribute(name: &str, attribute: &Attribute, plausible: Plausible) -> BoxedStrategy<Value> {
    let null = Just(Value::Null(attribute.ty.clone()));
    let known = value(name, &attribute.ty, plausible);
    match (attribute.required, attribute.optional) {
        (true, _) => known,
        (false, true) => prop_oneof![null, known].boxed(),
        (false, false) => null.boxed(),
    }
}

fn blocks(nested: &NestedBlock, plausible: Plausible) -> BoxedStrategy<Value> {
    let few = usize::try_from(nested.min_items).unwrap_or_default();
    let most = match nested.max_items {
        0 => few + 4,
        most => usize::try_from(most).unwrap_or(usize::MAX),
    };
    let ty = nested.block.ty();
    if nested.nesting == Nesting::Single {
        let none = Just(Value::Null(ty));
        return prop_oneof![3 => none, 1 => block(&nested.block, plausible)].boxed();
    }
    let nesting = nested.nesting;
    prop::collection::vec(block(&nested.block, plausible), few..=most)
        .prop_map(move |blocks| repeated(nesting, ty.clone(), blocks))
        .boxed()
}

fn repeated(nesting: Nesting, ty: Type, blocks: Vec<Value>) -> Value {
    match nesting {
        Nesting::Set => Value::set(ty, blocks),
        _ => Value::List(ty, blocks),
    }
}

fn value(name: &str, ty: &Type, plausible: Plausible) -> BoxedStrategy<Value> {
    let elements = |of: &Type| {
        let null = Just(Value::Null(of.clone()));
        let element = prop_oneof![1 => null, 40 => value(name, of, plausible)];
        prop::collection::vec(element, 0..4)
    };
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number(plausible(name)),
        Type::String => text(plausible(name)).prop_map(Value::text).boxed(),
        Type::List(of) => {
            let ty = (**of).clone();
            elements(of).prop_map(move |elements| Value::List(ty.clone(), elements)).boxed()
        }
        Type::Set(of) => {
            let ty = (**of).clone();
            elements(of).prop_map(move |elements| Value::set(ty.clone(), elements)).boxed()
        }
        Type::Map(of) => {
            let ty = (**of).clone();
            let keys = prop::collection::vec(text(&["env", "team", "owner"]), 4);
            (keys, elements(of))
                .prop_map(move |(keys, elements)| {
                    let keys = keys.into_iter().map(normalised);
                    Value::Map(ty.clone(), keys.zip(elements).collect())
                })
                .boxed()
        }
        other => panic!("no schema of this provider has a {}", other.name()),
    }
}

/// Keys, as any text, are in Unicode's form C when they come from Terraform.
fn normalised(key: String) -> String {
    match Value::text(key) {
        Value::String(key) => key,
        other => unreachable!("{other:?} is text"),
    }
}

fn number(plausible: &'static [&'static str]) -> BoxedStrategy<Value> {
    let plain = |text: &str| Value::Number(Number::parse(text).unwrap());
    const WILD: &[&str] =
        &["0", "-1", "0.5", "1e300", "18446744073709551616", "-9223372036854775809"];
    prop_oneof![
        40 => prop::sample::select(plausible).prop_map(plain),
        1 => prop::sample::select(WILD).prop_map(plain),
    ]
    .boxed()
}

/// Plausible text, and sometimes any: empty, long, full of signs, in another normal form.
fn text(plausible: &'static [&'static str]) -> BoxedStrategy<String> {
    let free = prop_oneof![
        Just(String::new()),
        Just("e\u{301}te\u{301}".to_owned()),
        Just("\u{1f469}\u{200d}\u{1f4bb}&<\"\\%2B".to_owned()),
        Just("x".repeat(600)),
        any::<String>(),
        "[a-z]{1,8}",
    ];
    if plausible.is_empty() {
        return free.boxed();
    }
    let plausible = prop::sample::select(plausible).prop_map(str::to_owned);
    prop_oneof![40 => plausible, 1 => free].boxed()
}

/// The configuration while what the mask says is not known: attributes, parts of them, and how many
/// blocks there are.
fn hide(schema: &Block, config: &Value, mask: &mut impl Iterator<Item = bool>) -> Value {
    let attributes = schema.attributes.iter().map(|(name, attribute)| {
        let given = attribute.required || attribute.optional;
        let value = config.attribute(name);
        let value = if given { hide_value(value, mask) } else { value };
        (name.clone(), value)
    });
    let attributes: Vec<_> = attributes.collect();
    let blocks = schema.blocks.iter().map(|(name, nested)| {
        let blocks = config.attribute(name);
        let value = if nested.nesting == Nesting::Single {
            if blocks.is_null() { blocks } else { hide(&nested.block, &blocks, mask) }
        } else if mask.next().unwrap_or_default() {
            Value::unknown(nested.ty())
        } else {
            let blocks = blocks.elements().iter().map(|block| hide(&nested.block, block, mask));
            repeated(nested.nesting, nested.block.ty(), blocks.collect())
        };
        (name.clone(), value)
    });
    let blocks: Vec<_> = blocks.collect();
    Value::object(attributes.into_iter().chain(blocks))
}

fn hide_value(value: Value, mask: &mut impl Iterator<Item = bool>) -> Value {
    if mask.next().unwrap_or_default() {
        // Much of what another resource computes is known not to be null.
        let not_null = !value.is_null() && mask.next().unwrap_or_default();
        return Value::Unknown(value.ty(), Refinement { not_null, ..Refinement::default() });
    }
    match value {
        Value::List(of, elements) => {
            Value::List(of, elements.into_iter().map(|element| hide_value(element, mask)).collect())
        }
        Value::Set(of, elements) => {
            Value::set(of, elements.into_iter().map(|element| hide_value(element, mask)))
        }
        Value::Map(of, entries) => {
            let entries = entries.into_iter();
            Value::Map(of, entries.map(|(key, entry)| (key, hide_value(entry, mask))).collect())
        }
        leaf => leaf,
    }
}
