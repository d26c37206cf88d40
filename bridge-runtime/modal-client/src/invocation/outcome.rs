//! What has become of a call, and what its result means.

use std::time::Duration;

use bytes::Bytes;
use modal_proto::generic_result::{DataOneof, GenericStatus};
use modal_proto::{
    DataFormat, FunctionCallCancelRequest, FunctionGetOutputsItem, FunctionGetOutputsRequest,
    FunctionGetOutputsResponse, GenericResult,
};
use serde_json::Value;
use tokio::time::Instant;
use tonic::Code;

use super::wait::{LONGEST_POLL, POLL_GRACE};
use crate::headers::unix_seconds;
use crate::payload::Unreadable;
use crate::rpc::Call;
use crate::{Client, ModalError, payload};

/// What the container raises when it is sent CBOR and its image has no cbor2, although the handle
/// advertises CBOR. The function has not run.
pub(super) const NO_CBOR2: &str =
    r#"InvalidError("CBOR support requires the 'cbor2' package to be installed.")"#;

/// What has become of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    Running,
    /// The result; `None` where it is a pickle, as that of every spawned call.
    Succeeded(Option<Value>),
    Failed(ModalError),
    /// Modal keeps results for seven days.
    Expired,
}

/// One question for the outputs of a call.
pub(super) struct Poll<'a> {
    pub(super) hold: Duration,
    /// Whether a result that was got may go.
    pub(super) clear: bool,
    pub(super) input_jwt: &'a str,
}

impl Client {
    /// Cancels a call of the control plane; one that has ended stays as it is.
    pub async fn cancel_call(&self, call_id: &str, deadline: Instant) -> Result<(), ModalError> {
        let request = FunctionCallCancelRequest {
            function_call_id: call_id.to_owned(),
            terminate_containers: false,
        };
        self.control_plane.call(Call::new("FunctionCallCancel", deadline), &request).await
    }

    /// What has become of a call of the control plane, after waiting for it for `hold` at most. Its
    /// result stays with Modal, to be asked for again.
    pub async fn call_state(
        &self,
        call_id: &str,
        hold: Duration,
        deadline: Instant,
    ) -> Result<CallState, ModalError> {
        let poll = Poll { hold: hold.min(LONGEST_POLL), clear: false, input_jwt: "" };
        let answer = self.get_outputs(call_id, poll, deadline).await?;
        let Some(FunctionGetOutputsItem { result, data_format, .. }) =
            answer.outputs.into_iter().next()
        else {
            let running = answer.num_unfinished_inputs > 0;
            return Ok(if running { CallState::Running } else { CallState::Expired });
        };
        let result = result.unwrap_or_default();
        // What was spawned answers in pickle, which nobody reads.
        let unreadable = result.status == GenericStatus::Success as i32
            && data_format == DataFormat::Pickle as i32;
        if unreadable {
            return Ok(CallState::Succeeded(None));
        }
        match self.outcome("the function", result, data_format, deadline).await {
            Ok(value) => Ok(CallState::Succeeded(Some(value))),
            Err(error) => Ok(CallState::Failed(error)),
        }
    }

    /// Asks the control plane once.
    pub(super) async fn get_outputs(
        &self,
        call_id: &str,
        Poll { hold, clear, input_jwt }: Poll<'_>,
        deadline: Instant,
    ) -> Result<FunctionGetOutputsResponse, ModalError> {
        let input_jwt = Some(input_jwt.to_owned()).filter(|jwt| !jwt.is_empty());
        let request = FunctionGetOutputsRequest {
            function_call_id: call_id.to_owned(),
            max_values: 1,
            timeout: hold.as_secs_f32(),
            // An empty one is refused.
            last_entry_id: "0-0".into(),
            clear_on_success: clear,
            requested_at: unix_seconds(self.now()),
            input_jwts: input_jwt.into_iter().collect(),
            start_idx: Some(0),
            end_idx: Some(0),
        };
        let call =
            Call { try_for: Some(hold + POLL_GRACE), ..Call::new("FunctionGetOutputs", deadline) };
        let answer = self.control_plane.call(call, &request).await;
        answer.map_err(|error| self.of_a_poll(error))
    }

    /// What the failure of a poll says. An answer that is too long to be taken holds a result.
    pub(super) fn of_a_poll(&self, error: ModalError) -> ModalError {
        match error {
            ModalError::Rpc { code: Code::OutOfRange, .. } => {
                ModalError::ResultTooLarge { limit: self.config.max_result_bytes }
            }
            other => other,
        }
    }

    /// The status decides. `data` of a failure may hold a pickle, whatever it says it is, and is
    /// never looked at.
    pub(super) async fn outcome(
        &self,
        function: &str,
        result: GenericResult,
        data_format: i32,
        deadline: Instant,
    ) -> Result<Value, ModalError> {
        let GenericResult { status, exception, traceback, data_oneof } = result;
        let function = || function.to_owned();
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
            Ok(GenericStatus::Failure) => {
                return Err(ModalError::Raised { exception, traceback });
            }
            Ok(GenericStatus::Terminated) => return Err(ModalError::Cancelled { exception }),
            Ok(GenericStatus::Timeout) => return Err(ModalError::TimedOut { exception }),
            Ok(GenericStatus::InitFailure) => return Err(ModalError::InitFailed { exception }),
            Ok(_) | Err(_) => return Err(ModalError::Internal { status, exception }),
        }

        let bytes = match data_oneof {
            Some(DataOneof::Data(bytes)) => bytes,
            Some(DataOneof::DataBlobId(id)) => self.blobs.get(&id, deadline).await?,
            None => Bytes::new(),
        };
        let limit = self.config.max_result_bytes;
        if bytes.len() > limit {
            return Err(ModalError::ResultTooLarge { limit });
        }
        match DataFormat::try_from(data_format) {
            Ok(DataFormat::Cbor) => payload::read_cbor(&bytes, self.config.max_result_memory)
                .map_err(|Unreadable { reason, plain }| ModalError::Result { reason, plain }),
            Ok(DataFormat::Pickle) => {
                let reason = "is a pickle, which is not safe to read".to_owned();
                Err(ModalError::Result { reason, plain: None })
            }
            _ => {
                let reason = format!("has an unknown format (number {data_format})");
                Err(ModalError::Result { reason, plain: None })
            }
        }
    }
}
