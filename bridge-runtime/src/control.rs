//! Control events: questions about a call, to the bridge itself, so that a state machine can wait
//! for jobs that outlast a Lambda.

use std::time::Duration;

use serde_json::Value;

use crate::BridgeError;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// What has become of a call, after waiting for it for a while.
    Get {
        call_id: String,
        wait: Duration,
    },
    Cancel {
        call_id: String,
    },
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
