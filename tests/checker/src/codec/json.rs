//! Values as JSON: how state is stored, and the other form that the wire allows.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Malformed, element_type};
use crate::path::Path;
use crate::types::Type;
use crate::value::{Number, Value};

/// The bytes that store `value`, where the schema asks for `ty`; it has to be known.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Malformed> {
    Ok(json(value, ty, &Path::root())?.to_string().into_bytes())
}

fn json(value: &Value, ty: &Type, path: &Path) -> Result<Json, Malformed> {
    if *ty == Type::Dynamic && !matches!(value, Value::Null(Type::Dynamic)) {
        let own = value.ty();
        let inner = json(value, &own, path)?;
        return Ok(serde_json::json!({ "value": inner, "type": own.to_json_value() }));
    }
    match value {
        Value::Null(_) => Ok(Json::Null),
        Value::Unknown(..) => Err(Malformed::new(path, "value is not known")),
        Value::Bool(bool) => Ok(Json::from(*bool)),
        Value::Number(number) => serde_json::from_str(&number.plain())
            .map_err(|error| Malformed::new(path, error.to_string())),
        Value::String(text) => Ok(Json::from(text.as_str())),
        Value::List(of, elements) | Value::Set(of, elements) => {
            let of = match ty {
                Type::List(of) | Type::Set(of) => of,
                _ => of,
            };
            let elements = elements.iter().enumerate();
            let elements = elements.map(|(index, e)| json(e, of, &path.index(index)));
            Ok(Json::Array(elements.collect::<Result<_, _>>()?))
        }
        Value::Tuple(elements) => {
            let types = match ty {
                Type::Tuple(types) => types.clone(),
                _ => elements.iter().map(Value::ty).collect(),
            };
            let elements = elements.iter().zip(&types).enumerate();
            let elements = elements.map(|(index, (e, ty))| json(e, ty, &path.index(index)));
            Ok(Json::Array(elements.collect::<Result<_, _>>()?))
        }
        Value::Map(of, entries) => {
            let of = match ty {
                Type::Map(of) => of,
                _ => of,
            };
            let entries = entries.iter();
            let entries = entries.map(|(key, v)| Ok((key.clone(), json(v, of, &path.key(key))?)));
            Ok(Json::Object(entries.collect::<Result<_, _>>()?))
        }
        Value::Object(attributes) => {
            let attributes = attributes.iter().map(|(name, value)| {
                Ok((name.clone(), json(value, &ty.attribute(name), &path.attribute(name))?))
            });
            Ok(Json::Object(attributes.collect::<Result<_, _>>()?))
        }
    }
}

/// The value of type `ty` that the bytes store.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let json: Json = serde_json::from_slice(bytes)
        .map_err(|error| Malformed::new(&Path::root(), format!("no JSON: {error}")))?;
    value(&json, ty, &Path::root())
}

