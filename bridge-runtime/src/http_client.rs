//! The HTTP client by which AWS is called, and by which Lambda hands out its events: one for both, as
//! each more would be there a second time in the program.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;

use crate::BridgeError;

pub(crate) type HttpClient = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// How long a connection may take.
const CONNECT_FOR: Duration = Duration::from_secs(5);

/// A client that keeps an unused connection for so long; `None` for ever.
pub(crate) fn http_client(keep: Option<Duration>) -> Result<HttpClient, BridgeError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_FOR));
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(Arc::new(ring::default_provider()))
        .map_err(|_| BridgeError::Setup { reason: "TLS cannot be set up" })?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    let kept = if keep.is_some_and(|keep| keep.is_zero()) { 0 } else { usize::MAX };
    Ok(legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(keep)
        .pool_max_idle_per_host(kept)
        .build(connector))
}
