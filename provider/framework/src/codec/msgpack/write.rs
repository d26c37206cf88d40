//! To msgpack.

use rmp::Marker;

use crate::codec::{CodecError, normal};
use crate::dynamic::Dynamic;
use crate::types::{MAX_DEPTH, Type};

/// The extension that stands for an unknown value without refinements.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// Writes `value`, which must have the type `ty`.
pub(crate) fn encode(value: &Dynamic, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    write(&mut bytes, value, ty, MAX_DEPTH)?;
    Ok(bytes)
}

/// `levels` is how many more collections may stand around what follows.
fn write(bytes: &mut Vec<u8>, value: &Dynamic, ty: &Type, levels: usize) -> Result<(), CodecError> {
    match (value, ty) {
        (Dynamic::Null, _) => bytes.push(Marker::Null.to_u8()),
        (Dynamic::Unknown, _) => bytes.extend(UNKNOWN),
        (Dynamic::Bool(true), Type::Bool) => bytes.push(Marker::True.to_u8()),
        (Dynamic::Bool(false), Type::Bool) => bytes.push(Marker::False.to_u8()),
        // Decimal text for all that is no integer: a float would change 0.1.
        (Dynamic::Number(number), Type::Number) => match number.as_i64() {
            Some(integer) => {
                rmp::encode::write_sint(bytes, integer).map_err(|_| CodecError::Truncated)?;
            }
            None => write_text(bytes, &number.to_string())?,
        },
        (Dynamic::String(text), Type::String) => write_text(bytes, &normal(text))?,
        _ => {
            let levels = levels.checked_sub(1).ok_or(CodecError::TooDeep)?;
            write_collection(bytes, value, ty, levels)?;
        }
    }
    Ok(())
}

fn write_collection(
    bytes: &mut Vec<u8>,
    value: &Dynamic,
    ty: &Type,
    levels: usize,
) -> Result<(), CodecError> {
    match (value, ty) {
        (Dynamic::List(elements), Type::List(element))
        | (Dynamic::Set(elements), Type::Set(element)) => {
            write_array_length(bytes, elements.len())?;
            for value in elements {
                write(bytes, value, element, levels)?;
            }
        }
        (Dynamic::List(elements), Type::Tuple(members)) if elements.len() == members.len() => {
            write_array_length(bytes, elements.len())?;
            for (value, member) in elements.iter().zip(members) {
                write(bytes, value, member, levels)?;
            }
        }
        (Dynamic::Map(object), Type::Map(element)) => {
            write_map_length(bytes, object.len())?;
            for (name, value) in object {
                write_text(bytes, &normal(name))?;
                write(bytes, value, element, levels)?;
            }
        }
        (Dynamic::Map(object), Type::Object(members)) if object.len() == members.len() => {
            write_map_length(bytes, object.len())?;
            for (name, value) in object {
                let member = members.get(name).ok_or_else(|| CodecError::mismatch(ty))?;
                write_text(bytes, name)?;
                write(bytes, value, member, levels)?;
            }
        }
        (Dynamic::Typed(typed), Type::Dynamic) => {
            let (ty, value) = &**typed;
            if ty.is_deeper_than(levels) {
                return Err(CodecError::TooDeep);
            }
            write_array_length(bytes, 2)?;
            let json = ty.to_json().to_string();
            rmp::encode::write_bin(bytes, json.as_bytes()).map_err(|_| CodecError::Truncated)?;
            write(bytes, value, ty, levels)?;
        }
        _ => return Err(CodecError::mismatch(ty)),
    }
    Ok(())
}

fn write_text(bytes: &mut Vec<u8>, text: &str) -> Result<(), CodecError> {
    rmp::encode::write_str(bytes, text).map_err(|_| CodecError::Truncated)
}

fn write_array_length(bytes: &mut Vec<u8>, length: usize) -> Result<(), CodecError> {
    let length = u32::try_from(length).map_err(|_| CodecError::Truncated)?;
    rmp::encode::write_array_len(bytes, length).map(drop).map_err(|_| CodecError::Truncated)
}

fn write_map_length(bytes: &mut Vec<u8>, length: usize) -> Result<(), CodecError> {
    let length = u32::try_from(length).map_err(|_| CodecError::Truncated)?;
    rmp::encode::write_map_len(bytes, length).map(drop).map_err(|_| CodecError::Truncated)
}
