//! JSON's numbers, sorted into Python's.

use serde_json::Number;

/// Python refuses to read an integer with more digits from text; so do we for arguments.
const MAX_DIGITS: usize = 4300;

/// A number as Python's `json` would read it.
#[derive(Debug, PartialEq)]
pub(crate) enum Num<'a> {
    Int(i128),
    /// Does not fit: a sign, and digits.
    BigInt {
        negative: bool,
        digits: &'a str,
    },
    Float(f64),
}

/// An integer stays one, whatever its size; `1.0` stays a float.
pub(crate) fn classify(number: &Number) -> Result<Num<'_>, String> {
    let text = number.as_str();
    if text.contains(['.', 'e', 'E']) {
        // Out of range reads as infinite, as in Python.
        return text.parse().map(Num::Float).map_err(|_| format!("holds the number {text}"));
    }
    if let Ok(int) = text.parse() {
        return Ok(Num::Int(int));
    }
    let digits = text.trim_start_matches('-');
    if digits.len() > MAX_DIGITS {
        return Err(format!("holds an integer of more than {MAX_DIGITS} digits"));
    }
    Ok(Num::BigInt { negative: text.starts_with('-'), digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn integers_stay_integers_and_floats_floats() {
        for (text, want) in [
            ("0", Num::Int(0)),
            ("-0", Num::Int(0)),
            ("18446744073709551616", Num::Int(1 << 64)),
            ("1.0", Num::Float(1.0)),
            ("1e3", Num::Float(1000.0)),
            ("-1E400", Num::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(classify(&number(text)), Ok(want), "{text}");
        }
        let digits = "9".repeat(40);
        let negative = number(&format!("-{digits}"));
        assert_eq!(classify(&negative), Ok(Num::BigInt { negative: true, digits: &digits }));
    }

    #[test]
    fn an_integer_that_python_would_not_read_is_refused() {
        assert!(classify(&number(&"9".repeat(4300))).is_ok());
        let long = number(&"9".repeat(4301));
        assert_eq!(classify(&long), Err("holds an integer of more than 4300 digits".into()));
    }
}
