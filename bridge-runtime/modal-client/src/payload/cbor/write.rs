//! CBOR written straight from JSON.

use serde_json::{Map, Number, Value};

use super::{ARRAY, BYTES, MAP, NEGATIVE, TAG, TAG_BIG, TAG_BIG_NEGATIVE, TEXT, UNSIGNED};
use crate::payload::big_int;
use crate::payload::number::{Num, classify};

/// `[[*args], {**kwargs}]`.
pub(crate) fn write_call(args: &[&Value], kwargs: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    head(ARRAY, 2, &mut out);
    head(ARRAY, args.len() as u64, &mut out);
    for arg in args {
        write(arg, &mut out)?;
    }
    write_map(kwargs, &mut out)?;
    Ok(out)
}

pub(super) fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
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
        Value::Object(entries) => write_map(entries, out)?,
    }
    Ok(())
}

fn write_map(entries: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), String> {
    head(MAP, entries.len() as u64, out);
    for (key, value) in entries {
        write_text(key, out);
        write(value, out)?;
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
