//! Names of objects to which nobody gave one: a beginning, and what no other object has.

use uuid::Uuid;

/// How many characters are made up after a prefix.
const MADE_UP: usize = 26;

/// The longest prefix that leaves room for them in a name of 64 characters, which is what IAM and
/// Lambda allow.
pub(super) const LONGEST_PREFIX: usize = 64 - MADE_UP;

/// Another one with each call.
pub(super) fn made_up_name(prefix: &str) -> String {
    let made_up = Uuid::new_v4().simple().to_string();
    format!("{prefix}{}", made_up.get(..MADE_UP).unwrap_or(&made_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_chose_is_another_each_time_and_not_too_long() {
        let longest = "x".repeat(LONGEST_PREFIX);
        let (one, other) = (made_up_name(&longest), made_up_name(&longest));
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}
