//! The end of an operation's time, for its calls: the next attempt is not made, and what hangs is
//! given up. Without it, a call that nobody answers would go on for as long as all its attempts take.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::waiter::Waiter;

/// The same client, whose calls end when the waits of `$waiter` do.
macro_rules! limited {
    ($service:ident, $client:expr, $waiter:expr) => {{
        let config = $client.config().to_builder();
        $service::Client::from_conf(
            config.interceptor($crate::aws::limit::Limit::of($waiter)).build(),
        )
    }};
}
pub(super) use limited;

/// Ends the calls of one operation.
#[derive(Debug)]
pub(super) struct Limit(Waiter);

impl Limit {
    pub(super) fn of(waiter: &Waiter) -> Self {
        Self(waiter.clone())
    }
}

impl Intercept for Limit {
    fn name(&self) -> &'static str {
        "Limit"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(left) = self.0.left() {
            // Enough for the attempt after the last pause: its answer tells more than the clock does.
            let timeout = left + self.0.waits().last_words;
            let timeouts = TimeoutConfig::builder().operation_timeout(timeout).build();
            cfg.interceptor_state().store_put(timeouts);
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.is_over()
            && let Some(attempts) = cfg.load::<RequestAttempts>().map(RequestAttempts::attempts)
            && let Some(retries) = cfg.load::<RetryConfig>().cloned()
        {
            cfg.interceptor_state().store_put(retries.with_max_attempts(attempts.max(1)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::aws::AwsSettings;
    use crate::aws::services;
    use crate::aws::waiter::Waits;

    /// A network that never answers, or hangs up at once.
    #[derive(Debug, Clone)]
    struct Network {
        hangs: bool,
        attempts: Arc<AtomicU32>,
    }

    impl HttpConnector for Network {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.attempts.fetch_add(1, Ordering::Relaxed);
            if self.hangs {
                return HttpConnectorFuture::new(std::future::pending());
            }
            let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            HttpConnectorFuture::ready(Err(ConnectorError::io(reset.into())))
        }
    }

    /// What a call says, and how many attempts it made.
    async fn said(hangs: bool, waiter: &Waiter) -> (String, u32) {
        let network = Network { hangs, attempts: Arc::default() };
        let connector = SharedHttpConnector::new(network.clone());
        let retries = RetryConfig::standard()
            .with_max_attempts(25)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(1));
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKIATEST", "secret", None, None, "test",
            )))
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let sts = services::sts(&config, &AwsSettings::default());
        let limited = limited!(aws_sdk_sts, sts, waiter);
        let error = limited.get_caller_identity().send().await.unwrap_err();
        let error = crate::aws::AwsError::from_sdk("sts:GetCallerIdentity", &error);
        (error.to_string(), network.attempts.load(Ordering::Relaxed))
    }

    fn waiter(stop: &CancellationToken) -> Waiter {
        Waiter::new(Waits::little(), stop.clone())
    }

    #[tokio::test]
    async fn what_hangs_ends_with_the_operations_time() {
        let waiter = waiter(&CancellationToken::new()).within(Duration::from_millis(50));
        let (said, attempts) = said(true, &waiter).await;
        assert!(said.contains("operation timeout"), "{said}");
        assert_eq!(attempts, 1);
    }

    #[tokio::test]
    async fn when_the_time_is_up_no_further_attempt_is_made() {
        let stop = CancellationToken::new();
        assert_eq!(said(false, &waiter(&stop).within(Duration::ZERO)).await.1, 1);
        assert_eq!(said(false, &waiter(&stop)).await.1, 25);
        stop.cancel();
        assert_eq!(said(false, &waiter(&stop)).await.1, 1);
    }
}
