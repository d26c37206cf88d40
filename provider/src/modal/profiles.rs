//! The file with Modal's profiles, `~/.modal.toml`: a table for each, one of them active.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::{Table, Value};

/// The profile that is meant where none is named and none is active.
const DEFAULT_PROFILE: &str = "default";

/// The file, read. A file that is not there has no profiles.
#[derive(Clone, Default)]
pub(super) struct Profiles {
    path: PathBuf,
    profiles: Vec<(String, Table)>,
}

/// The file cannot be used. No message shows what is in it: there are tokens in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfilesError {
    /// It is there, and cannot be read.
    #[error("cannot read Modal's configuration file {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// It is not TOML.
    #[error("Modal's configuration file {path} is not TOML: line {line}: {reason}")]
    NotToml {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// Something in it stands outside of a table.
    #[error(
        "Modal's configuration file {path} must have a table for each profile, such as \
         [{DEFAULT_PROFILE}]; {name} is none"
    )]
    NoTable {
        /// The file.
        path: String,
        /// What stands there.
        name: String,
    },
    /// A setting that should be text.
    #[error("{name} of profile {profile:?} in {path} must be text")]
    NotText {
        /// The file.
        path: String,
        /// The profile.
        profile: String,
        /// The setting.
        name: &'static str,
    },
    /// Modal's own client does not guess either.
    #[error(
        "{path} has more than one active profile; choose one with `modal profile activate`, or \
         name one by modal_profile or MODAL_PROFILE"
    )]
    SeveralActive {
        /// The file.
        path: String,
    },
    /// Modal's own client does not guess either.
    #[error(
        "{path} has several profiles, and none is active; choose one with \
         `modal profile activate`, or name one by modal_profile or MODAL_PROFILE"
    )]
    NoneActive {
        /// The file.
        path: String,
    },
    /// A profile was asked for by name.
    #[error("there is no profile {profile:?} in {path}")]
    NoSuchProfile {
        /// The file.
        path: String,
        /// The profile.
        profile: String,
    },
}

impl Profiles {
    pub(super) fn read(path: &Path) -> Result<Self, ProfilesError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Self { path: path.to_owned(), profiles: Vec::new() })
            }
            Err(error) => Err(ProfilesError::Unreadable {
                path: path.display().to_string(),
                reason: error.to_string(),
            }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ProfilesError> {
        let name = path.display().to_string();
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            // `Display` would show the line itself.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            ProfilesError::NotToml {
                path: name.clone(),
                line: before.matches('\n').count() + 1,
                reason: error.message().to_owned(),
            }
        })?;
        let profiles = table.into_iter().map(|(profile, value)| match value {
            Value::Table(settings) => Ok((profile, settings)),
            _ => Err(ProfilesError::NoTable { path: name.clone(), name: profile }),
        });
        let profiles = profiles.collect::<Result<_, _>>()?;
        Ok(Self { path: path.to_owned(), profiles })
    }

    pub(super) fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// The profile to use where none is named.
    pub(super) fn active(&self) -> &str {
        let active = self.profiles.iter().find(|(_, settings)| is_active(settings));
        active.map_or(DEFAULT_PROFILE, |(name, _)| name)
    }

    /// Refuses to guess whose token is meant. As in Modal's client, two active profiles are refused
    /// also where a third is named; and none is, unless one is named.
    pub(super) fn check_active(&self, named: Option<&str>) -> Result<(), ProfilesError> {
        let active = self.profiles.iter().filter(|(_, settings)| is_active(settings)).count();
        let profile = named.unwrap_or(DEFAULT_PROFILE);
        match active {
            0 if self.profiles.len() > 1 && profile == DEFAULT_PROFILE => {
                Err(ProfilesError::NoneActive { path: self.path() })
            }
            0 | 1 => Ok(()),
            _ => Err(ProfilesError::SeveralActive { path: self.path() }),
        }
    }

    /// A setting of a profile; `None` where the profile, or the setting in it, is not there.
    pub(super) fn setting(
        &self,
        profile: &str,
        name: &'static str,
    ) -> Result<Option<String>, ProfilesError> {
        match self.find(profile).and_then(|settings| settings.get(name)) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => {
                let (path, profile) = (self.path(), profile.to_owned());
                Err(ProfilesError::NotText { path, profile, name })
            }
        }
    }

    /// Fails where there is no such profile.
    pub(super) fn require(&self, profile: &str) -> Result<(), ProfilesError> {
        match self.find(profile) {
            Some(_) => Ok(()),
            None => {
                let (path, profile) = (self.path(), profile.to_owned());
                Err(ProfilesError::NoSuchProfile { path, profile })
            }
        }
    }

    fn find(&self, profile: &str) -> Option<&Table> {
        self.profiles.iter().find(|(name, _)| name == profile).map(|(_, settings)| settings)
    }
}

