//! Values as msgpack, in the form of go-cty, which Terraform's core encodes and decodes with.

use std::collections::BTreeMap;

use rmpv::Value as Raw;

use super::{Malformed, element_type, refinement};
use crate::path::Path;
use crate::types::Type;
use crate::value::{Number, Value};

/// The extension that carries what is known of an unknown value.
pub(super) const REFINED: i8 = 12;
/// The longest description of what is known of an unknown value that is read.
const LONGEST_REFINEMENT: usize = 1024;

/// The bytes of `value`, where the schema asks for `ty`.
pub fn encode(value: &Value, ty: &Type) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into a vector cannot fail.
    let _ = rmpv::encode::write_value(&mut bytes, &raw(value, ty));
    bytes
}

pub(super) fn raw(value: &Value, ty: &Type) -> Raw {
    if *ty == Type::Dynamic && value.ty() != Type::Dynamic {
        let own = value.ty();
        return Raw::Array(vec![Raw::Binary(own.to_json()), raw(value, &own)]);
    }
    match value {
        Value::Null(_) => Raw::Nil,
        Value::Unknown(_, refined) => refinement::raw(refined, ty),
        Value::Bool(bool) => Raw::from(*bool),
        Value::Number(number) => raw_number(number),
        Value::String(text) => Raw::from(text.as_str()),
        Value::List(of, elements) | Value::Set(of, elements) => {
            let of = match ty {
                Type::List(of) | Type::Set(of) => of,
                _ => of,
            };
            Raw::Array(elements.iter().map(|element| raw(element, of)).collect())
        }
        Value::Map(of, entries) => {
            let of = match ty {
                Type::Map(of) => of,
                _ => of,
            };
            let entries = entries.iter().map(|(key, v)| (Raw::from(key.as_str()), raw(v, of)));
            Raw::Map(entries.collect())
        }
        Value::Object(attributes) => {
            let attributes = attributes
                .iter()
                .map(|(name, value)| (Raw::from(name.as_str()), raw(value, &ty.attribute(name))));
            Raw::Map(attributes.collect())
        }
        Value::Tuple(elements) => {
            let types = match ty {
                Type::Tuple(types) => types.clone(),
                _ => elements.iter().map(Value::ty).collect(),
            };
            Raw::Array(elements.iter().zip(&types).map(|(e, ty)| raw(e, ty)).collect())
        }
    }
}

fn raw_number(number: &Number) -> Raw {
    if let Some(integer) = number.to_i64() {
        return Raw::from(integer);
    }
    match number.to_exact_f64() {
        Some(float) if !number.is_integer() => Raw::from(float),
        _ => Raw::from(number.plain()),
    }
}

/// The value of type `ty` that these bytes begin with. What follows it is ignored, as core does.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Malformed> {
    let mut rest = bytes;
    let raw = rmpv::decode::read_value(&mut rest)
        .map_err(|error| Malformed::new(&Path::root(), format!("no msgpack: {error}")))?;
    value(&raw, ty, &Path::root())
}

pub(super) fn value(raw: &Raw, ty: &Type, path: &Path) -> Result<Value, Malformed> {
    if let Raw::Ext(kind, payload) = raw {
        return unknown(*kind, payload, ty, path);
    }
    if *ty == Type::Dynamic {
        return dynamic(raw, path);
    }
    if raw.is_nil() {
        return Ok(Value::Null(ty.clone()));
    }
    match ty {
        Type::Bool => {
            raw.as_bool().map(Value::Bool).ok_or_else(|| Malformed::new(path, "bool is required"))
        }
        Type::Number => {
            number(raw).map(Value::Number).ok_or_else(|| Malformed::new(path, "number is required"))
        }
        Type::String => {
            text(raw).map(Value::text).ok_or_else(|| Malformed::new(path, "string is required"))
        }
        Type::List(of) => {
            let elements = elements(raw, of, path, "a list is required")?;
            Ok(Value::List(element_type(of, &elements, path)?, elements))
        }
        Type::Set(of) => {
            let elements = elements(raw, of, path, "a set is required")?;
            Ok(Value::set(element_type(of, &elements, path)?, elements))
        }
        Type::Map(of) => map(raw, of, path),
        Type::Object(attributes) => object(raw, attributes, path),
        Type::Tuple(types) => tuple(raw, types, path),
        Type::Dynamic => dynamic(raw, path),
    }
}

fn unknown(kind: i8, payload: &[u8], ty: &Type, path: &Path) -> Result<Value, Malformed> {
    if payload.len() <= 1 {
        return Ok(Value::unknown(ty.clone()));
    }
    if kind != REFINED {
        let why = format!("unsupported extension type 0x{kind:02x} with len {}", payload.len());
        return Err(Malformed::new(path, why));
    }
    if payload.len() > LONGEST_REFINEMENT {
        return Err(Malformed::new(path, "oversize unknown value refinement"));
    }
    refinement::read(payload, ty, path)
}

