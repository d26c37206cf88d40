//! Which requests go through a proxy, by the rules of Go's `golang.org/x/net/http/httpproxy`, which
//! `hashicorp/aws` follows.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use crate::aws::config::{AwsEnvironment, HttpSettings, SettingsError};

/// A proxy's URL. It may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ProxyUrl(String);

/// The proxies, and the hosts that are reached without.
#[derive(Debug, Default)]
pub(super) struct ProxyRules {
    pub(super) http: Option<ProxyUrl>,
    pub(super) https: Option<ProxyUrl>,
    excepted: Vec<Exception>,
}

/// The way of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    HttpProxy,
    HttpsProxy,
}

/// One member of `no_proxy`.
#[derive(Debug, PartialEq, Eq)]
enum Exception {
    Everything,
    Network {
        address: IpAddr,
        bits: u8,
    },
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    /// With a dot before it: `.example.com`. `itself` unless it was written so.
    Domain {
        suffix: String,
        itself: bool,
        port: Option<u16>,
    },
}

impl ProxyUrl {
    /// The URL with all that is in it: only to connect by.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `None` for an empty one. Without a scheme, `http` is meant.
    fn parse(url: &str, source: &'static str) -> Result<Option<Self>, SettingsError> {
        if url.is_empty() {
            return Ok(None);
        }
        let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let parsed: Uri = whole.parse().map_err(|_| SettingsError::Proxy(source))?;
        let known = matches!(parsed.scheme_str(), Some("http" | "https"));
        if !known || parsed.host().is_none_or(str::is_empty) {
            return Err(SettingsError::Proxy(source));
        }
        Ok(Some(Self(whole)))
    }
}

/// Written by hand: the derived one would print the password.
impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyUrl(..)")
    }
}

impl ProxyRules {
    /// The block, and for what it leaves out the environment. As in `hashicorp/aws`, the block's
    /// proxy for `http` is taken for `https` too where nothing else is said of that.
    pub(super) fn read(
        settings: &HttpSettings,
        environment: &AwsEnvironment,
    ) -> Result<Self, SettingsError> {
        let in_environment = |names: &[&'static str]| match environment.first_of(names) {
            Some((name, url)) => ProxyUrl::parse(url, name),
            None => Ok(None),
        };
        let http = match &settings.http_proxy {
            Some(url) => ProxyUrl::parse(url.expose(), "http_proxy")?,
            None => in_environment(&["HTTP_PROXY", "http_proxy"])?,
        };
        let https = match &settings.https_proxy {
            Some(url) => ProxyUrl::parse(url.expose(), "https_proxy")?,
            None => match in_environment(&["HTTPS_PROXY", "https_proxy"])? {
                None if settings.http_proxy.is_some() => http.clone(),
                found => found,
            },
        };
        let excepted = settings
            .no_proxy
            .as_deref()
            .or_else(|| Some(environment.first_of(&["NO_PROXY", "no_proxy"])?.1));
        let excepted = excepted.unwrap_or_default().split(',').filter_map(Exception::parse);
        Ok(Self { http, https, excepted: excepted.collect() })
    }

