//! One function call: started on the control plane or an input plane. `wait` has the one loop that
//! waits for it, `outcome` what a result means, `give_back` what follows a failure, `ticket` what
//! another process needs to go on.

mod give_back;
mod outcome;
mod ticket;
mod wait;

use std::fmt;
use std::sync::Arc;

use modal_proto::function_input::ArgsOneof;
use modal_proto::{
    AttemptStartRequest, AttemptStartResponse, DataFormat, FunctionCallInvocationType,
    FunctionCallType, FunctionInput, FunctionMapRequest, FunctionMapResponse,
    FunctionPutInputsItem, FunctionPutInputsRequest, FunctionPutInputsResponse,
    FunctionPutInputsResponseItem, FunctionRetryPolicy,
};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::function::InputPlane;
use crate::retry::UserRetries;
use crate::rpc::{Call, Plane};
use crate::{Client, Function, ModalError, payload};

pub use outcome::CallState;
pub use ticket::{Jwts, Ticket};
pub use wait::Progress;

/// What Modal calls this invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallId {
    /// `fc-…`.
    FunctionCall(String),
    /// On an input plane there is no call id, only the token of an attempt.
    Attempt(String),
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FunctionCall(id) => write!(f, "function call {id}"),
            Self::Attempt(token) if token.len() <= 100 => write!(f, "attempt {token}"),
            Self::Attempt(token) => {
                write!(f, "attempt {}…", token.chars().take(100).collect::<String>())
            }
        }
    }
}

/// What a function is called with.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub args: Vec<&'a Value>,
    pub kwargs: Map<String, Value>,
    /// By which Modal knows a call that it has had before; `None` for one that never comes again.
    pub idempotency_key: Option<&'a str>,
    /// Whether the result stays with Modal after it was fetched, for who may ask for it again.
    pub keep_result: bool,
}

/// Positional arguments alone.
impl<'a, const N: usize> From<&'a [Value; N]> for Input<'a> {
    fn from(args: &'a [Value; N]) -> Self {
        let args = args.iter().collect();
        Self { args, kwargs: Map::new(), idempotency_key: None, keep_result: false }
    }
}

/// A call that was started for its result.
#[derive(Debug)]
pub struct Invocation<'c> {
    client: &'c Client,
    function: &'c Function,
    /// Whether another process started it.
    resumed: bool,
    again: Again<'c>,
    route: Route,
    keep_result: bool,
    user_retries: UserRetries,
    internal_retries: u32,
    /// How often the input was given back, for whatever reason.
    retries: u32,
}

/// What a retry sends again.
#[derive(Debug)]
enum Again<'c> {
    /// Nothing, for the call is not ours to give back.
    Nothing,
    /// What another process sent. Most calls are never given back.
    Unwritten(Input<'c>),
    Written(FunctionInput),
}

/// Where the call runs, and what its server wants to be asked with.
#[derive(Debug)]
enum Route {
    ControlPlane {
        call_id: String,
        jwts: Jwts,
        /// Whether the input's is that of the try that is waited for. Another process may have got
        /// another one since.
        is_current: bool,
    },
    InputPlane {
        plane: Arc<Plane>,
        region: String,
        token: String,
    },
}

