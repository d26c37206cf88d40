//! Why a measurement cannot be taken.

use std::io;

use acceptance::HarnessError;

/// What a person reads last.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The operating system refused.
    #[error("cannot {attempt}: {source}")]
    Io { attempt: String, source: io::Error },

    /// The machine lacks something, or a program did not do what is measured.
    #[error("{0}")]
    Unusable(String),

    /// The local AWS, or Terraform.
    #[error(transparent)]
    Harness(#[from] HarnessError),
}

impl Error {
    /// For `map_err`: says what was attempted when the operating system refused.
    pub(crate) fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }

    /// For `map_err`: something that went wrong in other words than the system's.
    pub(crate) fn because<E: std::fmt::Display>(attempt: &str) -> impl FnOnce(E) -> Self {
        move |error| Self::Unusable(format!("cannot {attempt}: {error}"))
    }
}