fn dynamic(raw: &Raw, path: &Path) -> Result<Value, Malformed> {
    if raw.is_nil() {
        return Ok(Value::Null(Type::Dynamic));
    }
    let Some(pair) = raw.as_array() else {
        return Err(Malformed::new(path, "a dynamic value is an array of its type and itself"));
    };
    let [ty, own] = pair.as_slice() else {
        return Err(Malformed::new(path, "dynamic value array must have exactly two elements"));
    };
    let bytes = match ty {
        Raw::Binary(bytes) => bytes.as_slice(),
        Raw::String(text) => text.as_bytes(),
        _ => return Err(Malformed::new(path, "the type of a dynamic value must be bytes")),
    };
    let ty = Type::from_json(bytes).map_err(|why| Malformed::new(path, why))?;
    value(own, &ty, path)
}

pub(super) fn number(raw: &Raw) -> Option<Number> {
    match raw {
        Raw::Integer(integer) => {
            integer.as_i64().map(Number::from).or_else(|| integer.as_u64().map(Number::from))
        }
        Raw::F32(float) => Number::from_f64(f64::from(*float)),
        Raw::F64(float) => Number::from_f64(*float),
        other => Number::parse(text(other)?),
    }
}

/// Text may come as a string or as bytes.
pub(super) fn text(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::String(text) => text.as_str(),
        Raw::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn elements(raw: &Raw, of: &Type, path: &Path, why: &str) -> Result<Vec<Value>, Malformed> {
    let elements = raw.as_array().ok_or_else(|| Malformed::new(path, why))?;
    elements
        .iter()
        .enumerate()
        .map(|(index, element)| value(element, of, &path.index(index)))
        .collect()
}

fn map(raw: &Raw, of: &Type, path: &Path) -> Result<Value, Malformed> {
    let raw = raw.as_map().ok_or_else(|| Malformed::new(path, "a map is required"))?;
    let mut entries = BTreeMap::new();
    for (key, entry) in raw {
        let key = text(key).ok_or_else(|| Malformed::new(path, "non-string key in map"))?;
        entries.insert(nfc(key), value(entry, of, &path.key(key))?);
    }
    let elements: Vec<Value> = entries.values().cloned().collect();
    Ok(Value::Map(element_type(of, &elements, path)?, entries))
}

fn object(raw: &Raw, types: &BTreeMap<String, Type>, path: &Path) -> Result<Value, Malformed> {
    let raw = raw.as_map().ok_or_else(|| Malformed::new(path, "an object is required"))?;
    // A map without entries is the empty object, which then fails to conform: as in core.
    if !raw.is_empty() && raw.len() != types.len() {
        let (wanted, given) = (types.len(), raw.len());
        let why = format!("an object with {wanted} attributes is required ({given} given)");
        return Err(Malformed::new(path, why));
    }
    let mut attributes = BTreeMap::new();
    for (name, attribute) in raw {
        let name = text(name).ok_or_else(|| Malformed::new(path, "all keys must be strings"))?;
        let at = path.key(name);
        let ty = types.get(name).ok_or_else(|| Malformed::new(&at, "unsupported attribute"))?;
        attributes.insert(name.to_owned(), value(attribute, ty, &at)?);
    }
    Ok(Value::Object(attributes))
}

fn tuple(raw: &Raw, types: &[Type], path: &Path) -> Result<Value, Malformed> {
    let raw = raw.as_array().ok_or_else(|| Malformed::new(path, "a tuple is required"))?;
    if !raw.is_empty() && raw.len() != types.len() {
        let why = format!("a tuple of length {} is required", types.len());
        return Err(Malformed::new(path, why));
    }
    let elements = raw.iter().zip(types).enumerate();
    let elements = elements.map(|(index, (raw, ty))| value(raw, ty, &path.index(index)));
    Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
}

fn nfc(key: &str) -> String {
    match Value::text(key) {
        Value::String(text) => text,
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Refinement;

    fn round(value: &Value, ty: &Type) {
        assert_eq!(decode(&encode(value, ty), ty).as_ref(), Ok(value), "{}", value.go());
    }

    fn why(bytes: &[u8], ty: &Type) -> String {
        decode(bytes, ty).unwrap_err().to_string()
    }

    #[test]
    fn every_kind_of_value_survives_the_wire() {
        let number = |text| Value::Number(Number::parse(text).unwrap());
        round(&Value::Null(Type::Bool), &Type::Bool);
        round(&Value::Bool(true), &Type::Bool);
        for text in ["0", "-1", "0.5", "0.1", "9223372036854775808", "1e100", "-1.5"] {
            round(&number(text), &Type::Number);
        }
        round(&Value::text("ä"), &Type::String);
        let tags = Value::Map(Type::String, BTreeMap::from([("a".to_owned(), Value::text("b"))]));
        round(&tags, &Type::map(Type::String));
        round(&tags, &Type::Dynamic);
        round(&Value::Null(Type::String), &Type::Dynamic);
        round(&Value::Null(Type::Dynamic), &Type::Dynamic);
        round(&Value::unknown(Type::Dynamic), &Type::Dynamic);
        round(&Value::unknown(Type::Number), &Type::Dynamic);
        let ty = Type::object([
            ("any", Type::Dynamic),
            ("set", Type::set(Type::Number)),
            ("pair", Type::Tuple(vec![Type::Bool, Type::list(Type::String)])),
        ]);
        let value = Value::object([
            ("any", Value::Tuple(vec![Value::integer(1), Value::text("x")])),
            ("set", Value::set(Type::Number, [2, 1].map(Value::integer))),
            (
                "pair",
                Value::Tuple(vec![Value::Null(Type::Bool), Value::List(Type::String, vec![])]),
            ),
        ]);
        round(&value, &ty);
        let open = Value::List(Type::String, vec![Value::text("a"), Value::Null(Type::String)]);
        round(&open, &Type::list(Type::Dynamic));
    }

    #[test]
    fn refinements_survive_the_wire() {
        round(&Value::unknown(Type::String), &Type::String);
        round(&Refinement::prefix("arn:aws:").of(Type::String), &Type::String);
        let range = Refinement {
            not_null: true,
            minimum: Some((Number::from(1_i64), true)),
            maximum: Some((Number::parse("1e30").unwrap(), false)),
            ..Refinement::default()
        };
        round(&range.of(Type::Number), &Type::Number);
        let lengths = Refinement { shortest: Some(1), longest: Some(3), ..Refinement::default() };
        round(&lengths.of(Type::set(Type::Bool)), &Type::set(Type::Bool));
    }

    #[test]
    fn numbers_go_out_as_core_sends_them() {
        let bytes = |text| encode(&Value::Number(Number::parse(text).unwrap()), &Type::Number);
        assert_eq!(bytes("7"), [0x07]);
        assert_eq!(bytes("0.5")[0], 0xcb, "a float that is exact");
        assert_eq!(bytes("0.1"), b"\xa30.1", "text, because no float is exactly that");
        assert_eq!(bytes("9223372036854775808"), b"\xb39223372036854775808");
        assert_eq!(encode(&Value::unknown(Type::Bool), &Type::Bool), [0xd4, 0x00, 0x00]);
    }

    #[test]
    fn what_does_not_fit_is_refused_in_cores_words() {
        let ty = Type::object([("memory", Type::Number)]);
        assert_eq!(why(b"\x81\xa6memory\xa1x", &ty), "[\"memory\"]: number is required");
        assert_eq!(
            why(b"\x82\xa6memory\x01\xa1a\x01", &ty),
            "an object with 1 attributes is required (2 given)"
        );
        assert_eq!(why(b"\x81\xa1a\x01", &ty), "[\"a\"]: unsupported attribute");
        assert_eq!(why(b"\xa1x", &ty), "an object is required");
        assert_eq!(why(b"\x01", &Type::String), "string is required");
        assert_eq!(why(b"\x01", &Type::Bool), "bool is required");
        assert_eq!(why(b"\x01", &Type::list(Type::Bool)), "a list is required");
        assert_eq!(why(b"\x01", &Type::set(Type::Bool)), "a set is required");
        assert_eq!(why(b"\x01", &Type::map(Type::Bool)), "a map is required");
        assert_eq!(why(b"\x91\x01", &Type::list(Type::Bool)), "[0]: bool is required");
        let objects = Type::list(Type::object([("a", Type::Bool)]));
        assert_eq!(why(b"\x92\x80\x81\xa1a\xc2", &objects), "inconsistent element types");
        assert_eq!(
            why(b"\x91\x01", &Type::Tuple(vec![Type::Bool, Type::Bool])),
            "a tuple of length 2 is required"
        );
        assert_eq!(
            why(b"\x91\x01", &Type::Dynamic),
            "dynamic value array must have exactly two elements"
        );
        assert_eq!(
            why(b"\xd5\x05\x00\x00", &Type::Bool),
            "unsupported extension type 0x05 with len 2"
        );
        let mut long = vec![0xc8, 0x04, 0x01, 0x0c];
        long.extend([0_u8; 1025]);
        assert_eq!(why(&long, &Type::Bool), "oversize unknown value refinement");
    }

    #[test]
    fn what_core_forgives_is_read() {
        assert_eq!(decode(b"\xa3128", &Type::Number), Ok(Value::integer(128)));
        assert_eq!(decode(b"\xc4\x01a", &Type::String), Ok(Value::text("a")));
        assert_eq!(decode(b"\xc3\xff\xff", &Type::Bool), Ok(Value::Bool(true)));
        let object = Type::object([("a", Type::Bool)]);
        assert_eq!(decode(b"\x80", &object), Ok(Value::Object(BTreeMap::new())));
        let inside = decode(b"\x91\x80", &Type::list(object)).unwrap();
        assert_eq!(inside.ty(), Type::list(Type::object::<&str>([])), "which does not conform");
    }
}
