//! From the provider block to the SDK's configuration.
//!
//! What the block leaves out comes from the environment, the shared files and the machine, in the
//! order of `hashicorp/aws`. `AWS_ENDPOINT_URL` with its service forms, and what the profile says of
//! endpoints, is the SDK's own to read.

mod credentials;
mod environment;
mod error;
mod profiles;
pub(super) mod retries;
mod roles;
mod settings;
mod source;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

pub use self::credentials::CredentialsSource;
use self::credentials::{Chain, asks_metadata};
pub use self::environment::AwsEnvironment;
pub use self::error::SettingsError;
use self::profiles::Profiles;
use self::roles::{Assumed, AssumedByToken, WebIdentityToken};
pub use self::settings::{
    AccountRules, AssumeRole, AwsSettings, Endpoints, HttpSettings, WebIdentity,
};
pub use self::source::{Source, Sourced};
use super::http;
use super::partition::partition_of;
use super::services::sts;

/// In the user agent of every request, so that CloudTrail shows who asked.
const APP_NAME: &str = concat!("terraform-provider-modal-", env!("CARGO_PKG_VERSION"));

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What clients are made with, and where it comes from.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// For the SDK.
    pub config: SdkConfig,
    /// The region.
    pub region: Sourced<String>,
    /// Whose credentials are used, before any role.
    pub credentials: CredentialsSource,
}

impl AwsSettings {
    /// The SDK's configuration. Reads the environment and files; calls nobody but, where it is the
    /// only source of a region, the machine's metadata service.
    pub async fn resolve(&self, environment: &AwsEnvironment) -> Result<Resolved, SettingsError> {
        let profiles = Profiles::read(self, environment).await?;
        let http_client = http::client(&self.http, environment)?;
        let retries = retries::retries(self, environment, &profiles)?;
        let provider_config = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_http_client(http_client.clone())
            .with_retry_config(retries.clone());
        let region = self.region(environment, &profiles, &provider_config).await?;
        let provider_config = provider_config.with_region(Some(Region::new(region.value.clone())));
        let chain = Chain::new(self, environment, &profiles, &provider_config)?;
        let credentials = chain.source();
        let config = self.load(&profiles, http_client, retries, &region, chain).await;
        let config = self.as_roles(config, environment)?;
        Ok(Resolved { config, region, credentials })
    }

    async fn region(
        &self,
        environment: &AwsEnvironment,
        profiles: &Profiles,
        config: &ProviderConfig,
    ) -> Result<Sourced<String>, SettingsError> {
        let in_block = self.region.as_ref().map(|region| Sourced::block("region", region.clone()));
        let in_environment = || {
            let (name, region) = environment.first_of(&["AWS_REGION", "AWS_DEFAULT_REGION"])?;
            Some(Sourced::variable(name, region.to_owned()))
        };
        let in_profile = || profiles.get("region").map(|found| found.owned());
        let found = in_block.or_else(in_environment).or_else(in_profile);
        let region = match found {
            Some(region) => region,
            None if asks_metadata(self, environment) => {
                let machine = ImdsRegionProvider::builder().configure(config).build();
                let region = machine.region().await.ok_or(SettingsError::NoRegion)?;
                let source = Source::Machine("the machine's metadata service");
                Sourced { value: region.to_string(), source }
            }
            None => return Err(SettingsError::NoRegion),
        };
        if !self.skip_region_validation && partition_of(&region.value).is_none() {
            return Err(SettingsError::UnknownRegion(region));
        }
        Ok(region)
    }

    async fn load(
        &self,
        profiles: &Profiles,
        http_client: SharedHttpClient,
        retries: RetryConfig,
        region: &Sourced<String>,
        credentials: Chain,
    ) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(self.patience.attempt)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http_client)
            .retry_config(retries)
            .timeout_config(timeouts)
            .region(Region::new(region.value.clone()))
            .profile_name(&profiles.name)
            .profile_files(profiles.files.clone())
            .credentials_provider(credentials);
        if let Ok(name) = AppName::new(APP_NAME) {
            loader = loader.app_name(name);
        }
        // What is not set is the environment's and the profile's to say.
        if self.use_fips_endpoint {
            loader = loader.use_fips(true);
        }
        if self.use_dualstack_endpoint {
            loader = loader.use_dual_stack(true);
        }
        loader.load().await
    }

    /// The same, working as the roles of the block.
    fn as_roles(
        &self,
        mut config: SdkConfig,
        environment: &AwsEnvironment,
    ) -> Result<SdkConfig, SettingsError> {
        // Credentials in the block go before a token, as in `hashicorp/aws`.
        if let (Some(role), None) = (&self.web_identity, &self.access_key) {
            let token = token(role, environment)?;
            let by_token = AssumedByToken { client: sts(&config, self), role: role.clone(), token };
            let credentials = SharedCredentialsProvider::new(by_token);
            config = config.to_builder().credentials_provider(credentials).build();
        }
        for role in &self.assume_roles {
            let assumed = Assumed { client: sts(&config, self), role: role.clone() };
            let credentials = SharedCredentialsProvider::new(assumed);
            config = config.to_builder().credentials_provider(credentials).build();
        }
        Ok(config)
    }
}

/// The block's token, else the environment's; only one of the two.
fn token(
    role: &WebIdentity,
    environment: &AwsEnvironment,
) -> Result<WebIdentityToken, SettingsError> {
    let file = |path: &str| WebIdentityToken::File(environment.expand(path));
    let in_environment = (
        environment.get("TF_AWS_WEB_IDENTITY_TOKEN"),
        environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"),
    );
    match (&role.token, &role.token_file, in_environment) {
        (Some(token), None, _) => Ok(WebIdentityToken::Given(token.clone())),
        (None, Some(path), _) => Ok(file(path)),
        (None, None, (Some(token), None)) => {
            Ok(WebIdentityToken::Given(crate::secret_string::SecretString::new(token)))
        }
        (None, None, (None, Some(path))) => Ok(file(path)),
        _ => Err(SettingsError::WebIdentityToken),
    }
}
