//! One function call: started on the control plane or an input plane, and waited for in one loop.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use modal_proto::function_input::ArgsOneof;
use modal_proto::generic_result::{DataOneof, GenericStatus};
use modal_proto::{
    AttemptAwaitRequest, AttemptRetryRequest, AttemptStartRequest, DataFormat,
    FunctionCallCancelRequest, FunctionCallInvocationType, FunctionCallType,
    FunctionGetOutputsItem, FunctionGetOutputsRequest, FunctionInput, FunctionMapRequest,
    FunctionPutInputsItem, FunctionPutInputsRequest, FunctionPutInputsResponseItem,
    FunctionRetryInputsItem, FunctionRetryInputsRequest, GenericResult,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::function::InputPlane;
use crate::headers::unix_seconds;
use crate::retry::wait;
use crate::rpc::{Call, Grpc, Plane};
use crate::{Client, Function, ModalError, payload};

/// Seconds that a server may hold one poll, as in Modal's own clients.
const LONGEST_POLL: Duration = Duration::from_secs(55);
/// How much later than asked for the answer to a poll may be.
const POLL_GRACE: Duration = Duration::from_secs(5);
/// A server that answers polls at once must not make us spin.
const SHORTEST_ROUND: Duration = Duration::from_millis(100);
/// How often a call that Modal itself failed is given back to it.
const MAX_INTERNAL_RETRIES: u32 = 8;

/// What the container raises when it is sent CBOR and its image has no cbor2, although the handle
/// advertises CBOR. The function has not run.
const NO_CBOR2: &str =
    r#"InvalidError("CBOR support requires the 'cbor2' package to be installed.")"#;

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

/// A call that was started for its result.
#[derive(Debug)]
pub struct Invocation<'c> {
    client: &'c Client,
    function: &'c Function,
    input: FunctionInput,
    route: Route,
    retries: u32,
}

/// Where the call runs, and what its server wants to be asked with.
#[derive(Debug)]
enum Route {
    ControlPlane { call_id: String, call_jwt: String, input_jwt: String },
    InputPlane { plane: Arc<Plane>, region: String, token: String },
}

impl Client {
    /// Starts a call that nobody waits for, and returns its id (`fc-…`). Always by the control
    /// plane: that is where its result can be asked for later.
    pub async fn spawn(
        &self,
        function: &Function,
        args: &[Value],
        deadline: Instant,
    ) -> Result<String, ModalError> {
        let limit = function.max_inline_async;
        let input = self.input(function, args, DataFormat::Pickle, limit, deadline).await?;
        let started = self.map(function, input, FunctionCallInvocationType::Async, deadline).await;
        Ok(started?.call_id)
    }

    /// Starts a call whose result is waited for.
    pub async fn remote<'c>(
        &'c self,
        function: &'c Function,
        args: &[Value],
        deadline: Instant,
    ) -> Result<Invocation<'c>, ModalError> {
        function.require_cbor()?;
        let limit = function.max_inline;
        let input = self.input(function, args, DataFormat::Cbor, limit, deadline).await?;
        let route = match &function.input_plane {
            Some(input_plane) => self.attempt(function, input_plane, &input, deadline).await?,
            None => {
                let sync = FunctionCallInvocationType::Sync;
                let started = self.map(function, input.clone(), sync, deadline).await?;
                Route::ControlPlane {
                    call_id: started.call_id,
                    call_jwt: started.call_jwt,
                    input_jwt: started.input.input_jwt,
                }
            }
        };
        Ok(Invocation { client: self, function, input, route, retries: 0 })
    }

    /// The arguments, in the message or as a blob.
    async fn input(
        &self,
        function: &Function,
        args: &[Value],
        format: DataFormat,
        limit: usize,
        deadline: Instant,
    ) -> Result<FunctionInput, ModalError> {
        let bytes = payload::write(format, args)?;
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
        let send = |mut grpc: Grpc, request| async move { grpc.function_map(request).await };
        let answer = self.control_plane.call(Call::new(rpc, deadline), request, send).await?;
        let call_id = answer.function_call_id;
        if call_id.is_empty() {
            return Err(ModalError::Incomplete { rpc, missing: "a function call id" });
        }
        let input = match answer.pipelined_inputs.into_iter().next() {
            Some(taken) => taken,
            None => self.put_input(function, &call_id, item, deadline).await?,
        };
        Ok(Started { call_id, call_jwt: answer.function_call_jwt, input })
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
        let send = |mut grpc: Grpc, request| async move { grpc.function_put_inputs(request).await };
        let answer = self.control_plane.call(Call::new(rpc, deadline), request, send).await?;
        answer.inputs.into_iter().next().ok_or_else(|| ModalError::Throttled {
            rpc,
            message: format!("the function's queue is full ({call_id})"),
        })
    }

    async fn attempt(
        &self,
        function: &Function,
        input_plane: &InputPlane,
        input: &FunctionInput,
        deadline: Instant,
    ) -> Result<Route, ModalError> {
        let plane = self.input_plane(&input_plane.url)?;
        let auth_token = self.auth_token(deadline).await?;
        let headers = input_plane_headers(&auth_token, &input_plane.region);
        let request = AttemptStartRequest {
            function_id: function.id.clone(),
            input: Some(FunctionPutInputsItem { idx: 0, input: Some(input.clone()) }),
        };
        let send = |mut grpc: Grpc, request| async move { grpc.attempt_start(request).await };
        let call = Call { headers: &headers, ..Call::new("AttemptStart", deadline) };
        let token = plane.call(call, request, send).await?.attempt_token;
        Ok(Route::InputPlane { plane, region: input_plane.region.clone(), token })
    }
}

