//! Seconds since 1970 as RFC 3339 text.

const SECONDS_A_DAY: i64 = 86_400;

/// `None` outside the years 1 to 9999, which Python's `datetime` cannot hold either.
pub(crate) fn rfc3339(seconds: f64) -> Option<String> {
    // Before year 1 and after 9999 by a margin; the year is checked below.
    if !(-1e11..1e12).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let micros = (seconds * 1e6).round() as i64;
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(SECONDS_A_DAY), seconds.rem_euclid(SECONDS_A_DAY));
    let (year, month, day) = civil(days);
    if !(1..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// Year, month and day of a day since 1970, by Howard Hinnant's `civil_from_days`
/// (howardhinnant.github.io/date_algorithms.html): years that begin in March, eras of 400.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_what_python_says() {
        for (seconds, want) in [
            (0.0, Some("1970-01-01T00:00:00Z")),
            (1_363_896_240.5, Some("2013-03-21T20:04:00.500000Z")),
            (951_782_399.0, Some("2000-02-28T23:59:59Z")),
            (951_782_400.0, Some("2000-02-29T00:00:00Z")),
            (-1.0, Some("1969-12-31T23:59:59Z")),
            (-62_135_596_800.0, Some("0001-01-01T00:00:00Z")),
            (253_402_300_799.0, Some("9999-12-31T23:59:59Z")),
            (-62_135_596_801.0, None),
            (253_402_300_800.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(rfc3339(seconds).as_deref(), want, "{seconds}");
        }
    }
}
