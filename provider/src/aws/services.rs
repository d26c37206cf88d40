//! The SDK's clients: each service with its endpoint, its region, and how it asks again.

use aws_config::SdkConfig;
use aws_sdk_sts::config::Region;
use aws_smithy_runtime::client::retries::{ClientRateLimiter, RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::service_config::ServiceConfigKey;

use super::config::AwsSettings;
use super::config::retries::GiveUpUnanswered;

/// Retries that one call may still make do not count against another's: a throttled account is
/// waited for by `max_retries`, as in `hashicorp/aws`, which has no quota of retries either.
const RETRY_QUOTA: usize = 1_000_000;

/// Requests a second that were made, for all one knows, when nothing has been measured yet. Of them
/// the first throttled answer takes most away.
const FIRST_RATE: f64 = 50.0;

/// What all calls to one service share, whichever resource makes them: how many a second there may
/// be, once AWS has throttled one.
pub(super) fn retry_partition(service: &'static str) -> RetryPartition {
    let quota = TokenBucket::builder().capacity(RETRY_QUOTA).build();
    let mut limiter = ClientRateLimiter::builder();
    limiter.set_tokens_retrieved_per_second(Some(FIRST_RATE));
    RetryPartition::custom(service).token_bucket(quota).client_rate_limiter(limiter.build()).build()
}

/// Builds the configuration of one service's clients.
macro_rules! service_config {
    ($service:ident, $config:expr, $endpoint:expr, $name:literal) => {{
        let config: &SdkConfig = $config;
        let endpoint: Option<&String> = $endpoint;
        let mut builder = $service::config::Builder::from(config)
            .retry_partition($crate::aws::services::retry_partition($name))
            .interceptor(SharedInterceptor::new(GiveUpUnanswered));
        // Only when given: setting `None` would hide AWS_ENDPOINT_URL_<SERVICE>.
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        // An endpoint that is given is what it is, as in `hashicorp/aws`.
        if endpoint.is_some() || has_endpoint(config, $name) {
            builder = builder.use_fips(false);
        }
        builder
    }};
}
pub(super) use service_config;

/// STS, for the caller's identity and for roles to work as.
pub(super) fn sts(config: &SdkConfig, settings: &AwsSettings) -> aws_sdk_sts::Client {
    let mut builder = service_config!(aws_sdk_sts, config, settings.endpoints.sts.as_ref(), "STS");
    if let Some(region) = &settings.sts_region {
        builder = builder.region(Region::new(region.clone()));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

/// IAM, which is in no region.
pub(super) fn iam(config: &SdkConfig, settings: &AwsSettings) -> aws_sdk_iam::Client {
    let builder = service_config!(aws_sdk_iam, config, settings.endpoints.iam.as_ref(), "IAM");
    aws_sdk_iam::Client::from_conf(builder.build())
}

/// Whether the environment or the profile has an endpoint for the service, or for all.
pub(super) fn has_endpoint(config: &SdkConfig, service: &str) -> bool {
    configured_endpoint(config, service).is_some()
}

/// That endpoint.
pub(super) fn configured_endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_service = config.service_config().zip(key.ok());
    of_service
        .and_then(|(found, key)| found.load_config(key))
        .or_else(|| config.endpoint_url().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;

    use super::*;
    use crate::aws::limit::limited;
    use crate::aws::testing::{FakeAws, iam_error, waiter};

    #[tokio::test]
    async fn all_that_ask_one_service_slow_down_together() {
        let aws = FakeAws::new();
        aws.answer("GetCallerIdentity", iam_error(400, "Throttling", "Rate exceeded"));
        let retries = RetryConfig::adaptive().with_max_attempts(1);
        let config = aws.config().to_builder().retry_config(retries).build();
        let settings = AwsSettings::default();
        let (sts, iam) = (sts(&config, &settings), iam(&config, &settings));
        let (one, other) =
            (limited!(aws_sdk_sts, sts, &waiter()), limited!(aws_sdk_sts, sts, &waiter()));
        // Nothing else tells it.
        let slows_down =
            |shared: Option<&RetryPartition>| format!("{shared:?}").contains("enabled: true");

        assert!(!slows_down(other.config().retry_partition()));
        one.get_caller_identity().send().await.unwrap_err();
        assert!(slows_down(other.config().retry_partition()));
        assert!(!slows_down(iam.config().retry_partition()));
    }
}
