//! What the provider block says of tags: which every resource has, and which are somebody else's.

use std::collections::BTreeSet;

use tf_framework::Value;

use crate::tags::{self, TagChanges, Tags};

/// `default_tags` and `ignore_tags`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagRules {
    /// On every resource that has tags.
    pub default_tags: Tags,
    /// Neither shown nor touched.
    pub ignored: IgnoredTags,
}

/// Tags that something else keeps, by their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoredTags {
    /// Whole keys.
    pub keys: BTreeSet<String>,
    /// Beginnings of keys.
    pub key_prefixes: BTreeSet<String>,
}

impl IgnoredTags {
    fn contains(&self, key: &str) -> bool {
        self.keys.contains(key) || self.key_prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

impl TagRules {
    /// What a plan says of `tags_all`, as far as `tags` is known: the default tags, overridden by
    /// the resource's own.
    pub fn planned(&self, tags: &Value<Tags>) -> Value<Tags> {
        let own = match tags {
            Value::Known(tags) => tags.clone(),
            Value::Null => Tags::new(),
            Value::Unknown => return Value::Unknown,
        };
        let mut all = self.default_tags.clone();
        all.extend(own);
        Value::Known(self.not_ignored(all))
    }

    /// Of an object's tags those that practitioners see, in `tags_all`.
    pub fn visible(&self, tags: &Tags) -> Tags {
        self.not_ignored(tags::visible(tags))
    }

    /// What of the visible tags is the resource's own, in `tags`. A tag that `default_tags` gives as
    /// well is the resource's own where it was so before. One that is ignored stays as it was
    /// configured.
    pub fn own(&self, visible: &Tags, before: Option<&Tags>) -> Option<Tags> {
        let was_own = |key: &str| before.is_some_and(|before| before.contains_key(key));
        let own = visible
            .iter()
            .filter(|(key, value)| self.default_tags.get(*key) != Some(*value) || was_own(key));
        let ignored = before.into_iter().flatten().filter(|(key, _)| self.ignored.contains(key));
        let own: Tags =
            own.chain(ignored).map(|(key, value)| (key.clone(), value.clone())).collect();
        // No tags and an empty map are both none; the practitioner's spelling stays.
        if own.is_empty() && before.is_none() { None } else { Some(own) }
    }

    /// What is to be done to the tags that an object has.
    pub fn changes(&self, have: &Tags, want: &Tags) -> TagChanges {
        TagChanges::between(&self.not_ignored(have.clone()), want)
    }

    fn not_ignored(&self, mut tags: Tags) -> Tags {
        tags.retain(|key, _| !self.ignored.contains(key));
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn rules() -> TagRules {
        TagRules {
            default_tags: tags(&[("team", "ml"), ("env", "dev"), ("cost:default", "1")]),
            ignored: IgnoredTags {
                keys: ["scanned".to_owned()].into(),
                key_prefixes: ["cost:".to_owned()].into(),
            },
        }
    }

    #[test]
    fn a_resources_tag_wins_over_the_default() {
        let all = rules().planned(&Value::Known(tags(&[("env", "prod")])));
        assert_eq!(all, Value::Known(tags(&[("team", "ml"), ("env", "prod")])));
        let all = rules().planned(&Value::Null);
        assert_eq!(all, Value::Known(tags(&[("team", "ml"), ("env", "dev")])));
        assert_eq!(rules().planned(&Value::Unknown), Value::Unknown);
    }

    #[test]
    fn what_is_ignored_is_neither_shown_nor_planned_nor_taken_off() {
        let found = tags(&[("team", "ml"), ("scanned", "yes"), ("cost:center", "7"), ("old", "1")]);
        assert_eq!(rules().visible(&found), tags(&[("team", "ml"), ("old", "1")]));
        let mine = Value::Known(tags(&[("scanned", "no"), ("mine", "1")]));
        assert_eq!(
            rules().planned(&mine),
            Value::Known(tags(&[("team", "ml"), ("env", "dev"), ("mine", "1")]))
        );
        let changes = rules().changes(&found, &tags(&[("team", "ml")]));
        assert_eq!((changes.set, changes.remove), (Tags::new(), ["old".to_owned()].into()));
    }

    #[test]
    fn own_tags_are_told_from_the_default_ones() {
        let visible = tags(&[("team", "ml"), ("env", "prod")]);
        assert_eq!(rules().own(&visible, None), Some(tags(&[("env", "prod")])));
        assert_eq!(rules().own(&visible, Some(&tags(&[("team", "x")]))), Some(visible.clone()));
        assert_eq!(rules().own(&tags(&[("team", "ml")]), None), None);
        assert_eq!(rules().own(&Tags::new(), Some(&Tags::new())), Some(Tags::new()));
    }

    #[test]
    fn a_configured_tag_that_is_ignored_stays_as_it_was_written() {
        let before = tags(&[("scanned", "no"), ("gone", "1")]);
        assert_eq!(rules().own(&Tags::new(), Some(&before)), Some(tags(&[("scanned", "no")])));
    }
}
