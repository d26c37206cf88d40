//! Properties of msgpack.

use proptest::prelude::*;

use super::corpus::{MSGPACK, bytes};
use super::mutation::mutated;
use super::values::typed_value;
use super::{many, memory};
use crate::codec::msgpack::{decode, encode};
use crate::types::Type;

/// Reads `bytes`, in bounded memory; what can be read can be written, and is then read alike.
fn survives(bytes: &[u8], ty: &Type) -> Result<(), TestCaseError> {
    let (decoded, memory) = memory(|| decode(bytes, ty));
    prop_assert!(memory <= 16_384 + 256 * bytes.len(), "{memory} bytes for {}", bytes.len());
    if let Ok(value) = decoded {
        let written = encode(&value, ty);
        prop_assert!(written.is_ok(), "{written:?} for {value:?}");
        prop_assert_eq!(decode(&written.unwrap(), ty), Ok(value));
    }
    Ok(())
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn what_is_written_is_read((ty, value) in typed_value()) {
        let bytes = encode(&value, &ty).unwrap();
        prop_assert_eq!(decode(&bytes, &ty), Ok(value));
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error((ty, _) in typed_value(), bytes: Vec<u8>) {
        survives(&bytes, &ty)?;
    }

    #[test]
    fn examples_gone_wrong_are_a_value_or_an_error((number, bytes) in mutated(bytes(&MSGPACK))) {
        survives(&bytes, &MSGPACK[number].ty)?;
    }

    #[test]
    fn what_was_written_and_went_wrong_is_a_value_or_an_error(
        (ty, bytes) in typed_value().prop_flat_map(|(ty, value)| {
            let bytes = encode(&value, &ty).unwrap();
            (Just(ty), mutated(vec![bytes]).prop_map(|(_, bytes)| bytes))
        })
    ) {
        survives(&bytes, &ty)?;
    }
}
