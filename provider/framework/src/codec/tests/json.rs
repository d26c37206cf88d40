//! Properties of JSON.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::corpus::{JSON, bytes};
use super::mutation::mutated;
use super::values::typed_value;
use super::{many, memory};
use crate::codec::json::decode;
use crate::codec::msgpack;
use crate::dynamic::Dynamic;
use crate::types::Type;

/// Reads `bytes`, in bounded memory; what can be read has nothing unknown, and can be sent on.
fn survives(bytes: &[u8], ty: &Type) -> Result<(), TestCaseError> {
    let (decoded, memory) = memory(|| decode(bytes, ty));
    prop_assert!(memory <= 65_536 + 256 * bytes.len(), "{memory} bytes for {}", bytes.len());
    if let Ok(value) = decoded {
        prop_assert!(!value.has_unknown());
        let sent = msgpack::encode(&value, ty);
        prop_assert!(sent.is_ok(), "{sent:?} for {value:?}");
        prop_assert_eq!(msgpack::decode(&sent.unwrap(), ty), Ok(value));
    }
    Ok(())
}

/// As Terraform stores it.
fn stored(value: &Dynamic) -> Json {
    match value {
        Dynamic::Null | Dynamic::Unknown => Json::Null,
        Dynamic::Bool(value) => json!(value),
        Dynamic::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Dynamic::String(text) => json!(text),
        Dynamic::List(elements) | Dynamic::Set(elements) => elements.iter().map(stored).collect(),
        Dynamic::Map(members) => {
            members.iter().map(|(name, value)| (name.clone(), stored(value))).collect()
        }
        Dynamic::Typed(typed) => json!({ "value": stored(&typed.1), "type": typed.0.to_json() }),
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn what_terraform_stores_is_read((ty, value) in typed_value()) {
        let text = stored(&value).to_string();
        prop_assert_eq!(decode(text.as_bytes(), &ty), Ok(value.unknown_as_null()));
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error((ty, _) in typed_value(), bytes: Vec<u8>) {
        survives(&bytes, &ty)?;
    }

    #[test]
    fn examples_gone_wrong_are_a_value_or_an_error((number, bytes) in mutated(bytes(&JSON))) {
        survives(&bytes, &JSON[number].ty)?;
    }
}
