//! When a schedule runs, checked before Scheduler sees it.
//!
//! "EventBridge Scheduler user guide, Schedule types": only what cannot be is refused here, and what
//! a date makes of an expression is Scheduler's to say.

use time::PrimitiveDateTime;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, Iso8601};

/// Without a zone, which a schedule has beside it.
const AT: EncodedConfig = Config::DEFAULT.encode();

/// The error completes the sentence "`expression` …".
pub(super) fn check(text: &str) -> Result<(), String> {
    let inside = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        check_rate(rate)
    } else if let Some(cron) = inside("cron") {
        check_cron(cron)
    } else if let Some(at) = inside("at") {
        check_at(at)
    } else {
        Err(format!(
            "must be rate(…), cron(…) or at(…), such as \"rate(5 minutes)\", \
             \"cron(0 3 * * ? *)\" or \"at(2030-01-31T03:00:00)\", not {text:?}."
        ))
    }
}

fn check_rate(text: &str) -> Result<(), String> {
    const UNITS: &[&str] = &["minute", "minutes", "hour", "hours", "day", "days"];
    let mut words = text.split_whitespace();
    let count = words.next().and_then(|word| word.parse::<u32>().ok()).filter(|count| *count > 0);
    let unit = words.next().filter(|word| UNITS.contains(word));
    if count.is_some() && unit.is_some() && words.next().is_none() {
        Ok(())
    } else {
        Err(format!(
            "must have in rate(…) a whole number above 0 and minutes, hours or days, such as \
             \"rate(5 minutes)\", not {text:?}."
        ))
    }
}

fn check_at(text: &str) -> Result<(), String> {
    let to_the_second = text.len() == "2030-01-31T03:00:00".len();
    if to_the_second && PrimitiveDateTime::parse(text, &Iso8601::<AT>).is_ok() {
        Ok(())
    } else {
        Err(format!(
            "must have in at(…) a date and a time without a zone, such as \
             \"at(2030-01-31T03:00:00)\", not {text:?}."
        ))
    }
}

/// One field of `cron(…)`.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    /// For the numbers from `first` on.
    names: &'static [&'static str],
    /// What else may stand in it.
    marks: &'static str,
}

const FIELDS: [Field; 6] = [
    Field { name: "minutes", first: 0, last: 59, names: &[], marks: "" },
    Field { name: "hours", first: 0, last: 23, names: &[], marks: "" },
    Field { name: "day of month", first: 1, last: 31, names: &[], marks: "?LW" },
    Field {
        name: "month",
        first: 1,
        last: 12,
        names: &[
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ],
        marks: "",
    },
    Field {
        name: "day of week",
        first: 1,
        last: 7,
        names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
        marks: "?L#",
    },
    Field { name: "year", first: 1970, last: 2199, names: &[], marks: "" },
];

fn check_cron(text: &str) -> Result<(), String> {
    let values: Vec<&str> = text.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, _] = values.as_slice() else {
        let names = FIELDS.map(|field| field.name).join(", ");
        return Err(format!(
            "must have in cron(…) 6 fields, {names}, such as \"cron(0 3 * * ? *)\", not the {} of \
             {text:?}.",
            values.len()
        ));
    };
    for (field, value) in FIELDS.iter().zip(&values) {
        if !value.split(',').all(|part| field.takes(&part.to_ascii_uppercase())) {
            let marks: String = field.marks.chars().map(|mark| format!(" {mark}")).collect();
            return Err(format!(
                "must have as {} in cron(…) numbers from {} to {}{}, with , - * /{marks}, not \
                 {value:?}.",
                field.name,
                field.first,
                field.last,
                if field.names.is_empty() { "" } else { " or names" },
            ));
        }
    }
    if (*day_of_month == "?") == (*day_of_week == "?") {
        return Err(format!(
            "must have ? in cron(…) as day of month or as day of week, and not as both, unlike \
             {text:?}."
        ));
    }
    Ok(())
}

impl Field {
    /// Whether one element of a list may stand in the field.
    fn takes(&self, part: &str) -> bool {
        let may = |mark: char| self.marks.contains(mark);
        if matches!(part, "?" | "L") {
            return self.marks.contains(part);
        }
        if part == "LW" {
            return may('L') && may('W');
        }
        if let Some(day) = part.strip_suffix('W') {
            return may('W') && self.number(day).is_some();
        }
        if let Some((day, nth)) = part.split_once('#') {
            let nth = nth.parse::<u32>().is_ok_and(|nth| (1..=5).contains(&nth));
            return may('#') && nth && self.number(day).is_some();
        }
        if let Some(day) = part.strip_suffix('L')
            && may('L')
        {
            // The last Friday of a month, or so many days before its end.
            let day = day.strip_suffix('-').unwrap_or(day);
            return self.number(day).is_some();
        }
        if let Some(days) = part.strip_prefix("L-") {
            return may('L') && self.number(days).is_some();
        }
        let (range, step) = part.split_once('/').map_or((part, "1"), |(range, step)| (range, step));
        if !step.parse::<u32>().is_ok_and(|step| step > 0) {
            return false;
        }
        match range.split_once('-') {
            Some((first, last)) => self.number(first).is_some() && self.number(last).is_some(),
            None => range == "*" || self.number(range).is_some(),
        }
    }

