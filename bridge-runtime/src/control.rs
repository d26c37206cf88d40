//! Control events: questions about a call, to the bridge itself, so that a state machine can wait
//! for jobs that outlast a Lambda.

use std::time::Duration;

use modal_client::{CallId, CallState, Client, ModalError};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::BridgeError;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// What has become of a call, after waiting for it for a while.
    Get { call_id: String, wait: Duration },
    /// That a call ends before it is done.
    Cancel { call_id: String },
}

impl Control {
    /// Reads `{"modal_bridge": {"operation": …, "function_call_id": …}}`.
    pub fn parse(event: &Value) -> Result<Self, BridgeError> {
        let field = |name: &str| event.get("modal_bridge")?.get(name);
        let call_id = match field("function_call_id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => return Err(refused("needs a function_call_id, such as \"fc-…\"")),
        };
        let wait = match field("timeout") {
            None | Some(Value::Null) => Duration::ZERO,
            Some(seconds) => seconds
                .as_f64()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .ok_or_else(|| refused("has a timeout that is no number of seconds"))?,
        };
        match field("operation").and_then(Value::as_str) {
            Some("get") => Ok(Self::Get { call_id, wait }),
            Some("cancel") => Ok(Self::Cancel { call_id }),
            _ => Err(refused("needs an operation: \"get\" or \"cancel\"")),
        }
    }

    fn call_id(&self) -> &str {
        let (Self::Get { call_id, .. } | Self::Cancel { call_id }) = self;
        call_id
    }

    /// The call that is asked about.
    pub(crate) fn call(&self) -> CallId {
        CallId::FunctionCall(self.call_id().to_owned())
    }

    /// Asks Modal. A call that failed is an error, as if it had been waited for.
    pub(crate) async fn answer(
        &self,
        client: &Client,
        deadline: Instant,
    ) -> Result<Value, BridgeError> {
        let failed = |error| BridgeError::Modal { error, call: Some(self.call()) };
        let mut response = json!({ "function_call_id": self.call_id() });
        response["state"] = match self {
            Self::Cancel { call_id } => {
                client.cancel_call(call_id, deadline).await.map_err(failed)?;
                // Modal takes the cancellation of a call that has ended, and it does nothing.
                match client.call_state(call_id, Duration::ZERO, deadline).await {
                    Ok(CallState::Failed(ModalError::Cancelled { .. }) | CallState::Running)
                    | Err(_) => "cancelled",
                    Ok(_) => "ended",
                }
            }
            Self::Get { call_id, wait } => {
                let left = deadline.saturating_duration_since(Instant::now());
                // Half of what is left at most, so that the answer gets out.
                let state = client.call_state(call_id, (*wait).min(left / 2), deadline);
                match state.await.map_err(failed)? {
                    CallState::Running => "running",
                    CallState::Expired => "expired",
                    CallState::Failed(error) => return Err(failed(error)),
                    CallState::Succeeded(result) => {
                        if let Some(result) = result {
                            response["result"] = result;
                        }
                        "succeeded"
                    }
                }
            }
        }
        .into();
        Ok(response)
    }
}

fn refused(reason: &'static str) -> BridgeError {
    BridgeError::Control { reason }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(control: Value) -> Result<Control, String> {
        Control::parse(&json!({ "modal_bridge": control })).map_err(|error| error.to_string())
    }

    #[test]
    fn a_question_names_an_operation_and_a_call() {
        let call_id = "fc-1".to_owned();
        let get = json!({ "operation": "get", "function_call_id": "fc-1", "timeout": 2.5 });
        let wait = Duration::from_millis(2500);
        assert_eq!(parse(get), Ok(Control::Get { call_id: call_id.clone(), wait }));
        let get = json!({ "operation": "get", "function_call_id": "fc-1" });
        let wait = Duration::ZERO;
        assert_eq!(parse(get), Ok(Control::Get { call_id: call_id.clone(), wait }));
        let cancel = json!({ "operation": "cancel", "function_call_id": "fc-1" });
        assert_eq!(parse(cancel), Ok(Control::Cancel { call_id }));
    }

    #[test]
    fn a_question_that_cannot_be_answered_says_what_it_lacks() {
        for (control, want) in [
            (json!({}), "the control event needs a function_call_id, such as \"fc-…\""),
            (
                json!({ "operation": "restart", "function_call_id": "fc-1" }),
                "the control event needs an operation: \"get\" or \"cancel\"",
            ),
            (
                json!({ "operation": "get", "function_call_id": "fc-1", "timeout": -1 }),
                "the control event has a timeout that is no number of seconds",
            ),
            (
                json!({ "operation": "get", "function_call_id": "fc-1", "timeout": 1e300 }),
                "the control event has a timeout that is no number of seconds",
            ),
        ] {
            assert_eq!(parse(control), Err(want.to_owned()));
        }
    }
}
