//! go-plugin's AutoMTLS, server side: each end knows the other's one certificate.
//!
//! A provider holds cloud credentials, and any local process could reach its socket: so a client
//! that is not the Terraform which started this process gets no further than the handshake.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName as Subject, Error, ServerConfig,
    SignatureScheme,
};

use super::error::ServeError;
use super::p521;

/// This process's end of the mutual TLS.
pub(super) struct Tls {
    pub(super) config: Arc<ServerConfig>,
    /// For the handshake line: Terraform trusts this certificate and no other.
    pub(super) certificate: CertificateDer<'static>,
}

impl Tls {
    /// Makes a certificate, and accepts one client: the owner of `client_certificate` (PEM).
    pub(super) fn new(client_certificate: &str) -> Result<Self, ServeError> {
        let client = CertificateDer::from_pem_slice(client_certificate.as_bytes())
            .map_err(|_| ServeError::ClientCertificate)?;
        let provider = Arc::new(ring::default_provider());
        let (certificate, key) = identity()?;
        let verifier = PinnedClient {
            certificate: client.into_owned(),
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key)?;
        // grpc-go 1.67 and later (Terraform 1.12) hangs up on a server that does not choose it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Nobody connects twice.
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// A certificate of this process's own. Go looks for the name among the alternative names only.
fn identity() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), ServeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}

/// Accepts the certificate that it was made with, byte for byte, from whoever holds its key.
///
/// There is no chain to follow and no date to check: go-plugin makes the certificate for this one
/// process, and marks it as an authority, which the usual verifier refuses in a client.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinnedClient {
    /// Those of ring, or P-521's.
    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == p521::SCHEME { &p521::ALGORITHMS } else { &self.algorithms }
    }
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[Subject] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, self.algorithms(dss.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, self.algorithms(dss.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = vec![p521::SCHEME];
        schemes.extend(self.algorithms.supported_schemes());
        schemes
    }
}
