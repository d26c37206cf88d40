//! Sends each request through its proxy, or through none.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::proxy::{ProxyRules, ProxyUrl, Route};

/// One client for each way; each keeps its connections.
#[derive(Debug)]
pub(super) struct Routed<T> {
    rules: Arc<ProxyRules>,
    direct: T,
    http_proxy: Option<T>,
    https_proxy: Option<T>,
}

impl Routed<SharedHttpClient> {
    /// Clients by `make`, for as many ways as there are.
    pub(super) fn client(
        rules: ProxyRules,
        make: impl Fn(Option<&ProxyUrl>) -> SharedHttpClient,
    ) -> SharedHttpClient {
        let direct = make(None);
        if rules.are_none() {
            return direct;
        }
        let http_proxy = rules.http.as_ref().map(|proxy| make(Some(proxy)));
        let https_proxy = rules.https.as_ref().map(|proxy| make(Some(proxy)));
        SharedHttpClient::new(Self { rules: Arc::new(rules), direct, http_proxy, https_proxy })
    }
}

impl HttpClient for Routed<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = |client: &SharedHttpClient| client.http_connector(settings, components);
        SharedHttpConnector::new(Routed {
            rules: Arc::clone(&self.rules),
            direct: connector(&self.direct),
            http_proxy: self.http_proxy.as_ref().map(connector),
            https_proxy: self.https_proxy.as_ref().map(connector),
        })
    }
}

impl HttpConnector for Routed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxied = match self.rules.route(request.uri()) {
            Route::Direct => None,
            Route::HttpProxy => self.http_proxy.as_ref(),
            Route::HttpsProxy => self.https_proxy.as_ref(),
        };
        proxied.unwrap_or(&self.direct).call(request)
    }
}
