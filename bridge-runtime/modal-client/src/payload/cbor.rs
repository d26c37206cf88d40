//! CBOR: arguments written straight from JSON, results read into JSON.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::big_int;
use super::number::{MAX_DIGITS, Num, classify};
use super::timestamp::rfc3339;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const TAG_TIME_TEXT: u64 = 0;
const TAG_TIME_SECONDS: u64 = 1;
const TAG_BIG: u64 = 2;
const TAG_BIG_NEGATIVE: u64 = 3;

/// More bytes than an integer of [`MAX_DIGITS`] has.
const MAX_BIG_BYTES: usize = MAX_DIGITS / 2;

/// `[[*args], {}]`.
pub(crate) fn write_call(args: &[Value]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    head(ARRAY, 2, &mut out);
    head(ARRAY, args.len() as u64, &mut out);
    for arg in args {
        write(arg, &mut out)?;
    }
    head(MAP, 0, &mut out);
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            head(ARRAY, items.len() as u64, out);
            for item in items {
                write(item, out)?;
            }
        }
        Value::Object(entries) => {
            head(MAP, entries.len() as u64, out);
            for (key, value) in entries {
                write_text(key, out);
                write(value, out)?;
            }
        }
    }
    Ok(())
}

fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), String> {
    match classify(number)? {
        Num::Int(int) => {
            let (major, magnitude) = if int < 0 { (NEGATIVE, -1 - int) } else { (UNSIGNED, int) };
            match u64::try_from(magnitude) {
                Ok(magnitude) => head(major, magnitude, out),
                Err(_) => write_big(int < 0, &int.unsigned_abs().to_string(), out),
            }
        }
        Num::BigInt { negative, digits } => write_big(negative, digits, out),
        Num::Float(float) => {
            out.push(0xfb);
            out.extend(float.to_be_bytes());
        }
    }
    Ok(())
}

/// A negative number is `-1 - n`, as everywhere in CBOR.
fn write_big(negative: bool, digits: &str, out: &mut Vec<u8>) {
    let mut bytes = big_int::from_decimal(digits);
    if negative {
        big_int::decrement(&mut bytes);
    }
    head(TAG, if negative { TAG_BIG_NEGATIVE } else { TAG_BIG }, out);
    head(BYTES, bytes.len() as u64, out);
    out.extend(bytes);
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    head(TEXT, text.len() as u64, out);
    out.extend(text.as_bytes());
}

/// The start of an item: its major type, and a number in the fewest bytes.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    if let Ok(byte) = u8::try_from(number) {
        if byte < 24 {
            out.push(major | byte);
        } else {
            out.extend([major | 24, byte]);
        }
    } else if let Ok(number) = u16::try_from(number) {
        out.push(major | 25);
        out.extend(number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        out.push(major | 26);
        out.extend(number.to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend(number.to_be_bytes());
    }
}

/// Why a result has no JSON form, and where in it.
struct NotJson {
    reason: String,
    path: String,
}

/// Reads a function's result. What JSON cannot hold is an error, with the exceptions that features
/// promise: bytes become base64, times RFC 3339, keys text, and NaN and the infinities null.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Value, String> {
    let value: Cbor = ciborium::from_reader(&mut bytes).map_err(|error| match error {
        ciborium::de::Error::RecursionLimitExceeded => "is nested too deeply".to_owned(),
        _ => "is not valid CBOR".to_owned(),
    })?;
    if !bytes.is_empty() {
        return Err("is followed by something else".into());
    }
    let mut lost = 0_usize;
    let value = to_json(value, &mut lost).map_err(|NotJson { reason, path }| match &*path {
        "" => reason,
        path => format!("{reason}, at {path}"),
    })?;
    if lost > 0 {
        tracing::warn!("the function's result: {lost} NaN or infinite numbers became null");
    }
    Ok(value)
}

