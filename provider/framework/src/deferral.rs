//! Why an object cannot be planned yet, for a Terraform that plans in several rounds.

use crate::diagnostics::Diagnostic;

/// Why a change is put off to a later plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// The resource's own configuration is not known well enough.
    ResourceConfigUnknown,
    /// The provider block is not known yet.
    ProviderConfigUnknown,
    /// Something that the object needs does not exist yet.
    AbsentPrerequisite,
}

impl Deferral {
    /// What a Terraform that plans in one round is told instead.
    pub(crate) fn refused(self) -> Diagnostic {
        let why = match self {
            Self::ResourceConfigUnknown => "its configuration has values known only after apply",
            Self::ProviderConfigUnknown => "the provider block has values known only after apply",
            Self::AbsentPrerequisite => "something it needs does not exist yet",
        };
        Diagnostic::error(
            "Cannot plan this before another apply",
            format!(
                "This cannot be planned yet: {why}. Apply what it depends on first, with -target."
            ),
        )
    }
}
