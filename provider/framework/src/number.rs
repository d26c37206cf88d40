//! Numbers as Terraform has them: decimal, of any size, never through a float.

use std::fmt;

/// A decimal number of any size, kept in one canonical form, so that equal numbers are equal:
/// `1.50e1` and `15` are the same number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Form);

/// Always an integer where the number is one that fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    Integer(i64),
    Text(Box<str>),
}

/// An exponent may write out this many digits; more would only serve to exhaust memory.
const MAX_DIGITS: usize = 4096;

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
        let given = digits.len();
        let leading = given - digits.trim_start_matches('0').len();
        let point = point - i64::try_from(leading).ok()?;
        let digits = digits.trim_matches('0');
        if digits.is_empty() {
            return Some(Self::from(0_i64));
        }
        if point.unsigned_abs() > u64::try_from(given.max(MAX_DIGITS)).ok()? {
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
        let text = if negative { format!("-{text}") } else { text };
        // The longest i64 has 20 characters.
        let integer = (text.len() <= 20).then(|| text.parse().ok()).flatten();
        Some(integer.map_or_else(|| Self(Form::Text(text.into())), |i| Self(Form::Integer(i))))
    }

    /// The exact decimal value of a finite float; `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        // A fraction of so many binary places has as many decimal ones.
        value.is_finite().then(|| Self::parse(&format!("{value:.*}", binary_places(value))))?
    }

    /// The number as an integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Integer(integer) => Some(integer),
            Form::Text(_) => None,
        }
    }

    /// How many bytes the number holds beside itself.
    pub(crate) fn text_len(&self) -> usize {
        match &self.0 {
            Form::Integer(_) => 0,
            Form::Text(text) => text.len(),
        }
    }
}

/// How many binary places after the point write a finite float out: 1074 at most.
fn binary_places(value: f64) -> usize {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    let exponent = (bits >> MANTISSA_BITS) & 0x7ff;
    // A number with exponent 0 has no leading one, and the exponent of those with exponent 1.
    let mantissa = if exponent == 0 { mantissa } else { mantissa | 1 << MANTISSA_BITS };
    let last_place = 1074 - exponent.saturating_sub(1).cast_signed();
    let zeros = i64::from(mantissa.trailing_zeros().min(MANTISSA_BITS));
    usize::try_from(last_place - zeros).unwrap_or_default()
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Form::Integer(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => Self(Form::Text(value.to_string().into())),
        }
    }
}

/// The canonical decimal text.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Integer(integer) => write!(f, "{integer}"),
            Form::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(input: &str) -> Option<String> {
        Number::parse(input).map(|number| number.to_string())
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
        assert_eq!(Number::from_f64(0.5).unwrap().to_string(), "0.5");
        assert_eq!(
            Number::from_f64(0.1).unwrap().to_string(),
            "0.1000000000000000055511151231257827021181583404541015625"
        );
        assert_eq!(Number::from_f64(f64::NAN), None);
    }

    #[test]
    fn digits_that_came_are_kept_and_an_exponent_adds_no_more_than_thousands() {
        let long = "9".repeat(10_000);
        assert_eq!(text(&long).as_deref(), Some(long.as_str()));
        assert_eq!(text("1e4095").map(|text| text.len()), Some(4096));
        assert_eq!(text("1e-4096").map(|text| text.len()), Some(4098));
        for input in ["1e4096", "1e-4098", "0.1e5000", "1e9223372036854775807"] {
            assert_eq!(text(input), None, "{input}");
        }
        assert_eq!(text("0e922337203685477580").as_deref(), Some("0"));
    }

    proptest! {
        #[test]
        fn integers_keep_their_text(value: i64) {
            let number = Number::parse(&value.to_string()).unwrap();
            prop_assert_eq!(&number, &Number::from(value));
            prop_assert_eq!(number.as_i64(), Some(value));
        }

        #[test]
        fn a_float_is_the_shortest_of_what_it_equals(value: f64) {
            let Some(number) = Number::from_f64(value) else {
                prop_assert!(!value.is_finite());
                return Ok(());
            };
            prop_assert_eq!(number.to_string().parse::<f64>(), Ok(value));
            prop_assert_eq!(Some(number), Number::parse(&format!("{value:.1074}")));
        }

        #[test]
        fn no_input_panics(input: String) {
            let _ = Number::parse(&input);
        }
    }
}
