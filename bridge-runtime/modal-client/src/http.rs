//! Plain HTTP, for the blob store. A presigned URL is the whole authorization, so no header of
//! Modal's goes out here.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;

use crate::error::with_causes;

/// How long an unused connection is kept. One that outlived a freeze may be a dead one.
const KEEP: Duration = Duration::from_secs(10);

/// How long bytes may stay without an acknowledgement by the peer's kernel.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// A client that keeps its connections.
#[derive(Clone)]
pub(crate) struct Http {
    client: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
}

/// Why there is no answer.
pub(crate) enum HttpError {
    /// The body is longer than the caller takes.
    TooLarge,
    /// Worth another try.
    Failed(String),
}

impl Http {
    pub(crate) fn new() -> Result<Self, &'static str> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(10)));
        #[cfg(target_os = "linux")]
        connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(ring::default_provider()))
            .map_err(|_| "TLS cannot be set up")?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let mut client = legacy::Client::builder(TokioExecutor::new());
        Ok(Self { client: client.pool_idle_timeout(KEEP).build(connector) })
    }

    /// Sends one request. At most `limit` bytes of the answer are read.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: usize,
    ) -> Result<Answer, HttpError> {
        let uri: Uri = url.parse().map_err(|_| HttpError::Failed("not a URL".into()))?;
        let host = uri.host().unwrap_or_default();
        if !(uri.scheme_str() == Some("https") || is_loopback(host)) {
            return Err(HttpError::Failed(format!("{host} is not addressed by https")));
        }

        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let answer = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = answer.into_parts();
        match Limited::new(body, limit).collect().await {
            Ok(body) => {
                Ok(Answer { status: parts.status, body: body.to_bytes(), headers: parts.headers })
            }
            Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge),
            Err(error) => Err(failed(error.as_ref())),
        }
    }
}

/// A URL is in none of the causes: a presigned one is a secret.
fn failed(error: &(dyn std::error::Error + 'static)) -> HttpError {
    HttpError::Failed(with_causes(error))
}

/// Whether a URL's host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
