//! Which token, environment and server are meant: the provider block first, then the environment,
//! then the profile in Modal's file. Each setting by itself, as in Modal's own client.

use std::fmt;
use std::path::Path;

use bridge_contract::{ServerUrlError, check_server_url};
use thiserror::Error;

use super::environment::{self, ModalEnvironment};
use super::profiles::{Profiles, ProfilesError};
use crate::secret_string::SecretString;

/// What the provider block says of Modal. Everything is optional.
#[derive(Debug, Clone, Default)]
pub struct ModalBlock {
    /// `modal_token_id`
    pub token_id: Option<String>,
    /// `modal_token_secret`
    pub token_secret: Option<SecretString>,
    /// `modal_profile`
    pub profile: Option<String>,
    /// `modal_environment`
    pub environment: Option<String>,
    /// `modal_server_url`
    pub server_url: Option<String>,
    /// `skip_token_verification`
    pub skip_token_verification: bool,
}

/// Where a setting comes from, in the words of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An attribute of the provider block.
    Block(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// A profile of Modal's file.
    Profile {
        /// Its name.
        profile: String,
        /// The file.
        path: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(attribute) => write!(f, "{attribute} of the provider block"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Profile { profile, path } => write!(f, "profile {profile:?} in {path}"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub source: Source,
}

/// Provider block, environment and file together do not say what Modal is to be called with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModalSettingsError {
    /// The file.
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    /// An address that the token must not go to.
    #[error("the server {url:?} of {from} is not usable: {reason}")]
    ServerUrl {
        /// The address.
        url: String,
        /// Where it stands.
        from: Source,
        /// What is wrong with it.
        reason: ServerUrlError,
    },
    /// Nothing at all.
    #[error(
        "no Modal token is configured; set modal_token_id and modal_token_secret in the provider \
         block, or MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or log in by `modal token new`{0}"
    )]
    NoToken(LookedInto),
    /// One half.
    #[error("the Modal token's {known} is in {from}, and its {missing} is nowhere")]
    HalfToken {
        /// The half that is there.
        known: &'static str,
        /// Where that stands.
        from: Source,
        /// The half that is not.
        missing: &'static str,
    },
}

/// The profile in which no token was found, if there was one to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedInto(Option<Source>);

impl fmt::Display for LookedInto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(source) => write!(f, " (looked into {source})"),
            None => Ok(()),
        }
    }
}

/// A whole token, and where its halves come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `ak-…`
    pub id: Sourced<String>,
    /// `as-…`
    pub secret: Sourced<SecretString>,
}

/// All settings, each from the first place that has it.
#[derive(Debug, Clone)]
pub struct ModalSettings {
    block: ModalBlock,
    environment: ModalEnvironment,
    profiles: Profiles,
    /// The profile that was named; else the active one is used.
    named: Option<String>,
    server_url: Option<Sourced<String>>,
}

impl ModalSettings {
    /// Reads Modal's file, if there is one. Fails where it cannot be read, and where the server is
    /// not one that a token may go to: before any call needs either.
    pub fn read(
        block: ModalBlock,
        environment: ModalEnvironment,
    ) -> Result<Self, ModalSettingsError> {
        let profiles = match &environment.config_path {
            Some(path) => Profiles::read(path)?,
            None => Profiles::default(),
        };
        let named = block.profile.clone().or_else(|| environment.profile.clone());
        let mut settings = Self { block, environment, profiles, named, server_url: None };
        settings.server_url = settings.find(
            ("modal_server_url", &settings.block.server_url),
            (environment::SERVER_URL, &settings.environment.server_url),
            "server_url",
        )?;
        if let Some(Sourced { value: url, source }) = &settings.server_url {
            check_server_url(url).map_err(|reason| {
                let (url, from) = (url.clone(), source.clone());
                ModalSettingsError::ServerUrl { url, from, reason }
            })?;
        }
        Ok(settings)
    }

    /// Whether the provider block forbids to ask Modal about tokens.
    pub fn skips_token_verification(&self) -> bool {
        self.block.skip_token_verification
    }

    /// The server to call; `None` for Modal's own.
    pub fn server_url(&self) -> Option<&str> {
        self.server_url.as_ref().map(|found| found.value.as_str())
    }

    /// The environment that is meant where a resource names none; `None` where the workspace's own
    /// default is.
    pub fn environment(&self) -> Result<Option<String>, ModalSettingsError> {
        let found = self.find(
            ("modal_environment", &self.block.environment),
            (environment::ENVIRONMENT, &self.environment.environment),
            "environment",
        )?;
        Ok(found.map(|found| found.value))
    }

