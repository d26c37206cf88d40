//! Decimal numbers of any size, as exact as they were written.

use std::cmp::Ordering;
use std::fmt;

/// The longest exponent that is read: a few bytes must not become gigabytes of zeros.
const LARGEST_EXPONENT: i64 = 10_000;

/// A decimal number: `digits` times ten to the power of `exponent`.
///
/// Equal numbers have one form only: the digits neither begin nor end with a zero, and zero has none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    /// Zero.
    pub fn zero() -> Self {
        Self { negative: false, digits: String::new(), exponent: 0 }
    }

    /// The number that `text` writes in decimal, with or without fraction and exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if exponent.abs() > LARGEST_EXPONENT {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent - i64::try_from(fraction.len()).ok()?;
        Some(Self::from_parts(negative, &digits, exponent))
    }

    /// The number that the shortest decimal of this float writes; `None` unless it is finite.
    ///
    /// Terraform compares numbers by their shortest decimal, so 0.1 as a float equals "0.1".
    pub fn from_f64(float: f64) -> Option<Self> {
        if float.is_finite() { Self::parse(&format!("{float:e}")) } else { None }
    }

    fn from_parts(negative: bool, digits: &str, exponent: i64) -> Self {
        let digits = digits.trim_start_matches('0');
        let trimmed = digits.trim_end_matches('0');
        if trimmed.is_empty() {
            return Self::zero();
        }
        let dropped = i64::try_from(digits.len() - trimmed.len()).unwrap_or(i64::MAX);
        Self { negative, digits: trimmed.to_owned(), exponent: exponent + dropped }
    }

    /// Whether there is no fraction.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// This number as an integer of 64 bits, if it is one.
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_integer() { self.plain().parse().ok() } else { None }
    }

    /// This number as a float, if the float is exactly this number.
    pub fn to_exact_f64(&self) -> Option<f64> {
        let float: f64 = self.plain().parse().ok()?;
        // Every finite float ends within 1074 places.
        let exact = Self::parse(&format!("{float:.1074}"))?;
        (float.is_finite() && exact == *self).then_some(float)
    }

    /// The number in full, without exponent: how JSON and msgpack carry what is no machine number.
    pub fn plain(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let point = self.point();
        if self.exponent >= 0 {
            let zeros = "0".repeat(usize::try_from(self.exponent).unwrap_or(0));
            return format!("{sign}{}{zeros}", self.digits);
        }
        match usize::try_from(point) {
            Ok(at) if at > 0 => format!("{sign}{}.{}", &self.digits[..at], &self.digits[at..]),
            _ => {
                let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
                format!("{sign}0.{zeros}{}", self.digits)
            }
        }
    }

    /// How Go's `%g` writes it, which is how Terraform's messages about providers do.
    pub(crate) fn go(&self) -> String {
        let exponent = self.point() - 1;
        if self.digits.is_empty() || (-4..6).contains(&exponent) {
            return self.plain();
        }
        let sign = if self.negative { "-" } else { "" };
        let (first, rest) = self.digits.split_at(1);
        let fraction = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{fraction}e{exponent_sign}{:02}", exponent.abs())
    }

    /// Where the decimal point stands, counted from the first digit.
    fn point(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX) + self.exponent
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Without trailing zeros, text order is number order once the points agree.
            (false, false) => {
                self.point().cmp(&other.point()).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::from_parts(integer < 0, &integer.unsigned_abs().to_string(), 0)
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::from_parts(false, &integer.to_string(), 0)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.go())
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn a_number_has_one_form_however_it_was_written() {
        assert_eq!(number("1200"), number("1.2e3"));
        assert_eq!(number("0.50"), number("5e-1"));
        assert_eq!(number("-0"), number("0"));
        assert_eq!(Number::from_f64(0.1), Some(number("0.1")));
        assert_ne!(number("9223372036854775808"), number("9223372036854775809"));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "1e", "1e99999", "0x10", "NaN", "1 2", "١"] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_exact_machine_numbers_are_machine_numbers() {
        assert_eq!(number("9223372036854775807").to_i64(), Some(i64::MAX));
        assert_eq!(number("9223372036854775808").to_i64(), None);
        assert_eq!(number("0.5").to_exact_f64(), Some(0.5));
        assert_eq!(number("0.1").to_exact_f64(), None);
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let mut numbers = ["10", "-2", "9", "0.5", "0", "-10", "5e-2"].map(number);
        numbers.sort();
        assert_eq!(numbers.map(|n| n.plain()), ["-10", "-2", "0", "0.05", "0.5", "9", "10"]);
    }

    #[test]
    fn numbers_read_in_messages_as_go_prints_them() {
        assert_eq!(number("123456").go(), "123456");
        assert_eq!(number("1234567").go(), "1.234567e+06");
        assert_eq!(number("0.00001").go(), "1e-05");
        assert_eq!(number("-0.8").go(), "-0.8");
    }
}
