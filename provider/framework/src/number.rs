//! Numbers as Terraform has them: decimal, of any size, never through a float.

use std::fmt;

/// A decimal number of any size, kept as text in one canonical form, so that equal numbers are
/// equal texts: `1.50e1` and `15` are the same number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(String);

/// Digits written out beyond this many would only serve to exhaust memory.
const MAX_DIGITS: i64 = 4096;

impl Number {
    /// Reads decimal text with an optional sign, fraction and exponent. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
        Self::from_digits(negative, &digits, point)
    }

    /// `digits` with the decimal point before position `point`.
    fn from_digits(negative: bool, digits: &str, point: i64) -> Option<Self> {
        let leading = digits.len() - digits.trim_start_matches('0').len();
        let point = point - i64::try_from(leading).ok()?;
        let digits = digits.trim_matches('0');
        if digits.is_empty() {
            return Some(Self("0".to_owned()));
        }
        if point.abs() > MAX_DIGITS {
            return None;
        }
        let length = i64::try_from(digits.len()).ok()?;
        let count = |n: i64| usize::try_from(n).unwrap_or_default();
        let text = if point <= 0 {
            format!("0.{}{digits}", "0".repeat(count(-point)))
        } else if point >= length {
            format!("{digits}{}", "0".repeat(count(point - length)))
        } else {
            let (whole, fraction) = digits.split_at(count(point));
            format!("{whole}.{fraction}")
        };
        Some(Self(if negative { format!("-{text}") } else { text }))
    }

    /// The exact decimal value of a finite float; `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        // 1074 fractional digits write the smallest double out exactly.
        value.is_finite().then(|| Self::parse(&format!("{value:.1074}"))).flatten()
    }

    /// The canonical decimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as an integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(input: &str) -> Option<String> {
        Number::parse(input).map(|number| number.0)
    }

    #[test]
    fn one_number_has_one_text() {
        for input in ["15", "+15", "015", "15.0", "1.5e1", "150E-1", "0.15e2"] {
            assert_eq!(text(input).as_deref(), Some("15"), "{input}");
        }
        assert_eq!(text("-0.50").as_deref(), Some("-0.5"));
        assert_eq!(text("-0").as_deref(), Some("0"));
        assert_eq!(text("9223372036854775808").as_deref(), Some("9223372036854775808"));
        assert_eq!(text("1e-3").as_deref(), Some("0.001"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for input in ["", ".", "-", "1e", "NaN", "Inf", "0x10", "1.2.3", "1e999999999", "--1"] {
            assert_eq!(text(input), None, "{input}");
        }
    }

    #[test]
    fn a_float_is_written_out_exactly() {
        assert_eq!(Number::from_f64(0.5).unwrap().as_str(), "0.5");
        assert_eq!(
            Number::from_f64(0.1).unwrap().as_str(),
            "0.1000000000000000055511151231257827021181583404541015625"
        );
        assert_eq!(Number::from_f64(f64::NAN), None);
    }

    proptest! {
        #[test]
        fn integers_keep_their_text(value: i64) {
            let number = Number::parse(&value.to_string()).unwrap();
            prop_assert_eq!(&number, &Number::from(value));
            prop_assert_eq!(number.as_i64(), Some(value));
        }

        #[test]
        fn no_input_panics(input: String) {
            let _ = Number::parse(&input);
        }
    }
}
