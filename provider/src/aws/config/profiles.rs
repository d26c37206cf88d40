//! The shared files, and the profile in them that is meant.

use std::borrow::Cow;
use std::path::Path;

use aws_config::profile::{Profile, ProfileSet, load};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::environment::AwsEnvironment;
use super::error::SettingsError;
use super::settings::AwsSettings;
use super::source::{Source, Sourced};

/// The profile that is taken where nobody names one.
const DEFAULT: &str = "default";

/// The shared files as they are on this machine.
#[derive(Debug, Clone)]
pub(super) struct Profiles {
    /// For the SDK's own readers.
    pub(super) files: EnvConfigFiles,
    /// The profile's name.
    pub(super) name: String,
    /// Whether the provider block names it: then it wins over credentials of the environment.
    pub(super) is_in_block: bool,
    source: Source,
    sections: ProfileSet,
}

impl Profiles {
    /// Reads the files. One that is not there is empty. A profile that was named must be there.
    pub(super) async fn read(
        settings: &AwsSettings,
        environment: &AwsEnvironment,
    ) -> Result<Self, SettingsError> {
        let named = named(settings, environment);
        let name = named.as_ref().map_or(DEFAULT, |named| &named.value).to_owned();
        let config =
            paths(environment, &settings.shared_config_files, "AWS_CONFIG_FILE", "~/.aws/config");
        let credentials = paths(
            environment,
            &settings.shared_credentials_files,
            "AWS_SHARED_CREDENTIALS_FILE",
            "~/.aws/credentials",
        );
        let mut files = EnvConfigFiles::builder();
        let mut found = Vec::new();
        for (kind, paths) in
            [(EnvConfigFileKind::Config, &config), (EnvConfigFileKind::Credentials, &credentials)]
        {
            // Without a single file, the SDK would look for its own.
            files = files.with_contents(kind, "");
            for path in paths.iter().filter(|path| Path::new(path).exists()) {
                files = files.with_file(kind, path);
                found.push(path.clone());
            }
        }
        let files = files.build();
        let selected = Some(Cow::Owned(name.clone()));
        let sections = load(&Fs::real(), &Env::real(), &files, selected).await;
        let sections = sections.map_err(|error| SettingsError::unreadable_profiles(&error))?;
        if let Some(named) = &named
            && sections.get_profile(&name).is_none()
        {
            let looked_into = config.into_iter().chain(credentials).collect();
            return Err(SettingsError::NoProfile { named: named.clone(), looked_into });
        }
        let source = Source::Profile {
            name: name.clone(),
            named_by: named.as_ref().map(|named| Box::new(named.source.clone())),
            files: found,
        };
        let is_in_block = settings.profile.is_some();
        Ok(Self { files, name, is_in_block, source, sections })
    }

    /// A setting of the profile.
    pub(super) fn get(&self, key: &str) -> Option<Sourced<&str>> {
        let value = self.profile()?.get(key).filter(|value| !value.is_empty())?;
        Some(Sourced { value, source: self.source.clone() })
    }

    /// The profile, in the words of an error.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    fn profile(&self) -> Option<&Profile> {
        self.sections.get_profile(&self.name)
    }
}

