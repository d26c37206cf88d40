//! The type of a value, as Terraform's type system (cty) names it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// How deep collections may stand in each other, in a type and in a value. Terraform has no limit of
/// its own; without one, a message of a few kilobytes would need any amount of stack.
pub(crate) const MAX_DEPTH: usize = 50;

/// Why JSON is no type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoType {
    Unknown,
    TooDeep,
}

/// A Terraform type. Collections have one element type; objects and tuples one for each member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Bool,
    Number,
    String,
    /// Any type: the value carries its own.
    Dynamic,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, Type>),
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map from text to `element`.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// Whether a part of it may be of any type.
    pub(crate) fn has_dynamic(&self) -> bool {
        match self {
            Self::Bool | Self::Number | Self::String => false,
            Self::Dynamic => true,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(members) => members.values().any(Self::has_dynamic),
            Self::Tuple(members) => members.iter().any(Self::has_dynamic),
        }
    }

    /// The form that schemas and dynamic values carry: `"string"`, `["map","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Object(members) => {
                let members: serde_json::Map<_, _> =
                    members.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", members])
            }
            Self::Tuple(members) => {
                json!(["tuple", members.iter().map(Self::to_json).collect::<Vec<_>>()])
            }
        }
    }

    /// Reads the form that [`Type::to_json`] writes; `None` for anything else, and for types that
    /// nest deeper than any value may.
    pub fn from_json(json: &Json) -> Option<Self> {
        Self::read(json, MAX_DEPTH).ok()
    }

    /// As [`Type::from_json`], with `levels` collections in each other at most.
    pub(crate) fn read(json: &Json, levels: usize) -> Result<Self, NoType> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(NoType::Unknown),
            },
            Json::Array(parts) => {
                let levels = levels.checked_sub(1).ok_or(NoType::TooDeep)?;
                match (parts.first().and_then(Json::as_str), parts.get(1)) {
                    (Some("list"), Some(element)) => Ok(Self::list(Self::read(element, levels)?)),
                    (Some("set"), Some(element)) => Ok(Self::set(Self::read(element, levels)?)),
                    (Some("map"), Some(element)) => Ok(Self::map(Self::read(element, levels)?)),
                    (Some("object"), Some(Json::Object(members))) => members
                        .iter()
                        .map(|(name, ty)| Ok((name.clone(), Self::read(ty, levels)?)))
                        .collect::<Result<_, _>>()
                        .map(Self::Object),
                    (Some("tuple"), Some(Json::Array(members))) => members
                        .iter()
                        .map(|ty| Self::read(ty, levels))
                        .collect::<Result<_, _>>()
                        .map(Self::Tuple),
                    _ => Err(NoType::Unknown),
                }
            }
            _ => Err(NoType::Unknown),
        }
    }

    /// Whether more than `levels` collections stand in each other.
    pub(crate) fn is_deeper_than(&self, levels: usize) -> bool {
        let deeper = |inner: &Self| match levels.checked_sub(1) {
            Some(levels) => inner.is_deeper_than(levels),
            None => true,
        };
        match self {
            Self::Bool | Self::Number | Self::String | Self::Dynamic => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => deeper(element),
            Self::Object(members) => levels == 0 || members.values().any(deeper),
            Self::Tuple(members) => levels == 0 || members.iter().any(deeper),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_its_json_form() {
        let object = BTreeMap::from([
            ("id".to_owned(), Type::String),
            ("ports".to_owned(), Type::set(Type::Number)),
        ]);
        for ty in [
            Type::Bool,
            Type::Dynamic,
            Type::list(Type::map(Type::String)),
            Type::Tuple(vec![Type::Number, Type::Object(object)]),
        ] {
            assert_eq!(Type::from_json(&ty.to_json()), Some(ty));
        }
    }

    #[test]
    fn a_type_nests_as_deep_as_a_value_may() {
        let nested = |levels| (0..levels).fold(json!("bool"), |ty, _| json!(["list", ty]));
        let deepest = Type::from_json(&nested(MAX_DEPTH)).unwrap();
        assert!(!deepest.is_deeper_than(MAX_DEPTH));
        assert!(deepest.is_deeper_than(MAX_DEPTH - 1));
        assert_eq!(Type::read(&nested(MAX_DEPTH + 1), MAX_DEPTH), Err(NoType::TooDeep));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for json in [json!("text"), json!(["list"]), json!(["object", []]), json!(1)] {
            assert_eq!(Type::from_json(&json), None, "{json}");
        }
    }
}