fn value(json: &Json, ty: &Type, path: &Path) -> Result<Value, Malformed> {
    if json.is_null() {
        return Ok(Value::Null(ty.clone()));
    }
    let wrong = |why: &str| Malformed::new(path, why);
    match ty {
        Type::Dynamic => {
            let (Some(own), Some(ty)) = (json.get("value"), json.get("type")) else {
                return Err(wrong("a dynamic value is an object of \"value\" and \"type\""));
            };
            let ty = Type::from_json(ty.to_string().as_bytes()).map_err(|why| wrong(&why))?;
            value(own, &ty, path)
        }
        Type::Bool => match json {
            Json::Bool(bool) => Ok(Value::Bool(*bool)),
            Json::String(text) if text == "true" => Ok(Value::Bool(true)),
            Json::String(text) if text == "false" => Ok(Value::Bool(false)),
            _ => Err(wrong("bool is required")),
        },
        Type::Number => {
            let number = match json {
                Json::Number(number) => Number::parse(&number.to_string()),
                Json::String(text) => Number::parse(text),
                _ => None,
            };
            number.map(Value::Number).ok_or_else(|| wrong("number is required"))
        }
        Type::String => match json {
            Json::String(text) => Ok(Value::text(text)),
            Json::Number(number) => Ok(Value::text(number.to_string())),
            Json::Bool(bool) => Ok(Value::text(bool.to_string())),
            _ => Err(wrong("string is required")),
        },
        Type::List(of) => {
            let elements = elements(json, of, path, "a list is required")?;
            Ok(Value::List(element_type(of, &elements, path)?, elements))
        }
        Type::Set(of) => {
            let elements = elements(json, of, path, "a set is required")?;
            Ok(Value::set(element_type(of, &elements, path)?, elements))
        }
        Type::Tuple(types) => {
            let elements = json.as_array().ok_or_else(|| wrong("a tuple is required"))?;
            if elements.len() != types.len() {
                return Err(wrong(&format!("a tuple of length {} is required", types.len())));
            }
            let elements = elements.iter().zip(types).enumerate();
            let elements = elements.map(|(index, (e, ty))| value(e, ty, &path.index(index)));
            Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
        }
        Type::Map(of) => {
            let entries = json.as_object().ok_or_else(|| wrong("a map is required"))?;
            let entries = entries.iter();
            let entries = entries.map(|(key, v)| Ok((key.clone(), value(v, of, &path.key(key))?)));
            let entries: BTreeMap<String, Value> = entries.collect::<Result<_, Malformed>>()?;
            let elements: Vec<Value> = entries.values().cloned().collect();
            Ok(Value::Map(element_type(of, &elements, path)?, entries))
        }
        Type::Object(types) => {
            let given = json.as_object().ok_or_else(|| wrong("an object is required"))?;
            for name in given.keys() {
                if !types.contains_key(name) {
                    return Err(wrong(&format!("unsupported attribute {name:?}")));
                }
            }
            let mut attributes = BTreeMap::new();
            for (name, ty) in types {
                let attribute = match given.get(name) {
                    Some(json) => value(json, ty, &path.attribute(name))?,
                    None => Value::Null(ty.clone()),
                };
                attributes.insert(name.clone(), attribute);
            }
            Ok(Value::Object(attributes))
        }
    }
}

fn elements(json: &Json, of: &Type, path: &Path, why: &str) -> Result<Vec<Value>, Malformed> {
    let elements = json.as_array().ok_or_else(|| Malformed::new(path, why))?;
    elements
        .iter()
        .enumerate()
        .map(|(index, element)| value(element, of, &path.index(index)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_its_json() {
        let ty = Type::object([
            ("big", Type::Number),
            ("any", Type::Dynamic),
            ("none", Type::Dynamic),
            ("tags", Type::map(Type::String)),
            ("ports", Type::set(Type::Number)),
            ("pair", Type::Tuple(vec![Type::Bool, Type::Dynamic])),
        ]);
        let value = Value::object([
            ("big", Value::Number(Number::parse("123456789012345678901234567890.5").unwrap())),
            ("any", Value::List(Type::String, vec![Value::text("ü")])),
            ("none", Value::Null(Type::Dynamic)),
            ("tags", Value::Map(Type::String, BTreeMap::from([("a".into(), Value::text(""))]))),
            ("ports", Value::set(Type::Number, [2, 1].map(Value::integer))),
            ("pair", Value::Tuple(vec![Value::Bool(true), Value::integer(3)])),
        ]);
        let bytes = encode(&value, &ty).unwrap();
        assert_eq!(decode(&bytes, &ty), Ok(value));
    }

    #[test]
    fn what_is_not_known_cannot_be_stored() {
        let ty = Type::object([("id", Type::String)]);
        let value = Value::object([("id", Value::unknown(Type::String))]);
        assert_eq!(encode(&value, &ty).unwrap_err().to_string(), ".id: value is not known");
    }

    #[test]
    fn an_attribute_that_the_schema_lacks_is_refused() {
        let ty = Type::object([("id", Type::String)]);
        let error = decode(br#"{"id":"a","old":1}"#, &ty).unwrap_err();
        assert_eq!(error.to_string(), "unsupported attribute \"old\"");
    }
}
