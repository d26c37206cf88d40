//! Any event arrives: what the bridge pickles, Python's own `pickle` reads and Modal's runtime
//! executes; what a function returns in CBOR comes back as it was.

use loopback::Outcome;
use serde_json::{Map, Number, Value, json};

use super::chance::Chance;
use super::{TIMEOUT, block_on, quiet, seed};

const EVENTS: usize = 60;

#[test]
fn any_event_is_read_by_python_as_it_was_sent_and_comes_back_as_it_was() {
    let mut chance = Chance::new(seed());
    let events: Vec<_> = (0..EVENTS).map(|_| json!({ "event": value(&mut chance, 5) })).collect();
    let stage = quiet();
    block_on(async {
        let spawn = stage.bridge("spawn", "echo").start().await;
        let remote = stage.bridge("remote", "echo").start().await;
        for event in &events {
            let answer = spawn.api.invoke(event.to_string(), TIMEOUT).await;
            assert!(matches!(answer, Outcome::Response(_)), "{answer:?} to {event}");
            let Outcome::Response(answer) = remote.api.invoke(event.to_string(), TIMEOUT).await
            else {
                panic!("no answer to {event}")
            };
            let result = &answer["response"]["result"]["event"];
            assert_eq!(as_numbers(result), as_numbers(event), "{event}");
        }
        let calls = stage.modal.last(2 * EVENTS).await;
        let spawned: Vec<_> = calls.iter().filter(|call| call["invocation"] == "spawn").collect();
        assert_eq!(spawned.len(), events.len());
        for (call, event) in spawned.into_iter().zip(&events) {
            assert_eq!(call["input_format"], "DATA_FORMAT_PICKLE");
            assert_eq!(as_numbers(&call["args"][0]), shown(event), "as pickle reads it");
            assert_eq!(
                as_numbers(&call["result"]["event"]),
                shown(event),
                "as the function had it"
            );
        }
    });
}

/// Where the forms of a pickle's numbers end and the next ones begin, and texts that are easily
/// mistaken: as written, and as Python writes it again.
const EDGES: &[(&str, &str)] = &[
    ("0", "0"),
    ("-0", "0"),
    ("255", "255"),
    ("256", "256"),
    ("2147483647", "2147483647"),
    ("2147483648", "2147483648"),
    ("-2147483648", "-2147483648"),
    ("-2147483649", "-2147483649"),
    ("9223372036854775808", "9223372036854775808"),
    ("18446744073709551615", "18446744073709551615"),
    ("18446744073709551616", r#""18446744073709551616""#),
    ("-18446744073709551617", r#""-18446744073709551617""#),
    ("0.0", "0.0"),
    ("-0.0", "-0.0"),
    ("1.0", "1.0"),
    ("1e2", "100.0"),
    ("5e-324", "5e-324"),
    ("1e400", r#""inf""#),
    ("-1e400", r#""-inf""#),
    (r#""""#, r#""""#),
    (r#""\u0000""#, r#""\u0000""#),
    (r#""\ud83d\ude00""#, r#""😀""#),
    (r#""I1\nS'x'\n.""#, r#""I1\nS'x'\n.""#),
    (r#"{"": {"": []}}"#, r#"{"":{"":[]}}"#),
    (r#"{"a": 1, "a": 2}"#, r#"{"a":2}"#),
    (r#"{"b": 1, "a": 2}"#, r#"{"b":1,"a":2}"#),
];

#[test]
fn what_is_at_the_edge_of_a_form_is_read_by_python_as_it_was_meant() {
    let stage = quiet();
    block_on(async {
        let spawn = stage.bridge("spawn", "echo").start().await;
        for (written, read) in EDGES {
            let outcome = spawn.api.invoke(format!(r#"{{"v": {written}}}"#), TIMEOUT).await;
            assert!(matches!(outcome, Outcome::Response(_)), "{outcome:?} to {written}");
            let call = stage.modal.last(1).await.remove(0);
            assert_eq!(call["args"][0].to_string(), format!(r#"{{"v":{read}}}"#), "{written}");
            assert_eq!(call["result"]["event"], call["args"][0], "{written}");
        }
    });
}

/// JSON of any shape: numbers of every size, text of every plane, nested and empty things.
fn value(chance: &mut Chance, depth: usize) -> Value {
    let most = if depth == 0 { 6 } else { 8 };
    match chance.below(most) {
        0 => Value::Null,
        1 => chance.percent(50).into(),
        2 => (chance.below(1 << 20) as i64 - (1 << 19)).into(),
        3 => {
            let digits = 1 + chance.below(60);
            let sign = if chance.percent(50) { "-" } else { "" };
            let digits: String =
                (0..digits).map(|_| chance.below(9) + 1).map(|d| d.to_string()).collect();
            Value::Number(format!("{sign}{digits}").parse::<Number>().unwrap())
        }
        4 => chance.float().into(),
        5 => text(chance).into(),
        6 => (0..chance.below(5)).map(|_| value(chance, depth - 1)).collect(),
        _ => {
            let entries = (0..chance.below(5)).map(|_| (text(chance), value(chance, depth - 1)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn text(chance: &mut Chance) -> String {
    const CHARACTERS: &[char] =
        &['a', '"', '\\', '\n', '\0', 'ü', '\u{2028}', '漢', '😀', '\u{10ffff}'];
    (0..chance.below(400)).map(|_| chance.one(CHARACTERS)).collect()
}

/// The same, with each float in this program's spelling.
fn as_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap().into(),
        Value::Array(values) => values.iter().map(as_numbers).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(name, value)| (name.clone(), as_numbers(value))).collect()
        }
        other => other.clone(),
    }
}

/// As the local Modal shows values: an integer that 64 bits cannot hold by its text.
fn shown(value: &Value) -> Value {
    match value {
        Value::Number(number)
            if !number.is_f64() && number.as_i64().is_none() && number.as_u64().is_none() =>
        {
            number.to_string().into()
        }
        Value::Array(values) => values.iter().map(shown).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
        }
        other => as_numbers(other),
    }
}
