//! What is said on standard output, once, before the first call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use serde_json::json;

use super::listener::Address;

/// To a person who starts the provider by hand, in go-plugin's words.
pub(super) const NOT_BY_HAND: &str = "\
This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
";

/// go-plugin's version of the handshake, and Terraform's of the plugin protocol.
const VERSIONS: (u8, u8) = (1, 5);

/// The line that Terraform waits for: versions, address, and the certificate to trust.
pub(super) fn handshake(address: &Address, certificate: Option<&CertificateDer<'_>>) -> String {
    let (core, protocol) = VERSIONS;
    let Address { network, location } = address;
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    format!("{core}|{protocol}|{network}|{location}|grpc|{certificate}\n")
}

/// How to attach Terraform to a provider that a developer started.
pub(super) fn reattach(source_address: &str, address: &Address, pid: u32) -> String {
    let provider = json!({
        "Protocol": "grpc",
        "ProtocolVersion": VERSIONS.1,
        "Pid": pid,
        // Without it Terraform ends the process after its first command.
        "Test": true,
        "Addr": { "Network": address.network, "String": address.location },
    });
    format!(
        "The provider is running. Attach Terraform to it with this variable; Ctrl-C ends it.\n\n\
         \tTF_REATTACH_PROVIDERS='{}'\n\n",
        json!({ source_address: provider })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address { network: "tcp", location: "127.0.0.1:10000".to_owned() }
    }

    #[test]
    fn the_handshake_is_six_fields_and_the_certificate_has_no_padding() {
        let certificate = CertificateDer::from(vec![1, 2, 3, 4]);
        assert_eq!(
            handshake(&address(), Some(&certificate)),
            "1|5|tcp|127.0.0.1:10000|grpc|AQIDBA\n"
        );
        assert_eq!(handshake(&address(), None), "1|5|tcp|127.0.0.1:10000|grpc|\n");
    }

    #[test]
    fn a_developer_is_told_the_whole_variable() {
        let said = reattach("registry.terraform.io/acme/tiny", &address(), 42);
        let (_, json) = said.split_once("TF_REATTACH_PROVIDERS='").unwrap();
        let json: serde_json::Value =
            serde_json::from_str(json.trim_end().trim_end_matches('\'')).unwrap();
        assert_eq!(
            json,
            json!({ "registry.terraform.io/acme/tiny": {
                "Protocol": "grpc", "ProtocolVersion": 5, "Pid": 42, "Test": true,
                "Addr": { "Network": "tcp", "String": "127.0.0.1:10000" },
            } })
        );
    }
}
