//! The type of a value, as Terraform's type system (cty) names it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

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

    /// Reads the form that [`Type::to_json`] writes; `None` for anything else.
    pub fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
                ("list", element) => Some(Self::list(Self::from_json(element)?)),
                ("set", element) => Some(Self::set(Self::from_json(element)?)),
                ("map", element) => Some(Self::map(Self::from_json(element)?)),
                ("object", Json::Object(members)) => members
                    .iter()
                    .map(|(name, ty)| Some((name.clone(), Self::from_json(ty)?)))
                    .collect::<Option<_>>()
                    .map(Self::Object),
                ("tuple", Json::Array(members)) => {
                    members.iter().map(Self::from_json).collect::<Option<_>>().map(Self::Tuple)
                }
                _ => None,
            },
            _ => None,
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
    fn what_is_no_type_is_refused() {
        for json in [json!("text"), json!(["list"]), json!(["object", []]), json!(1)] {
            assert_eq!(Type::from_json(&json), None, "{json}");
        }
    }
}
