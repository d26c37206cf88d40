//! What Modal's runtime makes of Python's values, and what Lambda's caller gets of it.

use expect_test::{Expect, expect};
use loopback::Outcome;
use serde_json::json;

use super::{TIMEOUT, block_on, quiet};

const MODULES: &[&str] = &[
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "ipaddress",
    "re",
    "uuid",
];

/// Each result as text, or what its caller is told instead.
fn check(expressions: &[&str], expected: Expect) {
    let stage = quiet();
    block_on(async {
        let params = json!({"modules": MODULES}).to_string();
        let bridge = stage.bridge("remote", "evaluate").with("PARAMETERS", params).start().await;
        let mut found = String::new();
        for expression in expressions {
            let outcome = bridge.api.invoke(json!(expression).to_string(), TIMEOUT).await;
            let text = match outcome {
                Outcome::Response(answer) => answer["response"]["result"].to_string(),
                Outcome::Error(error) => {
                    let call = error["function_call_id"].as_str().unwrap();
                    let message = error["errorMessage"].as_str().unwrap();
                    let message = message.replace(call, "fc-…");
                    format!("{}: {message}", error["errorType"].as_str().unwrap())
                }
            };
            found += &format!("{expression} -> {text}\n");
        }
        expected.assert_eq(&found);
    });
}

