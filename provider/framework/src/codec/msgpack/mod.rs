//! Values as msgpack, as go-cty's `cty/msgpack` reads and writes them.
//!
//! An unknown value is an extension of any kind; what it says about the value beyond "unknown"
//! (its refinements) is dropped. Numbers travel as integers, as floats, or as decimal text.

mod read;
mod write;

pub(crate) use self::read::decode;
pub(crate) use self::write::encode;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::codec::CodecError;
    use crate::dynamic::Dynamic;
    use crate::number::Number;
    use crate::types::Type;

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
        assert_eq!(decode(&[0x80], &ty), Err(CodecError::mismatch(&ty)));
        assert_eq!(decode(&[0x81, 0xa1, b'b', 0xc3], &ty), Err(CodecError::mismatch(&ty)));
        assert!(decode(&[0x81, 0xa1, b'a', 0xc3], &ty).is_ok());
    }

    #[test]
    fn a_length_that_lies_is_an_error_and_allocates_nothing() {
        let bytes = [0xdd, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(decode(&bytes, &Type::list(Type::Bool)), Err(CodecError::Truncated));
    }
}
