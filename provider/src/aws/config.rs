//! From the provider block to the SDK's configuration.
//!
//! What the block leaves out comes from the environment and the shared files, by the SDK's default
//! chain: `AWS_*` variables, `AWS_ENDPOINT_URL` and its service forms, profiles, SSO, roles of the
//! machine.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use thiserror::Error;

use crate::secret_string::SecretString;

/// In the user agent of every request, so that CloudTrail shows who asked.
const APP_NAME: &str = concat!("terraform-provider-modal-", env!("CARGO_PKG_VERSION"));

/// Attempts of one call. With waits from 1 to 20 seconds between them a throttled account has some
/// two minutes to recover, and an endpoint that is down is reported in as many.
const MAX_ATTEMPTS: u32 = 10;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One attempt; then the next.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// A call that uploads the bridge's code: some megabytes, perhaps over a slow line.
pub(super) const CODE_UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// What the provider block says of AWS. Everything is optional.
#[derive(Debug, Clone, Default)]
pub struct AwsSettings {
    /// Region; else the default chain's.
    pub region: Option<String>,
    /// Profile in the shared files.
    pub profile: Option<String>,
    /// With `secret_key`: static credentials.
    pub access_key: Option<String>,
    /// See `access_key`.
    pub secret_key: Option<SecretString>,
    /// Session token of static credentials that are temporary.
    pub token: Option<SecretString>,
    /// Endpoints other than AWS's own.
    pub endpoints: Endpoints,
    /// A role to work as.
    pub assume_role: Option<AssumeRole>,
}

/// URL of a service, where it is not AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// IAM
    pub iam: Option<String>,
    /// Lambda
    pub lambda: Option<String>,
    /// CloudWatch Logs
    pub logs: Option<String>,
    /// Secrets Manager
    pub secretsmanager: Option<String>,
    /// STS, for the caller's identity and for `assume_role`
    pub sts: Option<String>,
}

/// The `assume_role` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the session; else one that names this provider.
    pub session_name: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
}

/// The provider block and the environment together are not enough.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Neither the block, nor the environment, nor a profile names a region.
    #[error(
        "no AWS region is configured; set region in the provider block, or AWS_REGION, or region \
         in the profile"
    )]
    NoRegion,
    /// One half of static credentials.
    #[error("access_key and secret_key belong together; {0} is missing")]
    HalfCredentials(&'static str),
    /// A session token of no session.
    #[error("token is given without access_key and secret_key")]
    TokenAlone,
}

impl AwsSettings {
    /// The SDK's configuration. Reads the environment and files; calls nobody but, where it is the
    /// only source of a region, the machine's metadata service.
    pub async fn sdk_config(&self) -> Result<SdkConfig, SettingsError> {
        let retries = RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(https_client())
            .retry_config(retries)
            .timeout_config(timeouts);
        if let Ok(name) = AppName::new(APP_NAME) {
            loader = loader.app_name(name);
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(credentials) = self.static_credentials()? {
            loader = loader.credentials_provider(credentials);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(SettingsError::NoRegion);
        }
        match &self.assume_role {
            Some(role) => Ok(self.assuming(role, &config).await),
            None => Ok(config),
        }
    }

    fn static_credentials(&self) -> Result<Option<Credentials>, SettingsError> {
        match (&self.access_key, &self.secret_key, &self.token) {
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

    async fn assuming(&self, role: &AssumeRole, config: &SdkConfig) -> SdkConfig {
        let mut asks = config.to_builder();
        if let Some(url) = &self.endpoints.sts {
            asks.set_endpoint_url(Some(url.clone()));
        }
        let session = role.session_name.as_deref().unwrap_or("terraform-provider-modal");
        let mut provider = AssumeRoleProvider::builder(&role.role_arn)
            .session_name(session)
            .configure(&asks.build());
        if let Some(external_id) = &role.external_id {
            provider = provider.external_id(external_id);
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        config.to_builder().credentials_provider(provider).build()
    }
}

/// The SDK's own HTTP client: rustls on ring, the platform's roots, proxies from the environment.
fn https_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_name_in_the_user_agent_is_one_that_aws_accepts() {
        assert!(AppName::new(APP_NAME).is_ok());
    }

    #[tokio::test]
    async fn half_credentials_are_refused_by_the_missing_half() {
        let secret = || Some(SecretString::new("hush"));
        let refusal = async |settings: AwsSettings| {
            let error = settings.sdk_config().await.unwrap_err();
            error.to_string()
        };
        let key = Some("AKIA".to_owned());
        let settings = AwsSettings { access_key: key, ..AwsSettings::default() };
        expect!["access_key and secret_key belong together; secret_key is missing"]
            .assert_eq(&refusal(settings).await);
        let settings = AwsSettings { secret_key: secret(), ..AwsSettings::default() };
        expect!["access_key and secret_key belong together; access_key is missing"]
            .assert_eq(&refusal(settings).await);
        let settings = AwsSettings { token: secret(), ..AwsSettings::default() };
        expect!["token is given without access_key and secret_key"]
            .assert_eq(&refusal(settings).await);
    }

    #[test]
    fn no_secret_is_in_the_settings_debug_form() {
        let settings = AwsSettings {
            access_key: Some("AKIA".to_owned()),
            secret_key: Some(SecretString::new("hush-1")),
            token: Some(SecretString::new("hush-2")),
            ..AwsSettings::default()
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