/// `lost` counts the numbers that became null.
fn to_json(value: Cbor, lost: &mut usize) -> Result<Value, NotJson> {
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(bool) => Value::Bool(bool),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bytes(bytes) => Value::String(BASE64_STANDARD.encode(bytes)),
        Cbor::Integer(int) => integer(i128::from(int).to_string()),
        Cbor::Float(float) => match Number::from_f64(float) {
            Some(number) => Value::Number(number),
            None => {
                *lost += 1;
                Value::Null
            }
        },
        Cbor::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                values.push(to_json(item, lost).map_err(|e| e.inside(&format!("[{index}]")))?);
            }
            Value::Array(values)
        }
        Cbor::Map(entries) => {
            let mut object = Map::with_capacity(entries.len());
            for (key, value) in entries {
                let key = key_text(key)?;
                if object.contains_key(&key) {
                    return Err(not_json(format!("has two keys that are {key:?} in JSON")));
                }
                let value = to_json(value, lost).map_err(|e| e.inside(&format!(".{key}")))?;
                object.insert(key, value);
            }
            Value::Object(object)
        }
        Cbor::Tag(tag, inner) => tagged(tag, *inner)?,
        _ => return Err(not_json("holds a value that JSON has no form for")),
    })
}

fn tagged(tag: u64, inner: Cbor) -> Result<Value, NotJson> {
    match (tag, inner) {
        (TAG_TIME_TEXT, Cbor::Text(text)) => Ok(Value::String(text)),
        (TAG_TIME_SECONDS, Cbor::Integer(seconds)) => time(i128::from(seconds) as f64),
        (TAG_TIME_SECONDS, Cbor::Float(seconds)) => time(seconds),
        (TAG_BIG | TAG_BIG_NEGATIVE, Cbor::Bytes(mut bytes)) if bytes.len() <= MAX_BIG_BYTES => {
            if tag == TAG_BIG_NEGATIVE {
                big_int::increment(&mut bytes);
                Ok(integer(format!("-{}", big_int::to_decimal(&bytes))))
            } else {
                Ok(integer(big_int::to_decimal(&bytes)))
            }
        }
        (TAG_BIG | TAG_BIG_NEGATIVE, _) => {
            Err(not_json(format!("holds an integer of more than {MAX_DIGITS} digits")))
        }
        (tag, _) => Err(not_json(match name(tag) {
            Some(name) => format!("holds {name}, which JSON has no form for"),
            None => format!("holds a value of CBOR tag {tag}, which JSON has no form for"),
        })),
    }
}

/// What cbor2 writes by these tags.
fn name(tag: u64) -> Option<&'static str> {
    Some(match tag {
        4 => "a Decimal",
        30 => "a Fraction",
        37 => "a UUID",
        258 => "a set",
        1004 => "a date",
        43000 => "a complex number",
        _ => return None,
    })
}

fn time(seconds: f64) -> Result<Value, NotJson> {
    let text = rfc3339(seconds).ok_or_else(|| not_json("holds a time out of range"))?;
    Ok(Value::String(text))
}

