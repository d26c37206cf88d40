//! Durations as practitioners write them in Go's spelling: `1h30m`, `900s`.

use std::time::Duration;

/// The duration; `None` where it is none. Not negative.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut nanoseconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let next = rest.find(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (unit, after) = rest.split_at(next.unwrap_or(rest.len()));
        nanoseconds += number
            * match unit {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return None,
            };
        rest = after;
    }
    Duration::try_from_secs_f64(nanoseconds / 1e9).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gos_spelling_is_read() {
        for (text, seconds) in [
            ("1h", 3600),
            ("1h30m", 5400),
            ("900s", 900),
            ("1.5h", 5400),
            ("900000ms", 900),
            ("0", 0),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "h", "1x", "-1h", "1h 2m", "1..5h", "one hour"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
