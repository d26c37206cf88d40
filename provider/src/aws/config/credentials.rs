//! Whose credentials are used before any role is assumed.
//!
//! In the order of `hashicorp/aws`: the provider block; the environment, unless the block names a
//! profile; a web identity of the environment; the profile; the container; the machine.

use std::sync::{Arc, OnceLock};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::environment::AwsEnvironment;
use super::error::SettingsError;
use super::profiles::Profiles;
use super::settings::AwsSettings;
use super::source::Source;

/// Credentials of the first source that has some.
#[derive(Debug)]
pub(super) struct Chain {
    links: Vec<(Source, SharedCredentialsProvider)>,
    used: CredentialsSource,
}

/// Where the credentials in use come from, once they were needed.
#[derive(Debug, Clone, Default)]
pub struct CredentialsSource(Arc<OnceLock<Source>>);

impl CredentialsSource {
    /// `None` before the first request, or where there are no credentials.
    pub fn known(&self) -> Option<&Source> {
        self.0.get()
    }
}

impl Chain {
    pub(super) fn new(
        settings: &AwsSettings,
        environment: &AwsEnvironment,
        profiles: &Profiles,
        config: &ProviderConfig,
    ) -> Result<Self, SettingsError> {
        let mut links = Vec::new();
        if let Some(credentials) = in_block(settings)? {
            let source = Source::Block("access_key and secret_key");
            links.push((source, SharedCredentialsProvider::new(credentials)));
            return Ok(Self { links, used: CredentialsSource::default() });
        }
        if !profiles.is_in_block {
            if let Some(credentials) = in_environment(environment) {
                let source = Source::Variable("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
                links.push((source, SharedCredentialsProvider::new(credentials)));
            }
            if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
                let provider = WebIdentityTokenCredentialsProvider::builder().configure(config);
                let source = Source::Variable("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN");
                links.push((source, SharedCredentialsProvider::new(provider.build())));
            }
        }
        let profile = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_name(&profiles.name)
            .profile_files(profiles.files.clone());
        let profile = SharedCredentialsProvider::new(profile.build());
        links.push((profiles.source().clone(), profile));
        let container = EcsCredentialsProvider::builder().configure(config).build();
        let source = Source::Machine("the container's credentials");
        links.push((source, SharedCredentialsProvider::new(container)));
        if asks_metadata(settings, environment) {
            let machine = ImdsCredentialsProvider::builder().configure(config).build();
            let source = Source::Machine("the machine's metadata service");
            links.push((source, SharedCredentialsProvider::new(machine)));
        }
        Ok(Self { links, used: CredentialsSource::default() })
    }

    /// Tells where the credentials come from, as soon as that is known.
    pub(super) fn source(&self) -> CredentialsSource {
        self.used.clone()
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        for (source, provider) in &self.links {
            match provider.provide_credentials().await {
                Ok(credentials) => {
                    let _ = self.used.0.set(source.clone());
                    return Ok(credentials);
                }
                Err(CredentialsError::CredentialsNotLoaded(_)) => {}
                Err(error) => {
                    return Err(CredentialsError::provider_error(Failed {
                        source: source.clone(),
                        error,
                    }));
                }
            }
        }
        let looked_into: Vec<_> = self.links.iter().map(|(source, _)| source.to_string()).collect();
        Err(CredentialsError::not_loaded(format!(
            "there are no credentials: not in the provider block, not in the environment, not in {}",
            looked_into.join(", not in ")
        )))
    }
}

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// A source that has something, and nothing that can be used.
#[derive(Debug, thiserror::Error)]
#[error("the credentials of {source} cannot be used", source = .source)]
struct Failed {
    source: Source,
    #[source]
    error: CredentialsError,
}

/// Whether the machine's metadata service may be asked for credentials and for the region.
pub(super) fn asks_metadata(settings: &AwsSettings, environment: &AwsEnvironment) -> bool {
    let disabled = environment.get("AWS_EC2_METADATA_DISABLED");
    let disabled = disabled.is_some_and(|value| value.eq_ignore_ascii_case("true"));
    !settings.skip_metadata_api_check.unwrap_or(disabled)
}

fn in_block(settings: &AwsSettings) -> Result<Option<Credentials>, SettingsError> {
    match (&settings.access_key, &settings.secret_key, &settings.token) {
        (Some(access_key), Some(secret_key), token) => Ok(Some(Credentials::new(
            access_key,
            secret_key.expose(),
            token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "the provider block",
        ))),
        (Some(_), None, _) => Err(SettingsError::HalfCredentials("secret_key")),
        (None, Some(_), _) => Err(SettingsError::HalfCredentials("access_key")),
        (None, None, Some(_)) => Err(SettingsError::TokenAlone),
        (None, None, None) => Ok(None),
    }
}

fn in_environment(environment: &AwsEnvironment) -> Option<Credentials> {
    let (_, id) = environment.first_of(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"])?;
    let (_, secret) = environment.first_of(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"])?;
    let token = environment.get("AWS_SESSION_TOKEN").map(str::to_owned);
    Some(Credentials::new(id, secret, token, None, "the environment"))
}
