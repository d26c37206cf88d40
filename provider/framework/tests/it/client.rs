//! Terraform's end of the connection: a client with the kind of certificate that go-plugin makes.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{self, CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SignatureAlgorithm, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

/// As go-plugin makes it: P-521, signed with ECDSA and SHA-512, an authority, `O=HashiCorp`.
/// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp521r1 -sha512 -days 36500 -nodes
/// -subj /O=HashiCorp/CN=localhost -addext basicConstraints=critical,CA:TRUE`
pub(crate) const CERTIFICATE: &str = include_str!("client.pem");

/// The certificate's key, which protects nothing.
const KEY: [&str; 2] = [
    "005fd6141169a673a9f93e888a6f1a114b40542966eea0170c6aef57d9ec21c0a6",
    "937b09d48e46c83d366bf56ddf0942a147c7aecdf30d4c8bcb48fbef6494390df5",
];

/// Who a client says it is.
pub(crate) enum Identity {
    Nobody,
    /// The owner of [`CERTIFICATE`].
    Terraform,
    /// Somebody who has seen [`CERTIFICATE`], which is no secret, and not its key.
    Thief,
    /// Somebody with a certificate of their own, and its key.
    Stranger,
}

/// Where a provider listens.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

/// Where a provider is, and the certificate to expect there, if any.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: Address,
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

impl Server {
    /// A gRPC client for Terraform.
    pub(crate) async fn channel(&self) -> Channel {
        let server = self.clone();
        let connector = tower::service_fn(move |_| {
            let server = server.clone();
            async move {
                let stream: Box<dyn Io> = match server.certificate {
                    Some(_) => Box::new(server.tls(Identity::Terraform, &["h2"]).await?),
                    None => server.connect().await?,
                };
                io::Result::Ok(TokioIo::new(stream))
            }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        endpoint.connect_with_connector(connector).await.unwrap()
    }

    /// A secured connection, as far as this end knows. `protocols` is what it says it speaks.
    pub(crate) async fn tls(
        &self,
        identity: Identity,
        protocols: &[&str],
    ) -> io::Result<TlsStream<Box<dyn Io>>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone().unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity.certified_key() {
            Some(key) => config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key))),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, self.connect().await?).await
    }

    /// The bare connection.
    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Io>> {
        Ok(match &self.address {
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        })
    }

    /// Where its unix socket is.
    pub(crate) fn socket(&self) -> &PathBuf {
        match &self.address {
            Address::Unix(path) => path,
            Address::Tcp(address) => panic!("it listens on {address}"),
        }
    }
}

impl Identity {
    fn certified_key(&self) -> Option<CertifiedKey> {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let key = match self {
            Self::Nobody => return None,
            Self::Terraform => terraforms_key(),
            Self::Thief => SigningKey::from_slice(&[&[0], [7; 65].as_slice()].concat()).unwrap(),
            Self::Stranger => {
                let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
                let der = key.signing_key.serialize_der();
                let der = rustls::pki_types::PrivateKeyDer::Pkcs8(der.into());
                let signer = ring::sign::any_ecdsa_type(&der).unwrap();
                return Some(CertifiedKey::new(vec![key.cert.into()], signer));
            }
        };
        Some(CertifiedKey::new(vec![certificate], Arc::new(P521(key))))
    }
}

fn terraforms_key() -> SigningKey {
    let digits = KEY.concat();
    let bytes: Vec<u8> = (0..digits.len() / 2)
        .map(|index| u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap())
        .collect();
    SigningKey::from_slice(&bytes).unwrap()
}

/// What ring cannot do.
#[derive(Clone)]
struct P521(SigningKey);

impl std::fmt::Debug for P521 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P521")
    }
}

impl sign::SigningKey for P521 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn sign::Signer>> {
        let offered = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        offered.then(|| Box::new(self.clone()) as Box<dyn sign::Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl sign::Signer for P521 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

/// A stream of bytes, secured or not.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}
