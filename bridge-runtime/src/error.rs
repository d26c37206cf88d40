//! What an invocation can fail with, and the names that practitioners match on.

use std::fmt;

use bridge_contract::ConfigError;
use modal_client::{CallId, ModalError};
use serde_json::{Value, json};

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

    #[error("the event is nested deeper than 128 levels")]
    EventTooDeep,

    #[error(
        "the event holds so many values that they take {needed} MB of the Lambda's {memory} MB of \
         memory, a third of which is for them: give the bridge more memory, or send smaller events"
    )]
    EventTooDense { needed: usize, memory: usize },

    #[error("{error}{}", of(.call))]
    Modal { error: ModalError, call: Option<CallId> },

    #[error(
        "the answer has {bytes} bytes, and Lambda takes at most {limit}; let the function store its \
         result and return where it is{}", of(.call), limit = crate::answer::MAX_ANSWER
    )]
    AnswerTooLarge { bytes: usize, call: Option<CallId> },

    /// The Lambda's time ended before the function did.
    #[error("the Lambda ran out of time waiting for {call}, which {fate}")]
    OutOfTime { call: CallId, fate: Fate },

    /// The Lambda's time ended before there was a call to wait for.
    #[error("the Lambda ran out of time in {step}, before Modal had confirmed a call")]
    OutOfTimeBefore { step: &'static str },

    /// A record of a batch whose turn never came.
    #[error("the Lambda ran out of time before it was this record's turn")]
    NotStarted,

    /// A batch of which nothing succeeded, or of which AWS cannot be told what failed.
    #[error("{failed} of {total} records failed; the first: {first}")]
    Records { failed: usize, total: usize, first: Box<Self> },

    /// A record that its function returned in `batchItemFailures`.
    #[error("the Modal function says that the record failed ({call})")]
    RecordFailed { call: CallId },

    #[error("the control event {reason}")]
    Control { reason: &'static str },

    /// What was asked to be done once cannot be told to have been done. Nothing was called.
    #[error("{reason}")]
    Idempotency { reason: String },
}

/// What becomes of a call that outlasts the Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Cancelled,
    /// It was cancelled, and has not been seen to have stopped. It may yet return, or Modal may have
    /// failed it before.
    Cancelling,
    /// It was to be cancelled, and Modal did not confirm it.
    NotCancelled,
    /// On an input plane nobody can cancel.
    NoWay,
    /// As the practitioner wants it.
    Abandoned,
    /// The invocation that started it may be waiting for it.
    Another,
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
            Self::Config(_) | Self::Setup { .. } | Self::Control { .. } => "BridgeConfigError",
            Self::TokenNotConfigured { .. } => "ModalTokenNotConfigured",
            Self::Secret { .. } => "BridgeSecretError",
            Self::Event { .. } => "BridgeEventError",
            Self::EventTooDeep | Self::EventTooDense { .. } | Self::AnswerTooLarge { .. } => {
                "BridgePayloadTooLarge"
            }
            Self::OutOfTime { .. } | Self::OutOfTimeBefore { .. } | Self::NotStarted => {
                "BridgeDeadlineExceeded"
            }
            Self::Records { first, .. } => first.error_type(),
            Self::RecordFailed { .. } => "ModalRemoteError",
            Self::Idempotency { .. } => "BridgeIdempotencyError",
            Self::Modal { error, .. } => modal_error_type(error),
        }
    }

    /// The call that failed, where there was one.
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::Modal { call, .. } | Self::AnswerTooLarge { call, .. } => call.as_ref(),
            Self::OutOfTime { call, .. } | Self::RecordFailed { call } => Some(call),
            Self::Records { first, .. } => first.call(),
            _ => None,
        }
    }

    /// Whether the same event may succeed later though nobody changes anything. A function's own
    /// failure is none of these: its author says by `retries=` what is worth another try.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.error_type(),
            "ModalThrottled"
                | "ModalInternalError"
                | "BridgeConnectError"
                | "BridgeDeadlineExceeded"
                | "BridgeSecretError"
                | "BridgeIdempotencyError"
        )
    }

    /// What Lambda's caller gets. A state machine reads it from `Cause`.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "errorType": self.error_type(),
            "errorMessage": self.to_string(),
            "retryable": self.is_retryable(),
        });
        if let Some(CallId::FunctionCall(id)) = self.call() {
            body["function_call_id"] = id.as_str().into();
        }
        body
    }

    /// Whether the message holds an exception's text, which may quote the event.
    pub(crate) fn quotes_the_function(&self) -> bool {
        match self {
            Self::Modal { error, .. } => matches!(
                error,
                ModalError::Raised { .. }
                    | ModalError::TimedOut { .. }
                    | ModalError::Cancelled { .. }
                    | ModalError::InitFailed { .. }
                    | ModalError::Internal { .. }
                    | ModalError::Result { .. }
            ),
            Self::Records { first, .. } => first.quotes_the_function(),
            _ => false,
        }
    }

    /// Whether Modal took a call, and what is known of its end.
    pub(crate) fn end(&self) -> End {
        match self {
            Self::OutOfTime { fate: Fate::Cancelled, .. } => End::Over,
            Self::OutOfTime { .. } => End::Unknown,
            Self::Modal { call: None, .. } => End::NoCall,
            Self::Modal { error, call: Some(_) } => match error {
                ModalError::Raised { .. }
                | ModalError::TimedOut { .. }
                | ModalError::Cancelled { .. }
                | ModalError::InitFailed { .. }
                | ModalError::Internal { .. }
                | ModalError::CborMissing { .. }
                | ModalError::Gone { .. } => End::Over,
                // Asking failed, not the call.
                _ => End::Unknown,
            },
            _ => End::NoCall,
        }
    }
}