    fn number(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| *name == text);
        let number = match named {
            Some(position) => self.first + u32::try_from(position).ok()?,
            None => text.parse().ok()?,
        };
        (self.first..=self.last).contains(&number).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_the_user_guide_shows_is_taken() {
        for expression in [
            "rate(1 minute)",
            "rate(1 hours)",
            "rate(28 days)",
            "at(2022-11-20T13:00:00)",
            "cron(15 10 ? * 6L 2022-2023)",
            "cron(0 10 * * ? *)",
            "cron(15 12 * * ? *)",
            "cron(0 18 ? * MON-FRI *)",
            "cron(0 8 1 * ? *)",
            "cron(0/15 * * * ? *)",
            "cron(0/10 * ? * MON-FRI *)",
            "cron(0/5 8-17 ? * mon-fri *)",
            "cron(0 9 ? * 2#1 *)",
            "cron(30 0 LW * ? *)",
            "cron(30 0 3W JAN,jul ? *)",
            "cron(30 0 L-3 * ? *)",
            "cron(30 0 L * ? 2030)",
        ] {
            assert_eq!(check(expression), Ok(()), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_is_told() {
        let mut told = String::new();
        for expression in [
            "5 minutes",
            "every(5 minutes)",
            "rate(0 minutes)",
            "rate(5 seconds)",
            "rate(1.5 hours)",
            "at(2030-01-31T03:00:00Z)",
            "at(2030-02-30T03:00:00)",
            "at(2030-01-31)",
            "cron(0 3 * * *)",
            "cron(0 3 * * * *)",
            "cron(0 3 ? * ? *)",
            "cron(60 3 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 3 0 * ? *)",
            "cron(0 3 ? * MONDAY *)",
            "cron(0 3 ? * 0 *)",
            "cron(0 3 ? * 6#6 *)",
            "cron(0/0 3 * * ? *)",
            "cron(L 3 * * ? *)",
            "cron(0 3 * * ? 2200)",
        ] {
            told += &format!("{expression}\n  {}\n", check(expression).unwrap_err());
        }
        expect![[r#"
            5 minutes
              must be rate(…), cron(…) or at(…), such as "rate(5 minutes)", "cron(0 3 * * ? *)" or "at(2030-01-31T03:00:00)", not "5 minutes".
            every(5 minutes)
              must be rate(…), cron(…) or at(…), such as "rate(5 minutes)", "cron(0 3 * * ? *)" or "at(2030-01-31T03:00:00)", not "every(5 minutes)".
            rate(0 minutes)
              must have in rate(…) a whole number above 0 and minutes, hours or days, such as "rate(5 minutes)", not "0 minutes".
            rate(5 seconds)
              must have in rate(…) a whole number above 0 and minutes, hours or days, such as "rate(5 minutes)", not "5 seconds".
            rate(1.5 hours)
              must have in rate(…) a whole number above 0 and minutes, hours or days, such as "rate(5 minutes)", not "1.5 hours".
            at(2030-01-31T03:00:00Z)
              must have in at(…) a date and a time without a zone, such as "at(2030-01-31T03:00:00)", not "2030-01-31T03:00:00Z".
            at(2030-02-30T03:00:00)
              must have in at(…) a date and a time without a zone, such as "at(2030-01-31T03:00:00)", not "2030-02-30T03:00:00".
            at(2030-01-31)
              must have in at(…) a date and a time without a zone, such as "at(2030-01-31T03:00:00)", not "2030-01-31".
            cron(0 3 * * *)
              must have in cron(…) 6 fields, minutes, hours, day of month, month, day of week, year, such as "cron(0 3 * * ? *)", not the 5 of "0 3 * * *".
            cron(0 3 * * * *)
              must have ? in cron(…) as day of month or as day of week, and not as both, unlike "0 3 * * * *".
            cron(0 3 ? * ? *)
              must have ? in cron(…) as day of month or as day of week, and not as both, unlike "0 3 ? * ? *".
            cron(60 3 * * ? *)
              must have as minutes in cron(…) numbers from 0 to 59, with , - * /, not "60".
            cron(0 24 * * ? *)
              must have as hours in cron(…) numbers from 0 to 23, with , - * /, not "24".
            cron(0 3 0 * ? *)
              must have as day of month in cron(…) numbers from 1 to 31, with , - * / ? L W, not "0".
            cron(0 3 ? * MONDAY *)
              must have as day of week in cron(…) numbers from 1 to 7 or names, with , - * / ? L #, not "MONDAY".
            cron(0 3 ? * 0 *)
              must have as day of week in cron(…) numbers from 1 to 7 or names, with , - * / ? L #, not "0".
            cron(0 3 ? * 6#6 *)
              must have as day of week in cron(…) numbers from 1 to 7 or names, with , - * / ? L #, not "6#6".
            cron(0/0 3 * * ? *)
              must have as minutes in cron(…) numbers from 0 to 59, with , - * /, not "0/0".
            cron(L 3 * * ? *)
              must have as minutes in cron(…) numbers from 0 to 59, with , - * /, not "L".
            cron(0 3 * * ? 2200)
              must have as year in cron(…) numbers from 1970 to 2199, with , - * /, not "2200".
        "#]].assert_eq(&told);
    }
}