/// A number that is written as these digits.
fn integer(digits: String) -> Value {
    // Never fails: these are digits.
    digits.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A key as Python's `json.dumps` would write it.
fn key_text(key: Cbor) -> Result<String, NotJson> {
    Ok(match key {
        Cbor::Text(text) => text,
        Cbor::Bytes(bytes) => BASE64_STANDARD.encode(bytes),
        Cbor::Integer(int) => i128::from(int).to_string(),
        Cbor::Bool(bool) => bool.to_string(),
        Cbor::Null => "null".into(),
        Cbor::Float(float) => {
            let number = Number::from_f64(float);
            number.ok_or_else(|| not_json("has a key that is not a number"))?.to_string()
        }
        Cbor::Tag(tag, inner) => match tagged(tag, *inner)? {
            Value::String(text) => text,
            other => other.to_string(),
        },
        _ => return Err(not_json("has a key that is a list or a dict")),
    })
}

fn not_json(reason: impl Into<String>) -> NotJson {
    NotJson { reason: reason.into(), path: String::new() }
}

impl NotJson {
    /// The same, seen from the value around.
    fn inside(self, step: &str) -> Self {
        // A deep or long path helps nobody.
        let path = if self.path.len() > 200 { "…".to_owned() } else { self.path };
        Self { path: format!("{step}{path}"), ..self }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    fn written(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out).unwrap();
        out
    }

    /// The examples of RFC 8949, appendix A, that JSON has.
    #[test]
    fn values_are_those_of_the_rfc() {
        for (json, cbor) in [
            ("0", "00"),
            ("23", "17"),
            ("24", "1818"),
            ("1000", "1903e8"),
            ("1000000", "1a000f4240"),
            ("1000000000000", "1b000000e8d4a51000"),
            ("18446744073709551615", "1bffffffffffffffff"),
            ("18446744073709551616", "c249010000000000000000"),
            ("-18446744073709551616", "3bffffffffffffffff"),
            ("-18446744073709551617", "c349010000000000000000"),
            ("-1", "20"),
            ("-1000", "3903e7"),
            ("1.1", "fb3ff199999999999a"),
            ("false", "f4"),
            ("true", "f5"),
            ("null", "f6"),
            (r#""ü""#, "62c3bc"),
            ("[1,[2,3]]", "8201820203"),
            (r#"{"a":1,"b":[2,3]}"#, "a26161016162820203"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(written(&value), hex(cbor), "{json}");
            assert_eq!(read(&hex(cbor)).unwrap(), value, "{cbor}");
        }
    }

    #[test]
    fn a_call_is_a_list_of_arguments_and_no_keywords() {
        let bytes = write_call(&[json!({"b": 1, "a": 2}), json!(null)]).unwrap();
        assert_eq!(bytes, hex("8282a2616201616102f6a0"));
    }

    #[test]
    fn what_python_returns_reads_as_features_promise() {
        for (cbor, json) in [
            ("43010203", r#""AQID""#),
            ("f7", "null"),
            ("f97e00", "null"),
            ("f97c00", "null"),
            ("c074323031332d30332d32315432303a30343a30305a", r#""2013-03-21T20:04:00Z""#),
            ("c11a514b67b0", r#""2013-03-21T20:04:00Z""#),
            ("c1fb41d452d9ec200000", r#""2013-03-21T20:04:00.500000Z""#),
            ("a201020304", r#"{"1":2,"3":4}"#),
            ("a3f501f602f91e0003", r#"{"true":1,"null":2,"0.005859375":3}"#),
            ("9f01ff", "[1]"),
            ("bf6161f5ff", r#"{"a":true}"#),
            ("5f42010243030405ff", r#""AQIDBAU=""#),
        ] {
            assert_eq!(read(&hex(cbor)).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        }
    }

    #[test]
    fn what_json_has_no_form_for_is_said_with_its_place() {
        let check = |cbor: &str, expected: Expect| {
            expected.assert_eq(&read(&hex(cbor)).unwrap_err());
        };
        check(
            "d9010281 01".replace(' ', "").as_str(),
            expect!["holds a set, which JSON has no form for"],
        );
        check(
            "a16161 8201 d903ec6a323032362d30312d3031".replace(' ', "").as_str(),
            expect!["holds a date, which JSON has no form for, at .a[1]"],
        );
        check("d8638101", expect!["holds a value of CBOR tag 99, which JSON has no form for"]);
        check(
            "a2010261 3103".replace(' ', "").as_str(),
            expect![[r#"has two keys that are "1" in JSON"#]],
        );
        check("a1810102", expect!["has a key that is a list or a dict"]);
        check("0000", expect!["is followed by something else"]);
        check("82", expect!["is not valid CBOR"]);
        check("", expect!["is not valid CBOR"]);
        check(
            &format!("c2590fa0{}", "ff".repeat(4000)),
            expect!["holds an integer of more than 4300 digits"],
        );
        check("c1fb7fefffffffffffff", expect!["holds a time out of range"]);
    }

    #[test]
    fn deep_nesting_is_an_answer_or_an_error_and_never_a_panic() {
        for depth in [100, 200, 250, 255] {
            let bytes = format!("{}00", "81".repeat(depth));
            let value = read(&hex(&bytes)).unwrap_or_else(|e| panic!("{depth}: {e}"));
            assert_eq!(value.to_string(), format!("{}0{}", "[".repeat(depth), "]".repeat(depth)));
        }
        for depth in [257, 100_000] {
            let bytes = format!("{}00", "81".repeat(depth));
            assert_eq!(read(&hex(&bytes)), Err("is nested too deeply".into()), "{depth}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "-?[1-9][0-9]{0,60}".prop_map(integer),
            any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec((".{0,8}", inner), 0..8)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_json()) {
            prop_assert_eq!(read(&written(&value)).unwrap(), value);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
