//! The two forms in which Terraform sends values: msgpack on every call, JSON in stored state.

pub(crate) mod json;
pub(crate) mod msgpack;

use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Why bytes from Terraform are not a value of the type that the schema promised.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum CodecError {
    #[error("the value ends too early")]
    Truncated,
    #[error("the value does not have the type {0}")]
    Type(String),
    #[error("{0:?} is not a number")]
    Number(String),
    #[error("text is not UTF-8")]
    Text,
    #[error("not JSON: {0}")]
    Json(String),
}

/// Text in the normal form that Terraform compares in (NFC).
pub(crate) fn normal(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}
