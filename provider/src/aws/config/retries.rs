//! How often a request is made, and when another attempt makes no sense.

use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetrySpec;

use super::environment::AwsEnvironment;
use super::error::SettingsError;
use super::profiles::Profiles;
use super::settings::AwsSettings;
use super::source::Sourced;

/// Attempts of one call, as in `hashicorp/aws`. With waits of up to 20 seconds between them, a
/// throttled account has some four minutes to recover.
const MAX_ATTEMPTS: u32 = 25;

/// Attempts of a call that nobody answers, as in `hashicorp/aws`: a host that does not exist, or a
/// port that nobody listens on, will not come up by being asked for minutes.
const MAX_UNANSWERED: u32 = 9;

/// The block, then the environment, then the profile; each of the two settings by itself.
pub(super) fn retries(
    settings: &AwsSettings,
    environment: &AwsEnvironment,
    profiles: &Profiles,
) -> Result<RetryConfig, SettingsError> {
    let find = |variable: &'static str, key: &str| {
        let set = environment.get(variable).map(|value| Sourced::variable(variable, value));
        set.or_else(|| profiles.get(key))
    };
    let mode = match &settings.retry_mode {
        Some(mode) => Some(Sourced::block("retry_mode", mode.as_str())),
        None => find("AWS_RETRY_MODE", "retry_mode"),
    };
    let retries = match mode {
        Some(mode) if mode.value.eq_ignore_ascii_case("standard") => RetryConfig::standard(),
        Some(mode) if !mode.value.eq_ignore_ascii_case("adaptive") => {
            return Err(SettingsError::UnknownRetryMode(mode.owned()));
        }
        _ => RetryConfig::adaptive(),
    };
    let attempts = match (settings.max_retries, find("AWS_MAX_ATTEMPTS", "max_attempts")) {
        (Some(attempts), _) => attempts,
        (None, Some(found)) => match found.value.parse() {
            Ok(attempts) if attempts > 0 => attempts,
            _ => return Err(SettingsError::UnknownAttempts(found.owned())),
        },
        (None, None) => MAX_ATTEMPTS,
    };
    let patience = &settings.patience;
    // "Retry behavior" 2.1 of AWS's SDKs, in which an attempt that was throttled waits for its turn
    // like any other. Before it, each of them waits for as long as ten turns take, and then none.
    let turns = RetrySpec::v2_1().with_non_throttling_initial_backoff(patience.first_pause);
    Ok(retries
        .with_retry_spec(turns)
        .with_max_attempts(attempts)
        .with_initial_backoff(patience.first_pause)
        .with_max_backoff(patience.longest_pause))
}

/// Ends the attempts of a call that nobody answers sooner than those of one that AWS answers.
#[derive(Debug)]
pub(in crate::aws) struct GiveUpUnanswered;

impl Intercept for GiveUpUnanswered {
    fn name(&self) -> &'static str {
        "GiveUpUnanswered"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempts = cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        let error = context.output_or_error().and_then(Result::err);
        let most = error.and_then(|error| error.as_connector_error()).and_then(|error| most(error));
        if most.is_some_and(|most| attempts >= most)
            && let Some(retries) = cfg.load::<RetryConfig>().cloned()
        {
            cfg.interceptor_state().store_put(retries.with_max_attempts(attempts));
        }
        Ok(())
    }
}

/// How often a call is made that found nobody to speak to; `None` where it did.
fn most(error: &(dyn std::error::Error + 'static)) -> Option<u32> {
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let refused = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
        if refused || text.starts_with("dns error") {
            return Some(MAX_UNANSWERED);
        }
        // A certificate that is not trusted will not be so a second later.
        if text.starts_with("invalid peer certificate") {
            return Some(1);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;
    use crate::aws::services;

    /// A network on which every attempt fails like this.
    #[derive(Debug, Clone)]
    struct Broken {
        fault: fn() -> io::Error,
        attempts: Arc<AtomicU32>,
    }

    impl HttpConnector for Broken {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.attempts.fetch_add(1, Ordering::Relaxed);
            HttpConnectorFuture::ready(Err(ConnectorError::io((self.fault)().into())))
        }
    }

    async fn attempts(fault: fn() -> io::Error) -> u32 {
        let broken = Broken { fault, attempts: Arc::default() };
        let connector = SharedHttpConnector::new(broken.clone());
        let credentials = Credentials::new("AKIATEST", "secret", None, None, "test");
        let retries = RetryConfig::standard()
            .with_max_attempts(12)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(1));
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let sts = services::sts(&config, &AwsSettings::default());
        assert!(sts.get_caller_identity().send().await.is_err());
        broken.attempts.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_host_that_nobody_answers_on_is_given_up_sooner() {
        assert_eq!(attempts(|| io::Error::from(io::ErrorKind::ConnectionReset)).await, 12);
        assert_eq!(attempts(|| io::Error::from(io::ErrorKind::ConnectionRefused)).await, 9);
        assert_eq!(attempts(|| io::Error::other("dns error: no such host")).await, 9);
        assert_eq!(attempts(|| io::Error::other("invalid peer certificate: x")).await, 1);
    }
}
