//! What an invocation can fail with, and the names that practitioners match on.

use bridge_contract::ConfigError;
use lambda_runtime::Diagnostic;
use modal_client::{CallId, ModalError};

/// An invocation that has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    #[error(transparent)]
    Config(#[from] ConfigError),

    /// TLS cannot be set up on this machine.
    #[error("the bridge cannot start: {reason}")]
    Setup { reason: &'static str },

    #[error(
        "the token secret {arn} still holds the placeholder; put a Modal token into it, as \
         {{\"MODAL_TOKEN_ID\": \"ak-…\", \"MODAL_TOKEN_SECRET\": \"as-…\"}}"
    )]
    TokenNotConfigured { arn: String },

    #[error("cannot read the Modal token from {arn}: {reason}")]
    Secret { arn: String, reason: String },

    #[error("the event {reason}")]
    Event { reason: &'static str },

    #[error("{error}{}", of(.call))]
    Modal { error: ModalError, call: Option<CallId> },

    #[error(
        "the answer has {bytes} bytes, and Lambda takes at most {limit}; let the function store its \
         result and return where it is{}", of(.call), limit = crate::handler::MAX_ANSWER
    )]
    AnswerTooLarge { bytes: usize, call: Option<CallId> },

    /// The Lambda's time ended before the function did.
    #[error("the Lambda ran out of time waiting for {call}, which {}", fate(*.cancelled, .call))]
    OutOfTime { call: CallId, cancelled: bool },

    /// The Lambda's time ended before there was a call to wait for.
    #[error("the Lambda ran out of time in {step}, before Modal had confirmed a call")]
    OutOfTimeBefore { step: &'static str },
}

impl BridgeError {
    /// An error of a call that may not have begun.
    pub(crate) fn before_call(error: ModalError) -> Self {
        match error {
            ModalError::DeadlineExceeded { rpc } => Self::OutOfTimeBefore { step: rpc },
            error => Self::Modal { error, call: None },
        }
    }

    /// `errorType` of the invocation. Public: practitioners write it into `Retry` and `Catch`.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Config(_) | Self::Setup { .. } => "BridgeConfigError",
            Self::TokenNotConfigured { .. } => "ModalTokenNotConfigured",
            Self::Secret { .. } => "BridgeSecretError",
            Self::Event { .. } | Self::AnswerTooLarge { .. } => "BridgePayloadTooLarge",
            Self::OutOfTime { .. } | Self::OutOfTimeBefore { .. } => "BridgeDeadlineExceeded",
            Self::Modal { error, .. } => modal_error_type(error),
        }
    }

    /// Whether the message holds an exception's text, which may quote the event.
    pub(crate) fn quotes_the_function(&self) -> bool {
        matches!(
            self,
            Self::Modal {
                error: ModalError::Raised { .. }
                    | ModalError::TimedOut { .. }
                    | ModalError::Cancelled { .. }
                    | ModalError::InitFailed { .. }
                    | ModalError::Internal { .. }
                    | ModalError::Result { .. },
                ..
            }
        )
    }
}

fn modal_error_type(error: &ModalError) -> &'static str {
    match error {
        ModalError::ServerUrl { .. } => "BridgeConfigError",
        ModalError::Connect { .. } => "BridgeConnectError",
        ModalError::Unauthenticated { .. } | ModalError::PermissionDenied { .. } => {
            "ModalAuthError"
        }
        ModalError::EnvironmentNotFound { .. }
        | ModalError::AppNotFound { .. }
        | ModalError::FunctionNotFound { .. }
        | ModalError::ClassNotFunction { .. }
        | ModalError::Gone { .. } => "ModalFunctionNotFound",
        ModalError::WebFunction { .. }
        | ModalError::Generator { .. }
        | ModalError::ClassParameters { .. }
        | ModalError::CborNotAdvertised { .. }
        | ModalError::CborMissing { .. } => "ModalIncompatibleFunction",
        ModalError::Throttled { .. } => "ModalThrottled",
        ModalError::Raised { .. } | ModalError::Cancelled { .. } => "ModalRemoteError",
        ModalError::TimedOut { .. } => "ModalTimeout",
        ModalError::InitFailed { .. } => "ModalInitError",
        ModalError::Result { .. } => "ModalResultError",
        ModalError::ResultTooLarge { .. } | ModalError::Argument { .. } => "BridgePayloadTooLarge",
        ModalError::DeadlineExceeded { .. } => "BridgeDeadlineExceeded",
        ModalError::Internal { .. }
        | ModalError::Blob { .. }
        | ModalError::Rpc { .. }
        | ModalError::Incomplete { .. } => "ModalInternalError",
    }
}

fn of(call: &Option<CallId>) -> String {
    call.as_ref().map(|call| format!(" ({call})")).unwrap_or_default()
}

fn fate(cancelled: bool, call: &CallId) -> &'static str {
    match (cancelled, call) {
        (true, _) => "was cancelled",
        (false, CallId::Attempt(_)) => "runs on: Modal has no way to cancel it",
        (false, CallId::FunctionCall(_)) => "runs on: it could not be cancelled",
    }
}

impl From<BridgeError> for Diagnostic {
    fn from(error: BridgeError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: BridgeError) -> String {
        let Diagnostic { error_type, error_message } = error.into();
        format!("{error_type}: {error_message}")
    }

    #[test]
    fn an_error_after_the_call_began_names_it() {
        let call = Some(CallId::FunctionCall("fc-1".into()));
        let raised = ModalError::Raised {
            exception: r#"ValueError("bad event")"#.into(),
            traceback: String::new(),
        };
        assert_eq!(
            text(BridgeError::Modal { error: raised, call }),
            r#"ModalRemoteError: the Modal function raised ValueError("bad event") (function call fc-1)"#
        );
    }

    #[test]
    fn out_of_time_says_what_becomes_of_the_call() {
        let call = CallId::FunctionCall("fc-1".into());
        assert_eq!(
            text(BridgeError::OutOfTime { call: call.clone(), cancelled: true }),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, \
             which was cancelled"
        );
        assert_eq!(
            text(BridgeError::OutOfTime { call, cancelled: false }),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, \
             which runs on: it could not be cancelled"
        );
        let call = CallId::Attempt("at-1".into());
        assert_eq!(
            text(BridgeError::OutOfTime { call, cancelled: false }),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for attempt at-1, which \
             runs on: Modal has no way to cancel it"
        );
        let error = ModalError::DeadlineExceeded { rpc: "FunctionMap" };
        assert_eq!(
            text(BridgeError::before_call(error)),
            "BridgeDeadlineExceeded: the Lambda ran out of time in FunctionMap, before Modal had \
             confirmed a call"
        );
    }

    #[test]
    fn a_placeholder_says_what_to_put_in_its_place() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal".to_owned();
        assert_eq!(
            text(BridgeError::TokenNotConfigured { arn }),
            "ModalTokenNotConfigured: the token secret \
             arn:aws:secretsmanager:us-east-1:111122223333:secret:modal still holds the \
             placeholder; put a Modal token into it, as \
             {\"MODAL_TOKEN_ID\": \"ak-…\", \"MODAL_TOKEN_SECRET\": \"as-…\"}"
        );
    }
}