impl Client {
    /// Starts a call that nobody waits for, and returns its id (`fc-…`). Always by the control
    /// plane: that is where its result can be asked for later.
    pub async fn spawn<'a>(
        &self,
        function: &Function,
        input: impl Into<Input<'a>>,
        deadline: Instant,
    ) -> Result<String, ModalError> {
        let input = input.into();
        let key = input.idempotency_key;
        let limit = function.max_inline_async;
        let input = self.input(function, input, DataFormat::Pickle, limit, deadline).await?;
        let kind = FunctionCallInvocationType::Async;
        Ok(self.map(function, input, kind, key, deadline).await?.call_id)
    }

    /// Starts a call whose result is waited for.
    pub async fn remote<'c, 'a>(
        &'c self,
        function: &'c Function,
        input: impl Into<Input<'a>>,
        deadline: Instant,
    ) -> Result<Invocation<'c>, ModalError> {
        function.require_cbor()?;
        let input = input.into();
        let (key, keep_result) = (input.idempotency_key, input.keep_result);
        let limit = function.max_inline;
        let input = self.input(function, input, DataFormat::Cbor, limit, deadline).await?;
        let (route, policy) = match &function.input_plane {
            Some(input_plane) => self.attempt(function, input_plane, &input, key, deadline).await?,
            None => {
                let sync = FunctionCallInvocationType::Sync;
                let started = self.map(function, input.clone(), sync, key, deadline).await?;
                let jwts = Jwts { call: started.call_jwt, input: started.input.input_jwt };
                let call_id = started.call_id;
                let route = Route::ControlPlane { call_id, jwts, is_current: true };
                (route, started.retry_policy)
            }
        };
        Ok(Invocation {
            client: self,
            function,
            resumed: false,
            again: Again::Written(input),
            route,
            keep_result,
            user_retries: UserRetries::new(policy),
            internal_retries: 0,
            retries: 0,
        })
    }

    /// A call that another process started by `remote`, to wait for its result. Who is alone with it
    /// passes what it was called with: what Modal itself fails is given back to Modal then. The
    /// function's own `retries=` are its starter's.
    pub fn resume<'c>(
        &'c self,
        function: &'c Function,
        ticket: &Ticket,
        input: Option<Input<'c>>,
    ) -> Result<Invocation<'c>, ModalError> {
        let route = match (&ticket.call, &function.input_plane) {
            (CallId::FunctionCall(id), _) => Route::ControlPlane {
                call_id: id.clone(),
                jwts: ticket.jwts.clone().unwrap_or_default(),
                is_current: false,
            },
            (CallId::Attempt(token), Some(InputPlane { url, region })) => Route::InputPlane {
                plane: self.input_plane(url)?,
                region: region.clone(),
                token: token.clone(),
            },
            (CallId::Attempt(_), None) => {
                let message = "the function has no input plane any more".to_owned();
                return Err(ModalError::Gone { rpc: "AttemptAwait", message });
            }
        };
        Ok(Invocation {
            client: self,
            function,
            resumed: true,
            again: input.map_or(Again::Nothing, Again::Unwritten),
            route,
            keep_result: true,
            user_retries: UserRetries::default(),
            internal_retries: 0,
            retries: 0,
        })
    }

    /// The arguments, in the message or as a blob.
    async fn input(
        &self,
        function: &Function,
        input: Input<'_>,
        format: DataFormat,
        limit: usize,
        deadline: Instant,
    ) -> Result<FunctionInput, ModalError> {
        let bytes = payload::write(format, &input.args, &input.kwargs)?;
        let args = if bytes.len() > limit {
            ArgsOneof::ArgsBlobId(self.blobs.put(&bytes, deadline).await?)
        } else {
            ArgsOneof::Args(bytes)
        };
        Ok(FunctionInput {
            args_oneof: Some(args),
            data_format: format.into(),
            method_name: function.method.clone(),
        })
    }

    async fn map(
        &self,
        function: &Function,
        input: FunctionInput,
        invocation_type: FunctionCallInvocationType,
        key: Option<&str>,
        deadline: Instant,
    ) -> Result<Started, ModalError> {
        let rpc = "FunctionMap";
        let item = FunctionPutInputsItem { idx: 0, input: Some(input) };
        let request = FunctionMapRequest {
            function_id: function.id.clone(),
            function_call_type: FunctionCallType::Unary.into(),
            function_call_invocation_type: invocation_type.into(),
            pipelined_inputs: vec![item.clone()],
        };
        let call = Call { idempotency_key: key, ..Call::new(rpc, deadline) };
        let answer: FunctionMapResponse = self.control_plane.call(call, &request).await?;
        let call_id = answer.function_call_id;
        if call_id.is_empty() {
            return Err(ModalError::Incomplete { rpc, missing: "a function call id" });
        }
        let input = match answer.pipelined_inputs.into_iter().next() {
            Some(taken) => taken,
            None => self.put_input(function, &call_id, item, deadline).await?,
        };
        // A server that does not let clients retry does it itself.
        let retry_policy = answer.retry_policy.filter(|_| answer.sync_client_retries_enabled);
        Ok(Started { call_id, call_jwt: answer.function_call_jwt, input, retry_policy })
    }

    /// Sends an input that `FunctionMap` did not take.
    async fn put_input(
        &self,
        function: &Function,
        call_id: &str,
        item: FunctionPutInputsItem,
        deadline: Instant,
    ) -> Result<FunctionPutInputsResponseItem, ModalError> {
        let rpc = "FunctionPutInputs";
        let request = FunctionPutInputsRequest {
            function_id: function.id.clone(),
            function_call_id: call_id.to_owned(),
            inputs: vec![item],
        };
        let call = Call::new(rpc, deadline);
        let answer: FunctionPutInputsResponse = self.control_plane.call(call, &request).await?;
        answer.inputs.into_iter().next().ok_or_else(|| ModalError::Throttled {
            rpc,
            message: format!("the function's queue is full ({call_id})"),
            retry_after: None,
        })
    }

    async fn attempt(
        &self,
        function: &Function,
        input_plane: &InputPlane,
        input: &FunctionInput,
        key: Option<&str>,
        deadline: Instant,
    ) -> Result<(Route, Option<FunctionRetryPolicy>), ModalError> {
        let plane = self.input_plane(&input_plane.url)?;
        let region = input_plane.region.clone();
        let request = AttemptStartRequest {
            function_id: function.id.clone(),
            input: Some(FunctionPutInputsItem { idx: 0, input: Some(input.clone()) }),
        };
        let call = Call { idempotency_key: key, ..Call::new("AttemptStart", deadline) };
        let answer: AttemptStartResponse =
            self.on_input_plane(&plane, &region, call, &request).await?;
        let route = Route::InputPlane { plane, region, token: answer.attempt_token };
        Ok((route, answer.retry_policy))
    }
}

/// A call that the control plane has taken.
struct Started {
    call_id: String,
    call_jwt: String,
    input: FunctionPutInputsResponseItem,
    retry_policy: Option<FunctionRetryPolicy>,
}
