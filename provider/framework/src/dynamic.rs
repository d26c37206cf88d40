//! Values whose type is known from a schema, not from Rust: what travels between Terraform and us.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::mem;

use crate::number::Number;
use crate::types::Type;

/// The attributes and blocks of a resource, by name.
pub type Object = BTreeMap<String, Dynamic>;

/// One value at run time. Which variant stands where follows from the [`Type`] beside it.
#[derive(Debug, Clone)]
pub enum Dynamic {
    Null,
    /// Not known before apply.
    Unknown,
    Bool(bool),
    Number(Number),
    String(String),
    /// A list or a tuple.
    List(Vec<Dynamic>),
    /// A set: the order means nothing.
    Set(Vec<Dynamic>),
    /// A map, an object, or a block.
    Map(Object),
    /// The value of an attribute that takes any type.
    Typed(Box<(Type, Dynamic)>),
}

impl Dynamic {
    /// Text.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// Whether the value, or a part of it, is not known yet.
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().any(Self::has_unknown),
            Self::Map(members) => members.values().any(Self::has_unknown),
            Self::Typed(typed) => typed.1.has_unknown(),
        }
    }

    /// The same value with null wherever it was not known: all that can be saved of a state whose
    /// apply ended early.
    pub fn unknown_as_null(self) -> Self {
        let all = |values: Vec<Self>| values.into_iter().map(Self::unknown_as_null).collect();
        match self {
            Self::Unknown => Self::Null,
            Self::List(elements) => Self::List(all(elements)),
            Self::Set(elements) => Self::Set(all(elements)),
            Self::Map(members) => Self::Map(
                members.into_iter().map(|(name, value)| (name, value.unknown_as_null())).collect(),
            ),
            Self::Typed(typed) => Self::Typed(Box::new((typed.0, typed.1.unknown_as_null()))),
            value => value,
        }
    }
}

/// Sets are equal when they have the same elements, in whatever order.
impl PartialEq for Dynamic {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Unknown, Self::Unknown) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Set(a), Self::Set(b)) => same_elements(a, b),
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Typed(a), Self::Typed(b)) => a == b,
            _ => false,
        }
    }
}

/// Each element of `a` is paired with one of `b`. Found by hash: sets may hold thousands of elements,
/// and comparing each with each would take seconds.
fn same_elements(a: &[Dynamic], b: &[Dynamic]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let hasher = RandomState::new();
    let mut rest: HashMap<u64, Vec<&Dynamic>> = HashMap::with_capacity(b.len());
    for element in b {
        rest.entry(element.hash_with(&hasher)).or_default().push(element);
    }
    a.iter().all(|element| {
        let Some(alike) = rest.get_mut(&element.hash_with(&hasher)) else { return false };
        match alike.iter().position(|other| *other == element) {
            Some(index) => {
                alike.swap_remove(index);
                true
            }
            None => false,
        }
    })
}

impl Dynamic {
    /// The same for values that are equal.
    fn hash_with(&self, hasher: &RandomState) -> u64 {
        let mut state = hasher.build_hasher();
        mem::discriminant(self).hash(&mut state);
        match self {
            Self::Null | Self::Unknown => {}
            Self::Bool(value) => value.hash(&mut state),
            Self::Number(number) => number.hash(&mut state),
            Self::String(text) => text.hash(&mut state),
            Self::List(elements) => {
                for element in elements {
                    element.hash_with(hasher).hash(&mut state);
                }
            }
            // A sum, because the order means nothing.
            Self::Set(elements) => elements
                .iter()
                .fold(0_u64, |sum, element| sum.wrapping_add(element.hash_with(hasher)))
                .hash(&mut state),
            Self::Map(members) => {
                for (name, value) in members {
                    name.hash(&mut state);
                    value.hash_with(hasher).hash(&mut state);
                }
            }
            Self::Typed(typed) => typed.1.hash_with(hasher).hash(&mut state),
        }
        state.finish()
    }
}

impl From<&str> for Dynamic {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<i64> for Dynamic {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<bool> for Dynamic {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_equal_in_any_order_but_not_with_other_counts() {
        let set = |names: &[&str]| Dynamic::Set(names.iter().map(|name| (*name).into()).collect());
        assert_eq!(set(&["a", "b"]), set(&["b", "a"]));
        assert_ne!(set(&["a", "a", "b"]), set(&["a", "b", "b"]));
        assert_ne!(set(&["a"]), Dynamic::List(vec!["a".into()]));
    }

    #[test]
    fn unknown_parts_become_null() {
        let value = Dynamic::Map(Object::from([
            ("a".to_owned(), Dynamic::List(vec![Dynamic::Unknown, 1.into()])),
            ("b".to_owned(), true.into()),
        ]));
        assert!(value.has_unknown());
        let saved = value.unknown_as_null();
        assert!(!saved.has_unknown());
        assert_eq!(
            saved,
            Dynamic::Map(Object::from([
                ("a".to_owned(), Dynamic::List(vec![Dynamic::Null, 1.into()])),
                ("b".to_owned(), true.into()),
            ]))
        );
    }
}
