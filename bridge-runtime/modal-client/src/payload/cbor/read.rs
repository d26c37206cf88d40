//! A function's result, from CBOR into JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Number, Value};

use super::{
    ARRAY, BYTES, MAP, NEGATIVE, TAG, TAG_BIG, TAG_BIG_NEGATIVE, TAG_TIME_SECONDS, TAG_TIME_TEXT,
    TEXT, UNSIGNED,
};
use crate::error::PlainPart;
use crate::payload::big_int;
use crate::payload::timestamp::rfc3339;

/// Reading recurses; no result of a sane function comes near.
const MAX_DEPTH: usize = 256;

/// How many bytes the integers above 64 bits may have together. The decimal text of this many takes
/// about a second to find, and more than Python writes unless told to.
const MAX_BIG_BYTES: usize = 256 * 1024;

/// What a value takes in memory at least: what it is in its list or map.
const VALUE: usize = size_of::<Value>();
/// What the shortest text takes that is not empty, and the digits of a number.
const SHORT: usize = 32;
/// The first item of a list or a map makes room for three more.
const FIRST_ITEM: usize = 3 * VALUE;
const FIRST_ENTRY: usize = 3 * (VALUE + SHORT) + 2 * SHORT;

/// A result that cannot be read, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) reason: String,
    pub(crate) plain: Option<PlainPart>,
}

/// Reads a function's result. What JSON cannot hold is an error, with these exceptions: bytes become
/// base64, times RFC 3339, keys text, and NaN and the infinities null.
///
/// A byte may become a value of a hundred, so that there is a limit to the memory that it takes.
pub(crate) fn read(bytes: &[u8], memory: usize) -> Result<Value, Unreadable> {
    let mut reader = Reader::new(bytes, memory, false);
    match reader.whole() {
        Ok(value) => {
            if reader.lost > 0 {
                let lost = reader.lost;
                tracing::warn!("the function's result: {lost} NaN or infinite numbers became null");
            }
            Ok(value)
        }
        Err(Refusal { reason, path: None }) => {
            Err(Unreadable { reason: reason.into_owned(), plain: None })
        }
        Err(Refusal { reason, path: Some(path) }) => Err(Unreadable {
            reason: match path.as_str() {
                "" => reason.into_owned(),
                path => format!("{reason}, at {path}"),
            },
            plain: Reader::new(bytes, memory, true)
                .whole()
                .ok()
                .map(|value| PlainPart(Box::new(value))),
        }),
    }
}

/// Why a result has no JSON form, and where in it.
struct Refusal {
    reason: Cow<'static, str>,
    /// `None` where no place is to blame.
    path: Option<String>,
}

struct Reader<'a> {
    /// What is still to be read.
    bytes: &'a [u8],
    /// How many numbers became null.
    lost: usize,
    /// How many bytes integers may still have.
    big_bytes: usize,
    /// How much memory values may take, and may still take.
    memory: usize,
    memory_left: usize,
    /// Whether what JSON has no form for becomes null, too.
    lenient: bool,
}