    /// The token to call Modal with.
    pub fn token(&self) -> Result<Token, ModalSettingsError> {
        let expose = |secret: &Option<SecretString>| {
            secret.as_ref().map(|secret| secret.expose().to_owned())
        };
        let id = self.find(
            ("modal_token_id", &self.block.token_id),
            (environment::TOKEN_ID, &self.environment.token_id),
            "token_id",
        )?;
        let secret = self.find(
            ("modal_token_secret", &expose(&self.block.token_secret)),
            (environment::TOKEN_SECRET, &expose(&self.environment.token_secret)),
            "token_secret",
        )?;
        let in_file = |found: &Option<Sourced<String>>| {
            found.as_ref().is_none_or(|found| matches!(found.source, Source::Profile { .. }))
        };
        if in_file(&id) || in_file(&secret) {
            self.profiles.check_active(self.named.as_deref())?;
            if let Some(named) = &self.named {
                self.profiles.require(named)?;
            }
        }
        self.whole(id, secret)
    }

    /// The token of a profile, whatever block and environment say. Without a name, of the active
    /// profile; without a path, of the file that the environment names.
    pub fn token_of_profile(
        &self,
        profile: Option<&str>,
        path: Option<&Path>,
    ) -> Result<Token, ModalSettingsError> {
        let profiles = match path {
            Some(path) => Profiles::read(path)?,
            None => self.profiles.clone(),
        };
        let named = profile.map(str::to_owned);
        profiles.check_active(profile)?;
        if let Some(profile) = profile {
            profiles.require(profile)?;
        }
        let file = Self { profiles, named, ..self.clone() };
        file.whole(file.in_profile("token_id")?, file.in_profile("token_secret")?)
    }

    fn whole(
        &self,
        id: Option<Sourced<String>>,
        secret: Option<Sourced<String>>,
    ) -> Result<Token, ModalSettingsError> {
        match (id, secret) {
            (Some(id), Some(Sourced { value, source })) => {
                Ok(Token { id, secret: Sourced { value: SecretString::new(value), source } })
            }
            (None, None) => {
                let profile = (!self.profiles.path().is_empty()).then(|| self.profile());
                Err(ModalSettingsError::NoToken(LookedInto(profile)))
            }
            (Some(id), None) => Err(ModalSettingsError::HalfToken {
                known: "ID",
                from: id.source,
                missing: "secret",
            }),
            (None, Some(secret)) => Err(ModalSettingsError::HalfToken {
                known: "secret",
                from: secret.source,
                missing: "ID",
            }),
        }
    }

