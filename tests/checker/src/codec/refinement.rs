//! What is known of an unknown value, as the payload of a msgpack extension.

use rmpv::Value as Raw;

use super::Malformed;
use super::msgpack::{REFINED, number, text};
use crate::path::Path;
use crate::types::Type;
use crate::value::{Refinement, Value};

/// The longest prefix of a text that is sent.
const LONGEST_PREFIX: usize = 256;

const NULLNESS: i64 = 1;
const PREFIX: i64 = 2;
const MINIMUM: i64 = 3;
const MAXIMUM: i64 = 4;
const SHORTEST: i64 = 5;
const LONGEST: i64 = 6;

/// The extension that says "unknown" and what is known of it.
pub(super) fn raw(refinement: &Refinement, ty: &Type) -> Raw {
    let mut entries = Vec::new();
    if refinement.not_null {
        entries.push((Raw::from(NULLNESS), Raw::from(false)));
    }
    match ty {
        Type::String if !refinement.prefix.is_empty() => {
            let mut end = refinement.prefix.len().min(LONGEST_PREFIX);
            while !refinement.prefix.is_char_boundary(end) {
                end -= 1;
            }
            entries.push((Raw::from(PREFIX), Raw::from(&refinement.prefix[..end])));
        }
        Type::Number => {
            for (key, bound) in [(MINIMUM, &refinement.minimum), (MAXIMUM, &refinement.maximum)] {
                if let Some((bound, inclusive)) = bound {
                    let bound = super::msgpack::raw(&Value::Number(bound.clone()), &Type::Number);
                    entries.push((Raw::from(key), Raw::Array(vec![bound, Raw::from(*inclusive)])));
                }
            }
        }
        ty if ty.is_collection() => {
            for (key, length) in [(SHORTEST, refinement.shortest), (LONGEST, refinement.longest)] {
                if let Some(length) = length {
                    entries.push((Raw::from(key), Raw::from(length)));
                }
            }
        }
        _ => {}
    }
    if entries.is_empty() || *ty == Type::Dynamic {
        return Raw::Ext(0, vec![0]);
    }
    let mut payload = Vec::new();
    // Writing into a vector cannot fail.
    let _ = rmpv::encode::write_value(&mut payload, &Raw::Map(entries));
    Raw::Ext(REFINED, payload)
}

/// The unknown value of type `ty` that the payload describes.
pub(super) fn read(payload: &[u8], ty: &Type, path: &Path) -> Result<Value, Malformed> {
    let body =
        |why: &str| Malformed::new(path, format!("failed to decode msgpack extension body: {why}"));
    let mut rest = payload;
    let Ok(Raw::Map(entries)) = rmpv::decode::read_value(&mut rest) else {
        return Err(body("not a map"));
    };
    if *ty == Type::Dynamic {
        return Ok(Value::unknown(Type::Dynamic));
    }
    let mut refinement = Refinement::default();
    for (key, entry) in &entries {
        let key = key.as_i64().ok_or_else(|| body("non-integer key in map"))?;
        match key {
            NULLNESS => {
                let null = entry.as_bool().ok_or_else(|| body("null refinement is not boolean"))?;
                if null {
                    return Ok(Value::Null(ty.clone()));
                }
                refinement.not_null = true;
            }
            PREFIX if *ty != Type::String => {
                return Err(body("string prefix refinement for non-string type"));
            }
            PREFIX => {
                let prefix =
                    text(entry).ok_or_else(|| body("string prefix refinement is not string"))?;
                refinement.prefix = prefix.to_owned();
            }
            MINIMUM | MAXIMUM if *ty != Type::Number => {
                return Err(body("numeric bound refinement for non-number type"));
            }
            MINIMUM | MAXIMUM => {
                let pair = entry.as_array().map(Vec::as_slice);
                let bound = match pair {
                    Some([bound, Raw::Boolean(inclusive)]) => {
                        number(bound).map(|bound| (bound, *inclusive))
                    }
                    _ => None,
                };
                let bound = bound
                    .ok_or_else(|| body("length bound refinement must be [number, bool] array"))?;
                if key == MINIMUM {
                    refinement.minimum = Some(bound);
                } else {
                    refinement.maximum = Some(bound);
                }
            }
            SHORTEST | LONGEST if !ty.is_collection() => {
                return Err(body("length lower bound refinement for non-collection type"));
            }
            SHORTEST | LONGEST => {
                let length = entry.as_u64().ok_or_else(|| {
                    body("length bound refinement must be integer or [integer, bool] array")
                })?;
                if key == SHORTEST {
                    refinement.shortest = Some(length);
                } else {
                    refinement.longest = Some(length);
                }
            }
            // A later Terraform may promise more.
            _ => {}
        }
    }
    Ok(refinement.of(ty.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::msgpack::decode;
    use crate::types::Type;
    use crate::value::Value;

    fn why(body: &[u8], ty: &Type) -> String {
        let mut bytes = vec![0xc7, u8::try_from(body.len()).unwrap(), 0x0c];
        bytes.extend(body);
        decode(&bytes, ty).unwrap_err().to_string()
    }

    #[test]
    fn a_promise_that_makes_no_sense_for_the_type_is_refused() {
        let body = "failed to decode msgpack extension body: ";
        let cases: [(&[u8], Type, &str); 9] = [
            (b"\x01\x01", Type::Bool, "not a map"),
            (b"\x81\xa1x\xc2", Type::Bool, "non-integer key in map"),
            (b"\x81\x01\x05", Type::Bool, "null refinement is not boolean"),
            (b"\x81\x02\xa1x", Type::Bool, "string prefix refinement for non-string type"),
            (b"\x81\x02\x05", Type::String, "string prefix refinement is not string"),
            (b"\x81\x03\x05", Type::Bool, "numeric bound refinement for non-number type"),
            (b"\x81\x03\x05", Type::Number, "length bound refinement must be [number, bool] array"),
            (b"\x81\x05\x05", Type::Bool, "length lower bound refinement for non-collection type"),
            (
                b"\x81\x05\xc2",
                Type::list(Type::Bool),
                "length bound refinement must be integer or [integer, bool] array",
            ),
        ];
        for (bytes, ty, reason) in cases {
            assert_eq!(why(bytes, &ty), format!("{body}{reason}"));
        }
    }

    #[test]
    fn promises_that_leave_one_value_are_that_value() {
        let exactly_seven = b"\xc7\x0b\x0c\x83\x01\xc2\x03\x92\x07\xc3\x04\x92\x07\xc3";
        assert_eq!(decode(exactly_seven, &Type::Number), Ok(Value::integer(7)));
        let null = b"\xc7\x03\x0c\x81\x01\xc3";
        assert_eq!(decode(null, &Type::String), Ok(Value::Null(Type::String)));
    }
}
