//! Values as msgpack, as go-cty's `cty/msgpack` reads and writes them.
//!
//! An unknown value is an extension of any kind; what it says about the value beyond "unknown"
//! (its refinements) is dropped. Numbers travel as integers, as floats, or as decimal text.

use rmp::Marker;

use super::{CodecError, normal};
use crate::dynamic::{Dynamic, Object};
use crate::number::Number;
use crate::types::Type;

/// The extension that stands for an unknown value without refinements.
const UNKNOWN: [u8; 3] = [0xd4, 0, 0];

/// Reads one value of type `ty`. Bytes after it are ignored, as go-cty ignores them.
pub(crate) fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, CodecError> {
    Reader { rest: bytes }.value(ty)
}

/// Writes `value`, which must have the type `ty`.
pub(crate) fn encode(value: &Dynamic, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    write(&mut bytes, value, ty)?;
    Ok(bytes)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type) -> Result<Dynamic, CodecError> {
        let marker = Marker::from_u8(self.byte()?);
        match marker {
            Marker::Null => return Ok(Dynamic::Null),
            Marker::FixExt1 => return self.extension(1),
            Marker::FixExt2 => return self.extension(2),
            Marker::FixExt4 => return self.extension(4),
            Marker::FixExt8 => return self.extension(8),
            Marker::FixExt16 => return self.extension(16),
            Marker::Ext8 => return self.sized_extension(1),
            Marker::Ext16 => return self.sized_extension(2),
            Marker::Ext32 => return self.sized_extension(4),
            _ => {}
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Dynamic::Bool(true)),
                Marker::False => Ok(Dynamic::Bool(false)),
                _ => Err(mismatch(ty)),
            },
            Type::Number => self.number(marker),
            Type::String => self.text(marker, ty).map(|text| Dynamic::String(normal(text))),
            Type::List(element) => self.elements(marker, element, ty).map(Dynamic::List),
            Type::Set(element) => self.elements(marker, element, ty).map(Dynamic::Set),
            Type::Map(element) => self.members(marker, ty, |_| Some(element)),
            Type::Object(members) => {
                let value = self.members(marker, ty, |name| members.get(name))?;
                match &value {
                    Dynamic::Map(object) if object.len() == members.len() => Ok(value),
                    _ => Err(mismatch(ty)),
                }
            }
            Type::Tuple(members) => {
                if self.array_length(marker).ok_or_else(|| mismatch(ty))?? != members.len() {
                    return Err(mismatch(ty));
                }
                members
                    .iter()
                    .map(|member| self.value(member))
                    .collect::<Result<_, _>>()
                    .map(Dynamic::List)
            }
            Type::Dynamic => self.typed(marker),
        }
    }

    /// A value with its own type: the type as JSON, then the value.
    fn typed(&mut self, marker: Marker) -> Result<Dynamic, CodecError> {
        let length = self.array_length(marker).ok_or_else(|| mismatch(&Type::Dynamic))??;
        if length != 2 {
            return Err(mismatch(&Type::Dynamic));
        }
        let marker = Marker::from_u8(self.byte()?);
        let json = self.text(marker, &Type::Dynamic)?;
        let ty = serde_json::from_str(json).ok().and_then(|json| Type::from_json(&json));
        let ty = ty.ok_or_else(|| mismatch(&Type::Dynamic))?;
        let value = self.value(&ty)?;
        Ok(Dynamic::Typed(Box::new((ty, value))))
    }

    fn number(&mut self, marker: Marker) -> Result<Dynamic, CodecError> {
        let number = match marker {
            Marker::FixPos(value) => Number::from(u64::from(value)),
            Marker::FixNeg(value) => Number::from(i64::from(value)),
            Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => {
                Number::from(self.unsigned(width(marker))?)
            }
            Marker::I8 => Number::from(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Number::from(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Number::from(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Number::from(i64::from_be_bytes(self.array()?)),
            Marker::F32 => float(f64::from(f32::from_be_bytes(self.array()?)))?,
            Marker::F64 => float(f64::from_be_bytes(self.array()?))?,
            _ => {
                let text = self.text(marker, &Type::Number)?;
                Number::parse(text).ok_or_else(|| CodecError::Number(text.to_owned()))?
            }
        };
        Ok(Dynamic::Number(number))
    }

    /// Text, also where it comes as bytes.
    fn text(&mut self, marker: Marker, ty: &Type) -> Result<&'a str, CodecError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.length(1)?,
            Marker::Str16 | Marker::Bin16 => self.length(2)?,
            Marker::Str32 | Marker::Bin32 => self.length(4)?,
            _ => return Err(mismatch(ty)),
        };
        std::str::from_utf8(self.take(length)?).map_err(|_| CodecError::Text)
    }

    fn elements(
        &mut self,
        marker: Marker,
        element: &Type,
        ty: &Type,
    ) -> Result<Vec<Dynamic>, CodecError> {
        let length = self.array_length(marker).ok_or_else(|| mismatch(ty))??;
        // No capacity from the wire: a lying length must not allocate.
        (0..length).map(|_| self.value(element)).collect()
    }

    fn members<'t>(
        &mut self,
        marker: Marker,
        ty: &Type,
        member: impl Fn(&str) -> Option<&'t Type>,
    ) -> Result<Dynamic, CodecError>
    where
        Type: 't,
    {
        let length = match marker {
            Marker::FixMap(length) => usize::from(length),
            Marker::Map16 => self.length(2)?,
            Marker::Map32 => self.length(4)?,
            _ => return Err(mismatch(ty)),
        };
        let mut object = Object::new();
        for _ in 0..length {
            let marker = Marker::from_u8(self.byte()?);
            let name = normal(self.text(marker, ty)?);
            let value = self.value(member(&name).ok_or_else(|| mismatch(ty))?)?;
            object.insert(name, value);
        }
        Ok(Dynamic::Map(object))
    }

    fn array_length(&mut self, marker: Marker) -> Option<Result<usize, CodecError>> {
        match marker {
            Marker::FixArray(length) => Some(Ok(usize::from(length))),
            Marker::Array16 => Some(self.length(2)),
            Marker::Array32 => Some(self.length(4)),
            _ => None,
        }
    }

    fn sized_extension(&mut self, width: usize) -> Result<Dynamic, CodecError> {
        let length = self.length(width)?;
        self.extension(length)
    }

    fn extension(&mut self, length: usize) -> Result<Dynamic, CodecError> {
        self.byte()?;
        self.take(length)?;
        Ok(Dynamic::Unknown)
    }

    fn length(&mut self, width: usize) -> Result<usize, CodecError> {
        usize::try_from(self.unsigned(width)?).map_err(|_| CodecError::Truncated)
    }

    fn unsigned(&mut self, width: usize) -> Result<u64, CodecError> {
        Ok(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        self.take(N)?.try_into().map_err(|_| CodecError::Truncated)
    }

    fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.array::<1>()?[0])
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn width(marker: Marker) -> usize {
    match marker {
        Marker::U8 => 1,
        Marker::U16 => 2,
        Marker::U32 => 4,
        _ => 8,
    }
}

