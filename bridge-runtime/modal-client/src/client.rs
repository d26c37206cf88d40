//! A Modal workspace, as a caller of deployed functions sees it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use modal_proto::{AuthTokenGetRequest, AuthTokenGetResponse};
use prost::Message;
use tokio::time::Instant;

use crate::auth_token::AuthTokens;
use crate::blob::Blobs;
use crate::credentials::Current;
use crate::http::Http;
use crate::retry::Retries;
use crate::rpc::{Call, KeepAlive, Plane};
use crate::{Credentials, ModalError};

/// Tells the time of day.
pub type Clock = fn() -> SystemTime;

/// How a client presents itself, and to whom.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://…`, or `http://` on loopback.
    pub server_url: String,
    /// The number of Modal's `ClientType`: 7 is its language-neutral "libmodal".
    pub client_type: String,
    /// The version of Modal's client that this one behaves like.
    pub client_version: String,
    /// Our own name and version.
    pub libmodal_version: String,
    /// Larger results are refused before they are read.
    pub max_result_bytes: usize,
    /// Nor is what would take more memory than this once it is read.
    pub max_result_memory: usize,
    pub clock: Clock,
    pub(crate) retries: Retries,
    pub(crate) keep_alive: KeepAlive,
}

impl Config {
    /// The usual presentation: `name` is sent as `name/version`.
    pub fn new(server_url: impl Into<String>, name: &str, version: &str, clock: Clock) -> Self {
        Self {
            server_url: server_url.into(),
            client_type: "7".into(),
            client_version: "1.0.0".into(),
            libmodal_version: format!("{name}/{version}"),
            max_result_bytes: 16 * 1024 * 1024,
            max_result_memory: 256 * 1024 * 1024,
            clock,
            retries: Retries::default(),
            keep_alive: KeepAlive::default(),
        }
    }

    /// Waits this long before the first retry, then doubles up to the longest wait.
    #[must_use]
    pub fn with_retry_delays(mut self, first: Duration, longest: Duration) -> Self {
        self.retries.first_delay = first;
        self.retries.longest_delay = longest;
        self
    }

    /// Asks a server that was silent for `interval` whether it is there, and takes the connection for
    /// dead after another `timeout`.
    #[must_use]
    pub fn with_keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.keep_alive = KeepAlive { interval, timeout };
        self
    }
}

/// Connects when first used, and keeps its connections.
#[derive(Debug)]
pub struct Client {
    pub(crate) config: Arc<Config>,
    credentials: Current,
    pub(crate) control_plane: Arc<Plane>,
    /// The last one used, with its URL: functions of one app share it.
    input_plane: Mutex<Option<(String, Arc<Plane>)>>,
    auth_tokens: AuthTokens,
    pub(crate) blobs: Blobs,
}

impl Client {
    /// Fails when the address cannot be called; does not connect.
    pub fn new(config: Config, credentials: Credentials) -> Result<Self, ModalError> {
        let config = Arc::new(config);
        let credentials = Current::new(credentials);
        let http = Http::new()
            .map_err(|reason| ModalError::ServerUrl { url: config.server_url.clone(), reason })?;
        let control_plane =
            Arc::new(Plane::new(&config.server_url, config.clone(), credentials.clone())?);
        Ok(Self {
            blobs: Blobs::new(http, control_plane.clone(), config.clone()),
            control_plane,
            input_plane: Mutex::default(),
            auth_tokens: AuthTokens::default(),
            credentials,
            config,
        })
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.config.clock)()
    }

    /// The server that a function's handle names.
    pub(crate) fn input_plane(&self, url: &str) -> Result<Arc<Plane>, ModalError> {
        let mut slot = self.input_plane.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, plane)) = slot.as_ref()
            && known == url
        {
            return Ok(plane.clone());
        }
        let plane = Arc::new(Plane::new(url, self.config.clone(), self.credentials.clone())?);
        *slot = Some((url.to_owned(), plane.clone()));
        Ok(plane)
    }

    /// Goes on with another token: with what is waited for, too.
    pub async fn replace_credentials(&self, credentials: Credentials) {
        self.credentials.replace(credentials);
        self.auth_tokens.clear().await;
    }

    /// Calls an input plane. A token that it refuses, as one that was revoked or that its clock says
    /// has expired, is fetched anew once: what was refused did nothing.
    pub(crate) async fn on_input_plane<A: Message + Default>(
        &self,
        plane: &Plane,
        region: &str,
        call: Call<'_>,
        message: &impl Message,
    ) -> Result<A, ModalError> {
        let send = async |token: &str| {
            let headers = [("x-modal-auth-token", token), ("x-modal-input-plane-region", region)];
            plane.call(Call { headers: &headers, ..call }, message).await
        };
        let token = self.auth_token(call.deadline).await?;
        match send(&token).await {
            Err(ModalError::Unauthenticated { .. }) => {
                self.auth_tokens.forget(&token).await;
                let token = self.auth_token(call.deadline).await?;
                send(&token).await
            }
            other => other,
        }
    }

    /// The input plane's token. 5 s a try and 15 s in all, as in Modal's own clients.
    async fn auth_token(&self, deadline: Instant) -> Result<String, ModalError> {
        let fetch = async {
            let deadline = deadline.min(Instant::now() + Duration::from_secs(15));
            let call = Call {
                try_for: Some(Duration::from_secs(5)),
                ..Call::new("AuthTokenGet", deadline)
            };
            let answer = self.control_plane.call(call, &AuthTokenGetRequest {}).await;
            answer.map(|answer: AuthTokenGetResponse| answer.token)
        };
        self.auth_tokens.get(self.now(), fetch).await
    }
}
