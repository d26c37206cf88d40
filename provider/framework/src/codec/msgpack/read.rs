//! From msgpack.

use rmp::Marker;

use crate::codec::limits::Budget;
use crate::codec::{CodecError, normal};
use crate::dynamic::{Dynamic, Object};
use crate::number::Number;
use crate::types::{MAX_DEPTH, Type};

/// Reads one value of type `ty`. Bytes after it are ignored, as go-cty ignores them.
pub(crate) fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, CodecError> {
    Reader { rest: bytes, budget: Budget::of(bytes.len()) }.value(ty, MAX_DEPTH)
}

struct Reader<'a> {
    rest: &'a [u8],
    budget: Budget,
}

impl<'a> Reader<'a> {
    /// `levels` is how many more collections may stand around what follows.
    fn value(&mut self, ty: &Type, levels: usize) -> Result<Dynamic, CodecError> {
        let marker = self.marker()?;
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
                _ => Err(CodecError::mismatch(ty)),
            },
            Type::Number => self.number(marker),
            Type::String => self.text(marker, ty).map(|text| Dynamic::String(normal(text))),
            _ => {
                let levels = levels.checked_sub(1).ok_or(CodecError::TooDeep)?;
                self.collection(marker, ty, levels)
            }
        }
    }

    fn collection(
        &mut self,
        marker: Marker,
        ty: &Type,
        levels: usize,
    ) -> Result<Dynamic, CodecError> {
        match ty {
            Type::List(element) => self.elements(marker, element, ty, levels).map(Dynamic::List),
            Type::Set(element) => self.elements(marker, element, ty, levels).map(Dynamic::Set),
            Type::Tuple(members) => self.tuple(marker, members, ty, levels),
            Type::Map(element) => {
                let length = self.map_length(marker, ty)?;
                self.members(length, ty, levels, |_| Some(element))
            }
            Type::Object(members) => {
                let length = self.map_length(marker, ty)?;
                if length != members.len() {
                    return Err(CodecError::mismatch(ty));
                }
                let value = self.members(length, ty, levels, |name| members.get(name))?;
                match &value {
                    // Fewer where a name came twice.
                    Dynamic::Map(object) if object.len() == length => Ok(value),
                    _ => Err(CodecError::mismatch(ty)),
                }
            }
            Type::Dynamic => self.typed(marker, levels),
            Type::Bool | Type::Number | Type::String => Err(CodecError::mismatch(ty)),
        }
    }

    /// A value with its own type: the type as JSON, then the value.
    fn typed(&mut self, marker: Marker, levels: usize) -> Result<Dynamic, CodecError> {
        if self.array_length(marker, &Type::Dynamic)? != 2 {
            return Err(CodecError::mismatch(&Type::Dynamic));
        }
        let marker = self.marker()?;
        let json = self.text(marker, &Type::Dynamic)?;
        self.budget.type_text(json.len())?;
        let ty = Type::read(&serde_json::from_str(json)?, levels)?;
        let value = self.value(&ty, levels)?;
        Ok(Dynamic::Typed(Box::new((ty, value))))
    }

    fn number(&mut self, marker: Marker) -> Result<Dynamic, CodecError> {
        let number = match marker {
            Marker::FixPos(value) => Number::from(u64::from(value)),
            Marker::FixNeg(value) => Number::from(i64::from(value)),
            Marker::U8 => Number::from(self.unsigned(1)?),
            Marker::U16 => Number::from(self.unsigned(2)?),
            Marker::U32 => Number::from(self.unsigned(4)?),
            Marker::U64 => Number::from(self.unsigned(8)?),
            Marker::I8 => Number::from(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Number::from(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Number::from(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Number::from(i64::from_be_bytes(self.array()?)),
            Marker::F32 => float(f64::from(f32::from_be_bytes(self.array()?)))?,
            Marker::F64 => float(f64::from_be_bytes(self.array()?))?,
            _ => {
                let text = self.text(marker, &Type::Number)?;
                Number::parse(text).ok_or_else(|| CodecError::number(text))?
            }
        };
        self.budget.digits(number.text_len())?;
        Ok(Dynamic::Number(number))
    }

    /// Text, also where it comes as bytes.
    fn text(&mut self, marker: Marker, ty: &Type) -> Result<&'a str, CodecError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.length(1)?,
            Marker::Str16 | Marker::Bin16 => self.length(2)?,
            Marker::Str32 | Marker::Bin32 => self.length(4)?,
            _ => return Err(CodecError::mismatch(ty)),
        };
        std::str::from_utf8(self.take(length)?).map_err(|_| CodecError::Text)
    }

    fn elements(
        &mut self,
        marker: Marker,
        element: &Type,
        ty: &Type,
        levels: usize,
    ) -> Result<Vec<Dynamic>, CodecError> {
        let length = self.array_length(marker, ty)?;
        self.budget.elements(length)?;
        let mut elements = Vec::with_capacity(length);
        for _ in 0..length {
            elements.push(self.value(element, levels)?);
        }
        Ok(elements)
    }

    fn tuple(
        &mut self,
        marker: Marker,
        members: &[Type],
        ty: &Type,
        levels: usize,
    ) -> Result<Dynamic, CodecError> {
        let length = self.array_length(marker, ty)?;
        if length != members.len() {
            return Err(CodecError::mismatch(ty));
        }
        self.budget.elements(length)?;
        let mut values = Vec::with_capacity(length);
        for member in members {
            values.push(self.value(member, levels)?);
        }
        Ok(Dynamic::List(values))
    }

    fn members<'t>(
        &mut self,
        length: usize,
        ty: &Type,
        levels: usize,
        member: impl Fn(&str) -> Option<&'t Type>,
    ) -> Result<Dynamic, CodecError>
    where
        Type: 't,
    {
        self.budget.members(length)?;
        let mut object = Object::new();
        for _ in 0..length {
            let marker = self.marker()?;
            let name = normal(self.text(marker, ty)?);
            let member = member(&name).ok_or_else(|| CodecError::mismatch(ty))?;
            let value = self.value(member, levels)?;
            object.insert(name, value);
        }
        Ok(Dynamic::Map(object))
    }

    fn array_length(&mut self, marker: Marker, ty: &Type) -> Result<usize, CodecError> {
        let length = match marker {
            Marker::FixArray(length) => usize::from(length),
            Marker::Array16 => self.length(2)?,
            Marker::Array32 => self.length(4)?,
            _ => return Err(CodecError::mismatch(ty)),
        };
        self.at_least(length)
    }

    fn map_length(&mut self, marker: Marker, ty: &Type) -> Result<usize, CodecError> {
        let length = match marker {
            Marker::FixMap(length) => usize::from(length),
            Marker::Map16 => self.length(2)?,
            Marker::Map32 => self.length(4)?,
            _ => return Err(CodecError::mismatch(ty)),
        };
        self.at_least(length)
    }

    /// A length that the bytes can keep: nothing is shorter than one of them.
    fn at_least(&self, length: usize) -> Result<usize, CodecError> {
        if length > self.rest.len() { Err(CodecError::Truncated) } else { Ok(length) }
    }

    fn sized_extension(&mut self, width: usize) -> Result<Dynamic, CodecError> {
        let length = self.length(width)?;
        self.extension(length)
    }

    fn extension(&mut self, length: usize) -> Result<Dynamic, CodecError> {
        self.array::<1>()?;
        self.take(length)?;
        Ok(Dynamic::Unknown)
    }

    fn marker(&mut self) -> Result<Marker, CodecError> {
        Ok(Marker::from_u8(self.array::<1>()?[0]))
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

    fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn float(value: f64) -> Result<Number, CodecError> {
    Number::from_f64(value).ok_or_else(|| CodecError::number(&value.to_string()))
}
