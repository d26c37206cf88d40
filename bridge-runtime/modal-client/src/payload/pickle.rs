//! Pickle, written and never read: `spawn`'s arguments in protocol 2, which every container reads.

use serde_json::{Map, Value};

use super::number::{Num, classify};

const PROTO_2: &[u8] = b"\x80\x02";
const MARK: u8 = b'(';
const TUPLE: u8 = b't';
const TUPLE2: u8 = b'\x86';
const EMPTY_DICT: u8 = b'}';
const SETITEMS: u8 = b'u';
const EMPTY_LIST: u8 = b']';
const APPENDS: u8 = b'e';
const NONE: u8 = b'N';
const NEWTRUE: u8 = b'\x88';
const NEWFALSE: u8 = b'\x89';
const BININT: u8 = b'J';
const LONG: u8 = b'L';
const BINFLOAT: u8 = b'G';
const BINUNICODE: u8 = b'X';
const STOP: u8 = b'.';

/// `((*args), {**kwargs})`.
pub(crate) fn write_call(args: &[&Value], kwargs: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let mut out = PROTO_2.to_vec();
    out.push(MARK);
    for arg in args {
        write(arg, &mut out)?;
    }
    out.extend([TUPLE, EMPTY_DICT]);
    if !kwargs.is_empty() {
        write_items(kwargs, &mut out)?;
    }
    out.extend([TUPLE2, STOP]);
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => out.push(NONE),
        Value::Bool(true) => out.push(NEWTRUE),
        Value::Bool(false) => out.push(NEWFALSE),
        Value::Number(number) => match classify(number)? {
            Num::Int(int) => match i32::try_from(int) {
                Ok(int) => {
                    out.push(BININT);
                    out.extend(int.to_le_bytes());
                }
                Err(_) => write_long(&int.to_string(), out),
            },
            Num::BigInt { negative, digits } => {
                write_long(&format!("{}{digits}", if negative { "-" } else { "" }), out);
            }
            Num::Float(float) => {
                out.push(BINFLOAT);
                out.extend(float.to_be_bytes());
            }
        },
        Value::String(text) => write_text(text, out)?,
        Value::Array(items) => {
            out.extend([EMPTY_LIST, MARK]);
            for item in items {
                write(item, out)?;
            }
            out.push(APPENDS);
        }
        Value::Object(entries) => {
            out.push(EMPTY_DICT);
            write_items(entries, out)?;
        }
    }
    Ok(())
}

/// Puts entries into the dict that was just made.
fn write_items(entries: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), String> {
    out.push(MARK);
    for (key, value) in entries {
        write_text(key, out)?;
        write(value, out)?;
    }
    out.push(SETITEMS);
    Ok(())
}

fn write_long(digits: &str, out: &mut Vec<u8>) {
    out.push(LONG);
    out.extend(digits.as_bytes());
    out.extend(b"L\n");
}

fn write_text(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let length = u32::try_from(text.len()).map_err(|_| "holds a text of more than 4 GiB")?;
    out.push(BINUNICODE);
    out.extend(length.to_le_bytes());
    out.extend(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out).unwrap();
        out
    }

    /// Opcodes as Python's `pickletools.dis` lists them.
    #[test]
    fn values_have_the_opcodes_that_python_reads() {
        for (value, want) in [
            ("null", b"N".to_vec()),
            ("true", b"\x88".to_vec()),
            ("false", b"\x89".to_vec()),
            ("-2", b"J\xfe\xff\xff\xff".to_vec()),
            ("2147483648", b"L2147483648L\n".to_vec()),
            ("-123456789012345678901234567890123456789012", {
                b"L-123456789012345678901234567890123456789012L\n".to_vec()
            }),
            ("1.5", b"G\x3f\xf8\x00\x00\x00\x00\x00\x00".to_vec()),
            (r#""é""#, b"X\x02\x00\x00\x00\xc3\xa9".to_vec()),
            ("[1]", b"](J\x01\x00\x00\x00e".to_vec()),
            (r#"{"a":null}"#, b"}(X\x01\x00\x00\x00aNu".to_vec()),
        ] {
            assert_eq!(written(&serde_json::from_str(value).unwrap()), want, "{value}");
        }
    }

    #[test]
    fn a_call_is_a_tuple_of_arguments_and_a_dict_of_keywords() {
        let written = write_call(&[&json!({}), &json!(null)], &Map::new()).unwrap();
        assert_eq!(written, b"\x80\x02(}(uNt}\x86.");
        let kwargs = Map::from_iter([("a".to_owned(), json!(null))]);
        let written = write_call(&[&json!(null)], &kwargs).unwrap();
        assert_eq!(written, b"\x80\x02(Nt}(X\x01\x00\x00\x00aNu\x86.");
    }
}
