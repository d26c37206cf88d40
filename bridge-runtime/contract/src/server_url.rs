//! Which addresses of a Modal server are acceptable.

use std::net::IpAddr;

/// Modal's own server: what is called when nothing else is configured.
pub const MODAL_SERVER_URL: &str = "https://api.modal.com";

/// Why an address cannot be used. The token is sent there, so cleartext stays on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    #[error("expected https://, a host and an optional port, such as {MODAL_SERVER_URL}")]
    NotAnOrigin,
    #[error("http:// would send the Modal token in cleartext; it is accepted for loopback only")]
    Cleartext,
}

/// Accepts `https://host[:port]`, and `http://` where the host is this machine.
pub fn check_server_url(url: &str) -> Result<(), ServerUrlError> {
    let (scheme, rest) = url.split_once("://").ok_or(ServerUrlError::NotAnOrigin)?;
    let host = host(rest.strip_suffix('/').unwrap_or(rest)).ok_or(ServerUrlError::NotAnOrigin)?;
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback(host) => Ok(()),
        "http" => Err(ServerUrlError::Cleartext),
        _ => Err(ServerUrlError::NotAnOrigin),
    }
}

/// The host of `host[:port]` or `[v6][:port]`; `None` when there is anything else in it.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            match rest {
                "" => (host, None),
                rest => (host, Some(rest.strip_prefix(':')?)),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    match port {
        None => Some(host),
        // `parse` alone would take a sign.
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            port.parse::<u16>().ok().filter(|port| *port != 0).map(|_| host)
        }
        Some(_) => None,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_accepted_anywhere_and_http_on_this_machine_only() {
        for url in [
            "https://api.modal.com",
            "https://api.modal.com/",
            "https://api.modal.com:443",
            "https://[2001:db8::1]:8443",
            "http://127.0.0.1:9000",
            "http://127.8.9.1:9000",
            "http://localhost:9000",
            "http://[::1]:9000",
        ] {
            assert_eq!(check_server_url(url), Ok(()), "{url}");
        }
        for url in [
            "http://api.modal.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://[2001:db8::1]",
        ] {
            assert_eq!(check_server_url(url), Err(ServerUrlError::Cleartext), "{url}");
        }
    }

    #[test]
    fn an_address_is_an_origin_and_nothing_more() {
        for url in [
            "",
            "api.modal.com",
            "https://",
            "https:///",
            "https://:443",
            "https://api.modal.com/v1",
            "https://api.modal.com?x=1",
            "https://api.modal.com#x",
            "https://user@api.modal.com",
            "http://127.0.0.1@example.com",
            "http://127.0.0.1:80@example.com",
            "https://api.modal.com:",
            "https://api.modal.com:+1",
            "https://api.modal.com:0",
            "https://api.modal.com:65536",
            "https://[::1",
            "https://[::1]x",
            "https://[fe80]:1",
            "https://a b",
            "unix:///run/modal",
        ] {
            let refused = check_server_url(url);
            assert_eq!(refused, Err(ServerUrlError::NotAnOrigin), "{url}");
        }
    }
}