fn float(value: f64) -> Result<Number, CodecError> {
    Number::from_f64(value).ok_or_else(|| CodecError::Number(value.to_string()))
}

fn mismatch(ty: &Type) -> CodecError {
    CodecError::Type(ty.to_json().to_string())
}

fn write(bytes: &mut Vec<u8>, value: &Dynamic, ty: &Type) -> Result<(), CodecError> {
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
            None => write_text(bytes, number.as_str())?,
        },
        (Dynamic::String(text), Type::String) => write_text(bytes, &normal(text))?,
        (Dynamic::List(elements), Type::List(element))
        | (Dynamic::Set(elements), Type::Set(element)) => {
            write_array_length(bytes, elements.len())?;
            for value in elements {
                write(bytes, value, element)?;
            }
        }
        (Dynamic::List(elements), Type::Tuple(members)) if elements.len() == members.len() => {
            write_array_length(bytes, elements.len())?;
            for (value, member) in elements.iter().zip(members) {
                write(bytes, value, member)?;
            }
        }
        (Dynamic::Map(object), Type::Map(element)) => {
            write_map_length(bytes, object.len())?;
            for (name, value) in object {
                write_text(bytes, &normal(name))?;
                write(bytes, value, element)?;
            }
        }
        (Dynamic::Map(object), Type::Object(members)) if object.len() == members.len() => {
            write_map_length(bytes, object.len())?;
            for (name, value) in object {
                write_text(bytes, name)?;
                write(bytes, value, members.get(name).ok_or_else(|| mismatch(ty))?)?;
            }
        }
        (Dynamic::Typed(typed), Type::Dynamic) => {
            write_array_length(bytes, 2)?;
            let json = typed.0.to_json().to_string();
            rmp::encode::write_bin(bytes, json.as_bytes()).map_err(|_| CodecError::Truncated)?;
            write(bytes, &typed.1, &typed.0)?;
        }
        _ => return Err(mismatch(ty)),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Dynamic {
        Dynamic::Number(Number::parse(text).unwrap())
    }

    #[test]
    fn unknown_values_are_read_with_and_without_refinements() {
        assert_eq!(decode(&[0xd4, 0, 0], &Type::String), Ok(Dynamic::Unknown));
        // "starts with arn:, not null": extension 12 with a map of two refinements.
        let refined = [0xc7, 9, 12, 0x82, 1, 0xc2, 2, 0xa4, b'a', b'r', b'n', b':'];
        assert_eq!(decode(&refined, &Type::String), Ok(Dynamic::Unknown));
        assert_eq!(encode(&Dynamic::Unknown, &Type::list(Type::Bool)), Ok(vec![0xd4, 0, 0]));
    }

    #[test]
    fn numbers_come_as_integers_floats_and_text() {
        let read = |bytes: &[u8]| decode(bytes, &Type::Number).unwrap();
        assert_eq!(read(&[0x7f]), number("127"));
        assert_eq!(read(&[0xff]), number("-1"));
        assert_eq!(read(&[0xcd, 0x01, 0x00]), number("256"));
        assert_eq!(read(&[0xd1, 0xff, 0x00]), number("-256"));
        assert_eq!(read(&[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]), number("0.5"));
        assert_eq!(read(b"\xb39223372036854775808"), number("9223372036854775808"));
        assert_eq!(decode(b"\xa1x", &Type::Number), Err(CodecError::Number("x".to_owned())));
    }

    #[test]
    fn a_fraction_is_written_as_text_so_that_it_stays_what_it_is() {
        assert_eq!(encode(&number("0.1"), &Type::Number), Ok(b"\xa30.1".to_vec()));
        assert_eq!(encode(&number("-1"), &Type::Number), Ok(vec![0xff]));
    }

    #[test]
    fn text_is_normalised_both_ways() {
        assert_eq!(decode("\u{a3}e\u{301}".as_bytes(), &Type::String).ok(), None);
        let decomposed = [&[0xa3], "e\u{301}".as_bytes()].concat();
        assert_eq!(decode(&decomposed, &Type::String), Ok("\u{e9}".into()));
        assert_eq!(
            encode(&"e\u{301}".into(), &Type::String),
            Ok([&[0xa2], "\u{e9}".as_bytes()].concat())
        );
    }

    #[test]
    fn an_object_has_exactly_the_members_of_its_type() {
        let ty = Type::Object(BTreeMap::from([("a".to_owned(), Type::Bool)]));
        assert_eq!(decode(&[0x80], &ty), Err(mismatch(&ty)));
        assert_eq!(decode(&[0x81, 0xa1, b'b', 0xc3], &ty), Err(mismatch(&ty)));
        assert!(decode(&[0x81, 0xa1, b'a', 0xc3], &ty).is_ok());
    }

    #[test]
    fn a_length_that_lies_is_an_error_and_allocates_nothing() {
        let bytes = [0xdd, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(decode(&bytes, &Type::list(Type::Bool)), Err(CodecError::Truncated));
    }

    /// A type and a value of it, of bounded size.
    fn typed_value() -> impl Strategy<Value = (Type, Dynamic)> {
        let leaf = prop_oneof![
            Just((Type::String, Dynamic::Null)),
            Just((Type::Number, Dynamic::Unknown)),
            any::<bool>().prop_map(|value| (Type::Bool, value.into())),
            any::<i64>().prop_map(|value| (Type::Number, value.into())),
            "\\PC{0,40}".prop_map(|text| (Type::String, Dynamic::String(normal(&text)))),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(|(ty, value)| (
                    Type::list(ty),
                    Dynamic::List(vec![value.clone(), value])
                )),
                inner.clone().prop_map(|(ty, value)| (Type::set(ty), Dynamic::Set(vec![value]))),
                inner
                    .clone()
                    .prop_map(|(ty, value)| (Type::Dynamic, Dynamic::Typed(Box::new((ty, value))))),
                prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4).prop_map(
                    |members| {
                        let types =
                            members.iter().map(|(name, (ty, _))| (name.clone(), ty.clone()));
                        let ty = Type::Object(types.collect());
                        let values = members.into_iter().map(|(name, (_, value))| (name, value));
                        (ty, Dynamic::Map(values.collect()))
                    }
                ),
                prop::collection::vec(inner, 0..3).prop_map(|members| {
                    let (types, values) = members.into_iter().unzip();
                    (Type::Tuple(types), Dynamic::List(values))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read((ty, value) in typed_value()) {
            let bytes = encode(&value, &ty).unwrap();
            prop_assert_eq!(decode(&bytes, &ty), Ok(value));
        }

        #[test]
        fn no_bytes_panic((ty, _) in typed_value(), bytes: Vec<u8>) {
            let _ = decode(&bytes, &ty);
        }
    }
}
