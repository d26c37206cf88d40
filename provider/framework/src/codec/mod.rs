//! The two forms in which Terraform sends values: msgpack on every call, JSON in stored state.
//!
//! Whatever the bytes are, reading them ends: with a value, or with an error that says what is wrong.
//! It takes no more stack than [`MAX_DEPTH`](crate::types::MAX_DEPTH) levels need and no more memory
//! than `limits` allows.

pub(crate) mod json;
mod limits;
pub(crate) mod msgpack;
#[cfg(test)]
mod tests;

use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::types::{MAX_DEPTH, NoType, Type};

/// Why bytes from Terraform are not a value of the type that the schema promised.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum CodecError {
    #[error("the value ends too early")]
    Truncated,
    #[error("the value does not have the type {0}")]
    Type(String),
    #[error("the value has a type that Terraform does not have")]
    NoType,
    #[error("{0:?} is not a number")]
    Number(String),
    #[error("text is not UTF-8")]
    Text,
    #[error("not JSON: {0}")]
    Json(String),
    #[error("the value nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("the value fills too much memory for its length")]
    TooLarge,
}

impl CodecError {
    /// A value that is none of the type `ty`.
    fn mismatch(ty: &Type) -> Self {
        Self::Type(excerpt(&ty.to_json().to_string()))
    }

    /// Text that is no number.
    fn number(text: &str) -> Self {
        Self::Number(excerpt(text))
    }
}

impl From<NoType> for CodecError {
    fn from(reason: NoType) -> Self {
        match reason {
            NoType::Unknown => Self::NoType,
            NoType::TooDeep => Self::TooDeep,
        }
    }
}

impl From<serde_json::Error> for CodecError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json has no other name for this one. Its limit of 128 levels of JSON is beyond ours,
        // which come to two levels each at most.
        if text.starts_with("recursion limit exceeded") { Self::TooDeep } else { Self::Json(text) }
    }
}

/// As much of `text` as an error needs: the text is from outside, and of any length.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text in the normal form that Terraform compares in (NFC).
pub(crate) fn normal(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}