fn is_active(settings: &Table) -> bool {
    settings.get("active") == Some(&Value::Boolean(true))
}

/// Written by hand: the derived one would print tokens.
impl std::fmt::Debug for Profiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profiles").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn profiles(text: &str) -> Profiles {
        Profiles::parse(Path::new("/home/me/.modal.toml"), text).unwrap()
    }

    fn refusal(text: &str) -> String {
        Profiles::parse(Path::new("/home/me/.modal.toml"), text).unwrap_err().to_string()
    }

    const TWO: &str = "[dev]\ntoken_id = \"ak-1\"\n\n[prod]\ntoken_id = \"ak-2\"\n";

    #[test]
    fn the_active_profile_is_used_and_else_the_one_called_default() {
        assert_eq!(profiles("").active(), "default");
        assert_eq!(profiles("[dev]\ntoken_id = \"ak-1\"").active(), "default");
        let active = profiles(&TWO.replace("[prod]", "[prod]\nactive = true"));
        assert_eq!(active.active(), "prod");
        assert_eq!(active.setting("prod", "token_id").unwrap().as_deref(), Some("ak-2"));
        assert_eq!(active.check_active(None), Ok(()));
    }

    #[test]
    fn nobody_guesses_which_profile_is_meant() {
        expect!["/home/me/.modal.toml has several profiles, and none is active; choose one with `modal profile activate`, or name one by modal_profile or MODAL_PROFILE"]
            .assert_eq(&profiles(TWO).check_active(None).unwrap_err().to_string());
        assert_eq!(profiles(TWO).check_active(Some("dev")), Ok(()));
        assert!(profiles(TWO).check_active(Some("default")).is_err());
        let both = TWO.replace("]\n", "]\nactive = true\n");
        expect!["/home/me/.modal.toml has more than one active profile; choose one with `modal profile activate`, or name one by modal_profile or MODAL_PROFILE"]
            .assert_eq(&profiles(&both).check_active(Some("dev")).unwrap_err().to_string());
    }

    #[test]
    fn a_file_that_is_none_is_refused_without_a_word_of_its_content() {
        let text = "[dev]\ntoken_id = \"ak-1\"\ntoken_secret = as-hush\n";
        let error = refusal(text);
        assert!(
            error.starts_with(
                "Modal's configuration file /home/me/.modal.toml is not TOML: line 3: "
            ),
            "{error}"
        );
        assert!(!error.contains("hush"), "{error}");
        expect!["Modal's configuration file /home/me/.modal.toml must have a table for each profile, such as [default]; token_id is none"]
            .assert_eq(&refusal("token_id = \"ak-1\""));
        expect![[r#"token_id of profile "dev" in /home/me/.modal.toml must be text"#]].assert_eq(
            &profiles("[dev]\ntoken_id = 1").setting("dev", "token_id").unwrap_err().to_string(),
        );
        expect![[r#"there is no profile "prod" in /home/me/.modal.toml"#]]
            .assert_eq(&profiles("[dev]").require("prod").unwrap_err().to_string());
        assert!(!format!("{:?}", profiles(TWO)).contains("ak-"));
    }

    #[test]
    fn a_file_that_is_not_there_has_no_profiles() {
        let read = Profiles::read(Path::new("/nowhere/.modal.toml")).unwrap();
        assert_eq!(read.setting("default", "token_id"), Ok(None));
        expect!["cannot read Modal's configuration file /: Is a directory (os error 21)"]
            .assert_eq(&Profiles::read(Path::new("/")).unwrap_err().to_string());
    }
}
