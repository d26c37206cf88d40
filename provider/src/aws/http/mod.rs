//! How requests get to AWS: the SDK's own HTTP client with rustls on ring, through proxies or not, and
//! which certificates it trusts.

mod insecure;
mod proxy;
mod route;
mod trust;

use aws_smithy_http_client::tls::{self, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use self::proxy::{ProxyRules, ProxyUrl};
use self::route::Routed;
use super::config::{AwsEnvironment, HttpSettings, SettingsError};

/// The client of all services.
pub(super) fn client(
    settings: &HttpSettings,
    environment: &AwsEnvironment,
) -> Result<SharedHttpClient, SettingsError> {
    let rules = ProxyRules::read(settings, environment)?;
    let trust = trust::trusted(settings, environment)?;
    let make = |proxy: Option<&ProxyUrl>| {
        if settings.insecure { insecure::client(proxy) } else { verifying(proxy, trust.clone()) }
    };
    Ok(Routed::client(rules, make))
}

/// What cannot be reached by `http` is verified: by the machine's certificates or by those given.
fn verifying(proxy: Option<&ProxyUrl>, trust: TlsContext) -> SharedHttpClient {
    // The URL was looked at when it was read.
    let proxy = proxy.and_then(|proxy| ProxyConfig::all(proxy.expose()).ok());
    let proxy = proxy.unwrap_or_else(ProxyConfig::disabled);
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(trust.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })
}
