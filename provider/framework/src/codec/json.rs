//! Values as JSON, as stored state holds them. There are no unknown values here.

use serde_json::Value as Json;

use super::limits::Budget;
use super::{CodecError, normal};
use crate::dynamic::{Dynamic, Object};
use crate::number::Number;
use crate::types::{MAX_DEPTH, Type};

/// Reads a value of type `ty`. Members of objects that the JSON lacks are null and those that the
/// type lacks are dropped: state may have been written by a provider with other attributes.
pub(crate) fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, CodecError> {
    value(&serde_json::from_slice(bytes)?, ty)
}

/// The same for JSON that is parsed already.
pub(crate) fn value(json: &Json, ty: &Type) -> Result<Dynamic, CodecError> {
    Reader { budget: Budget::of(length(json)) }.value(json, ty, MAX_DEPTH)
}

/// About as many bytes as `json` has as text.
fn length(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => 4,
        Json::String(text) => text.len() + 2,
        Json::Array(elements) => 2 + elements.iter().map(length).sum::<usize>(),
        Json::Object(members) => {
            2 + members.iter().map(|(name, value)| name.len() + 4 + length(value)).sum::<usize>()
        }
    }
}

struct Reader {
    budget: Budget,
}

impl Reader {
    /// `levels` is how many more collections may stand around what follows.
    fn value(&mut self, json: &Json, ty: &Type, levels: usize) -> Result<Dynamic, CodecError> {
        let mismatch = || CodecError::mismatch(ty);
        if json.is_null() {
            return Ok(Dynamic::Null);
        }
        match ty {
            Type::Bool => match json {
                Json::Bool(flag) => Ok(Dynamic::Bool(*flag)),
                Json::String(text) if text == "true" => Ok(Dynamic::Bool(true)),
                Json::String(text) if text == "false" => Ok(Dynamic::Bool(false)),
                _ => Err(mismatch()),
            },
            Type::Number => match json {
                Json::Number(number) => self.number(&number.to_string()),
                Json::String(text) => self.number(text),
                _ => Err(mismatch()),
            },
            Type::String => match json {
                Json::String(text) => Ok(Dynamic::String(normal(text))),
                _ => Err(mismatch()),
            },
            _ => {
                let levels = levels.checked_sub(1).ok_or(CodecError::TooDeep)?;
                self.collection(json, ty, levels)
            }
        }
    }

    fn collection(&mut self, json: &Json, ty: &Type, levels: usize) -> Result<Dynamic, CodecError> {
        let mismatch = || CodecError::mismatch(ty);
        match ty {
            Type::List(element) => self.elements(json, element, ty, levels).map(Dynamic::List),
            Type::Set(element) => self.elements(json, element, ty, levels).map(Dynamic::Set),
            Type::Tuple(members) => {
                let values = json.as_array().filter(|values| values.len() == members.len());
                let values = values.ok_or_else(mismatch)?;
                self.budget.elements(values.len())?;
                let values = values.iter().zip(members);
                let values = values.map(|(json, member)| self.value(json, member, levels));
                values.collect::<Result<_, _>>().map(Dynamic::List)
            }
            Type::Map(element) => {
                let members = json.as_object().ok_or_else(mismatch)?;
                self.budget.members(members.len())?;
                let members = members
                    .iter()
                    .map(|(name, json)| Ok((normal(name), self.value(json, element, levels)?)));
                members.collect::<Result<Object, _>>().map(Dynamic::Map)
            }
            Type::Object(types) => {
                let members = json.as_object().ok_or_else(mismatch)?;
                self.budget.members(types.len())?;
                let member = |(name, ty): (&String, &Type)| {
                    let json = members.get(name).unwrap_or(&Json::Null);
                    Ok((name.clone(), self.value(json, ty, levels)?))
                };
                types.iter().map(member).collect::<Result<Object, _>>().map(Dynamic::Map)
            }
            Type::Dynamic => {
                let ty = Type::read(json.get("type").ok_or_else(mismatch)?, levels)?;
                let value = self.value(json.get("value").unwrap_or(&Json::Null), &ty, levels)?;
                Ok(Dynamic::Typed(Box::new((ty, value))))
            }
            Type::Bool | Type::Number | Type::String => Err(mismatch()),
        }
    }

    fn number(&mut self, text: &str) -> Result<Dynamic, CodecError> {
        let number = Number::parse(text).ok_or_else(|| CodecError::number(text))?;
        self.budget.digits(number.text_len())?;
        Ok(Dynamic::Number(number))
    }

    fn elements(
        &mut self,
        json: &Json,
        element: &Type,
        ty: &Type,
        levels: usize,
    ) -> Result<Vec<Dynamic>, CodecError> {
        let elements = json.as_array().ok_or_else(|| CodecError::mismatch(ty))?;
        self.budget.elements(elements.len())?;
        elements.iter().map(|json| self.value(json, element, levels)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn object() -> Type {
        Type::Object(BTreeMap::from([
            ("name".to_owned(), Type::String),
            ("size".to_owned(), Type::Number),
        ]))
    }

    #[test]
    fn state_of_another_version_is_read_with_what_there_is() {
        let state = decode(br#"{"name":"a","gone":true}"#, &object()).unwrap();
        let want =
            Object::from([("name".to_owned(), "a".into()), ("size".to_owned(), Dynamic::Null)]);
        assert_eq!(state, Dynamic::Map(want));
    }

    #[test]
    fn numbers_keep_every_digit() {
        let state = decode(br#"{"name":null,"size":123456789012345678901234567890.5}"#, &object());
        let Ok(Dynamic::Map(state)) = state else { panic!("{state:?}") };
        let want = Number::parse("123456789012345678901234567890.5").unwrap();
        assert_eq!(state["size"], Dynamic::Number(want));
    }

    #[test]
    fn a_value_of_any_type_brings_its_type() {
        let value = decode(br#"{"type":["list","bool"],"value":[true]}"#, &Type::Dynamic);
        let want = (Type::list(Type::Bool), Dynamic::List(vec![true.into()]));
        assert_eq!(value, Ok(Dynamic::Typed(Box::new(want))));
    }

    #[test]
    fn what_does_not_fit_is_an_error_with_the_type() {
        assert_eq!(
            decode(br#"{"name":[]}"#, &object()).unwrap_err().to_string(),
            r#"the value does not have the type "string""#
        );
    }
}
