//! What is known of a value that is not known.

use super::{Number, Value};
use crate::types::Type;

/// Promises about a value that is not known yet, which the final value has to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// The text will begin so; empty promises nothing.
    pub prefix: String,
    /// The number will be above, or equal where the flag is set.
    pub minimum: Option<(Number, bool)>,
    /// The number will be below, or equal where the flag is set.
    pub maximum: Option<(Number, bool)>,
    /// The collection will have at least that many elements.
    pub shortest: Option<u64>,
    /// The collection will have at most that many elements.
    pub longest: Option<u64>,
}

impl Refinement {
    /// Nothing but that the value will not be null.
    pub fn not_null() -> Self {
        Self { not_null: true, ..Self::default() }
    }

    /// Text that begins with `prefix`, and so is not null.
    pub fn prefix(prefix: &str) -> Self {
        Self { not_null: true, prefix: prefix.to_owned(), ..Self::default() }
    }

    /// Whether nothing at all is promised.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The unknown value of which this is known; where it leaves one value only, that value.
    pub fn of(self, ty: Type) -> Value {
        if let (true, Some((minimum, true)), Some((maximum, true))) =
            (self.not_null, &self.minimum, &self.maximum)
            && minimum == maximum
        {
            return Value::Number(minimum.clone());
        }
        if self.not_null && self.longest == Some(0) {
            match ty {
                Type::List(of) => return Value::List(*of, Vec::new()),
                Type::Set(of) => return Value::Set(*of, Vec::new()),
                Type::Map(of) => return Value::Map(*of, std::collections::BTreeMap::new()),
                _ => {}
            }
        }
        Value::Unknown(ty, self)
    }

    /// Whether `value` keeps the promises, as far as it is known.
    pub fn admits(&self, value: &Value) -> bool {
        match value {
            Value::Null(_) => !self.not_null,
            Value::String(text) => text.starts_with(&self.prefix),
            Value::Number(number) => {
                self.minimum.as_ref().is_none_or(|(minimum, inclusive)| {
                    number > minimum || (*inclusive && number == minimum)
                }) && self.maximum.as_ref().is_none_or(|(maximum, inclusive)| {
                    number < maximum || (*inclusive && number == maximum)
                })
            }
            Value::List(..) | Value::Set(..) | Value::Map(..) => {
                let length = value.len() as u64;
                // Unknown elements of a set may turn out to be the same one.
                let least = match value {
                    Value::Set(..) if !value.is_wholly_known() => 1,
                    _ => length,
                };
                self.longest.is_none_or(|longest| least <= longest)
                    && self.shortest.is_none_or(|shortest| length >= shortest)
            }
            _ => true,
        }
    }

    /// The calls with which Go source would make it.
    pub(super) fn go(&self) -> String {
        let mut calls = String::new();
        if self.not_null {
            calls.push_str(".NotNull()");
        }
        if !self.prefix.is_empty() {
            calls.push_str(&format!(".StringPrefixFull({})", super::quote(&self.prefix)));
        }
        if let Some((minimum, inclusive)) = &self.minimum {
            let minimum = Value::Number(minimum.clone()).go();
            calls.push_str(&format!(".NumberLowerBound({minimum}, {inclusive})"));
        }
        if let Some((maximum, inclusive)) = &self.maximum {
            let maximum = Value::Number(maximum.clone()).go();
            calls.push_str(&format!(".NumberUpperBound({maximum}, {inclusive})"));
        }
        if let Some(shortest) = self.shortest {
            calls.push_str(&format!(".CollectionLengthLowerBound({shortest})"));
        }
        if let Some(longest) = self.longest {
            calls.push_str(&format!(".CollectionLengthUpperBound({longest})"));
        }
        calls
    }
}
