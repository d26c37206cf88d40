//! The examples in `tests/corpus`: what Terraform sends, and what has gone wrong. A file is three
//! lines: the type, the value (msgpack in hex, or JSON), and either the msgpack that we write for it
//! or the error.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::codec::{CodecError, json, msgpack};
use crate::dynamic::Dynamic;
use crate::types::Type;

/// One file.
pub(super) struct Example {
    name: String,
    pub(super) ty: Type,
    /// As it comes.
    pub(super) bytes: Vec<u8>,
    /// `writes …` or `error …`.
    outcome: String,
}

pub(super) static MSGPACK: LazyLock<Vec<Example>> = LazyLock::new(|| examples("msgpack", unhex));

pub(super) static JSON: LazyLock<Vec<Example>> =
    LazyLock::new(|| examples("json", |text| text.as_bytes().to_vec()));

/// Their bytes alone: what mutations start from.
pub(super) fn bytes(examples: &[Example]) -> Vec<Vec<u8>> {
    examples.iter().map(|example| example.bytes.clone()).collect()
}

fn examples(folder: &str, bytes: impl Fn(&str) -> Vec<u8>) -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let example = |file: &Path| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(file).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let [ty, value, outcome] = lines[..] else { panic!("{name}: not three lines") };
        let ty = ty.strip_prefix("type ").unwrap_or_else(|| panic!("{name}: no type"));
        let value = value.strip_prefix("value ").unwrap_or_else(|| panic!("{name}: no value"));
        Example {
            ty: Type::from_json(&serde_json::from_str(ty).unwrap()).unwrap(),
            bytes: bytes(value),
            outcome: outcome.to_owned(),
            name,
        }
    };
    files.iter().map(|file| example(file)).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// As the third line says it.
fn outcome(decoded: Result<Dynamic, CodecError>, ty: &Type) -> String {
    match decoded.and_then(|value| msgpack::encode(&value, ty)) {
        Ok(bytes) => bytes.iter().fold("writes".to_owned(), |mut text, byte| {
            write!(text, " {byte:02x}").unwrap();
            text
        }),
        Err(error) => format!("error {error}"),
    }
}

#[test]
fn every_example_of_msgpack_is_read_as_its_file_says() {
    for example in &*MSGPACK {
        let Example { name, ty, bytes, outcome: want } = example;
        assert_eq!(outcome(msgpack::decode(bytes, ty), ty), *want, "msgpack/{name}");
    }
}

#[test]
fn every_example_of_json_is_read_as_its_file_says() {
    for example in &*JSON {
        let Example { name, ty, bytes, outcome: want } = example;
        assert_eq!(outcome(json::decode(bytes, ty), ty), *want, "json/{name}");
    }
}
