//! One signed call in EC2's form: where it goes, how it is signed, how often it is repeated.

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_sqs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_types::SigningName;

use super::answer::{self, Page};
use crate::aws::config::retries::GiveUpUnanswered;
use crate::aws::error::{AwsError, Fault};
use crate::aws::services::{configured_endpoint, retry_partition};

/// As the SDKs call it, and endpoints in the environment and the profile.
const SERVICE: &str = "EC2";

/// Sends calls to EC2 in one region.
#[derive(Debug, Clone)]
pub(super) struct Query {
    config: SdkConfig,
    endpoint: Option<String>,
    retry_partition: RetryPartition,
}

impl Query {
    pub(super) fn new(config: SdkConfig, endpoint: Option<String>) -> Self {
        let endpoint = endpoint.or_else(|| configured_endpoint(&config, SERVICE));
        Self { config, endpoint, retry_partition: retry_partition(SERVICE) }
    }

    /// Asks, with the fields of a form as `body`.
    pub(super) async fn send(&self, action: &'static str, body: String) -> Result<Page, AwsError> {
        let endpoint = self.endpoint().await.map_err(|error| {
            AwsError::of_ours(action, Fault::Other, format!("no endpoint: {error}"))
        })?;
        let answered = self.operation(&endpoint).invoke(body).await;
        answered.map_err(|error| AwsError::from_sdk(action, &error))
    }

    /// AWS builds the names of EC2's hosts from region, partition and variants as it builds SQS's,
    /// whose rules are here already.
    pub(super) async fn endpoint(&self) -> Result<String, BoxError> {
        if let Some(url) = &self.endpoint {
            return Ok(url.clone());
        }
        let params = Params::builder()
            .set_region(self.config.region().map(ToString::to_string))
            .use_fips(self.config.use_fips().unwrap_or_default())
            .use_dual_stack(self.config.use_dual_stack().unwrap_or_default())
            .build()?;
        let of_sqs = DefaultResolver::new().resolve_endpoint(&params).await?;
        Ok(of_sqs.url().replacen("://sqs", "://ec2", 1))
    }

    fn operation(&self, endpoint: &str) -> Operation<String, Page, ErrorMetadata> {
        let config = &self.config;
        let mut components = RuntimeComponentsBuilder::new(SERVICE);
        components
            .set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])))
            .push_auth_scheme(SigV4AuthScheme::new())
            .set_http_client(config.http_client())
            .set_sleep_impl(config.sleep_impl())
            .set_time_source(config.time_source())
            .push_interceptor(GiveUpUnanswered);
        if let Some(credentials) = config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        if let Some(cache) = config.identity_cache() {
            components.set_identity_cache(Some(cache));
        }
        let mut layer = Layer::new(SERVICE);
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(self.retry_partition.clone());
        layer.store_put(SigV4OperationSigningConfig {
            region: config.region().cloned().map(Into::into),
            name: Some(SigningName::from_static("ec2")),
            ..SigV4OperationSigningConfig::default()
        });
        let plugin = StaticRuntimePlugin::new()
            .with_config(layer.freeze())
            .with_runtime_components(components);
        let mut operation = Operation::builder()
            .service_name(SERVICE)
            .operation_name("DescribeNetworkInterfaces")
            .endpoint_url(endpoint)
            .runtime_plugin(plugin)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new());
        if let Some(retries) = config.retry_config() {
            operation = operation.standard_retry(retries);
        }
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        operation.serializer(request).deserializer(read).build()
    }
}

fn request(body: String) -> Result<HttpRequest, BoxError> {
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
    request.headers_mut().insert("content-length", length);
    Ok(request)
}

fn read(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return answer::page(body).map_err(OrchestratorError::other);
    }
    // What stands between us and EC2 may answer in a form of its own.
    let refusal = answer::refusal(body).unwrap_or_else(|_| {
        let status = response.status().as_u16();
        ErrorMetadata::builder().message(format!("HTTP status {status}")).build()
    });
    Err(OrchestratorError::operation(refusal))
}
