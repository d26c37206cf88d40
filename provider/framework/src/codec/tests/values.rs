//! Values of every kind, with their types.

use proptest::prelude::*;

use crate::codec::normal;
use crate::dynamic::Dynamic;
use crate::number::Number;
use crate::types::Type;

/// A type and a value of it, of bounded size.
pub(super) fn typed_value() -> impl Strategy<Value = (Type, Dynamic)> {
    let leaf = prop_oneof![
        Just((Type::String, Dynamic::Null)),
        Just((Type::Number, Dynamic::Unknown)),
        Just((Type::Dynamic, Dynamic::Unknown)),
        any::<bool>().prop_map(|value| (Type::Bool, value.into())),
        any::<i64>().prop_map(|value| (Type::Number, value.into())),
        any::<u64>().prop_map(|value| (Type::Number, Dynamic::Number(value.into()))),
        "-?[0-9]{1,200}(\\.[0-9]{1,200})?(e-?[0-9]{1,2})?"
            .prop_map(|text| (Type::Number, Dynamic::Number(Number::parse(&text).unwrap()))),
        "\\PC{0,40}".prop_map(|text| (Type::String, Dynamic::String(normal(&text)))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(ty, value)| {
                (Type::list(ty), Dynamic::List(vec![value.clone(), value]))
            }),
            inner.clone().prop_map(|(ty, value)| (Type::set(ty), Dynamic::Set(vec![value]))),
            inner.clone().prop_map(|(ty, value)| {
                let members = ["", "k", "\u{e9}"].map(|name| (name.to_owned(), value.clone()));
                (Type::map(ty), Dynamic::Map(members.into()))
            }),
            inner
                .clone()
                .prop_map(|(ty, value)| (Type::Dynamic, Dynamic::Typed(Box::new((ty, value))))),
            prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4).prop_map(|members| {
                let types = members.iter().map(|(name, (ty, _))| (name.clone(), ty.clone()));
                let ty = Type::Object(types.collect());
                let values = members.into_iter().map(|(name, (_, value))| (name, value));
                (ty, Dynamic::Map(values.collect()))
            }),
            prop::collection::vec(inner, 0..3).prop_map(|members| {
                let (types, values) = members.into_iter().unzip();
                (Type::Tuple(types), Dynamic::List(values))
            }),
        ]
    })
}
