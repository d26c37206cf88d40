//! One logical call to one server: headers, tries, deadline. `link` has the connection, `raw` what
//! goes over it.

mod link;
mod raw;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::uri::PathAndQuery;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use prost::Message;
use tokio::time::{Instant, timeout_at};
use tonic::client::Grpc;
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::{Request, Response, Status};
use uuid::Uuid;

pub(crate) use link::KeepAlive;

use self::link::Link;
use self::raw::Raw;
use crate::credentials::Current;
use crate::error::retry_policy;
use crate::headers::{self, CallHeaders, Tries};
use crate::retry::{throttle_delay, wait};
use crate::{Config, ModalError};

/// What a message has besides the result or the arguments in it.
const AROUND: usize = 1024 * 1024;

/// How long a question may take that can be asked again without harm.
const QUESTION_FOR: Duration = Duration::from_secs(10);

/// One of Modal's servers: the control plane, or an input plane.
pub(crate) struct Plane {
    host: String,
    link: Link,
    config: Arc<Config>,
    credentials: Current,
}

/// What one logical call is, beside its message.
#[derive(Clone, Copy)]
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
    /// A call that changes something: whether it was heard shows by its answer only, however long
    /// that takes.
    pub(crate) fn new(rpc: &'static str, deadline: Instant) -> Self {
        Self { rpc, deadline, try_for: None, headers: &[], idempotency_key: None }
    }

    /// A call that changes nothing.
    pub(crate) fn question(rpc: &'static str, deadline: Instant) -> Self {
        Self { try_for: Some(QUESTION_FOR), ..Self::new(rpc, deadline) }
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
        credentials: Current,
    ) -> Result<Self, ModalError> {
        let (link, host) = Link::new(url, &config)
            .map_err(|reason| ModalError::ServerUrl { url: url.to_owned(), reason })?;
        Ok(Self { host, link, config, credentials })
    }

    pub(crate) async fn call<A: Message + Default>(
        &self,
        call: Call<'_>,
        message: &impl Message,
    ) -> Result<A, ModalError> {
        match self.try_call(call, message).await? {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.error(call.rpc, &status)),
        }
    }

    /// What a final status of this server means.
    pub(crate) fn error(&self, rpc: &'static str, status: &Status) -> ModalError {
        ModalError::from_status(rpc, &self.host, status)
    }

    /// Like [`call`](Self::call), for a caller that reads the final status itself.
    pub(crate) async fn try_call<A: Message + Default>(
        &self,
        call: Call<'_>,
        message: &impl Message,
    ) -> Result<Result<A, Status>, ModalError> {
        let answer = match self.exchange(call, message.encode_to_vec().into()).await? {
            Ok(answer) => answer,
            Err(status) => return Ok(Err(status)),
        };
        let missing = "a message that can be read";
        A::decode(answer).map(Ok).map_err(|_| ModalError::Incomplete { rpc: call.rpc, missing })
    }

    /// Sends a message, again where that may help, until there is an answer or a final status.
    async fn exchange(
        &self,
        call: Call<'_>,
        message: Bytes,
    ) -> Result<Result<Bytes, Status>, ModalError> {
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
            let request = self.request(call, message.clone(), &said, tries);

            let status = match timeout_at(give_up, self.send(call.rpc, request)).await {
                Ok(Ok(answer)) => {
                    self.link.answered((self.config.clock)());
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
                    self.link.silent();
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

    async fn send(
        &self,
        rpc: &'static str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Status> {
        let path = PathAndQuery::try_from(format!("/modal.client.ModalClient/{rpc}"))
            .map_err(|_| Status::unimplemented(rpc))?;
        let mut grpc = Grpc::new(self.link.channel((self.config.clock)()))
            // tonic's own limit, of 4 MiB, would refuse results.
            .max_decoding_message_size(self.config.max_result_bytes + AROUND);
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.unary(request, path, Raw).await
    }

    fn request(
        &self,
        call: Call<'_>,
        message: Bytes,
        said: &CallHeaders,
        tries: Tries,
    ) -> Request<Bytes> {
        let mut request = Request::new(message);
        // No timeout of gRPC's: tonic would enforce it beside ours, and race it. Giving up resets the
        // stream, which tells the server as much.
        let metadata = request.metadata_mut();
        let credentials = self.credentials.get();
        headers::write(metadata, &self.config, &credentials, &self.host, said, tries);
        for (name, value) in call.headers {
            if let Ok(mut value) = AsciiMetadataValue::try_from(*value) {
                value.set_sensitive(true);
                metadata.insert(*name, value);
            }
        }
        request
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
