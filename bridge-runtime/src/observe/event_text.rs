//! An event for the log: without credentials, and no longer than a log line should be.

use serde_json::Value;

const MAX: usize = 4096;

/// Headers that hold credentials, whatever their spelling.
const HIDDEN: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "cookies",
    "set-cookie",
    "x-api-key",
    "x-amz-security-token",
];

/// At most 4 KB of an event, with credentials crossed out.
pub(super) fn shown(event: &str) -> String {
    let Ok(mut value) = serde_json::from_str(event) else {
        return "(not JSON)".to_owned();
    };
    hide(&mut value);
    let mut text = value.to_string();
    if text.len() > MAX {
        let end = (0..=MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries.iter_mut() {
                if HIDDEN.contains(&name.to_ascii_lowercase().as_str()) {
                    *value = "***".into();
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_crossed_out_wherever_they_stand() {
        let event = r#"{"headers":{"Authorization":"hush","accept":"*/*"},"cookies":["hush"],
            "multiValueHeaders":{"COOKIE":["hush"]},"Records":[{"headers":{"cookie":"hush"}}]}"#;
        assert_eq!(
            shown(event),
            r#"{"headers":{"Authorization":"***","accept":"*/*"},"cookies":"***","multiValueHeaders":{"COOKIE":"***"},"Records":[{"headers":{"cookie":"***"}}]}"#
        );
    }

    #[test]
    fn a_long_event_is_cut_between_two_characters() {
        let text = shown(&format!(r#"{{"text":"{}"}}"#, "ü".repeat(5000)));
        assert!(text.len() <= MAX + "…".len() && text.ends_with("ü…"), "{}", text.len());
        assert_eq!(shown("hush"), "(not JSON)");
    }
}
