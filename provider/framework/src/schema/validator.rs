//! Checks of single values, before anything is planned.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::dynamic::Dynamic;

type Check = Arc<dyn Fn(&Dynamic) -> Result<(), String> + Send + Sync>;

/// A check of one known value. Its message completes the sentence "`name` …".
#[derive(Clone)]
pub struct Validator(Check);

impl Validator {
    /// Any check; the error completes the sentence that starts with the attribute's name.
    pub fn new(check: impl Fn(&Dynamic) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// A check of text.
    pub fn text(check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self::new(move |value| match value {
            Dynamic::String(text) => check(text),
            _ => Ok(()),
        })
    }

    /// Text that is one of `choices`.
    pub fn one_of(choices: &'static [&'static str]) -> Self {
        Self::text(move |text| {
            if choices.contains(&text) {
                return Ok(());
            }
            let list: Vec<_> = choices.iter().map(|choice| format!("{choice:?}")).collect();
            Err(format!("must be {}, not {text:?}.", list.join(" or ")))
        })
    }

    /// A whole number in `range`.
    pub fn between(range: RangeInclusive<i64>) -> Self {
        Self::new(move |value| match value {
            Dynamic::Number(number)
                if !number.as_i64().is_some_and(|number| range.contains(&number)) =>
            {
                let (first, last) = (range.start(), range.end());
                Err(format!("must be a whole number from {first} to {last}, not {number}."))
            }
            _ => Ok(()),
        })
    }

    /// Text with a number of characters in `range`.
    pub fn length(range: RangeInclusive<usize>) -> Self {
        Self::text(move |text| {
            let count = text.chars().count();
            if range.contains(&count) {
                return Ok(());
            }
            let (first, last) = (range.start(), range.end());
            Err(format!("must have {first} to {last} characters, not {count}."))
        })
    }

    /// A collection of which every element passes `validator`.
    pub fn each(validator: Self) -> Self {
        Self::new(move |value| match value {
            Dynamic::List(elements) | Dynamic::Set(elements) => {
                elements.iter().try_for_each(|element| validator.check(element))
            }
            Dynamic::Map(members) => {
                members.values().try_for_each(|element| validator.check(element))
            }
            _ => Ok(()),
        })
    }

    pub(crate) fn check(&self, value: &Dynamic) -> Result<(), String> {
        match value {
            Dynamic::Null | Dynamic::Unknown => Ok(()),
            value => (self.0)(value),
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_is_allowed_and_what_was_given() {
        let mode = Validator::one_of(&["spawn", "remote"]);
        assert_eq!(
            mode.check(&"Remote".into()),
            Err(r#"must be "spawn" or "remote", not "Remote"."#.to_owned())
        );
        let timeout = Validator::between(1..=900);
        assert_eq!(
            timeout.check(&901.into()),
            Err("must be a whole number from 1 to 900, not 901.".to_owned())
        );
        let name = Validator::length(1..=3);
        assert_eq!(
            name.check(&"four".into()),
            Err("must have 1 to 3 characters, not 4.".to_owned())
        );
    }

    #[test]
    fn what_is_not_known_yet_is_not_checked() {
        let mode = Validator::one_of(&["spawn"]);
        assert_eq!(mode.check(&Dynamic::Unknown), Ok(()));
        assert_eq!(mode.check(&Dynamic::Null), Ok(()));
        let all = Validator::each(mode);
        assert_eq!(all.check(&Dynamic::List(vec![Dynamic::Unknown, "spawn".into()])), Ok(()));
        assert!(all.check(&Dynamic::List(vec!["other".into()])).is_err());
    }
}
