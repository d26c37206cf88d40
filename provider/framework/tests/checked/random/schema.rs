//! Random schemas.

use proptest::prelude::*;
use proptest::sample::select;
use tf_framework::{Attribute, Block, Dynamic, Nesting, Schema, Type};

/// A schema, before it is one.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) attributes: Vec<AttributeSpec>,
    pub(crate) blocks: Vec<BlockSpec>,
}

#[derive(Debug, Clone)]
pub(crate) struct AttributeSpec {
    pub(crate) ty: Type,
    pub(crate) mode: Mode,
    pub(crate) requires_replace: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Required,
    Optional,
    /// Another spelling is no change.
    OptionalInAnyCase,
    Computed,
    ComputedOnce,
    OptionalComputed,
    Default,
    WriteOnly,
}

#[derive(Debug, Clone)]
pub(crate) struct BlockSpec {
    pub(crate) nesting: Nesting,
    pub(crate) least: usize,
    pub(crate) spec: Spec,
}

impl Spec {
    pub(crate) fn schema(&self) -> Schema {
        let mut schema = Schema::new("Random.");
        for (name, attribute) in self.attributes() {
            schema = schema.attribute(&name, attribute.attribute());
        }
        for (name, block) in self.blocks() {
            schema = schema.block(&name, block.block());
        }
        schema
    }

    /// The attributes by name.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (String, &AttributeSpec)> {
        (0..).zip(&self.attributes).map(|(index, found): (u32, _)| (format!("a{index}"), found))
    }

    /// The blocks by name.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (String, &BlockSpec)> {
        (0..).zip(&self.blocks).map(|(index, found): (u32, _)| (format!("b{index}"), found))
    }
}

impl AttributeSpec {
    fn attribute(&self) -> Attribute {
        let attribute = Attribute::new(self.ty.clone(), "Random.");
        let attribute = match self.mode {
            Mode::Required => attribute.required(),
            Mode::Optional => attribute,
            Mode::OptionalInAnyCase => attribute.same_when(|a, b| match (a, b) {
                (Dynamic::String(a), Dynamic::String(b)) => a.to_lowercase() == b.to_lowercase(),
                _ => false,
            }),
            Mode::Computed => attribute.computed(),
            Mode::ComputedOnce => attribute.computed().use_state_for_unknown(),
            Mode::OptionalComputed => attribute.optional_computed(),
            Mode::Default => attribute.default(example(&self.ty, "default")),
            Mode::WriteOnly => attribute.write_only(),
        };
        if self.requires_replace { attribute.requires_replace() } else { attribute }
    }
}

impl BlockSpec {
    fn block(&self) -> Block {
        let mut block = match self.nesting {
            Nesting::Single => Block::single("Random."),
            Nesting::List => Block::list("Random.").min_items(self.least),
            Nesting::Set => Block::set("Random.").min_items(self.least),
        };
        for (name, attribute) in self.spec.attributes() {
            block = block.attribute(&name, attribute.attribute());
        }
        for (name, nested) in self.spec.blocks() {
            block = block.block(&name, nested.block());
        }
        block
    }
}

/// Some value of this type, with `text` in it where there is text.
pub(crate) fn example(ty: &Type, text: &str) -> Dynamic {
    match ty {
        Type::Bool => true.into(),
        Type::Number => 42.into(),
        Type::String => text.into(),
        Type::Dynamic => Dynamic::Typed(Box::new((Type::String, text.into()))),
        Type::List(of) => Dynamic::List(vec![example(of, text)]),
        Type::Set(of) => Dynamic::Set(vec![example(of, text)]),
        Type::Map(of) => Dynamic::Map([("key".to_owned(), example(of, text))].into()),
        Type::Object(members) => Dynamic::Map(
            members.iter().map(|(name, ty)| (name.clone(), example(ty, text))).collect(),
        ),
        Type::Tuple(members) => Dynamic::List(members.iter().map(|ty| example(ty, text)).collect()),
    }
}

pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    spec_of(2, false, true)
}

/// Blocks in a set take neither write-only attributes nor those of any type; lists not the latter.
fn spec_of(depth: u32, in_set: bool, any_type: bool) -> BoxedStrategy<Spec> {
    let attributes = prop::collection::vec(attribute(in_set, any_type), 0..4);
    let blocks = if depth == 0 {
        Just(Vec::new()).boxed()
    } else {
        prop::collection::vec(block(depth - 1, in_set, any_type), 0..3).boxed()
    };
    (attributes, blocks).prop_map(|(attributes, blocks)| Spec { attributes, blocks }).boxed()
}

fn block(depth: u32, in_set: bool, any_type: bool) -> impl Strategy<Value = BlockSpec> {
    let nestings = select(vec![Nesting::Single, Nesting::List, Nesting::Set]);
    (nestings, 0..2_usize).prop_flat_map(move |(nesting, least)| {
        let in_set = in_set || nesting == Nesting::Set;
        let any_type = any_type && nesting == Nesting::Single;
        spec_of(depth, in_set, any_type).prop_map(move |spec| BlockSpec { nesting, least, spec })
    })
}

fn attribute(in_set: bool, any_type: bool) -> impl Strategy<Value = AttributeSpec> {
    use Mode::*;
    let mut modes = vec![
        Required,
        Optional,
        OptionalInAnyCase,
        Computed,
        ComputedOnce,
        OptionalComputed,
        Default,
    ];
    if !in_set {
        modes.push(WriteOnly);
    }
    (ty(any_type), select(modes), prop::bool::weighted(0.2)).prop_map(
        move |(ty, mode, requires_replace)| {
            // What a provider computes for an element of a set has to tell it from the others.
            let computed = matches!(mode, Computed | ComputedOnce | OptionalComputed | Default);
            let ty = if in_set && computed { Type::String } else { ty };
            AttributeSpec { ty, mode, requires_replace }
        },
    )
}

fn ty(any_type: bool) -> impl Strategy<Value = Type> {
    let mut leaves = vec![Type::String, Type::String, Type::Number, Type::Bool];
    if any_type {
        leaves.push(Type::Dynamic);
    }
    select(leaves).prop_flat_map(|leaf| {
        let object = Type::Object([("x".to_owned(), leaf.clone())].into());
        let tuple = Type::Tuple(vec![leaf.clone(), Type::Bool]);
        // Elements of a collection have one type, so none of "any".
        let mut types = vec![leaf.clone(), leaf.clone(), object, tuple];
        if leaf != Type::Dynamic {
            types.extend([
                Type::list(leaf.clone()),
                Type::set(leaf.clone()),
                Type::map(leaf.clone()),
                Type::map(Type::list(leaf.clone())),
                Type::list(Type::Object([("x".to_owned(), leaf)].into())),
            ]);
        }
        select(types)
    })
}