fn named(settings: &AwsSettings, environment: &AwsEnvironment) -> Option<Sourced<String>> {
    if let Some(profile) = &settings.profile {
        return Some(Sourced::block("profile", profile.clone()));
    }
    let (variable, profile) = environment.first_of(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?;
    Some(Sourced::variable(variable, profile.to_owned()))
}

fn paths(
    environment: &AwsEnvironment,
    in_block: &[String],
    variable: &str,
    default: &str,
) -> Vec<String> {
    let paths = match environment.get(variable) {
        _ if !in_block.is_empty() => in_block.to_vec(),
        Some(path) => vec![path.to_owned()],
        None => vec![default.to_owned()],
    };
    paths.iter().map(|path| environment.expand(path)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> AwsEnvironment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        AwsEnvironment::new(variables.iter().map(owned))
    }

    /// A home with both files.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        let config = "[default]\nregion = us-east-1\n[profile work]\nregion = eu-west-1\n";
        fs::write(home.path().join(".aws/config"), config).unwrap();
        fs::write(home.path().join(".aws/credentials"), "[work]\naws_access_key_id = AKIA\n")
            .unwrap();
        home
    }

    async fn region(settings: &AwsSettings, environment: &AwsEnvironment) -> (String, String) {
        let profiles = Profiles::read(settings, environment).await.unwrap();
        let region = profiles.get("region").unwrap();
        (region.value.to_owned(), region.source.to_string())
    }

    #[tokio::test]
    async fn the_block_names_the_profile_before_the_environment_does() {
        let home = home();
        let home = home.path().to_str().unwrap();
        let settings = AwsSettings::default();
        let (value, source) = region(&settings, &environment(&[("HOME", home)])).await;
        assert_eq!(value, "us-east-1");
        assert_eq!(
            source,
            format!(r#"profile "default" in {home}/.aws/config and {home}/.aws/credentials"#)
        );

        let at_work = environment(&[("HOME", home), ("AWS_PROFILE", "work")]);
        let (value, source) = region(&settings, &at_work).await;
        assert_eq!(value, "eu-west-1");
        assert!(source.starts_with(r#"profile "work" (named by AWS_PROFILE) in "#), "{source}");

        let settings = AwsSettings { profile: Some("default".to_owned()), ..settings };
        let (value, source) = region(&settings, &at_work).await;
        assert_eq!(value, "us-east-1");
        let begin = r#"profile "default" (named by profile in the provider block) in "#;
        assert!(source.starts_with(begin), "{source}");
    }

    #[tokio::test]
    async fn a_named_profile_must_be_there_and_a_file_need_not() {
        let environment = environment(&[("HOME", "/nowhere"), ("AWS_PROFILE", "work")]);
        let refused = Profiles::read(&AwsSettings::default(), &environment).await.unwrap_err();
        expect_test::expect![[r#"there is no profile "work", which AWS_PROFILE names, in /nowhere/.aws/config or /nowhere/.aws/credentials"#]]
            .assert_eq(&refused.to_string());

        let nobody = AwsEnvironment::default();
        let profiles = Profiles::read(&AwsSettings::default(), &nobody).await.unwrap();
        assert!(profiles.get("region").is_none());
    }

    #[tokio::test]
    async fn files_of_the_block_are_read_instead_of_the_others() {
        let home = home();
        let own = home.path().join("own");
        fs::write(&own, "[default]\nregion = ap-south-1\n").unwrap();
        let home = home.path().to_str().unwrap();
        let environment = environment(&[("HOME", home), ("AWS_CONFIG_FILE", "/nowhere")]);
        let settings = AwsSettings {
            shared_config_files: vec!["/nowhere/either".to_owned(), "~/own".to_owned()],
            ..AwsSettings::default()
        };
        let (value, source) = region(&settings, &environment).await;
        assert_eq!(value, "ap-south-1");
        assert_eq!(
            source,
            format!(r#"profile "default" in {home}/own and {home}/.aws/credentials"#)
        );
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_named_without_its_content() {
        let home = home();
        let file = home.path().join(".aws/config");
        fs::write(&file, "[default]\nhush\n").unwrap();
        let environment = environment(&[("HOME", home.path().to_str().unwrap())]);
        let refused = Profiles::read(&AwsSettings::default(), &environment).await.unwrap_err();
        let said = refused.to_string().replace(file.to_str().unwrap(), "FILE");
        expect_test::expect!["the shared files cannot be read: could not parse profile file: error parsing FILE on line 2:\n  Expected an '=' sign defining a property"]
            .assert_eq(&said);
    }
}