/// The start of an item.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    /// The low five bits, which tell floats apart.
    info: u8,
    /// A number or a length; `None` when the length is told by a break.
    number: Option<u64>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], memory: usize, lenient: bool) -> Self {
        Self { bytes, lost: 0, big_bytes: MAX_BIG_BYTES, memory, memory_left: memory, lenient }
    }

    /// Counts memory that is about to be taken.
    fn charge(&mut self, bytes: usize) -> Result<(), Refusal> {
        match self.memory_left.checked_sub(bytes) {
            Some(left) => {
                self.memory_left = left;
                Ok(())
            }
            None => {
                let megabytes = self.memory >> 20;
                let reason = format!("takes more than {megabytes} MB of memory to be read");
                Err(Refusal { reason: reason.into(), path: None })
            }
        }
    }

    fn whole(&mut self) -> Result<Value, Refusal> {
        let value = self.value(MAX_DEPTH)?;
        if self.bytes.is_empty() { Ok(value) } else { Err(broken("is followed by something else")) }
    }

    /// What becomes of a value that was read and that JSON has no form for.
    fn unfit(&self, reason: impl Into<Cow<'static, str>>) -> Result<Value, Refusal> {
        if self.lenient { Ok(Value::Null) } else { Err(refusal(reason)) }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Refusal> {
        let head = self.head()?;
        self.value_of(head, depth)
    }

    fn value_of(&mut self, head: Head, depth: usize) -> Result<Value, Refusal> {
        let depth = depth.checked_sub(1).ok_or_else(|| broken("is nested too deeply"))?;
        self.charge(VALUE + SHORT)?;
        match head.major {
            UNSIGNED => Ok(integer(head.exact()?.to_string())),
            NEGATIVE => Ok(integer((-1 - i128::from(head.exact()?)).to_string())),
            BYTES => {
                let bytes = self.chunks(head)?;
                self.charge(bytes.len() / 3 * 4)?;
                Ok(Value::String(BASE64_STANDARD.encode(bytes)))
            }
            TEXT => Ok(Value::String(self.text(head)?)),
            ARRAY => self.array(head.number, depth),
            MAP => self.map(head.number, depth),
            TAG => self.tagged(head.exact()?, depth),
            _ => self.simple(head),
        }
    }

    fn array(&mut self, length: Option<u64>, depth: usize) -> Result<Value, Refusal> {
        let mut values = Vec::new();
        while self.more(length, values.len())? {
            if values.is_empty() {
                self.charge(FIRST_ITEM)?;
            }
            let value = self.value(depth);
            values.push(value.map_err(|e| e.inside(&format!("[{}]", values.len())))?);
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, length: Option<u64>, depth: usize) -> Result<Value, Refusal> {
        let (mut object, mut entries) = (Map::new(), 0);
        while self.more(length, entries)? {
            if entries == 0 {
                self.charge(FIRST_ENTRY)?;
            }
            let Some(key) = self.key(depth)? else {
                self.value(depth)?;
                entries += 1;
                continue;
            };
            if object.contains_key(&key) {
                self.unfit(format!("has two keys that are {key:?} in JSON"))?;
            }
            let value = self.value(depth).map_err(|e| e.inside(&format!(".{key}")))?;
            object.insert(key, value);
            entries += 1;
        }
        Ok(Value::Object(object))
    }

    /// Whether another item follows in an array or a map. Takes the break that ends it.
    fn more(&mut self, length: Option<u64>, read: usize) -> Result<bool, Refusal> {
        match length {
            Some(length) => Ok((read as u64) < length),
            None if self.bytes.first() == Some(&0xff) => {
                self.take(1)?;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// A key as Python's `json.dumps` would write it; `None` for one that is passed over.
    fn key(&mut self, depth: usize) -> Result<Option<String>, Refusal> {
        let lost = self.lost;
        match self.value(depth)? {
            Value::String(text) => Ok(Some(text)),
            Value::Array(_) | Value::Object(_) => {
                self.unfit("has a key that is a list or a dict").map(|_| None)
            }
            _ if self.lost > lost => self.unfit("has a key that is not a number").map(|_| None),
            other => Ok(Some(other.to_string())),
        }
    }

    fn tagged(&mut self, tag: u64, depth: usize) -> Result<Value, Refusal> {
        let head = self.head()?;
        match (tag, head.major) {
            (TAG_TIME_TEXT, TEXT) => Ok(Value::String(self.text(head)?)),
            (TAG_TIME_SECONDS, UNSIGNED | NEGATIVE | 7) => {
                let seconds = self.value_of(head, depth)?.as_f64();
                match seconds.and_then(rfc3339) {
                    Some(text) => Ok(Value::String(text)),
                    None => self.unfit("holds a time out of range"),
                }
            }
            (TAG_BIG | TAG_BIG_NEGATIVE, BYTES) => {
                let bytes = self.chunks(head)?;
                self.big_int(&bytes, tag == TAG_BIG_NEGATIVE)
            }
            (tag, _) => {
                if self.lenient {
                    self.value_of(head, depth)?;
                }
                self.unfit(match name(tag) {
                    Some(name) => format!("holds {name}, which JSON has no form for"),
                    None => format!("holds a value of CBOR tag {tag}, which JSON has no form for"),
                })
            }
        }
    }

    fn big_int(&mut self, bytes: &[u8], negative: bool) -> Result<Value, Refusal> {
        let Some(left) = self.big_bytes.checked_sub(bytes.len()) else {
            return self.unfit("holds integers too long to be written out");
        };
        self.big_bytes = left;
        if negative {
            let mut bytes = bytes.to_vec();
            big_int::increment(&mut bytes);
            Ok(integer(format!("-{}", big_int::to_decimal(&bytes))))
        } else {
            Ok(integer(big_int::to_decimal(bytes)))
        }
    }

    fn simple(&mut self, head: Head) -> Result<Value, Refusal> {
        let number = head.exact()?;
        let float = match head.info {
            20 => return Ok(Value::Bool(false)),
            21 => return Ok(Value::Bool(true)),
            // Null, and undefined.
            22 | 23 => return Ok(Value::Null),
            25 => half(number),
            26 => f64::from(f32::from_bits(u32::try_from(number).unwrap_or_default())),
            27 => f64::from_bits(number),
            _ => return self.unfit("holds a value that JSON has no form for"),
        };
        Ok(Number::from_f64(float).map_or_else(
            || {
                self.lost += 1;
                Value::Null
            },
            Value::Number,
        ))
    }

    fn text(&mut self, head: Head) -> Result<String, Refusal> {
        let bytes = self.chunks(head)?;
        self.charge(bytes.len())?;
        let bytes = bytes.into_owned();
        String::from_utf8(bytes).map_err(|_| invalid())
    }

    /// The content of a byte string or a text, in one piece.
    fn chunks(&mut self, head: Head) -> Result<Cow<'a, [u8]>, Refusal> {
        if let Some(length) = head.number {
            return Ok(Cow::Borrowed(self.take(length)?));
        }
        let mut whole = Vec::new();
        while self.more(None, 0)? {
            let chunk = self.head()?;
            if chunk.major != head.major {
                return Err(invalid());
            }
            let length = chunk.exact()?;
            whole.extend(self.take(length)?);
        }
        Ok(Cow::Owned(whole))
    }

    fn head(&mut self) -> Result<Head, Refusal> {
        let first = self.take(1)?.first().copied().unwrap_or_default();
        let (major, info) = (first >> 5, first & 0x1f);
        let number = match info {
            0..24 => Some(u64::from(info)),
            24..28 => {
                let bytes = self.take(1 << (info - 24))?;
                Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
            }
            31 if (BYTES..=MAP).contains(&major) => None,
            _ => return Err(invalid()),
        };
        Ok(Head { major, info, number })
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Refusal> {
        let length = usize::try_from(length).map_err(|_| invalid())?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(invalid)?;
        self.bytes = rest;
        Ok(taken)
    }
}

impl Head {
    /// The number of an item that must have one.
    fn exact(self) -> Result<u64, Refusal> {
        self.number.ok_or_else(invalid)
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

/// A number that is written as these digits.
fn integer(digits: String) -> Value {
    // Never fails: these are digits.
    digits.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A float of 16 bits: RFC 8949, appendix D.
fn half(bits: u64) -> f64 {
    let exponent = (bits >> 10 & 0x1f) as i32;
    let mantissa = (bits & 0x3ff) as f64;
    let magnitude = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

fn refusal(reason: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal { reason: reason.into(), path: Some(String::new()) }
}

fn invalid() -> Refusal {
    broken("is not valid CBOR")
}

fn broken(reason: &'static str) -> Refusal {
    Refusal { reason: reason.into(), path: None }
}

impl Refusal {
    /// The same, seen from the value around.
    fn inside(self, step: &str) -> Self {
        // A deep or long path helps nobody.
        let longer = |path: String| {
            if path.len() > 200 { format!("{step}…") } else { format!("{step}{path}") }
        };
        Self { path: self.path.map(longer), ..self }
    }
}
