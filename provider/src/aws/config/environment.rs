//! What the environment says of AWS.

use std::collections::BTreeMap;
use std::fmt;

/// The variables of the process, as whoever starts the provider reads them, once. Any of them may be
/// in a path of the configuration.
#[derive(Clone, Default)]
pub struct AwsEnvironment(BTreeMap<String, String>);

impl AwsEnvironment {
    /// What is empty counts as not set.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The first of several variables that is set.
    pub fn first_of(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// What follows `prefix` in the names of variables, with their values.
    pub fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, &**value)))
    }

    /// The parts of a variable that is a list with commas.
    pub fn list(&self, name: &str) -> impl Iterator<Item = String> {
        let parts = self.get(name).unwrap_or_default().split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned)
    }

    /// A path of the configuration, with `~` and `$NAME` in it replaced.
    pub fn expand(&self, path: &str) -> String {
        let mut expanded = String::new();
        let mut rest = path;
        if let Some(home) = self.get("HOME")
            && let Some(below) = rest.strip_prefix('~')
            && (below.is_empty() || below.starts_with('/'))
        {
            expanded.push_str(home);
            rest = below;
        }
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, end) = match after.strip_prefix('{').and_then(|name| name.split_once('}')) {
                Some((name, end)) => (name, end),
                None => {
                    let word = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
                    after.split_at(after.find(word).unwrap_or(after.len()))
                }
            };
            expanded.push_str(self.get(name).unwrap_or_default());
            rest = end;
        }
        expanded + rest
    }
}

/// Written by hand: some of the values are secret.
impl fmt::Debug for AwsEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> AwsEnvironment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        AwsEnvironment::new(variables.iter().map(owned))
    }

    #[test]
    fn what_is_empty_is_not_set() {
        let read = environment(&[("AWS_REGION", ""), ("AWS_PROFILE", "work")]);
        assert_eq!((read.get("AWS_REGION"), read.get("AWS_OTHER")), (None, None));
        let names = ["AWS_REGION", "AWS_PROFILE"];
        assert_eq!(read.first_of(&names), Some(("AWS_PROFILE", "work")));
    }

    #[test]
    fn paths_may_begin_at_home_and_name_variables() {
        let read = environment(&[("HOME", "/home/me"), ("STAGE", "dev")]);
        assert_eq!(read.expand("~/.aws/config"), "/home/me/.aws/config");
        assert_eq!(read.expand("~"), "/home/me");
        assert_eq!(read.expand("~you/x"), "~you/x");
        assert_eq!(read.expand("$HOME/${STAGE}/a"), "/home/me/dev/a");
        assert_eq!(read.expand("/a$STAGE-b"), "/adev-b");
    }

    #[test]
    fn lists_are_cut_at_commas() {
        let read = environment(&[("TF_AWS_IGNORE_TAGS_KEYS", "a, b,,c ")]);
        let keys: Vec<_> = read.list("TF_AWS_IGNORE_TAGS_KEYS").collect();
        assert_eq!(keys, ["a", "b", "c"]);
        assert_eq!(read.list("TF_AWS_OTHER").count(), 0);
    }

    #[test]
    fn values_are_not_printed() {
        let read = environment(&[("AWS_SECRET_ACCESS_KEY", "hush")]);
        assert_eq!(format!("{read:?}"), r#"{"AWS_SECRET_ACCESS_KEY"}"#);
    }
}
