//! Values: known, null or unknown, each with its type.

mod equality;
mod number;
mod refinement;
mod wording;

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

pub use number::Number;
pub use refinement::Refinement;
pub(crate) use wording::quote;

use crate::path::{Path, Step};
use crate::types::Type;

/// A value as Terraform holds it.
///
/// `==` is identity: an unknown value equals an unknown value of the same type and refinement. Whether
/// two values *will be* equal once everything is known is [`Value::equals`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value of that type.
    Null(Type),
    /// A value that is not known yet, and what is known of it already.
    Unknown(Type, Refinement),
    Bool(bool),
    Number(Number),
    /// Text in Unicode's form C: [`Value::text`] makes it so.
    String(String),
    /// The type is the elements'.
    List(Type, Vec<Value>),
    /// The type is the elements'. Ordered and without repetition: [`Value::set`] makes it so.
    Set(Type, Vec<Value>),
    /// The type is the elements'.
    Map(Type, BTreeMap<String, Value>),
    Object(BTreeMap<String, Value>),
    Tuple(Vec<Value>),
}

impl Value {
    /// Text, in the form in which Terraform compares it.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::String(text.as_ref().nfc().collect())
    }

    /// A number that fits into 64 bits.
    pub fn integer(integer: i64) -> Self {
        Self::Number(Number::from(integer))
    }

    /// A value of type `ty` of which nothing is known.
    pub fn unknown(ty: Type) -> Self {
        Self::Unknown(ty, Refinement::default())
    }

    /// A set: what is in it twice is in it once.
    pub fn set(of: Type, elements: impl IntoIterator<Item = Value>) -> Self {
        let mut distinct: Vec<Value> = Vec::new();
        for element in elements {
            if !(element.is_wholly_known() && distinct.contains(&element)) {
                distinct.push(element);
            }
        }
        distinct.sort_by(|a, b| match (a, b) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (a, b) => a.go().cmp(&b.go()),
        });
        Self::Set(of, distinct)
    }

    /// An object of these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Its type: of the parts it has, where the schema left the type open.
    pub fn ty(&self) -> Type {
        match self {
            Self::Null(ty) | Self::Unknown(ty, _) => ty.clone(),
            Self::Bool(_) => Type::Bool,
            Self::Number(_) => Type::Number,
            Self::String(_) => Type::String,
            Self::List(of, _) => Type::list(of.clone()),
            Self::Set(of, _) => Type::set(of.clone()),
            Self::Map(of, _) => Type::map(of.clone()),
            Self::Object(attributes) => {
                Type::object(attributes.iter().map(|(name, value)| (name.clone(), value.ty())))
            }
            Self::Tuple(elements) => Type::Tuple(elements.iter().map(Self::ty).collect()),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }

    /// Whether the value itself is known; parts of it may not be.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(..))
    }

    /// Whether all of it is known.
    pub fn is_wholly_known(&self) -> bool {
        self.is_known() && self.children().iter().all(|(_, value)| value.is_wholly_known())
    }

    /// The attribute `name` of an object; null of a null one, unknown of an unknown one.
    pub fn attribute(&self, name: &str) -> Value {
        match self {
            Self::Object(attributes) => {
                attributes.get(name).cloned().unwrap_or(Self::Null(Type::Dynamic))
            }
            Self::Unknown(ty, _) => Self::unknown(ty.attribute(name)),
            other => Self::Null(other.ty().attribute(name)),
        }
    }

    /// The parts of a list, a set or a tuple, in order; nothing of anything else.
    pub fn elements(&self) -> &[Value] {
        match self {
            Self::List(_, elements) | Self::Set(_, elements) | Self::Tuple(elements) => elements,
            _ => &[],
        }
    }

    /// The parts of a map or an object by key; nothing of anything else.
    pub fn entries(&self) -> BTreeMap<&str, &Value> {
        match self {
            Self::Map(_, entries) | Self::Object(entries) => {
                entries.iter().map(|(key, value)| (key.as_str(), value)).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// How many parts a known collection, tuple or object has.
    pub fn len(&self) -> usize {
        match self {
            Self::Map(_, entries) | Self::Object(entries) => entries.len(),
            other => other.elements().len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts one step down, each with that step.
    pub fn children(&self) -> Vec<(Step, &Value)> {
        match self {
            Self::List(_, elements) | Self::Tuple(elements) => {
                (0..).zip(elements).map(|(index, element)| (Step::Index(index), element)).collect()
            }
            Self::Set(_, elements) => elements
                .iter()
                .map(|element| (Step::Element(Box::new(element.clone())), element))
                .collect(),
            Self::Map(_, entries) => {
                entries.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect()
            }
            Self::Object(attributes) => attributes
                .iter()
                .map(|(name, value)| (Step::Attribute(name.clone()), value))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `visit` with the value and with every part of it.
    pub fn walk(&self, visit: &mut impl FnMut(&Path, &Value)) {
        self.walk_from(&Path::root(), visit);
    }

    fn walk_from(&self, path: &Path, visit: &mut impl FnMut(&Path, &Value)) {
        visit(path, self);
        for (step, child) in self.children() {
            child.walk_from(&path.with(step), visit);
        }
    }

    /// This value, with every part and then the whole replaced by what `change` makes of it.
    #[must_use]
    pub fn transform(&self, change: &mut impl FnMut(&Path, Value) -> Value) -> Value {
        self.transform_from(&Path::root(), change)
    }

    fn transform_from(&self, path: &Path, change: &mut impl FnMut(&Path, Value) -> Value) -> Value {
        let changed = match self {
            Self::List(of, elements) => Self::List(
                of.clone(),
                (0..)
                    .zip(elements)
                    .map(|(index, e)| e.transform_from(&path.with(Step::Index(index)), change))
                    .collect(),
            ),
            Self::Tuple(elements) => Self::Tuple(
                (0..)
                    .zip(elements)
                    .map(|(index, e)| e.transform_from(&path.with(Step::Index(index)), change))
                    .collect(),
            ),
            Self::Set(of, elements) => {
                let elements: Vec<_> = elements
                    .iter()
                    .map(|element| element.transform_from(&path.element(element), change))
                    .collect();
                Self::set(of.clone(), elements)
            }
            Self::Map(of, entries) => Self::Map(
                of.clone(),
                entries
                    .iter()
                    .map(|(key, v)| (key.clone(), v.transform_from(&path.key(key), change)))
                    .collect(),
            ),
            Self::Object(attributes) => Self::Object(
                attributes
                    .iter()
                    .map(|(n, v)| (n.clone(), v.transform_from(&path.attribute(n), change)))
                    .collect(),
            ),
            leaf => leaf.clone(),
        };
        change(path, changed)
    }

    /// This value without what is known of its unknown parts.
    #[must_use]
    pub fn unrefined(&self) -> Value {
        self.transform(&mut |_, value| match value {
            Self::Unknown(ty, _) => Self::unknown(ty),
            other => other,
        })
    }

    /// This value with null for every unknown part: how Terraform saves what it should not have got.
    #[must_use]
    pub fn unknown_as_null(&self) -> Value {
        self.transform(&mut |_, value| match value {
            Self::Unknown(ty, _) => Self::Null(ty),
            other => other,
        })
    }

    /// The paths of the unknown parts.
    pub fn unknown_paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.walk(&mut |path, value| {
            if !value.is_known() {
                paths.push(path.clone());
            }
        });
        paths
    }
}
