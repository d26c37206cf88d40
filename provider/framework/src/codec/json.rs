//! Values as JSON, as stored state holds them. There are no unknown values here.

use serde_json::Value as Json;

use super::{CodecError, normal};
use crate::dynamic::{Dynamic, Object};
use crate::number::Number;
use crate::types::Type;

/// Reads a value of type `ty`. Members of objects that the JSON lacks are null and those that the
/// type lacks are dropped: state may have been written by a provider with other attributes.
pub(crate) fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, CodecError> {
    let json: Json =
        serde_json::from_slice(bytes).map_err(|error| CodecError::Json(error.to_string()))?;
    value(&json, ty)
}

fn value(json: &Json, ty: &Type) -> Result<Dynamic, CodecError> {
    let mismatch = || CodecError::Type(ty.to_json().to_string());
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
        Type::Number => {
            let text = match json {
                Json::Number(number) => number.to_string(),
                Json::String(text) => text.clone(),
                _ => return Err(mismatch()),
            };
            Number::parse(&text).map(Dynamic::Number).ok_or(CodecError::Number(text))
        }
        Type::String => match json {
            Json::String(text) => Ok(Dynamic::String(normal(text))),
            _ => Err(mismatch()),
        },
        Type::List(element) => elements(json, element).ok_or_else(mismatch)?.map(Dynamic::List),
        Type::Set(element) => elements(json, element).ok_or_else(mismatch)?.map(Dynamic::Set),
        Type::Tuple(members) => {
            let values = json.as_array().filter(|values| values.len() == members.len());
            let values = values.ok_or_else(mismatch)?;
            let values = values.iter().zip(members).map(|(json, member)| value(json, member));
            values.collect::<Result<_, _>>().map(Dynamic::List)
        }
        Type::Map(element) => {
            let members = json.as_object().ok_or_else(mismatch)?;
            let members =
                members.iter().map(|(name, json)| Ok((normal(name), value(json, element)?)));
            members.collect::<Result<Object, _>>().map(Dynamic::Map)
        }
        Type::Object(types) => {
            let members = json.as_object().ok_or_else(mismatch)?;
            let member = |(name, ty): (&String, &Type)| {
                let json = members.get(name).unwrap_or(&Json::Null);
                Ok((name.clone(), value(json, ty)?))
            };
            types.iter().map(member).collect::<Result<Object, _>>().map(Dynamic::Map)
        }
        Type::Dynamic => {
            let ty = json.get("type").and_then(Type::from_json).ok_or_else(mismatch)?;
            let value = value(json.get("value").unwrap_or(&Json::Null), &ty)?;
            Ok(Dynamic::Typed(Box::new((ty, value))))
        }
    }
}

fn elements(json: &Json, element: &Type) -> Option<Result<Vec<Dynamic>, CodecError>> {
    Some(json.as_array()?.iter().map(|json| value(json, element)).collect())
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