/// What an error tells of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// No call is known to have begun.
    NoCall,
    /// It has ended without a result.
    Over,
    /// It may still run, or have a result by now.
    Unknown,
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

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled | Self::Cancelling => "was cancelled",
            Self::NotCancelled => "runs on: it could not be cancelled",
            Self::NoWay => "runs on: Modal has no way to cancel it",
            Self::Another => "runs on for the invocation that started it",
            Self::Abandoned => "runs on, as on_timeout = \"abandon\" says",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: BridgeError) -> String {
        format!("{}: {error}", error.error_type())
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
        let said = |call: CallId, fate| text(BridgeError::OutOfTime { call, fate });
        let call = CallId::FunctionCall("fc-1".into());
        assert_eq!(
            said(call.clone(), Fate::Cancelled),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, \
             which was cancelled"
        );
        assert_eq!(
            said(call.clone(), Fate::NotCancelled),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, \
             which runs on: it could not be cancelled"
        );
        assert_eq!(
            said(call, Fate::Abandoned),
            "BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, \
             which runs on, as on_timeout = \"abandon\" says"
        );
        assert_eq!(
            said(CallId::Attempt("at-1".into()), Fate::NoWay),
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
    fn lambda_s_caller_gets_the_call_s_id_and_whether_to_try_again() {
        let call = CallId::FunctionCall("fc-1".into());
        let late = BridgeError::OutOfTime { call, fate: Fate::Abandoned };
        let records = BridgeError::Records { failed: 2, total: 2, first: Box::new(late) };
        expect_test::expect![[r#"{"errorType":"BridgeDeadlineExceeded","errorMessage":"2 of 2 records failed; the first: the Lambda ran out of time waiting for function call fc-1, which runs on, as on_timeout = \"abandon\" says","retryable":true,"function_call_id":"fc-1"}"#]]
        .assert_eq(&records.body().to_string());
        let control = BridgeError::Control { reason: "needs an operation" };
        assert_eq!(
            control.body().to_string(),
            r#"{"errorType":"BridgeConfigError","errorMessage":"the control event needs an operation","retryable":false}"#
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
