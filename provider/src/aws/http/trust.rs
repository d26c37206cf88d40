//! Whose certificates are trusted.

use std::fs;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::aws::config::{AwsEnvironment, HttpSettings, SettingsError, Sourced};

/// The certificates of a file, or else the machine's own.
pub(super) fn trusted(
    settings: &HttpSettings,
    environment: &AwsEnvironment,
) -> Result<TlsContext, SettingsError> {
    let file = match (&settings.custom_ca_bundle, environment.get("AWS_CA_BUNDLE")) {
        (Some(file), _) => Sourced::block("custom_ca_bundle", file.as_str()),
        (None, Some(file)) => Sourced::variable("AWS_CA_BUNDLE", file),
        (None, None) => return Ok(TlsContext::default()),
    };
    let unusable = |reason: String| SettingsError::CaBundle { file: file.owned(), reason };
    let pem = fs::read(environment.expand(file.value));
    let pem = pem.map_err(|error| unusable(error.to_string()))?;
    check(&pem).map_err(unusable)?;
    let store = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map_err(|error| unusable(error.to_string()))
}

/// The SDK takes for granted that every certificate can be used.
fn check(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() { Err("there is none in PEM form".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_said_with_file_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let said = |content: Option<&str>| {
            if let Some(content) = content {
                fs::write(&file, content).unwrap();
            }
            let path = file.to_str().unwrap();
            let settings =
                HttpSettings { custom_ca_bundle: Some(path.to_owned()), ..Default::default() };
            let error = trusted(&settings, &AwsEnvironment::default()).unwrap_err();
            error.to_string().replace(path, "FILE")
        };
        expect_test::expect!["the certificates in FILE (custom_ca_bundle in the provider block) are not usable: No such file or directory (os error 2)"]
            .assert_eq(&said(None));
        expect_test::expect!["the certificates in FILE (custom_ca_bundle in the provider block) are not usable: there is none in PEM form"]
            .assert_eq(&said(Some("hello")));
        let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        expect_test::expect!["the certificates in FILE (custom_ca_bundle in the provider block) are not usable: invalid peer certificate: BadEncoding"]
            .assert_eq(&said(Some(bad)));
    }

    #[test]
    fn certificates_of_the_environment_are_used_too() {
        let variables = [("AWS_CA_BUNDLE".to_owned(), "/nowhere".to_owned())];
        let refused = trusted(&HttpSettings::default(), &AwsEnvironment::new(variables));
        assert!(refused.unwrap_err().to_string().contains("/nowhere (AWS_CA_BUNDLE)"));
    }
}