/// A call that the control plane has taken.
struct Started {
    call_id: String,
    call_jwt: String,
    input: FunctionPutInputsResponseItem,
}

fn input_plane_headers<'a>(auth_token: &'a str, region: &'a str) -> [(&'static str, &'a str); 2] {
    [("x-modal-auth-token", auth_token), ("x-modal-input-plane-region", region)]
}

impl Invocation<'_> {
    /// What to name this call by.
    pub fn id(&self) -> CallId {
        match &self.route {
            Route::ControlPlane { call_id, .. } => CallId::FunctionCall(call_id.clone()),
            Route::InputPlane { token, .. } => CallId::Attempt(token.clone()),
        }
    }

    /// Waits for the result. A call that Modal itself failed is given back to Modal; a function's
    /// own failure is final.
    pub async fn result(&mut self, deadline: Instant) -> Result<Value, ModalError> {
        let mut seen_unfinished = false;
        loop {
            let round = Instant::now();
            let left = deadline.saturating_duration_since(round);
            let hold = LONGEST_POLL.min(left);
            let polled = match &self.route {
                Route::ControlPlane { call_id, input_jwt, .. } => {
                    self.get_outputs(call_id, input_jwt, hold, deadline).await?
                }
                Route::InputPlane { plane, region, token } => {
                    self.attempt_await(plane, region, token, hold, deadline).await?
                }
            };
            match polled {
                Polled::Output(output) => {
                    let result = output.result.unwrap_or_default();
                    let internal = result.status == GenericStatus::InternalFailure as i32;
                    if internal && self.retries < MAX_INTERNAL_RETRIES && self.can_retry() {
                        self.retries += 1;
                        self.retry(deadline).await?;
                    } else {
                        return self.outcome(result, output.data_format, deadline).await;
                    }
                }
                Polled::Nothing { unfinished: true } => seen_unfinished = true,
                // Only a server that counts can be believed when it says that nothing is left.
                Polled::Nothing { unfinished: false } if seen_unfinished => {
                    return Err(ModalError::Gone {
                        rpc: "FunctionGetOutputs",
                        message: "the result has expired".into(),
                    });
                }
                Polled::Nothing { unfinished: false } => {}
            }
            if let Some(rest) = SHORTEST_ROUND.checked_sub(round.elapsed()) {
                wait(rest).await;
            }
        }
    }

    /// Cancels the call, where Modal lets a client do so: `false` on an input plane.
    pub async fn cancel(&self, deadline: Instant) -> Result<bool, ModalError> {
        let Route::ControlPlane { call_id, .. } = &self.route else { return Ok(false) };
        let request = FunctionCallCancelRequest {
            function_call_id: call_id.clone(),
            terminate_containers: false,
        };
        let send =
            |mut grpc: Grpc, request| async move { grpc.function_call_cancel(request).await };
        let call = Call::new("FunctionCallCancel", deadline);
        self.client.control_plane.call(call, request, send).await?;
        Ok(true)
    }

    async fn get_outputs(
        &self,
        call_id: &str,
        input_jwt: &str,
        hold: Duration,
        deadline: Instant,
    ) -> Result<Polled, ModalError> {
        let request = FunctionGetOutputsRequest {
            function_call_id: call_id.to_owned(),
            max_values: 1,
            timeout: hold.as_secs_f32(),
            // An empty one is refused.
            last_entry_id: "0-0".into(),
            clear_on_success: true,
            requested_at: unix_seconds(self.client.now()),
            input_jwts: vec![input_jwt.to_owned()],
            start_idx: Some(0),
            end_idx: Some(0),
        };
        let send =
            |mut grpc: Grpc, request| async move { grpc.function_get_outputs(request).await };
        let call =
            Call { try_for: Some(hold + POLL_GRACE), ..Call::new("FunctionGetOutputs", deadline) };
        let answer = self.client.control_plane.call(call, request, send).await?;
        Ok(match answer.outputs.into_iter().next() {
            Some(output) => Polled::Output(output),
            None => Polled::Nothing { unfinished: answer.num_unfinished_inputs > 0 },
        })
    }

    async fn attempt_await(
        &self,
        plane: &Plane,
        region: &str,
        token: &str,
        hold: Duration,
        deadline: Instant,
    ) -> Result<Polled, ModalError> {
        let auth_token = self.client.auth_token(deadline).await?;
        let request = AttemptAwaitRequest {
            attempt_token: token.to_owned(),
            requested_at: unix_seconds(self.client.now()),
            timeout_secs: hold.as_secs_f32(),
        };
        let send = |mut grpc: Grpc, request| async move { grpc.attempt_await(request).await };
        let call = Call {
            try_for: Some(hold + POLL_GRACE),
            headers: &input_plane_headers(&auth_token, region),
            ..Call::new("AttemptAwait", deadline)
        };
        let answer = plane.call(call, request, send).await?;
        Ok(answer.output.map_or(Polled::Nothing { unfinished: false }, Polled::Output))
    }

    /// Whether the server gave out what a retry needs.
    fn can_retry(&self) -> bool {
        match &self.route {
            Route::ControlPlane { call_jwt, .. } => !call_jwt.is_empty(),
            Route::InputPlane { .. } => true,
        }
    }

    /// Gives the input back to Modal after a failure of Modal's own.
    async fn retry(&mut self, deadline: Instant) -> Result<(), ModalError> {
        let client = self.client;
        match &mut self.route {
            Route::ControlPlane { call_jwt, input_jwt, .. } => {
                let rpc = "FunctionRetryInputs";
                let request = FunctionRetryInputsRequest {
                    function_call_jwt: call_jwt.clone(),
                    inputs: vec![FunctionRetryInputsItem {
                        input_jwt: input_jwt.clone(),
                        input: Some(self.input.clone()),
                        retry_count: self.retries,
                    }],
                };
                let send = |mut grpc: Grpc, request| async move {
                    grpc.function_retry_inputs(request).await
                };
                let call = Call::new(rpc, deadline);
                let answer = client.control_plane.call(call, request, send).await?;
                if let Some(jwt) = answer.input_jwts.into_iter().next() {
                    *input_jwt = jwt;
                }
            }
            Route::InputPlane { plane, region, token } => {
                let auth_token = client.auth_token(deadline).await?;
                let request = AttemptRetryRequest {
                    function_id: self.function.id.clone(),
                    input: Some(FunctionPutInputsItem { idx: 0, input: Some(self.input.clone()) }),
                    attempt_token: token.clone(),
                };
                let send =
                    |mut grpc: Grpc, request| async move { grpc.attempt_retry(request).await };
                let call = Call {
                    headers: &input_plane_headers(&auth_token, region),
                    ..Call::new("AttemptRetry", deadline)
                };
                *token = plane.call(call, request, send).await?.attempt_token;
            }
        }
        Ok(())
    }

    /// The status decides. `data` of a failure may hold a pickle, whatever it says it is, and is
    /// never looked at.
    async fn outcome(
        &self,
        result: GenericResult,
        data_format: i32,
        deadline: Instant,
    ) -> Result<Value, ModalError> {
        let GenericResult { status, exception, data_oneof } = result;
        let function = || self.function.name.clone();
        match GenericStatus::try_from(status) {
            Ok(GenericStatus::Success) => {}
            Ok(GenericStatus::Failure | GenericStatus::InitFailure) if exception == NO_CBOR2 => {
                return Err(ModalError::CborMissing { function: function() });
            }
            // A container that failed before the function ran, over a module that it could not
            // import, says a failure without a format.
            Ok(GenericStatus::Failure) if data_format == DataFormat::Unspecified as i32 => {
                return Err(ModalError::InitFailed { exception });
            }
            Ok(GenericStatus::Failure) => return Err(ModalError::Raised { exception }),
            Ok(GenericStatus::Terminated) => return Err(ModalError::Cancelled { exception }),
            Ok(GenericStatus::Timeout) => return Err(ModalError::TimedOut { exception }),
            Ok(GenericStatus::InitFailure) => return Err(ModalError::InitFailed { exception }),
            Ok(_) | Err(_) => return Err(ModalError::Internal { status, exception }),
        }

        let bytes = match data_oneof {
            Some(DataOneof::Data(bytes)) => bytes,
            Some(DataOneof::DataBlobId(id)) => self.client.blobs.get(&id, deadline).await?,
            None => Bytes::new(),
        };
        let limit = self.client.config.max_result_bytes;
        if bytes.len() > limit {
            return Err(ModalError::ResultTooLarge { limit });
        }
        match DataFormat::try_from(data_format) {
            Ok(DataFormat::Cbor) => {
                payload::read_cbor(&bytes).map_err(|reason| ModalError::Result { reason })
            }
            Ok(DataFormat::Pickle) => {
                Err(ModalError::Result { reason: "is a pickle, which is not safe to read".into() })
            }
            _ => Err(ModalError::Result {
                reason: format!("has an unknown format (number {data_format})"),
            }),
        }
    }
}

/// What one poll brought.
enum Polled {
    Output(FunctionGetOutputsItem),
    /// `unfinished`: the server says that the input is still being worked on.
    Nothing {
        unfinished: bool,
    },
}
