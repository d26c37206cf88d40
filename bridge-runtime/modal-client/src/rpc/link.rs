//! The connection to one server, and when it is taken for dead.
//!
//! A peer that has gone without a word is noticed in three ways. The kernel gives up on bytes that
//! nobody acknowledges, which is how a network without the peer shows. A ping that is not answered
//! tells of a peer that takes bytes and is silent. A connection that was unused for longer than
//! servers keep one, as in a process that was frozen, is not tried at all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ::http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use crate::Config;

const WINDOW: u32 = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long bytes may stay without an acknowledgement by the peer's kernel.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// A connection unused for so long may have died unnoticed, as when the process was frozen. It is
/// replaced untried: a call that meets silence may or may not have been heard, and must be repeated
/// to find out, while a new connection costs two round trips.
const SUSPECT_AFTER: Duration = Duration::from_secs(30);

/// When a silent peer is asked whether it is there, and how long it has to answer. Modal's own
/// clients have the same numbers; a server may take more frequent pings for an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeepAlive {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self { interval: Duration::from_secs(30), timeout: Duration::from_secs(10) }
    }
}

/// A connection, made when first used.
pub(super) struct Link {
    endpoint: Endpoint,
    state: Mutex<State>,
}

struct State {
    channel: Channel,
    /// When the server last answered on it.
    alive_at: Option<SystemTime>,
}

impl Link {
    /// Does not connect yet. Beside the link, the host's name.
    pub(super) fn new(url: &str, config: &Config) -> Result<(Self, String), &'static str> {
        let (endpoint, host) = endpoint(url, config)?;
        let state = Mutex::new(State { channel: connect(&endpoint), alive_at: None });
        Ok((Self { endpoint, state }, host))
    }

    /// What to send the next try on.
    pub(super) fn channel(&self, now: SystemTime) -> Channel {
        let mut state = self.state();
        let idle = state.alive_at.and_then(|alive_at| now.duration_since(alive_at).ok());
        if idle.is_some_and(|idle| idle > SUSPECT_AFTER) {
            *state = State { channel: connect(&self.endpoint), alive_at: None };
        }
        state.channel.clone()
    }

    pub(super) fn answered(&self, now: SystemTime) {
        self.state().alive_at = Some(now);
    }

    /// Another try on the same connection would meet the same silence.
    pub(super) fn silent(&self) {
        *self.state() = State { channel: connect(&self.endpoint), alive_at: None };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connector of our own, as tonic's cannot be told how long bytes may stay unacknowledged, and
/// ends the time for a connection before TLS begins.
fn connect(endpoint: &Endpoint) -> Channel {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    endpoint.connect_with_connector_lazy(tcp)
}

/// The endpoint of a URL, and its host. Cleartext is for this machine only: the token goes there.
fn endpoint(url: &str, config: &Config) -> Result<(Endpoint, String), &'static str> {
    let uri: Uri = url.parse().map_err(|_| "not a URL")?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or("it has no host")?.to_owned();
    let scheme = uri.scheme_str().unwrap_or_default().to_owned();

    let endpoint = Endpoint::from(uri)
        .user_agent(config.libmodal_version.as_str())
        .map_err(|_| "the version cannot be sent in a header")?
        .connect_timeout(CONNECT_TIMEOUT)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .http2_keep_alive_interval(config.keep_alive.interval)
        .keep_alive_timeout(config.keep_alive.timeout)
        .keep_alive_while_idle(true);
    match scheme.as_str() {
        "https" => {
            let tls = ClientTlsConfig::new().with_webpki_roots();
            Ok((endpoint.tls_config(tls).map_err(|_| "TLS cannot be set up")?, host))
        }
        "http" if crate::http::is_loopback(&host) => Ok((endpoint, host)),
        "http" => {
            Err("http:// would send the token in cleartext; it is accepted for loopback only")
        }
        _ => Err("expected https://"),
    }
}
