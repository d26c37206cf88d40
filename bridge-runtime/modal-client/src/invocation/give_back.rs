//! Giving the input of a call that failed back to Modal.

use std::time::Duration;

use modal_proto::generic_result::GenericStatus;
use modal_proto::{
    AttemptRetryRequest, AttemptRetryResponse, DataFormat, FunctionInput, FunctionPutInputsItem,
    FunctionRetryInputsItem, FunctionRetryInputsRequest, FunctionRetryInputsResponse,
    GenericResult,
};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use uuid::Builder;

use super::outcome::NO_CBOR2;
use super::{Again, Invocation, Route};
use crate::ModalError;
use crate::rpc::Call;

/// How often a call that Modal itself failed is given back to it.
const MAX_INTERNAL_RETRIES: u32 = 8;

impl Invocation<'_> {
    /// The wait before the input is given back, or `None` where the result is final. A retry of the
    /// function's own that the deadline would overtake is none. What Modal failed is not final for
    /// want of time: another process may go on with it.
    pub(super) fn delay_before_retry(
        &mut self,
        result: &GenericResult,
        deadline: Instant,
    ) -> Option<Duration> {
        if self.is_to_be_given_back(result) {
            self.internal_retries += 1;
            return Some(Duration::ZERO);
        }
        if !self.can_retry() || result.exception == NO_CBOR2 {
            return None;
        }
        let delay = match GenericStatus::try_from(result.status) {
            Ok(
                GenericStatus::Success | GenericStatus::Terminated | GenericStatus::InternalFailure,
            ) => None,
            _ => self.user_retries.next_delay(),
        };
        delay.filter(|delay| *delay < deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether it was Modal that failed, and may be asked to do better.
    pub(super) fn is_to_be_given_back(&self, result: &GenericResult) -> bool {
        result.status == GenericStatus::InternalFailure as i32
            && self.can_retry()
            && self.internal_retries < MAX_INTERNAL_RETRIES
    }

    /// Whether we have what a retry needs.
    fn can_retry(&self) -> bool {
        let is_named = match &self.route {
            Route::ControlPlane { jwts, .. } => !jwts.call.is_empty(),
            Route::InputPlane { .. } => true,
        };
        is_named && !matches!(self.again, Again::Nothing)
    }

    /// Whether an attempt that is gone may be one that another process gave back, and whose new name
    /// died with it. Giving it back once more brings the name that it got.
    pub(super) fn may_have_been_given_back(&self) -> bool {
        self.resumed && self.can_retry() && self.internal_retries < MAX_INTERNAL_RETRIES
    }

    /// Gives the input back to Modal, whoever's the failure was; `false` where Modal does not take
    /// it, so that the failure stands. It has just answered a poll: what it refuses is not us.
    pub(super) async fn give_back(&mut self, deadline: Instant) -> Result<bool, ModalError> {
        match self.retry(deadline).await {
            Ok(()) => Ok(true),
            Err(error) if error.may_pass() => Err(error),
            Err(error) => {
                tracing::warn!("Modal does not take {} back: {error}", self.id());
                Ok(false)
            }
        }
    }

    async fn retry(&mut self, deadline: Instant) -> Result<(), ModalError> {
        let client = self.client;
        let input = self.input(deadline).await?;
        match &mut self.route {
            Route::ControlPlane { jwts, is_current, .. } => {
                let request = FunctionRetryInputsRequest {
                    function_call_jwt: jwts.call.clone(),
                    inputs: vec![FunctionRetryInputsItem {
                        input_jwt: jwts.input.clone(),
                        input: Some(input),
                        retry_count: self.retries,
                    }],
                };
                let call = Call::new("FunctionRetryInputs", deadline);
                let answer: FunctionRetryInputsResponse =
                    client.control_plane.call(call, &request).await?;
                if let Some(jwt) = answer.input_jwts.into_iter().next() {
                    jwts.input = jwt;
                    *is_current = true;
                }
            }
            Route::InputPlane { plane, region, token } => {
                let request = AttemptRetryRequest {
                    function_id: self.function.id.clone(),
                    input: Some(FunctionPutInputsItem { idx: 0, input: Some(input) }),
                    attempt_token: token.clone(),
                };
                let key = key_of_retry(token);
                let call =
                    Call { idempotency_key: Some(&key), ..Call::new("AttemptRetry", deadline) };
                let answer: AttemptRetryResponse =
                    client.on_input_plane(plane, region, call, &request).await?;
                *token = answer.attempt_token;
            }
        }
        Ok(())
    }

    /// What the call was made with.
    async fn input(&mut self, deadline: Instant) -> Result<FunctionInput, ModalError> {
        let function = self.function;
        let input = match &self.again {
            Again::Written(input) => return Ok(input.clone()),
            Again::Unwritten(input) => input.clone(),
            Again::Nothing => {
                let missing = "what a retry needs";
                return Err(ModalError::Incomplete { rpc: "FunctionMap", missing });
            }
        };
        let (format, limit) = (DataFormat::Cbor, function.max_inline);
        let input = self.client.input(function, input, format, limit, deadline).await?;
        self.again = Again::Written(input.clone());
        Ok(input)
    }
}

/// The idempotency key of giving an attempt back. Whoever does it again, perhaps in another process
/// after the first has died, gets the new name that the attempt has already.
fn key_of_retry(token: &str) -> String {
    let digest = Sha256::digest(token);
    let bytes = digest.first_chunk().copied().unwrap_or_default();
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
