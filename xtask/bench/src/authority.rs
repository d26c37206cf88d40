//! A certificate authority for the servers of a run. Peers are told of it by a file. The bridge trusts
//! the roots that are compiled into it and no file, so that it is measured as it is shipped but for the
//! public key of one root, which is replaced in the executable by this authority's.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::Error;

/// The root whose place is taken: its key is of P-256.
const COUNTRY: &str = "US";
const ORGANISATION: &str = "Amazon";
const NAME: &str = "Amazon Root CA 3";

/// Signs certificates for `localhost`.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The key as a root has it: a public key's information without the head of its sequence.
    key: Vec<u8>,
    /// Its certificate, in PEM.
    pub(crate) certificate: String,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, Error> {
        let failed = || Error::because::<rcgen::Error>("make a certificate authority");
        let mut name = DistinguishedName::new();
        for (kind, text) in [
            (DnType::CountryName, COUNTRY),
            (DnType::OrganizationName, ORGANISATION),
            (DnType::CommonName, NAME),
        ] {
            let text = text.try_into().map_err(Error::because("write the authority's name"))?;
            name.push(kind, DnValue::PrintableString(text));
        }
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(failed())?;
        params.distinguished_name = name;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed())?;
        let certificate = params.self_signed(&key).map_err(failed())?.pem();
        let information = rcgen::PublicKeyData::subject_public_key_info(&key);
        Ok(Self { issuer: Issuer::new(params, key), key: information[2..].to_vec(), certificate })
    }

    /// For a server on `localhost`, of HTTP/2 and HTTP/1.1.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, Error> {
        let failed = || Error::because::<rcgen::Error>("make a certificate");
        let key = KeyPair::generate().map_err(failed())?;
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).map_err(failed())?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed())?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let failed = || Error::because::<rustls::Error>("set up TLS");
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed())?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(failed())?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// The same executable, of the same length, which trusts this authority instead of the root.
    pub(crate) fn trusted_by(&self, executable: &[u8]) -> Result<Vec<u8>, Error> {
        let root = webpki_roots::TLS_SERVER_ROOTS
            .iter()
            .find(|root| contains(&root.subject, NAME.as_bytes()))
            .ok_or_else(|| Error::Unusable(format!("{NAME} is no root of the web any more")))?;
        replaced(executable, &root.subject_public_key_info, &self.key).ok_or_else(|| {
            Error::Unusable(format!("the executable does not hold the key of {NAME}"))
        })
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// `None` where there is nothing to replace, or nothing of its length.
fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    if old.len() != new.len() || old.is_empty() || !contains(text, old) {
        return None;
    }
    let mut text = text.to_vec();
    let mut at = 0;
    while at + old.len() <= text.len() {
        if text[at..].starts_with(old) {
            text[at..at + old.len()].copy_from_slice(new);
        }
        at += 1;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_replaced_wherever_it_stands_by_one_of_its_length() {
        assert_eq!(replaced(b"a key, a key", b"key", b"lid"), Some(b"a lid, a lid".to_vec()));
        assert_eq!(replaced(b"a key", b"key", b"lids"), None);
        assert_eq!(replaced(b"a door", b"key", b"lid"), None);
    }

    #[test]
    fn the_authority_has_a_key_of_the_root_s_kind() {
        let authority = Authority::new().unwrap();
        let root = webpki_roots::TLS_SERVER_ROOTS
            .iter()
            .find(|root| contains(&root.subject, NAME.as_bytes()))
            .unwrap();
        let key: &[u8] = &root.subject_public_key_info;
        let executable = [b"before", key, b"after"].concat();
        let patched = authority.trusted_by(&executable).unwrap();
        assert_eq!(patched.len(), executable.len());
        // All but the point on the curve is the kind of key.
        let point = key.len() - 64;
        assert_eq!(patched[..6 + point], executable[..6 + point]);
        assert_ne!(patched, executable);
    }
}