#[test]
fn numbers_are_numbers_of_any_size_and_what_is_none_is_null() {
    check(
        &[
            "None",
            "True",
            "False",
            "0",
            "-1",
            "2**53 + 1",
            "2**63",
            "2**64 - 1",
            "2**64",
            "-2**63",
            "-2**64",
            "-2**64 - 1",
            "2**200",
            "-2**200",
            "0.1",
            "1e300",
            "-0.0",
            "1.0",
            "5e-324",
            "1.7976931348623157e308",
            "float('nan')",
            "float('inf')",
            "[1.0, -float('inf'), 2]",
            "{'a': {'b': float('nan')}}",
        ],
        expect![[r#"
            None -> null
            True -> true
            False -> false
            0 -> 0
            -1 -> -1
            2**53 + 1 -> 9007199254740993
            2**63 -> 9223372036854775808
            2**64 - 1 -> 18446744073709551615
            2**64 -> 18446744073709551616
            -2**63 -> -9223372036854775808
            -2**64 -> -18446744073709551616
            -2**64 - 1 -> -18446744073709551617
            2**200 -> 1606938044258990275541962092341162602522202993782792835301376
            -2**200 -> -1606938044258990275541962092341162602522202993782792835301376
            0.1 -> 0.1
            1e300 -> 1e+300
            -0.0 -> -0.0
            1.0 -> 1.0
            5e-324 -> 5e-324
            1.7976931348623157e308 -> 1.7976931348623157e+308
            float('nan') -> null
            float('inf') -> null
            [1.0, -float('inf'), 2] -> [1.0,null,2]
            {'a': {'b': float('nan')}} -> {"a":{"b":null}}
        "#]],
    );
}

#[test]
fn an_integer_of_as_many_digits_as_python_reads_comes_whole() {
    let stage = quiet();
    block_on(async {
        let bridge = stage.bridge("remote", "evaluate").with("PARAMETERS", r#"{"modules":[]}"#);
        let bridge = bridge.start().await;
        for (expression, sign) in [("10**4300 - 1", ""), ("-(10**4300) + 1", "-")] {
            let outcome = bridge.api.invoke(json!(expression).to_string(), TIMEOUT).await;
            let Outcome::Response(answer) = outcome else { panic!("{outcome:?}") };
            let digits = format!("{sign}{}", "9".repeat(4300));
            assert_eq!(answer["response"]["result"].to_string(), digits);
        }
    });
}

#[test]
fn text_is_text_bytes_are_base64_and_times_are_those_of_rfc_3339() {
    check(
        &[
            "''",
            r"'ü😀\x00\n\u2028'",
            r"'\ud800'",
            "b''",
            r"b'\x00\xff'",
            "bytearray(b'abc')",
            "datetime.datetime(2026, 11, 22, 1, 2, 3, tzinfo=datetime.timezone.utc)",
            "datetime.datetime(2026, 11, 22, 1, 2, 3, 45, datetime.timezone.utc)",
            "datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))",
            "datetime.datetime(2026, 11, 22, tzinfo=datetime.timezone(datetime.timedelta(minutes=330)))",
            "datetime.datetime(2026, 11, 22)",
            "datetime.date(2026, 11, 22)",
            "datetime.time(1, 2)",
            "datetime.timedelta(1)",
        ],
        expect![[r#"
            '' -> ""
            'ü😀\x00\n\u2028' -> "ü😀\u0000\n "
            '\ud800' -> ModalRemoteError: the Modal function raised UnicodeEncodeError('utf-8', '\ud800', 0, 1, 'surrogates not allowed') (function call fc-…)
            b'' -> ""
            b'\x00\xff' -> "AP8="
            bytearray(b'abc') -> "YWJj"
            datetime.datetime(2026, 11, 22, 1, 2, 3, tzinfo=datetime.timezone.utc) -> "2026-11-22T01:02:03Z"
            datetime.datetime(2026, 11, 22, 1, 2, 3, 45, datetime.timezone.utc) -> "2026-11-22T01:02:03.000045Z"
            datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-5))) -> "0001-01-01T00:00:00-05:00"
            datetime.datetime(2026, 11, 22, tzinfo=datetime.timezone(datetime.timedelta(minutes=330))) -> "2026-11-22T00:00:00+05:30"
            datetime.datetime(2026, 11, 22) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type datetime.datetime as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            datetime.date(2026, 11, 22) -> ModalResultError: the function's result holds a date, which JSON has no form for (function call fc-…)
            datetime.time(1, 2) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type datetime.time as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            datetime.timedelta(1) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type datetime.timedelta as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
        "#]],
    );
}

#[test]
fn lists_are_lists_and_keys_become_text_or_are_refused() {
    check(
        &[
            "[]",
            "()",
            "{}",
            "(1, 'two', (3,))",
            "[[[]]]",
            "collections.deque([1, 2])",
            "collections.OrderedDict([('z', 1), ('a', 2)])",
            "collections.Counter('aab')",
            "collections.namedtuple('P', 'x y')(1, 2)",
            "{'z': 1, 'a': 2}",
            "{1: 'one'}",
            "{-1: 0, 2**80: 1}",
            "{True: 1, None: 2}",
            "{1.5: 1}",
            "{float('nan'): 1}",
            r"{b'\x00': 1}",
            "{(1, 2): 3}",
            "{'1': 'a', 1: 'b'}",
            "{None: 1, 'null': 2}",
            "(lambda a: [a, a])([1])",
            "(lambda a: a.append(a) or a)([])",
        ],
        expect![[r#"
            [] -> []
            () -> []
            {} -> {}
            (1, 'two', (3,)) -> [1,"two",[3]]
            [[[]]] -> [[[]]]
            collections.deque([1, 2]) -> [1,2]
            collections.OrderedDict([('z', 1), ('a', 2)]) -> {"z":1,"a":2}
            collections.Counter('aab') -> {"a":2,"b":1}
            collections.namedtuple('P', 'x y')(1, 2) -> [1,2]
            {'z': 1, 'a': 2} -> {"z":1,"a":2}
            {1: 'one'} -> {"1":"one"}
            {-1: 0, 2**80: 1} -> {"-1":0,"1208925819614629174706176":1}
            {True: 1, None: 2} -> {"true":1,"null":2}
            {1.5: 1} -> {"1.5":1}
            {float('nan'): 1} -> ModalResultError: the function's result has a key that is not a number (function call fc-…)
            {b'\x00': 1} -> {"AA==":1}
            {(1, 2): 3} -> ModalResultError: the function's result has a key that is a list or a dict (function call fc-…)
            {'1': 'a', 1: 'b'} -> ModalResultError: the function's result has two keys that are "1" in JSON (function call fc-…)
            {None: 1, 'null': 2} -> ModalResultError: the function's result has two keys that are "null" in JSON (function call fc-…)
            (lambda a: [a, a])([1]) -> [[1],[1]]
            (lambda a: a.append(a) or a)([]) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.list as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
        "#]],
    );
}

#[test]
fn what_is_no_plain_data_is_an_error_that_names_the_call() {
    check(
        &[
            "{1}",
            "frozenset([1])",
            "{'a': [0, {1}]}",
            "decimal.Decimal('1.5')",
            "fractions.Fraction(1, 3)",
            "uuid.UUID(int=1)",
            "1j",
            "ipaddress.ip_address('::1')",
            "re.compile('a')",
            "object()",
            "ValueError('x')",
            "range(3)",
            "iter([])",
            "lambda: 1",
            "dataclasses.make_dataclass('D', ['x'])(1)",
            "enum.Enum('E', 'A').A",
            "enum.IntEnum('E', 'A').A",
            "type('T', (dict,), {})(a=1)",
            "type('S', (str,), {})('s')",
        ],
        expect![[r#"
            {1} -> ModalResultError: the function's result holds a set, which JSON has no form for (function call fc-…)
            frozenset([1]) -> ModalResultError: the function's result holds a set, which JSON has no form for (function call fc-…)
            {'a': [0, {1}]} -> ModalResultError: the function's result holds a set, which JSON has no form for, at .a[1] (function call fc-…)
            decimal.Decimal('1.5') -> ModalResultError: the function's result holds a Decimal, which JSON has no form for (function call fc-…)
            fractions.Fraction(1, 3) -> ModalResultError: the function's result holds a Fraction, which JSON has no form for (function call fc-…)
            uuid.UUID(int=1) -> ModalResultError: the function's result holds a UUID, which JSON has no form for (function call fc-…)
            1j -> ModalResultError: the function's result holds a complex number, which JSON has no form for (function call fc-…)
            ipaddress.ip_address('::1') -> ModalResultError: the function's result holds a value of CBOR tag 54, which JSON has no form for (function call fc-…)
            re.compile('a') -> ModalResultError: the function's result holds a value of CBOR tag 35, which JSON has no form for (function call fc-…)
            object() -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.object as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            ValueError('x') -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.ValueError as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            range(3) -> [0,1,2]
            iter([]) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.list_iterator as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            lambda: 1 -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.function as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            dataclasses.make_dataclass('D', ['x'])(1) -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type types.D as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            enum.Enum('E', 'A').A -> ModalRemoteError: the Modal function raised SerializationError('Can not serialize type <unknown>.E as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)') (function call fc-…)
            enum.IntEnum('E', 'A').A -> 1
            type('T', (dict,), {})(a=1) -> {"a":1}
            type('S', (str,), {})('s') -> "s"
        "#]],
    );
}

#[test]
fn results_nest_as_deep_as_python_writes_them_or_are_refused() {
    let nested = |depth: usize| format!("{}0{}", "[".repeat(depth), "]".repeat(depth));
    let stage = quiet();
    block_on(async {
        let bridge = stage.bridge("remote", "evaluate").with("PARAMETERS", r#"{"modules":[]}"#);
        let bridge = bridge.start().await;
        // Python's parser takes no more than 200 brackets.
        let expression = |depth: usize| {
            json!(format!("__import__('functools').reduce(lambda a, _: [a], range({depth}), 0)"))
        };
        for depth in [1, 120] {
            let outcome = bridge.api.invoke(expression(depth).to_string(), TIMEOUT).await;
            let Outcome::Response(answer) = outcome else { panic!("{outcome:?}") };
            assert_eq!(answer["response"]["result"].to_string(), nested(depth));
        }
        let outcome = bridge.api.invoke(expression(300).to_string(), TIMEOUT).await;
        let Outcome::Error(error) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error["errorType"], "ModalResultError", "{error}");
    });
}