    /// One setting. A variable that is there and empty hides the profile's.
    fn find(
        &self,
        (attribute, block): (&'static str, &Option<String>),
        (variable, environment): (&'static str, &Option<String>),
        setting: &'static str,
    ) -> Result<Option<Sourced<String>>, ModalSettingsError> {
        if let Some(value) = block {
            let source = Source::Block(attribute);
            return Ok(Some(Sourced { value: value.clone(), source }));
        }
        if let Some(value) = environment {
            let source = Source::Variable(variable);
            let found = Sourced { value: value.clone(), source };
            return Ok(Some(found).filter(|found| !found.value.is_empty()));
        }
        self.in_profile(setting)
    }

    fn in_profile(
        &self,
        setting: &'static str,
    ) -> Result<Option<Sourced<String>>, ModalSettingsError> {
        let profile = self.named.as_deref().unwrap_or_else(|| self.profiles.active());
        let value = self.profiles.setting(profile, setting)?;
        Ok(value.map(|value| Sourced { value, source: self.profile() }))
    }

    fn profile(&self) -> Source {
        let profile = self.named.as_deref().unwrap_or_else(|| self.profiles.active()).to_owned();
        Source::Profile { profile, path: self.profiles.path() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect;
    use tempfile::TempDir;

    use super::*;

    /// A home folder with this `.modal.toml`.
    fn home(file: &str) -> TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(".modal.toml"), file).unwrap();
        home
    }

    fn read(
        block: ModalBlock,
        variables: &[(&str, &str)],
        home: &TempDir,
    ) -> Result<ModalSettings, ModalSettingsError> {
        let home = home.path().to_str().unwrap();
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            let found = found.map(|(_, value)| (*value).to_owned());
            found.or_else(|| (name == "HOME").then(|| home.to_owned()))
        };
        ModalSettings::read(block, ModalEnvironment::read(get))
    }

    /// Id and secret, with their sources.
    fn token(settings: &ModalSettings, home: &TempDir) -> String {
        let text = match settings.token() {
            Ok(Token { id, secret }) => {
                let (from, secret_from) = (&id.source, &secret.source);
                format!("{} of {from}\n{} of {secret_from}", id.value, secret.value.expose())
            }
            Err(error) => error.to_string(),
        };
        text.replace(home.path().to_str().unwrap(), "~")
    }

    const PROFILES: &str = r#"
[work]
token_id = "ak-work"
token_secret = "as-work"
environment = "prod"

[play]
token_id = "ak-play"
token_secret = "as-play"
active = true
server_url = "https://modal.example.com"
"#;

    #[test]
    fn without_anything_else_the_active_profile_is_used() {
        let home = home(PROFILES);
        let settings = read(ModalBlock::default(), &[], &home).unwrap();
        expect![[r#"
            ak-play of profile "play" in ~/.modal.toml
            as-play of profile "play" in ~/.modal.toml"#]]
        .assert_eq(&token(&settings, &home));
        assert_eq!(settings.server_url(), Some("https://modal.example.com"));
        assert_eq!(settings.environment(), Ok(None));
    }

    #[test]
    fn a_profile_is_named_by_the_environment_and_before_that_by_the_block() {
        let home = home(PROFILES);
        let variables = [("MODAL_PROFILE", "work")];
        let settings = read(ModalBlock::default(), &variables, &home).unwrap();
        assert_eq!(settings.environment(), Ok(Some("prod".to_owned())));
        assert_eq!(settings.server_url(), None);
        let block = ModalBlock { profile: Some("play".to_owned()), ..ModalBlock::default() };
        let settings = read(block, &variables, &home).unwrap();
        assert_eq!(settings.token().unwrap().id.value, "ak-play");
        let block = ModalBlock { profile: Some("gone".to_owned()), ..ModalBlock::default() };
        let settings = read(block, &variables, &home).unwrap();
        expect![[r#"there is no profile "gone" in ~/.modal.toml"#]]
            .assert_eq(&token(&settings, &home));
    }

    #[test]
    fn each_setting_is_taken_from_the_first_place_that_has_it() {
        let home = home(PROFILES);
        let block = ModalBlock {
            token_id: Some("ak-block".to_owned()),
            profile: Some("work".to_owned()),
            ..ModalBlock::default()
        };
        let variables = [
            ("MODAL_TOKEN_SECRET", "as-variable"),
            ("MODAL_TOKEN_ID", "ak-variable"),
            ("MODAL_ENVIRONMENT", "dev"),
        ];
        let settings = read(block, &variables, &home).unwrap();
        expect![[r#"
            ak-block of modal_token_id of the provider block
            as-variable of the environment variable MODAL_TOKEN_SECRET"#]]
        .assert_eq(&token(&settings, &home));
        assert_eq!(settings.environment(), Ok(Some("dev".to_owned())));
        assert!(!format!("{settings:?}").contains("as-"), "{settings:?}");
    }

    #[test]
    fn a_variable_that_is_empty_hides_the_file() {
        let home = home(PROFILES);
        let variables = [("MODAL_TOKEN_ID", ""), ("MODAL_PROFILE", "")];
        let settings = read(ModalBlock::default(), &variables, &home).unwrap();
        expect![[r#"the Modal token's secret is in profile "play" in ~/.modal.toml, and its ID is nowhere"#]]
            .assert_eq(&token(&settings, &home));
    }

    #[test]
    fn what_is_missing_is_said_with_the_places_to_put_it() {
        let empty = home("");
        let settings = read(ModalBlock::default(), &[], &empty).unwrap();
        expect![[r#"no Modal token is configured; set modal_token_id and modal_token_secret in the provider block, or MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or log in by `modal token new` (looked into profile "default" in ~/.modal.toml)"#]]
            .assert_eq(&token(&settings, &empty));
        let variables = [("MODAL_IS_REMOTE", "1"), ("MODAL_TOKEN_ID", "ak-1")];
        let settings = read(ModalBlock::default(), &variables, &empty).unwrap();
        expect!["the Modal token's ID is in the environment variable MODAL_TOKEN_ID, and its secret is nowhere"]
            .assert_eq(&token(&settings, &empty));
    }

    #[test]
    fn two_profiles_of_which_none_is_active_matter_only_where_they_are_needed() {
        let home = home(&PROFILES.replace("active = true", ""));
        let settings = read(ModalBlock::default(), &[], &home).unwrap();
        assert!(token(&settings, &home).contains("none is active"));
        let variables = [("MODAL_TOKEN_ID", "ak-1"), ("MODAL_TOKEN_SECRET", "as-1")];
        let settings = read(ModalBlock::default(), &variables, &home).unwrap();
        assert_eq!(settings.token().unwrap().id.value, "ak-1");
    }

    #[test]
    fn a_server_that_is_none_is_refused_with_where_it_stands() {
        let home = home("");
        let variables = [("MODAL_SERVER_URL", "http://modal.example.com")];
        let error = read(ModalBlock::default(), &variables, &home).unwrap_err();
        expect![[r#"the server "http://modal.example.com" of the environment variable MODAL_SERVER_URL is not usable: http:// would send the Modal token in cleartext; it is accepted for loopback only"#]]
            .assert_eq(&error.to_string());
    }

    #[test]
    fn a_profile_asked_for_is_read_whatever_the_environment_says() {
        let folder = home(PROFILES);
        let variables = [("MODAL_TOKEN_ID", "ak-1"), ("MODAL_TOKEN_SECRET", "as-1")];
        let settings = read(ModalBlock::default(), &variables, &folder).unwrap();
        let token = |profile, path| settings.token_of_profile(profile, path);
        assert_eq!(token(Some("work"), None).unwrap().id.value, "ak-work");
        assert_eq!(token(None, None).unwrap().id.value, "ak-play");
        assert!(token(Some("gone"), None).is_err());
        let other = home("[default]\ntoken_id = \"ak-other\"\ntoken_secret = \"as-other\"\n");
        let path = other.path().join(".modal.toml");
        assert_eq!(token(None, Some(&path)).unwrap().secret.value.expose(), "as-other");
    }
}
