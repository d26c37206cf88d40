//! What went wrong between the provider and Modal, and what a practitioner can do about it.

use std::fmt;

use modal_client::ModalError;
use tf_framework::Diagnostic;

use super::settings::{ModalSettingsError, Token};
use crate::sentence::sentence;

/// A question to Modal that has no answer.
#[derive(Debug, Clone)]
pub enum CallError {
    /// It was never asked.
    Settings(ModalSettingsError),
    /// Modal refused, or was not reached.
    Call {
        /// In Modal's words.
        error: ModalError,
        /// The provider's own token, where it was asked with that.
        token: Option<Token>,
    },
}

impl CallError {
    /// Whether Modal said that the token is none of its own, or no longer.
    pub fn is_about_the_token(&self) -> bool {
        matches!(self, Self::Call { error: ModalError::Unauthenticated { .. }, .. })
    }

    /// Whether the provider's settings of Modal cannot be used, so that nobody was asked.
    pub fn is_about_the_settings(&self) -> bool {
        matches!(self, Self::Settings(_))
    }

    /// The attribute that names what Modal does not have, of those that name a function.
    pub fn attribute_at_fault(&self) -> Option<&'static str> {
        let Self::Call { error, .. } = self else { return None };
        match error {
            ModalError::EnvironmentNotFound { .. } => Some("environment_name"),
            ModalError::AppNotFound { .. } => Some("app_name"),
            ModalError::FunctionNotFound { .. } | ModalError::ClassNotFunction { .. } => {
                Some("modal_function_name")
            }
            _ => None,
        }
    }

    /// "Cannot look up …": what to do, then Modal's own words.
    pub fn diagnostic(&self, attempt: &str) -> Diagnostic {
        Diagnostic::error(format!("Cannot {attempt}"), self.detail())
    }

    /// The same, for what goes on without an answer.
    pub fn warning(&self, summary: &str, consequence: &str) -> Diagnostic {
        Diagnostic::warning(summary, format!("{consequence}\n\n{}", self.detail()))
    }

    fn detail(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{advice}\n\n{}", sentence(self)),
            None => sentence(self),
        }
    }

    fn advice(&self) -> Option<String> {
        let Self::Call { error, token } = self else { return None };
        match error {
            ModalError::Unauthenticated { .. } => Some(match token {
                Some(Token { id, secret }) if id.source == secret.source => {
                    format!("Check the Modal token: it comes from {}.", id.source)
                }
                Some(Token { id, secret }) => format!(
                    "Check the Modal token: its ID comes from {}, its secret from {}.",
                    id.source, secret.source
                ),
                None => {
                    "Check the ID and the secret. A token that was deleted, or has expired, is \
                         refused as well."
                        .to_owned()
                }
            }),
            ModalError::PermissionDenied { .. } => {
                Some("Use a token of a user who may see this in Modal.".to_owned())
            }
            ModalError::Connect { .. } | ModalError::DeadlineExceeded { .. } => Some(
                "Modal is called by gRPC, which firewalls and proxies may stop. Check that this \
                 machine may connect to it."
                    .to_owned(),
            ),
            ModalError::EnvironmentNotFound { .. } => {
                Some("Check environment_name and the workspace of the Modal token.".to_owned())
            }
            ModalError::AppNotFound { .. } | ModalError::FunctionNotFound { .. } => {
                Some("Deploy it with `modal deploy`, or correct the name.".to_owned())
            }
            ModalError::Throttled { .. } => Some(
                "Try again in a while: Modal is limiting this workspace's requests.".to_owned(),
            ),
            _ => None,
        }
    }
}

/// This side's words and Modal's.
impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            // What else stands there is for who runs a Lambda function.
            Self::Call { error: ModalError::Connect { host, reason }, .. } => {
                write!(f, "cannot reach Modal at {host}: {reason}")
            }
            Self::Call { error, .. } => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

impl From<ModalSettingsError> for CallError {
    fn from(error: ModalSettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<ModalError> for CallError {
    fn from(error: ModalError) -> Self {
        Self::Call { error, token: None }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn detail(error: ModalError) -> String {
        CallError::from(error).diagnostic("ask").detail
    }

    #[test]
    fn advice_comes_before_modals_words() {
        let message = "Token ID is malformed".to_owned();
        expect![[r#"
            Check the ID and the secret. A token that was deleted, or has expired, is refused as well.

            Modal refused the token: Token ID is malformed."#]]
        .assert_eq(&detail(ModalError::Unauthenticated { message }));
        let (host, reason) = ("api.modal.com".to_owned(), "connection refused".to_owned());
        expect![[r#"
            Modal is called by gRPC, which firewalls and proxies may stop. Check that this machine may connect to it.

            Cannot reach Modal at api.modal.com: connection refused."#]]
        .assert_eq(&detail(ModalError::Connect { host, reason }));
        expect!["Modal's TokenInfoGet answered without a workspace id."].assert_eq(&detail(
            ModalError::Incomplete { rpc: "TokenInfoGet", missing: "a workspace id" },
        ));
    }
}
