//! Names for what the practitioner gave none: always the same, so that what was left behind by an
//! apply that was cut short is met again.

use sha2::{Digest as _, Sha256};

/// What EventBridge, Scheduler and IAM allow.
const MAX_LENGTH: usize = 64;

/// `<bridge>-<hash>`, of what tells a trigger from others of its bridge.
pub(super) fn derived(bridge: &str, what: &[&str]) -> String {
    ending(bridge, &hash(&what.join("\n")))
}

/// A name as it is; a long one cut and ended with a hash, so that two long names stay two.
pub(super) fn limited(name: &str) -> String {
    if name.len() <= MAX_LENGTH { name.to_owned() } else { ending(name, &hash(name)) }
}

/// A name that a practitioner gives to a rule or a schedule.
pub(super) fn check(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if (1..=MAX_LENGTH).contains(&name.len()) && name.chars().all(known) {
        Ok(())
    } else {
        Err(format!(
            "must be 1 to {MAX_LENGTH} letters, digits, hyphens, underscores and dots, not {name:?}."
        ))
    }
}

fn ending(name: &str, hash: &str) -> String {
    let kept: String = name.chars().take(MAX_LENGTH - hash.len() - 1).collect();
    format!("{kept}-{hash}")
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_name_stays_the_same_and_fits() {
        let name = derived("render", &["rate(1 hour)", "UTC"]);
        assert_eq!(name, derived("render", &["rate(1 hour)", "UTC"]));
        assert_ne!(name, derived("render", &["rate(2 hours)", "UTC"]));
        assert!(name.starts_with("render-"), "{name}");
        assert_eq!(derived(&"b".repeat(64), &["rate(1 hour)"]).len(), 64);
    }

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let long = "f".repeat(80);
        let (one, other) = (limited(&long), limited(&format!("{long}g")));
        assert_eq!((one.len(), other.len()), (64, 64));
        assert_ne!(one, other);
        assert_eq!(limited("render"), "render");
    }
}
