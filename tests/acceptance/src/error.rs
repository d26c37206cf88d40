//! What can go wrong with the harness itself, or between it and a program that it started.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::aws_driver::AwsFault;

/// Why the harness could not do what a test or the demo asked.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// Something that `cargo xtask` makes is not there.
    #[error("{what} is missing ({}); make it with `{remedy}`", .path.display())]
    Missing { what: &'static str, path: PathBuf, remedy: &'static str },

    /// A variable of the environment has to say where something is.
    #[error("{name} is not set; it names {what}")]
    Unset { name: &'static str, what: &'static str },

    /// The operating system refused.
    #[error("cannot {attempt}: {source}")]
    Io { attempt: String, source: io::Error },

    /// A server ended, or said nothing in time, instead of telling where it listens.
    #[error("{name} did not start: {reason}; its log says:\n{log}")]
    NotStarted { name: String, reason: String, log: String },

    /// A program answered something that is not in its contract.
    #[error("{program} answered what is not expected: {answer}")]
    BadAnswer { program: &'static str, answer: String },

    /// AWS refused a call.
    #[error(transparent)]
    Aws(#[from] AwsFault),

    /// Somebody asked for a Terraform that is none of ours.
    #[error("there is no Terraform {name:?} to run; there is {known}")]
    UnknownCore { name: String, known: String },

    /// Terraform ended with an error.
    #[error("`terraform {command}` failed:\n{output}")]
    Terraform { command: String, output: String },
}

impl HarnessError {
    /// For `map_err`: says what was attempted when the operating system refused.
    pub fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }
}

/// The end of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