    pub(super) fn are_none(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// The way to `url`. This machine itself is never reached through a proxy.
    pub(super) fn route(&self, url: &str) -> Route {
        let Ok(url) = url.parse::<Uri>() else { return Route::Direct };
        let (route, proxy, port) = match url.scheme_str() {
            Some("https") => (Route::HttpsProxy, &self.https, 443),
            _ => (Route::HttpProxy, &self.http, 80),
        };
        let host = url.host().unwrap_or_default().to_ascii_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let address: Option<IpAddr> = host.parse().ok();
        let here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
        let port = url.port_u16().unwrap_or(port);
        let excepted = self.excepted.iter().any(|exception| exception.holds(host, address, port));
        if proxy.is_none() || here || excepted { Route::Direct } else { route }
    }
}

impl Exception {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return Some(Self::Everything);
        }
        if let Some((address, bits)) = text.split_once('/')
            && let (Ok(address), Ok(bits)) = (address.parse(), bits.parse())
        {
            return Some(Self::Network { address, bits });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (text.as_str(), None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse() {
            return Some(Self::Address { address, port });
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        Some(match host.starts_with('.') {
            true => Self::Domain { suffix: host.to_owned(), itself: false, port },
            false => Self::Domain { suffix: format!(".{host}"), itself: true, port },
        })
    }

    fn holds(&self, host: &str, address: Option<IpAddr>, at: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Network { address: network, bits } => {
                address.is_some_and(|address| is_in(address, *network, *bits))
            }
            Self::Address { address: excepted, port } => {
                address == Some(*excepted) && port.is_none_or(|port| port == at)
            }
            Self::Domain { suffix, itself, port } => {
                let named = host.ends_with(suffix) || (*itself && suffix[1..] == *host);
                named && port.is_none_or(|port| port == at)
            }
        }
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let rest = u32::from(width - bits.min(width));
    address.checked_shr(rest) == network.checked_shr(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret_string::SecretString;

    fn environment(variables: &[(&str, &str)]) -> AwsEnvironment {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        AwsEnvironment::new(variables.iter().map(owned))
    }

    fn rules(block: HttpSettings, variables: &[(&str, &str)]) -> ProxyRules {
        ProxyRules::read(&block, &environment(variables)).unwrap()
    }

    fn proxies(rules: &ProxyRules) -> (Option<&str>, Option<&str>) {
        (rules.http.as_ref().map(ProxyUrl::expose), rules.https.as_ref().map(ProxyUrl::expose))
    }

    fn given(url: &str) -> Option<SecretString> {
        Some(SecretString::new(url))
    }

    #[test]
    fn the_block_goes_before_the_environment_and_may_say_none() {
        let variables = [("HTTP_PROXY", "http://one:1"), ("https_proxy", "two:2")];
        let found = rules(HttpSettings::default(), &variables);
        assert_eq!(proxies(&found), (Some("http://one:1"), Some("http://two:2")));
        let block = HttpSettings { https_proxy: given("http://three:3"), ..Default::default() };
        let found = rules(block, &variables);
        assert_eq!(proxies(&found), (Some("http://one:1"), Some("http://three:3")));
        let block = HttpSettings { https_proxy: given(""), ..Default::default() };
        assert_eq!(proxies(&rules(block, &variables)), (Some("http://one:1"), None));
    }

    #[test]
    fn the_blocks_proxy_for_http_is_taken_for_https_where_nothing_else_is_said() {
        let block = || HttpSettings { http_proxy: given("http://one:1"), ..Default::default() };
        assert_eq!(proxies(&rules(block(), &[])), (Some("http://one:1"), Some("http://one:1")));
        let found = rules(block(), &[("HTTPS_PROXY", "http://two:2")]);
        assert_eq!(proxies(&found), (Some("http://one:1"), Some("http://two:2")));
        let only = rules(HttpSettings::default(), &[("HTTP_PROXY", "http://one:1")]);
        assert_eq!(proxies(&only), (Some("http://one:1"), None));
    }

    #[test]
    fn excepted_hosts_and_this_machine_are_reached_without() {
        let no_proxy =
            "aws.test, .sub.test:8443,10.0.0.0/8,192.0.2.1,*.wild.test,[2001:db8::1]:443";
        let block = HttpSettings {
            http_proxy: given("http://one:1"),
            no_proxy: Some(no_proxy.to_owned()),
            ..Default::default()
        };
        let rules = rules(block, &[("NO_PROXY", "*")]);
        for url in [
            "https://aws.test/",
            "https://sts.AWS.test./",
            "https://a.sub.test:8443/",
            "http://10.1.2.3/",
            "https://192.0.2.1/",
            "https://a.wild.test/",
            "https://[2001:db8::1]/",
            "http://localhost:4566/",
            "http://127.0.0.9/",
            "http://[::1]:80/",
        ] {
            assert_eq!(rules.route(url), Route::Direct, "{url}");
        }
        for url in [
            "https://laws.test/",
            "https://a.sub.test/",
            "https://sub.test:8443/",
            "https://11.1.2.3/",
            "https://wild.test/",
            "https://[2001:db8::1]:8443/",
        ] {
            assert_eq!(rules.route(url), Route::HttpsProxy, "{url}");
        }
        assert_eq!(rules.route("http://laws.test/"), Route::HttpProxy);
    }

    #[test]
    fn everything_may_be_excepted() {
        let found =
            rules(HttpSettings::default(), &[("HTTPS_PROXY", "http://one:1"), ("no_proxy", "x,*")]);
        assert_eq!(found.route("https://sts.amazonaws.com/"), Route::Direct);
    }

    #[test]
    fn an_unusable_proxy_is_named_without_what_is_in_it() {
        for url in ["socks5://me:hush@one", "http://", "http://me:hush @x"] {
            let block = HttpSettings { http_proxy: given(url), ..Default::default() };
            let refused = ProxyRules::read(&block, &AwsEnvironment::default()).unwrap_err();
            expect_test::expect!["the proxy of http_proxy is not usable: it must be a URL with http or https and a host"]
                .assert_eq(&refused.to_string());
        }
        let block = HttpSettings { http_proxy: given("http://me:hush@x"), ..Default::default() };
        assert!(!format!("{:?}", rules(block, &[])).contains("hush"));
    }
}
