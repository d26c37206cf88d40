//! Tags: those that practitioners set, and the few that this provider keeps for itself.
//!
//! Keys that begin with [`RESERVED_PREFIX`] carry what the provider must know about an object that
//! AWS has no field for: which create made it, which bridge it belongs to. They stay on the object, and
//! are in neither `tags` nor `tags_all`.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{Dynamic, Validator};
use uuid::Uuid;

/// Tags of one object, by key.
pub type Tags = BTreeMap<String, String>;

/// Keys that begin so belong to the provider.
pub const RESERVED_PREFIX: &str = "modal-bridge:";

/// On every role, Lambda function, event source mapping, rule and HTTP API: a number that one create
/// operation made up.
///
/// When the answer to a create is lost, the object with this very number is the one it made.
pub const CREATE_NONCE: &str = "modal-bridge:create-nonce";

/// On what belongs to one bridge or trigger: whose it is. A log group's is a bridge's name, a role's
/// and an HTTP API's the ARN of a bridge, a schedule's role's the trigger's id and region.
pub const OWNER: &str = "modal-bridge:owner";

/// AWS's own tags, on objects that CloudFormation and others made. Nobody can set or remove them.
const AWS_PREFIX: &str = "aws:";

/// A new value for [`CREATE_NONCE`].
pub fn fresh_nonce() -> String {
    Uuid::new_v4().to_string()
}

/// The tags that practitioners see: all but the provider's and AWS's own.
pub fn visible(tags: &Tags) -> Tags {
    tags.iter()
        .filter(|(key, _)| !is_hidden(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Checks a `tags` attribute.
pub fn validator() -> Validator {
    Validator::new(|value| match value {
        Dynamic::Map(tags) => match tags.keys().find_map(|key| check_key(key)) {
            Some(fault) => Err(format!("cannot be used: {fault}.")),
            None => Ok(()),
        },
        _ => Ok(()),
    })
}

/// What a practitioner may not write, in one sentence; `None` when the key is fine.
pub fn check_key(key: &str) -> Option<String> {
    if key.is_empty() {
        return Some("a tag key must not be empty".to_owned());
    }
    if key.starts_with(RESERVED_PREFIX) {
        return Some(format!(
            "tag key \"{key}\" begins with \"{RESERVED_PREFIX}\", which this provider keeps for itself"
        ));
    }
    if key.get(..AWS_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(AWS_PREFIX)) {
        return Some(format!("tag key \"{key}\" begins with \"aws:\", which AWS keeps for itself"));
    }
    None
}

/// The two calls that turn the tags an object has into those it should have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChanges {
    /// To add or overwrite.
    pub set: Tags,
    /// Keys to take off.
    pub remove: BTreeSet<String>,
}

impl TagChanges {
    /// From what is there to what is wanted. The provider's and AWS's own tags are left alone.
    pub fn between(have: &Tags, want: &Tags) -> Self {
        let have = visible(have);
        let set = want
            .iter()
            .filter(|(key, value)| have.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let remove = have.into_keys().filter(|key| !want.contains_key(key)).collect();
        Self { set, remove }
    }
}

fn is_hidden(key: &str) -> bool {
    key.starts_with(RESERVED_PREFIX) || key.starts_with(AWS_PREFIX)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_providers_and_awss_own_tags_are_not_shown() {
        let on_the_object =
            tags(&[("team", "ml"), (CREATE_NONCE, "1"), ("aws:cloudformation:stack-name", "s")]);
        assert_eq!(visible(&on_the_object), tags(&[("team", "ml")]));
    }

    #[test]
    fn only_what_differs_is_changed() {
        let have = tags(&[("same", "1"), ("old", "1"), ("gone", "1"), (OWNER, "bridge")]);
        let want = tags(&[("same", "1"), ("old", "2"), ("new", "1")]);

        let changes = TagChanges::between(&have, &want);

        assert_eq!(changes.set, tags(&[("old", "2"), ("new", "1")]));
        assert_eq!(changes.remove, BTreeSet::from(["gone".to_owned()]));
        assert_eq!(TagChanges::between(&want, &want), TagChanges::default());
    }

    #[test]
    fn reserved_keys_are_refused_by_name() {
        assert_eq!(check_key("team"), None);
        expect![[r#"tag key "modal-bridge:owner" begins with "modal-bridge:", which this provider keeps for itself"#]]
            .assert_eq(&check_key(OWNER).unwrap());
        expect![[r#"tag key "AWS:x" begins with "aws:", which AWS keeps for itself"#]]
            .assert_eq(&check_key("AWS:x").unwrap());
        expect!["a tag key must not be empty"].assert_eq(&check_key("").unwrap());
    }
}
