//! One logical call to one server: headers, tries, deadline.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use ::http::Uri;
use modal_proto::modal_client_client::ModalClientClient;
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, timeout_at};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::error::retry_policy;
use crate::headers::{self, CallHeaders, Tries};
use crate::retry::{throttle_delay, wait};
use crate::{Config, Credentials, ModalError};

/// A client of one server, ready for one try.
pub(crate) type Grpc = ModalClientClient<Channel>;

/// Modal's other clients allow as much; tonic's 4 MiB would refuse results.
const MAX_MESSAGE: usize = 100 * 1024 * 1024;
const WINDOW: u32 = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection unused for so long may have died unnoticed, as when the process was frozen. It is
/// replaced untried: a call that meets silence may or may not have been heard, and must be repeated
/// to find out, while a new connection costs two round trips.
const SUSPECT_AFTER: Duration = Duration::from_secs(30);

/// One of Modal's servers: the control plane, or an input plane.
pub(crate) struct Plane {
    host: String,
    endpoint: Endpoint,
    link: Mutex<Link>,
    config: Arc<Config>,
    credentials: Credentials,
}

/// The connection, made when first used.
struct Link {
    channel: Channel,
    /// When the server last answered on it.
    alive_at: Option<SystemTime>,
}

/// What one logical call is, beside its message.
pub(crate) struct Call<'a> {
    pub(crate) rpc: &'static str,
    pub(crate) deadline: Instant,
    /// How long a single try may take, where that is less than the deadline leaves.
    pub(crate) try_for: Option<Duration>,
    /// Headers of this call alone.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    /// By which Modal knows a call that it has had before; `None` for one that never comes again.
    pub(crate) idempotency_key: Option<&'a str>,
}

impl Call<'_> {
    pub(crate) fn new(rpc: &'static str, deadline: Instant) -> Self {
        Self { rpc, deadline, try_for: None, headers: &[], idempotency_key: None }
    }
}

impl fmt::Debug for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plane").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Plane {
    /// Does not connect yet.
    pub(crate) fn new(
        url: &str,
        config: Arc<Config>,
        credentials: Credentials,
    ) -> Result<Self, ModalError> {
        let (endpoint, host) = endpoint(url, &config)
            .map_err(|reason| ModalError::ServerUrl { url: url.to_owned(), reason })?;
        let link = Mutex::new(Link { channel: endpoint.connect_lazy(), alive_at: None });
        Ok(Self { host, endpoint, link, config, credentials })
    }

    pub(crate) async fn call<Q, A, F>(
        &self,
        call: Call<'_>,
        message: Q,
        send: impl Fn(Grpc, Request<Q>) -> F,
    ) -> Result<A, ModalError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        match self.try_call(&call, message, send).await? {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.error(call.rpc, &status)),
        }
    }

    /// What a final status of this server means.
    pub(crate) fn error(&self, rpc: &'static str, status: &Status) -> ModalError {
        ModalError::from_status(rpc, &self.host, status)
    }

    /// Like [`call`](Self::call), for a caller that reads the final status itself.
    pub(crate) async fn try_call<Q, A, F>(
        &self,
        call: &Call<'_>,
        message: Q,
        send: impl Fn(Grpc, Request<Q>) -> F,
    ) -> Result<Result<A, Status>, ModalError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let started = Instant::now();
        let said = CallHeaders {
            idempotency_key: call
                .idempotency_key
                .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
            started: (self.config.clock)(),
        };
        let mut tries = Tries::default();
        loop {
            let now = Instant::now();
            if now >= call.deadline {
                return Err(ModalError::DeadlineExceeded { rpc: call.rpc });
            }
            tries.elapsed = now - started;
            let left = call.deadline - now;
            let give_up = now + call.try_for.map_or(left, |try_for| try_for.min(left));
            if self.is_suspect() {
                self.reconnect();
            }
            let request = self.request(call, message.clone(), &said, tries);

            let status = match timeout_at(give_up, send(self.grpc(), request)).await {
                Ok(Ok(answer)) => {
                    self.answered();
                    log_warnings(call.rpc, answer.metadata());
                    return Ok(Ok(answer.into_inner()));
                }
                Ok(Err(status)) => {
                    log_warnings(call.rpc, status.metadata());
                    status
                }
                Err(_) if give_up >= call.deadline => {
                    return Err(ModalError::DeadlineExceeded { rpc: call.rpc });
                }
                Err(_) => {
                    // Another try on the same connection would meet the same silence.
                    self.reconnect();
                    Status::deadline_exceeded("no answer in time")
                }
            };

            let delay = if let Some(policy) = retry_policy(&status) {
                tries.throttled += 1;
                throttle_delay(policy.retry_after_secs)
            } else {
                let Some(delay) = self.config.retries.next_delay(tries.retries, status.code())
                else {
                    return Ok(Err(status));
                };
                tries.retries += 1;
                delay
            };
            if delay >= call.deadline.saturating_duration_since(Instant::now()) {
                return Ok(Err(status));
            }
            wait(delay).await;
        }
    }

    fn request<Q>(
        &self,
        call: &Call<'_>,
        message: Q,
        said: &CallHeaders,
        tries: Tries,
    ) -> Request<Q> {
        let mut request = Request::new(message);
        // No timeout of gRPC's: tonic would enforce it beside ours, and race it. Giving up resets the
        // stream, which tells the server as much.
        let metadata = request.metadata_mut();
        headers::write(metadata, &self.config, &self.credentials, &self.host, said, tries);
        for (name, value) in call.headers {
            if let Ok(mut value) = AsciiMetadataValue::try_from(*value) {
                value.set_sensitive(true);
                metadata.insert(*name, value);
            }
        }
        request
    }

    fn is_suspect(&self) -> bool {
        let idle = |alive_at| (self.config.clock)().duration_since(alive_at).unwrap_or_default();
        self.link().alive_at.is_some_and(|alive_at| idle(alive_at) > SUSPECT_AFTER)
    }

    fn grpc(&self) -> Grpc {
        Grpc::new(self.link().channel.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    fn answered(&self) {
        self.link().alive_at = Some((self.config.clock)());
    }

    fn reconnect(&self) {
        *self.link() = Link { channel: self.endpoint.connect_lazy(), alive_at: None };
    }

    fn link(&self) -> std::sync::MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        .tcp_nodelay(true)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10))
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

/// Modal's warnings stand in trailers, percent-encoded, with answers and with failures.
fn log_warnings(rpc: &str, metadata: &MetadataMap) {
    for value in metadata.get_all("x-modal-warning") {
        let Ok(value) = value.to_str() else { continue };
        for warning in value.split(',') {
            let text = percent_decode_str(warning.trim()).decode_utf8_lossy();
            tracing::warn!("{rpc}: Modal warns: {text}");
        }
    }
}
