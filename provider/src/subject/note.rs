//! What is said about a subject, and about which of its parts.

use thiserror::Error;

/// The part of a subject that a message is about, by the name of its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `workspace_id`
    WorkspaceId,
    /// `environment_name`
    EnvironmentName,
    /// `app_name`
    AppName,
    /// `function_name`
    FunctionName,
}

impl Part {
    /// The attribute's name.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::WorkspaceId => "workspace_id",
            Self::EnvironmentName => "environment_name",
            Self::AppName => "app_name",
            Self::FunctionName => "function_name",
        }
    }
}

/// Why a subject was refused, or what to think of before using it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SubjectNote {
    /// Where to point.
    pub part: Part,
    /// One or two sentences for the practitioner.
    pub message: String,
}

impl SubjectNote {
    pub(super) fn new(part: Part, message: impl Into<String>) -> Self {
        Self { part, message: message.into() }
    }

    /// The message as the rest of a sentence that begins with the attribute's name.
    pub fn predicate(&self) -> String {
        let attribute = self.part.attribute();
        match self.message.strip_prefix(attribute).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => format!("{rest}."),
            None => format!("cannot be used: {}.", self.message),
        }
    }
}
