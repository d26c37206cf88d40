//! What can go wrong with a call to Modal, sorted by what the caller will do.

use std::fmt;
use std::time::Duration;

use modal_proto::{FunctionLookupError, RpcRetryPolicy, RpcStatus, function_lookup_error};
use prost::Message;
use serde_json::Value;
use tonic::{Code, Status};

use crate::retry::{is_transient, throttle_delay};

/// A call to Modal that has no result. No message holds an event, a result or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModalError {
    /// The address cannot be called, or not safely.
    #[error("cannot call Modal at {url:?}: {reason}")]
    ServerUrl { url: String, reason: &'static str },

    /// No answer came, because no connection came about or it broke.
    #[error(
        "cannot reach Modal at {host}: {reason}; a Lambda in a VPC needs a NAT gateway or another \
         way to the internet"
    )]
    Connect { host: String, reason: String },

    #[error("Modal refused the token: {message}")]
    Unauthenticated { message: String },

    #[error("Modal's {rpc} is not permitted with this token: {message}")]
    PermissionDenied { rpc: &'static str, message: String },

    #[error("Modal has no environment {environment:?}")]
    EnvironmentNotFound { environment: String },

    #[error("Modal has no app {app:?} deployed in environment {environment:?}")]
    AppNotFound { app: String, environment: String },

    #[error("Modal has no function {function:?} in app {app:?}, environment {environment:?}")]
    FunctionNotFound { function: String, app: String, environment: String },

    #[error(
        "{class:?} in app {app:?} is a class, not a function; name one of its methods, as \
         \"{class}.method\""
    )]
    ClassNotFunction { class: String, app: String },

    /// An id that Modal gave out is gone: the app was deployed again, or stopped.
    #[error("Modal's {rpc} found nothing: {message}")]
    Gone { rpc: &'static str, message: String },

    #[error("{function:?} is a web function: call it by HTTP at {url}")]
    WebFunction { function: String, url: String },

    #[error("{function:?} is a generator, which the bridge cannot call")]
    Generator { function: String },

    #[error(
        "{class:?} is a class with parameters ({}), which an event cannot give: call a method of a \
         class without parameters, or a function that makes the object", .parameters.join(", ")
    )]
    ClassParameters { class: String, parameters: Vec<String> },

    #[error(
        "{function:?} was deployed by a Modal client that cannot answer in CBOR; redeploy it with \
         modal >= 1.2 to call it by remote"
    )]
    CborNotAdvertised { function: String },

    #[error(
        "the image of {function:?} has no cbor2, which remote needs: raise the image builder \
         version to 2025.06, or add cbor2 to the image"
    )]
    CborMissing { function: String },

    #[error("Modal is throttling: {rpc} answered: {message}")]
    Throttled {
        rpc: &'static str,
        message: String,
        /// How long Modal asks to wait, where it asks.
        retry_after: Option<Duration>,
    },

    /// The function's own exception, in Python's words.
    #[error("the Modal function raised {exception}")]
    Raised { exception: String, traceback: String },

    /// The function's own timeout, not the caller's.
    #[error("the Modal function ran into its own timeout{}", because(.exception))]
    TimedOut { exception: String },

    #[error("the function call was cancelled{}", because(.exception))]
    Cancelled { exception: String },

    #[error("the Modal function could not be initialized{}", because(.exception))]
    InitFailed { exception: String },

    /// Modal's fault, after retries; or a container that was evicted or killed.
    #[error("Modal could not run the function (status {status}){}", because(.exception))]
    Internal { status: i32, exception: String },

    /// The function ran, and its result has no JSON form.
    #[error("the function's result {reason}")]
    Result { reason: String, plain: Option<PlainPart> },

    #[error("the function's result is larger than {limit} bytes")]
    ResultTooLarge { limit: usize },

    /// An argument that has no form in Python.
    #[error("an argument {reason}")]
    Argument { reason: String },

    #[error("Modal's blob store: {what} failed: {reason}")]
    Blob { what: &'static str, reason: String },

    #[error("Modal's {rpc} answered {code:?}: {message}")]
    Rpc { rpc: &'static str, code: Code, message: String },

    #[error("Modal's {rpc} answered without {missing}")]
    Incomplete { rpc: &'static str, missing: &'static str },

    #[error("out of time in {rpc}")]
    DeadlineExceeded { rpc: &'static str },
}

/// What of a result is plain data, with null in place of the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainPart(pub Box<Value>);

/// Written by hand: the derived one would print the result.
impl fmt::Debug for PlainPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainPart")
    }
}

impl ModalError {
    /// Whether the function has returned, and it is its result that cannot be read.
    pub fn is_of_the_result(&self) -> bool {
        matches!(self, Self::Result { .. } | Self::ResultTooLarge { .. })
    }

    /// Whether what was asked may succeed when it is asked again.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Throttled { .. }
            | Self::Blob { .. }
            | Self::DeadlineExceeded { .. } => true,
            Self::Rpc { code, .. } => is_transient(*code),
            _ => false,
        }
    }

    /// What a final status means.
    pub(crate) fn from_status(rpc: &'static str, host: &str, status: &Status) -> Self {
        if let Some(reason) = transport_failure(status) {
            return Self::Connect { host: host.to_owned(), reason };
        }
        let message = status.message().to_owned();
        let policy = retry_policy(status);
        let retry_after = policy.as_ref().map(|policy| throttle_delay(policy.retry_after_secs));
        match status.code() {
            Code::Unauthenticated => Self::Unauthenticated { message },
            Code::PermissionDenied => Self::PermissionDenied { rpc, message },
            Code::NotFound => Self::Gone { rpc, message },
            Code::ResourceExhausted => Self::Throttled { rpc, message, retry_after },
            // Throttling may come with another code; the detail tells.
            _ if policy.is_some() => Self::Throttled { rpc, message, retry_after },
            code => Self::Rpc { rpc, code, message },
        }
    }
}

fn because(exception: &str) -> String {
    if exception.is_empty() { String::new() } else { format!(": {exception}") }
}

/// The causes of a status that no server sent.
fn transport_failure(status: &Status) -> Option<String> {
    std::error::Error::source(status).map(with_causes)
}

/// An error and what caused it.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // Layers of the transport repeat each other.
        if !causes.last().is_some_and(|last| last.contains(&text)) {
            causes.push(text);
        }
        next = error.source();
    }
    causes.join(": ")
}

/// How long the server asks to wait, where it asks.
pub(crate) fn retry_policy(status: &Status) -> Option<RpcRetryPolicy> {
    detail(status, "/modal.client.RPCRetryPolicy")
}

/// Whether a lookup failed because the name is that of a class.
pub(crate) fn names_a_class(status: &Status) -> bool {
    let class = function_lookup_error::Reason::ClassNameUsed as i32;
    detail::<FunctionLookupError>(status, "/modal.client.FunctionLookupError")
        .is_some_and(|error| error.reason == class)
}

/// One of the messages in the trailer `grpc-status-details-bin`.
fn detail<M: Message + Default>(status: &Status, type_url_end: &str) -> Option<M> {
    let details = RpcStatus::decode(status.details()).ok()?.details;
    let any = details.iter().find(|any| any.type_url.ends_with(type_url_end))?;
    M::decode(any.value.as_ref()).ok()
}
