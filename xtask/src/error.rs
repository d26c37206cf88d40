//! Why a command ended.

use std::io;

use acceptance::HarnessError;

/// What a person reads last.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Ctrl-C, or a request to end.
    #[error("interrupted")]
    Interrupted,

    /// A program that we ran did not succeed.
    #[error("this failed ({status}):\n  {command}{log}")]
    Failed { command: String, status: String, log: String },

    /// The operating system refused.
    #[error("cannot {attempt}: {source}")]
    Io { attempt: String, source: io::Error },

    /// The machine lacks something, or a file is not what it should be.
    #[error("{0}")]
    Unusable(String),

    /// The local servers, Terraform, or AWS's answer to the demo.
    #[error(transparent)]
    Harness(#[from] HarnessError),
}

impl Error {
    /// For `map_err`: says what was attempted when the operating system refused.
    pub(crate) fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }
}
