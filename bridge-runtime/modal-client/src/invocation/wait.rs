//! Waiting for the result of a call.

use std::time::Duration;

use modal_proto::{
    AttemptAwaitRequest, AttemptAwaitResponse, FunctionGetOutputsItem, GenericResult,
};
use serde_json::Value;
use tokio::time::Instant;

use super::outcome::Poll;
use super::{CallId, Invocation, Route, Ticket};
use crate::ModalError;
use crate::headers::unix_seconds;
use crate::retry::wait;
use crate::rpc::{Call, Plane};

/// Seconds that a server may hold one poll, as in Modal's own clients.
pub(super) const LONGEST_POLL: Duration = Duration::from_secs(55);
/// How much later than asked for the answer to a poll may be.
pub(super) const POLL_GRACE: Duration = Duration::from_secs(5);
/// A server that answers polls at once must not make us spin.
const SHORTEST_ROUND: Duration = Duration::from_millis(100);

impl Invocation<'_> {
    /// What to name this call by.
    pub fn id(&self) -> CallId {
        match &self.route {
            Route::ControlPlane { call_id, .. } => CallId::FunctionCall(call_id.clone()),
            Route::InputPlane { token, .. } => CallId::Attempt(token.clone()),
        }
    }

    /// What another process needs to go on with this call.
    pub fn ticket(&self) -> Ticket {
        let jwts = match &self.route {
            Route::ControlPlane { jwts, .. } if !jwts.call.is_empty() => Some(jwts.clone()),
            Route::ControlPlane { .. } | Route::InputPlane { .. } => None,
        };
        Ticket { call: self.id(), jwts }
    }

    /// How often the function was started, as far as this caller knows.
    pub fn attempts(&self) -> u32 {
        self.retries + 1
    }

    /// Waits for the result. A call that Modal itself failed is given back to Modal, and so is one
    /// that the function failed, as often as its author's `retries=` says.
    pub async fn result(&mut self, deadline: Instant) -> Result<Value, ModalError> {
        loop {
            if let Progress::Returned(result) = self.advance(deadline).await? {
                return Ok(result);
            }
        }
    }

    /// Waits for the result, or until the call was given back to Modal once: its id may be another
    /// then.
    pub async fn advance(&mut self, deadline: Instant) -> Result<Progress, ModalError> {
        // Of a call that somebody else started there may be nothing left.
        let mut seen_unfinished = self.resumed;
        loop {
            let round = Instant::now();
            let left = deadline.saturating_duration_since(round);
            let hold = LONGEST_POLL.min(left);
            let polled = match &self.route {
                Route::ControlPlane { call_id, jwts, is_current } => {
                    let awaited = is_current.then_some(&*jwts.input);
                    self.get_outputs(call_id, awaited, hold, deadline).await?
                }
                Route::InputPlane { plane, region, token } => {
                    match self.attempt_await(plane, region, token, hold, deadline).await {
                        Err(gone @ ModalError::Gone { .. }) if self.may_have_been_given_back() => {
                            self.internal_retries += 1;
                            let taken = self.give_back(deadline).await?;
                            return if taken { Ok(Progress::GivenBack) } else { Err(gone) };
                        }
                        polled => polled?,
                    }
                }
            };
            match polled {
                Polled::Output(output) => {
                    let result = output.result.unwrap_or_default();
                    if let Some(delay) = self.delay_before_retry(&result, deadline) {
                        self.retries = self.retries.max(output.retry_count) + 1;
                        wait(delay).await;
                        if self.give_back(deadline).await? {
                            return Ok(Progress::GivenBack);
                        }
                    }
                    let outcome = self.outcome(result, output.data_format, deadline);
                    return outcome.await.map(Progress::Returned);
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
        self.client.cancel_call(call_id, deadline).await?;
        Ok(true)
    }

    /// How a call has ended, after waiting for it for `hold` at most; `None` for one that has not, or
    /// that is to be given back to Modal. A call that was cancelled may have ended before Modal knew
    /// that it was to be, and goes on for a while before it stops.
    pub async fn ended(
        &self,
        hold: Duration,
        deadline: Instant,
    ) -> Result<Option<Result<Value, ModalError>>, ModalError> {
        let Route::ControlPlane { call_id, jwts, is_current } = &self.route else {
            return Ok(None);
        };
        let awaited = is_current.then_some(&*jwts.input);
        match self.get_outputs(call_id, awaited, hold, deadline).await? {
            Polled::Output(FunctionGetOutputsItem { result, data_format, .. }) => {
                let result = result.unwrap_or_default();
                if self.is_to_be_given_back(&result) {
                    return Ok(None);
                }
                Ok(Some(self.outcome(result, data_format, deadline).await))
            }
            Polled::Nothing { .. } => Ok(None),
        }
    }

    async fn get_outputs(
        &self,
        call_id: &str,
        input_jwt: Option<&str>,
        hold: Duration,
        deadline: Instant,
    ) -> Result<Polled, ModalError> {
        let input_jwt = input_jwt.unwrap_or_default();
        let poll = Poll { hold, clear: !self.keep_result, input_jwt };
        let answer = self.client.get_outputs(call_id, poll, deadline).await?;
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
        let request = AttemptAwaitRequest {
            attempt_token: token.to_owned(),
            requested_at: unix_seconds(self.client.now()),
            timeout_secs: hold.as_secs_f32(),
        };
        let call = Call { try_for: Some(hold + POLL_GRACE), ..Call::new("AttemptAwait", deadline) };
        let answer = self.client.on_input_plane(plane, region, call, &request).await;
        let answer: AttemptAwaitResponse = answer.map_err(|error| self.client.of_a_poll(error))?;
        // An input plane knows no more than that there is no result yet; an attempt that it does
        // not have any more is an error.
        Ok(answer.output.map_or(Polled::Nothing { unfinished: true }, Polled::Output))
    }

    async fn outcome(
        &self,
        result: GenericResult,
        data_format: i32,
        deadline: Instant,
    ) -> Result<Value, ModalError> {
        self.client.outcome(&self.function.name, result, data_format, deadline).await
    }
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    Returned(Value),
    /// Modal has the input again, after a failure.
    GivenBack,
}

/// What one poll brought.
enum Polled {
    Output(FunctionGetOutputsItem),
    /// `unfinished`: the server says that the input is still being worked on.
    Nothing {
        unfinished: bool,
    },
}
