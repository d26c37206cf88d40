//! A schema and objects for the crate's own tests.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::types::Type;
use crate::value::Value;

/// An attribute with the flags that the letters name: r, o, c, s(ensitive), w(rite-only).
pub(crate) fn attribute(ty: Type, flags: &str) -> Attribute {
    Attribute {
        ty,
        required: flags.contains('r'),
        optional: flags.contains('o'),
        computed: flags.contains('c'),
        sensitive: flags.contains('s'),
        write_only: flags.contains('w'),
        deprecated: false,
        deprecation_message: String::new(),
    }
}

pub(crate) fn block<const N: usize, const M: usize>(
    attributes: [(&str, Attribute); N],
    blocks: [(&str, NestedBlock); M],
) -> Block {
    Block {
        attributes: BTreeMap::from(attributes.map(|(name, a)| (name.to_owned(), a))),
        blocks: BTreeMap::from(blocks.map(|(name, b)| (name.to_owned(), b))),
        ..Block::default()
    }
}

pub(crate) fn nested(nesting: Nesting, block: Block) -> NestedBlock {
    NestedBlock { block, nesting, min_items: 0, max_items: 0 }
}

/// One attribute of each kind, one block of each nesting.
pub(crate) fn thing() -> Block {
    let rule = || {
        block([("port", attribute(Type::Number, "o")), ("rid", attribute(Type::String, "c"))], [])
    };
    block(
        [
            ("id", attribute(Type::String, "c")),
            ("name", attribute(Type::String, "r")),
            ("note", attribute(Type::String, "o")),
            ("any", attribute(Type::Dynamic, "o")),
            ("size", attribute(Type::Number, "oc")),
            ("tags", attribute(Type::map(Type::String), "o")),
            ("ports", attribute(Type::set(Type::Number), "oc")),
            ("list", attribute(Type::list(Type::String), "oc")),
            ("secret", attribute(Type::String, "os")),
            ("secret_wo", attribute(Type::String, "ow")),
        ],
        [
            ("rule", nested(Nesting::List, rule())),
            ("tag", nested(Nesting::Set, rule())),
            ("zone", nested(Nesting::Map, rule())),
            ("one", nested(Nesting::Single, rule())),
            ("group", nested(Nesting::Group, rule())),
            ("free", nested(Nesting::List, block([("value", attribute(Type::Dynamic, "o"))], []))),
            ("named", nested(Nesting::Map, block([("value", attribute(Type::Dynamic, "o"))], []))),
        ],
    )
}

/// The object that `json` writes, computed attributes included.
pub(crate) fn object(schema: &Block, json: &Json) -> Value {
    crate::config::read(json, schema).unwrap()
}
