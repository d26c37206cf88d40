//! Values of one Rust type in the three states that Terraform knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::Diagnostic;
use crate::dynamic::Dynamic;
use crate::number::Number;

/// A value that may be absent (null) or not known before apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value<T> {
    Known(T),
    #[default]
    Null,
    Unknown,
}

impl<T> Value<T> {
    /// The value, if there is one and it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// As [`Value::known`], by value.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value of `attribute`, where the schema and the phase make sure that there is one.
    ///
    /// Fails with a diagnostic that says that this is a bug of the provider.
    pub fn require(&self, attribute: &str) -> Result<&T, Diagnostic> {
        self.known().ok_or_else(|| {
            Diagnostic::bug(format!("The attribute {attribute:?} has no value here."))
        })
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Applies `f` to a known value and keeps the two other states.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Known(value) => Value::Known(f(value)),
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
        }
    }
}

impl<T> From<Option<T>> for Value<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Value<String> {
    fn from(text: &str) -> Self {
        Self::Known(text.to_owned())
    }
}

/// Why a value could not be read: the steps to the part that does not fit are the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// A part is not known yet, so the whole is not.
    Unknown,
    /// A part is null where no null can stand.
    Null,
    /// A part has another type than the schema promised.
    Type,
}

/// Rust types that attributes can have.
pub trait Element: Sized {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit>;
    fn into_dynamic(self) -> Dynamic;
}

/// Reads a value in its three states. A collection with an unknown part is unknown as a whole.
pub(crate) fn read<T: Element>(value: Dynamic) -> Result<Value<T>, Misfit> {
    match value {
        Dynamic::Null => Ok(Value::Null),
        value => match T::from_dynamic(value) {
            Ok(value) => Ok(Value::Known(value)),
            Err(Misfit::Unknown) => Ok(Value::Unknown),
            Err(misfit) => Err(misfit),
        },
    }
}

/// The way back of [`read`].
pub(crate) fn write<T: Element>(value: Value<T>) -> Dynamic {
    match value {
        Value::Known(value) => value.into_dynamic(),
        Value::Null => Dynamic::Null,
        Value::Unknown => Dynamic::Unknown,
    }
}

/// What a value of another shape than expected is.
pub(crate) fn misfit(value: &Dynamic) -> Misfit {
    match value {
        Dynamic::Null => Misfit::Null,
        Dynamic::Unknown => Misfit::Unknown,
        _ => Misfit::Type,
    }
}

impl Element for String {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::String(text) => Ok(text),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::String(self)
    }
}

impl Element for bool {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Bool(value) => Ok(value),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::Bool(self)
    }
}

impl Element for i64 {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Number(number) => number.as_i64().ok_or(Misfit::Type),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::from(self)
    }
}

impl Element for Number {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Number(number) => Ok(number),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::Number(self)
    }
}

/// Any value, unknown and null parts included: for attributes of any type, objects and tuples.
impl Element for Dynamic {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Unknown | Dynamic::Null => Err(misfit(&value)),
            value => Ok(value),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        self
    }
}

impl<T: Element> Element for Vec<T> {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::List(elements) => elements.into_iter().map(T::from_dynamic).collect(),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::List(self.into_iter().map(T::into_dynamic).collect())
    }
}

impl<T: Element + Ord> Element for BTreeSet<T> {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Set(elements) => elements.into_iter().map(T::from_dynamic).collect(),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::Set(self.into_iter().map(T::into_dynamic).collect())
    }
}

impl<T: Element> Element for BTreeMap<String, T> {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        match value {
            Dynamic::Map(members) => members
                .into_iter()
                .map(|(name, value)| Ok((name, T::from_dynamic(value)?)))
                .collect(),
            other => Err(misfit(&other)),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        Dynamic::Map(self.into_iter().map(|(name, value)| (name, value.into_dynamic())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamic::Object;

    #[test]
    fn a_collection_with_an_unknown_part_is_unknown() {
        let value = Dynamic::Map(Object::from([("a".to_owned(), Dynamic::Unknown)]));
        assert_eq!(read::<BTreeMap<String, String>>(value), Ok(Value::Unknown));
    }

    #[test]
    fn null_inside_a_collection_does_not_fit() {
        let value = Dynamic::List(vec!["a".into(), Dynamic::Null]);
        assert_eq!(read::<Vec<String>>(value), Err(Misfit::Null));
    }

    #[test]
    fn a_fraction_is_no_integer() {
        let half = Dynamic::Number(crate::number::Number::parse("0.5").unwrap());
        assert_eq!(read::<i64>(half), Err(Misfit::Type));
    }

    #[test]
    fn what_is_written_is_read() {
        let tags = Value::Known(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
        assert_eq!(read(write(tags.clone())), Ok(tags));
        assert_eq!(read(write(Value::<bool>::Unknown)), Ok(Value::<bool>::Unknown));
    }
}
