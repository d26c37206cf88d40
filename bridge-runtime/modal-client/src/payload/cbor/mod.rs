//! CBOR, RFC 8949: arguments written straight from JSON, results read straight into JSON.
//!
//! Both are our own. A library's value in between would cost a copy of an event of 6 MB, and the one
//! at hand (ciborium 0.2.2) refuses integers between 2^127 and 2^128.

mod read;
mod write;

pub(crate) use read::{Unreadable, read};
pub(crate) use write::write_call;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const TAG_TIME_TEXT: u64 = 0;
const TAG_TIME_SECONDS: u64 = 1;
const TAG_BIG: u64 = 2;
const TAG_BIG_NEGATIVE: u64 = 3;

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::{Map, Number, Value, json};

    use super::write::write;
    use super::*;
    use crate::PlainPart;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    fn read(bytes: &[u8]) -> Result<Value, Unreadable> {
        super::read(bytes, usize::MAX)
    }

    fn written(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out).unwrap();
        out
    }

    /// The examples of RFC 8949, appendix A, that JSON has.
    #[test]
    fn values_are_those_of_the_rfc() {
        for (json, cbor) in [
            ("0", "00"),
            ("23", "17"),
            ("24", "1818"),
            ("1000", "1903e8"),
            ("1000000", "1a000f4240"),
            ("1000000000000", "1b000000e8d4a51000"),
            ("18446744073709551615", "1bffffffffffffffff"),
            ("18446744073709551616", "c249010000000000000000"),
            ("-18446744073709551616", "3bffffffffffffffff"),
            ("-18446744073709551617", "c349010000000000000000"),
            ("-1", "20"),
            ("-1000", "3903e7"),
            ("1.1", "fb3ff199999999999a"),
            ("false", "f4"),
            ("true", "f5"),
            ("null", "f6"),
            (r#""ü""#, "62c3bc"),
            ("[1,[2,3]]", "8201820203"),
            (r#"{"a":1,"b":[2,3]}"#, "a26161016162820203"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(written(&value), hex(cbor), "{json}");
            assert_eq!(read(&hex(cbor)).unwrap(), value, "{cbor}");
        }
    }

    #[test]
    fn a_call_is_a_list_of_arguments_and_a_map_of_keywords() {
        let (event, params) = (json!({"b": 1, "a": 2}), json!(null));
        assert_eq!(
            write_call(&[&event, &params], &Map::new()).unwrap(),
            hex("8282a2616201616102f6a0")
        );
        let kwargs = Map::from_iter([("c".to_owned(), json!({"n": 1}))]);
        assert_eq!(write_call(&[], &kwargs).unwrap(), hex("8280a16163a1616e01"));
    }

    #[test]
    fn what_python_returns_reads_as_features_promise() {
        for (cbor, json) in [
            ("43010203", r#""AQID""#),
            ("f7", "null"),
            ("f93c00", "1.0"),
            ("f97bff", "65504.0"),
            ("f90001", "5.960464477539063e-8"),
            ("f9c400", "-4.0"),
            ("fa47c35000", "100000.0"),
            ("c250c0000000000000000000000000000000", "255211775190703847597530955573826158592"),
            ("7f657374726561646d696e67ff", r#""streaming""#),
            ("f97e00", "null"),
            ("f97c00", "null"),
            ("c074323031332d30332d32315432303a30343a30305a", r#""2013-03-21T20:04:00Z""#),
            ("c11a514b67b0", r#""2013-03-21T20:04:00Z""#),
            ("c1fb41d452d9ec200000", r#""2013-03-21T20:04:00.500000Z""#),
            ("a201020304", r#"{"1":2,"3":4}"#),
            ("a3f501f602f91e0003", r#"{"true":1,"null":2,"0.005859375":3}"#),
            ("9f01ff", "[1]"),
            ("bf6161f5ff", r#"{"a":true}"#),
            ("5f42010243030405ff", r#""AQIDBAU=""#),
        ] {
            assert_eq!(read(&hex(cbor)).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        }
    }

    #[test]
    fn what_json_has_no_form_for_is_said_with_its_place() {
        let check = |cbor: &str, expected: Expect| {
            expected.assert_eq(&read(&hex(cbor)).unwrap_err().reason);
        };
        check(
            "d9010281 01".replace(' ', "").as_str(),
            expect!["holds a set, which JSON has no form for"],
        );
        check(
            "a16161 8201 d903ec6a323032362d30312d3031".replace(' ', "").as_str(),
            expect!["holds a date, which JSON has no form for, at .a[1]"],
        );
        check("d8638101", expect!["holds a value of CBOR tag 99, which JSON has no form for"]);
        check(
            "a2010261 3103".replace(' ', "").as_str(),
            expect![[r#"has two keys that are "1" in JSON"#]],
        );
        check("a1810102", expect!["has a key that is a list or a dict"]);
        check("0000", expect!["is followed by something else"]);
        for bytes in
            ["82", "1c", "1f", "ff", "3f", "62ff00", "7f4100ff", "5bffffffffffffffff", "f818"]
        {
            assert!(read(&hex(bytes)).is_err(), "{bytes}");
        }
        check("82", expect!["is not valid CBOR"]);
        check("", expect!["is not valid CBOR"]);
        check(
            &format!("c25a00040001{}", "ff".repeat((256 << 10) + 1)),
            expect!["holds integers too long to be written out"],
        );
        check("c1fb7fefffffffffffff", expect!["holds a time out of range"]);
    }

    #[test]
    fn deep_nesting_is_an_answer_or_an_error_and_never_a_panic() {
        for depth in [100, 200, 250, 255] {
            let bytes = format!("{}00", "81".repeat(depth));
            let value = read(&hex(&bytes)).unwrap_or_else(|e| panic!("{depth}: {e:?}"));
            assert_eq!(value.to_string(), format!("{}0{}", "[".repeat(depth), "]".repeat(depth)));
        }
        for depth in [257, 100_000] {
            let bytes = format!("{}00", "81".repeat(depth));
            let unreadable = read(&hex(&bytes)).unwrap_err();
            assert_eq!(
                (unreadable.reason.as_str(), unreadable.plain),
                ("is nested too deeply", None)
            );
        }
    }

    #[test]
    fn a_result_takes_no_more_memory_than_it_may() {
        // Small on the wire, and large in memory.
        let many = |item: &str, count: usize| hex(&format!("9a{count:08x}{}", item.repeat(count)));
        for item in ["00", "80", "f4", "8100", "a16000", "60", "c24101", "f93c00", "9f00ff"] {
            let unreadable = super::read(&many(item, 100_000), 4 << 20).unwrap_err();
            assert_eq!(unreadable.reason, "takes more than 4 MB of memory to be read", "{item}");
            assert_eq!(unreadable.plain, None);
            assert!(super::read(&many(item, 1000), 4 << 20).is_ok(), "{item}");
        }
        // One of Modal's lengths that nothing follows costs nothing.
        let lies =
            ["9b7fffffffffffffff", "bb7fffffffffffffff", "5b7fffffffffffffff", "9affffffff00"];
        for lie in lies {
            assert_eq!(super::read(&hex(lie), 4 << 20).unwrap_err().reason, "is not valid CBOR");
        }
        let text = [hex("7a00200000"), vec![b'x'; 2 << 20]].concat();
        assert!(super::read(&text, 4 << 20).is_ok());
        assert!(super::read(&text, 1 << 20).is_err());
    }

    /// As a function answers that tells of failed records, and of other things beside.
    #[test]
    fn of_a_result_that_is_not_all_plain_data_the_plain_part_is_there() {
        let plain = |cbor: &str| {
            let plain = read(&hex(&cbor.replace(' ', ""))).unwrap_err().plain;
            plain.map(|PlainPart(value)| value.to_string())
        };
        // {"a": [set([1]), 2], "b": {(1,): "x", nan: 2, "c": 3}}
        let mixed = "a2 6161 82 d901028101 02 6162 a3 8101 6178 f97e00 02 6163 03";
        assert_eq!(plain(mixed).unwrap(), r#"{"a":[null,2],"b":{"c":3}}"#);
        assert_eq!(plain("a2 01 02 6131 03").unwrap(), r#"{"1":3}"#);
        assert_eq!(plain("82 c1fb7fefffffffffffff e0").unwrap(), "[null,null]");
        for broken in ["82 d901028101", "0000", &"81".repeat(300)] {
            assert_eq!(plain(broken), None, "{broken}");
        }
    }

    #[test]
    fn an_integer_of_any_size_comes_through() {
        let bytes = 40_000;
        let ones = format!("c25a{:08x}{}", bytes, "ff".repeat(bytes));
        let digits = read(&hex(&ones)).unwrap().to_string();
        // 2^320000 - 1.
        assert_eq!((digits.len(), &digits[..12], &digits[digits.len() - 12..]), DIGITS);
        assert_eq!(read(&hex("c240")).unwrap(), json!(0));
        assert_eq!(read(&hex("c340")).unwrap(), json!(-1));
        assert_eq!(read(&hex("c3420000")).unwrap(), json!(-1));
    }

    const DIGITS: (usize, &str, &str) = (96330, "396837288908", "187694309375");

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "-?[1-9][0-9]{0,60}"
                .prop_map(|digits| Value::Number(digits.parse::<Number>().unwrap())),
            any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec((".{0,8}", inner), 0..8)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    /// What Python may return, and more.
    fn any_cbor() -> impl Strategy<Value = ciborium::Value> {
        use ciborium::Value;
        let tag = prop_oneof![0..5_u64, Just(37), Just(258), Just(1004), any::<u64>()];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(6, 64, 8, move |inner| {
            let entry = (inner.clone(), inner.clone());
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
                prop::collection::vec(entry, 0..8).prop_map(Value::Map),
                (tag.clone(), inner).prop_map(|(tag, value)| Value::Tag(tag, Box::new(value))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_json()) {
            prop_assert_eq!(read(&written(&value)).unwrap(), value);
        }

        /// Judged by another's reader, within the integers that it reads.
        #[test]
        fn what_is_written_another_reads(value in any_json()) {
            let theirs: Result<ciborium::Value, _> = ciborium::from_reader(&written(&value)[..]);
            if let Ok(theirs) = theirs {
                let mut bytes = Vec::new();
                ciborium::into_writer(&theirs, &mut bytes).unwrap();
                prop_assert_eq!(read(&bytes).unwrap(), value);
            }
        }

        #[test]
        fn no_document_panics_however_it_is_damaged(
            document in any_cbor(),
            damages in prop::collection::vec((any::<Index>(), any::<u8>(), 0..4_u8), 0..6),
        ) {
            let mut bytes = Vec::new();
            ciborium::into_writer(&document, &mut bytes).unwrap();
            for (index, byte, kind) in damages {
                let at = index.index(bytes.len().max(1));
                match kind {
                    0 => bytes.insert(at, byte),
                    1 => bytes.truncate(at),
                    _ if bytes.is_empty() => {}
                    2 => drop(bytes.remove(at)),
                    _ => bytes[at] = byte,
                }
            }
            let _ = read(&bytes);
        }

        /// What is refused for what it holds, and not for how it is written, has a plain part.
        #[test]
        fn every_document_is_read_or_has_a_plain_part(document in any_cbor()) {
            let mut bytes = Vec::new();
            ciborium::into_writer(&document, &mut bytes).unwrap();
            if let Err(unreadable) = read(&bytes) {
                prop_assert!(unreadable.plain.is_some(), "{}", unreadable.reason);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
