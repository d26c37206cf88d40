//! Times of day as Terraform's practitioners write them.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// RFC 3339 in UTC, to the second; `None` for what no calendar has.
pub fn rfc3339(at: SystemTime) -> Option<String> {
    let at = OffsetDateTime::from(at).replace_nanosecond(0).ok()?;
    at.format(&Rfc3339).ok()
}

/// The way back.
pub fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let written = rfc3339(day + Duration::from_millis(1)).unwrap();
        assert_eq!(written, "2027-01-15T08:00:00Z");
        assert_eq!(parse_rfc3339(&written), Some(day));
        assert_eq!(parse_rfc3339("tomorrow"), None);
    }
}
