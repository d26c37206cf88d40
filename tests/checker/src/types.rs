//! Types of values, as schemas carry them: JSON on the wire, `list of string` to people.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::path::{Path, Step};

/// The type of a value, or what a schema asks of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    Bool,
    Number,
    String,
    /// Any type: the value brings its own.
    Dynamic,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, Type>),
    Tuple(Vec<Type>),
}

impl Type {
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The type that these bytes of a schema write.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        Self::from_json_value(&json)
    }

    fn from_json_value(json: &Json) -> Result<Self, String> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(format!("invalid primitive type name {name:?}")),
            },
            Json::Array(parts) => {
                let [Json::String(kind), of, ..] = parts.as_slice() else {
                    return Err("invalid complex type description".to_owned());
                };
                match (kind.as_str(), of) {
                    ("list", of) => Ok(Self::list(Self::from_json_value(of)?)),
                    ("set", of) => Ok(Self::set(Self::from_json_value(of)?)),
                    ("map", of) => Ok(Self::map(Self::from_json_value(of)?)),
                    ("object", Json::Object(attributes)) => Ok(Self::Object(
                        attributes
                            .iter()
                            .map(|(name, ty)| Ok((name.clone(), Self::from_json_value(ty)?)))
                            .collect::<Result<_, String>>()?,
                    )),
                    ("tuple", Json::Array(elements)) => Ok(Self::Tuple(
                        elements.iter().map(Self::from_json_value).collect::<Result<_, _>>()?,
                    )),
                    _ => Err(format!("invalid complex type kind name {kind:?}")),
                }
            }
            _ => Err("invalid complex type description".to_owned()),
        }
    }

    /// The bytes that write this type.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_json_value().to_string().into_bytes()
    }

    pub(crate) fn to_json_value(&self) -> Json {
        match self {
            Self::Bool => Json::from("bool"),
            Self::Number => Json::from("number"),
            Self::String => Json::from("string"),
            Self::Dynamic => Json::from("dynamic"),
            Self::List(of) => Json::from(vec![Json::from("list"), of.to_json_value()]),
            Self::Set(of) => Json::from(vec![Json::from("set"), of.to_json_value()]),
            Self::Map(of) => Json::from(vec![Json::from("map"), of.to_json_value()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(n, ty)| (n.clone(), ty.to_json_value()));
                Json::from(vec![Json::from("object"), Json::Object(attributes.collect())])
            }
            Self::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(Self::to_json_value).collect();
                Json::from(vec![Json::from("tuple"), Json::from(elements)])
            }
        }
    }

    /// Whether `dynamic` is anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(of) | Self::Set(of) | Self::Map(of) => of.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }

    /// Whether it is a list, a set or a map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_))
    }

    /// The type of the attribute `name` of an object of this type.
    pub fn attribute(&self, name: &str) -> Type {
        match self {
            Self::Object(attributes) => attributes.get(name).cloned().unwrap_or(Self::Dynamic),
            _ => Self::Dynamic,
        }
    }

    /// Where a value of this type would not be accepted as a `wanted`, and why.
    pub(crate) fn nonconformities(&self, wanted: &Type) -> Vec<(Path, String)> {
        let mut found = Vec::new();
        self.compare(wanted, &Path::root(), &mut found);
        found
    }

    fn compare(&self, wanted: &Type, path: &Path, found: &mut Vec<(Path, String)>) {
        match (self, wanted) {
            (_, Self::Dynamic) => {}
            (given, wanted) if given == wanted => {}
            (Self::Object(given), Self::Object(wanted)) => {
                for name in given.keys().filter(|name| !wanted.contains_key(*name)) {
                    found.push((path.clone(), format!("unsupported attribute {name:?}")));
                }
                for (name, wanted) in wanted {
                    match given.get(name) {
                        Some(given) => given.compare(wanted, &path.attribute(name), found),
                        None => {
                            let why = format!("missing required attribute {name:?}");
                            found.push((path.clone(), why));
                        }
                    }
                }
            }
            (Self::Tuple(given), Self::Tuple(wanted)) if given.len() == wanted.len() => {
                for (index, (given, wanted)) in given.iter().zip(wanted).enumerate() {
                    given.compare(wanted, &path.index(index), found);
                }
            }
            (Self::Tuple(given), Self::Tuple(wanted)) => found.push((
                path.clone(),
                format!("{} elements are required, but got {}", wanted.len(), given.len()),
            )),
            (Self::List(given), Self::List(wanted))
            | (Self::Set(given), Self::Set(wanted))
            | (Self::Map(given), Self::Map(wanted)) => {
                given.compare(wanted, &path.with(Step::Any), found);
            }
            (given, wanted) => found.push((
                path.clone(),
                format!("{} required, but received {}", wanted.name(), given.name()),
            )),
        }
    }

    /// What Terraform calls it in front of people.
    pub fn name(&self) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::Dynamic => "dynamic".to_owned(),
            Self::List(of) => format!("list of {}", of.name()),
            Self::Set(of) => format!("set of {}", of.name()),
            Self::Map(of) => format!("map of {}", of.name()),
            Self::Object(_) => "object".to_owned(),
            Self::Tuple(_) => "tuple".to_owned(),
        }
    }

    /// How Go source would write it, which is what Terraform's messages about providers show.
    pub(crate) fn go(&self) -> String {
        match self {
            Self::Bool => "cty.Bool".to_owned(),
            Self::Number => "cty.Number".to_owned(),
            Self::String => "cty.String".to_owned(),
            Self::Dynamic => "cty.DynamicPseudoType".to_owned(),
            Self::List(of) => format!("cty.List({})", of.go()),
            Self::Set(of) => format!("cty.Set({})", of.go()),
            Self::Map(of) => format!("cty.Map({})", of.go()),
            Self::Object(attributes) if attributes.is_empty() => "cty.EmptyObject".to_owned(),
            Self::Object(attributes) => {
                let attributes: Vec<_> = attributes
                    .iter()
                    .map(|(name, ty)| format!("{}:{}", crate::value::quote(name), ty.go()))
                    .collect();
                format!("cty.Object(map[string]cty.Type{{{}}})", attributes.join(", "))
            }
            Self::Tuple(elements) if elements.is_empty() => "cty.EmptyTuple".to_owned(),
            Self::Tuple(elements) => {
                let elements: Vec<_> = elements.iter().map(Self::go).collect();
                format!("cty.Tuple([]cty.Type{{{}}})", elements.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Type;

    #[test]
    fn every_kind_of_type_survives_its_json() {
        let ty = Type::object([
            ("flag", Type::Bool),
            ("any", Type::list(Type::Dynamic)),
            ("tags", Type::map(Type::set(Type::String))),
            ("pair", Type::Tuple(vec![Type::Number, Type::String])),
        ]);
        assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
    }

    #[test]
    fn what_is_no_type_says_so() {
        for (json, why) in [
            ("\"int\"", "invalid primitive type name \"int\""),
            ("[\"bag\",\"string\"]", "invalid complex type kind name \"bag\""),
            ("[\"list\"]", "invalid complex type description"),
            ("{}", "invalid complex type description"),
            ("", "EOF while parsing a value at line 1 column 0"),
        ] {
            assert_eq!(Type::from_json(json.as_bytes()), Err(why.to_owned()), "{json}");
        }
    }
}
