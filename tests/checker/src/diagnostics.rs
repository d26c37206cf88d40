//! What a provider says to people, and whether it can be said.

use std::fmt;

use tfplugin_proto::tfplugin5 as wire;

use crate::path::{Path, Step};
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::schema::Block;
use crate::value::quote;

/// An error or a warning of a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub summary: String,
    pub detail: String,
    /// What it is about; the root if it names nothing.
    pub path: Path,
}

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
        };
        write!(f, "{severity}: {}", self.summary)?;
        if !self.path.is_root() {
            write!(f, "\n\n  at {}", self.path)?;
        }
        if !self.detail.is_empty() {
            write!(f, "\n\n{}", self.detail)?;
        }
        Ok(())
    }
}

/// What an answer says, sorted: the errors, the warnings, and what is wrong with saying it so.
pub(crate) struct Said {
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) breaches: Vec<Breach>,
}

impl Said {
    /// Reads the diagnostics of an answer about a block of this schema, if it is about one.
    pub(crate) fn read(diagnostics: &[wire::Diagnostic], schema: Option<&Block>) -> Self {
        let mut said = Self { errors: Vec::new(), warnings: Vec::new(), breaches: Vec::new() };
        for diagnostic in diagnostics {
            said.read_one(diagnostic, schema);
        }
        said
    }

    fn read_one(&mut self, diagnostic: &wire::Diagnostic, schema: Option<&Block>) {
        let summary = quote(&diagnostic.summary);
        let path = diagnostic.attribute.as_ref().map(path).unwrap_or_default();
        if diagnostic.summary.is_empty() {
            self.breaches.push(Breach::new(
                Rule::DiagnosticSummary,
                "Provider returned a diagnostic without a summary",
                format!("Its detail is {}.", quote(&diagnostic.detail)),
            ));
        }
        if let Some(schema) = schema
            && !schema.has_path(&path)
        {
            self.breaches.push(Breach::new(
                Rule::DiagnosticPath,
                "Provider returned a diagnostic about an attribute that does not exist",
                format!(
                    "The diagnostic {summary} names {path}, which the schema does not have. \
                     Terraform points at the whole block instead."
                ),
            ));
        }
        use wire::diagnostic::Severity as Wire;
        let severity = match diagnostic.severity() {
            Wire::Error => Severity::Error,
            Wire::Warning => Severity::Warning,
            Wire::Invalid => {
                self.breaches.push(Breach::new(
                    Rule::DiagnosticSeverity,
                    "Provider returned a diagnostic that is neither an error nor a warning",
                    format!(
                        "The diagnostic {summary} has severity {}. Terraform drops it in silence \
                         and goes on.",
                        diagnostic.severity
                    ),
                ));
                return;
            }
        };
        let read = Diagnostic {
            severity,
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            path,
        };
        match severity {
            Severity::Error => self.errors.push(read),
            Severity::Warning => self.warnings.push(read),
        }
    }

    /// The warnings, where nothing else was said.
    pub(crate) fn warnings(self) -> Result<Vec<Diagnostic>, Refusal> {
        unbroken(self.breaches)?;
        if self.errors.is_empty() { Ok(self.warnings) } else { Err(Refusal::Provider(self.errors)) }
    }
}

/// The path that a message writes.
pub(crate) fn path(wire: &wire::AttributePath) -> Path {
    use wire::attribute_path::step::Selector;
    wire.steps
        .iter()
        .filter_map(|step| {
            Some(match step.selector.as_ref()? {
                Selector::AttributeName(name) => Step::Attribute(name.clone()),
                Selector::ElementKeyString(key) => Step::Key(key.clone()),
                Selector::ElementKeyInt(index) => Step::Index(*index),
            })
        })
        .collect()
}
