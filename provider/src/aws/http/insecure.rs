//! A client that takes any certificate, for `insecure = true`. The SDK's own has no such setting.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::proxy::ProxyUrl;

/// The client, through a proxy or not.
pub(super) fn client(proxy: Option<&ProxyUrl>) -> SharedHttpClient {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(super::super::config::CONNECT_TIMEOUT));
    let connector = match proxy.and_then(|proxy| tunnel(proxy, tcp.clone())) {
        Some(tunnel) => AnyCertificate::Tunnelled(hyper_client(tunnel)),
        None => AnyCertificate::Direct(hyper_client(tcp)),
    };
    SharedHttpClient::new(Insecure(SharedHttpConnector::new(connector)))
}

/// Every host is reached by CONNECT, so that the proxy sees no content.
fn tunnel(proxy: &ProxyUrl, tcp: Tcp) -> Option<Tunnel<Tcp>> {
    let matcher = Matcher::builder().all(proxy.expose()).build();
    let intercept = matcher.intercept(&http::Uri::from_static("https://amazonaws.com"))?;
    let tunnel = Tunnel::new(intercept.uri().clone(), tcp);
    Some(match intercept.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    })
}

fn hyper_client<C>(connector: C) -> Client<HttpsConnector<C>, SdkBody>
where
    HttpsConnector<C>: hyper_util::client::legacy::connect::Connect + Clone,
{
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls())
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https)
}

fn tls() -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let any = Arc::new(NoVerification(Arc::clone(&provider)));
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    #[expect(clippy::expect_used, reason = "ring has what TLS 1.2 and 1.3 need")]
    let builder = builder.expect("ring has the default versions");
    builder.dangerous().with_custom_certificate_verifier(any).with_no_client_auth()
}

#[derive(Debug)]
struct Insecure(SharedHttpConnector);

impl HttpClient for Insecure {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[derive(Debug)]
enum AnyCertificate {
    Direct(Client<HttpsConnector<Tcp>, SdkBody>),
    Tunnelled(Client<HttpsConnector<Tunnel<Tcp>>, SdkBody>),
}

impl HttpConnector for AnyCertificate {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let answer = match self {
            Self::Direct(client) => client.request(request),
            Self::Tunnelled(client) => client.request(request),
        };
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Takes any certificate. The handshake's signatures are still verified: they belong to it.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
