//! What Terraform answers with instead of going on.

use std::fmt;

use crate::codec::Malformed;
use crate::config::ConfigError;
use crate::diagnostics::Diagnostic;
use crate::path::Path;

/// Why a step did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The provider said so itself: its error diagnostics.
    Provider(Vec<Diagnostic>),
    /// The provider broke rules of the protocol: a bug in it, and what Terraform says about that.
    Broken(Vec<Breach>),
    /// The configuration does not fit the schema: Terraform would not have asked the provider.
    Configuration(ConfigError),
}

impl Refusal {
    /// The first rule that was broken, if this is about one.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Broken(breaches) => breaches.first().map(|breach| breach.rule),
            _ => None,
        }
    }

    /// The breaches, if this is about any.
    pub fn breaches(&self) -> &[Breach] {
        match self {
            Self::Broken(breaches) => breaches,
            _ => &[],
        }
    }
}

impl From<Breach> for Refusal {
    fn from(breach: Breach) -> Self {
        Self::Broken(vec![breach])
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(diagnostics) => separated(f, diagnostics),
            Self::Broken(breaches) => separated(f, breaches),
            Self::Configuration(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Refusal {}

fn separated(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str("\n\n")?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

/// `Ok` without breaches, and else the refusal.
pub(crate) fn unbroken(breaches: Vec<Breach>) -> Result<(), Refusal> {
    if breaches.is_empty() { Ok(()) } else { Err(Refusal::Broken(breaches)) }
}

/// One broken rule, in Terraform's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub rule: Rule,
    pub summary: String,
    pub detail: String,
}

impl Breach {
    pub(crate) fn new(rule: Rule, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { rule, summary: summary.into(), detail: detail.into() }
    }

    /// Bytes that are no value of the schema's type.
    pub(crate) fn malformed(error: &Malformed) -> Self {
        Self::new(Rule::WireValue, error.to_string(), "")
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error: {}", self.summary)?;
        if !self.detail.is_empty() {
            write!(f, "\n\n{}", self.detail)?;
        }
        Ok(())
    }
}

/// A rule that a value breaks at a place in it; the step decides how it is said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) rule: Rule,
    pub(crate) path: Path,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(rule: Rule, path: &Path, message: impl Into<String>) -> Self {
        Self { rule, path: path.clone(), message: message.into() }
    }

    /// The message after an address: `tiny_note.this.name: planned value …`.
    pub(crate) fn after(&self, address: &str) -> String {
        format!("{address}{}: {}", self.path, self.message)
    }
}

/// The message alone: `.name: planned value …`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// The rules that the checker knows. Those marked *stricter* Terraform forgives, or punishes with a
/// panic or with silence, which a provider must not count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    // Any answer.
    /// A gRPC status is for crashes: what a practitioner should read is a diagnostic.
    GrpcStatus,
    /// A value has exactly the shape of the schema's type.
    WireValue,
    /// A diagnostic is an error or a warning. *Stricter*: Terraform drops others in silence.
    DiagnosticSeverity,
    /// A diagnostic has a summary. *Stricter*.
    DiagnosticSummary,
    /// A diagnostic's path exists in the schema. *Stricter*: Terraform points at the whole block.
    DiagnosticPath,
    /// No deferral unless Terraform allowed it.
    DeferralNotAllowed,
    /// A deferral has a reason. *Stricter*.
    DeferralReason,
    /// What is said in short agrees with the schemas. *Stricter*: Terraform does not ask.
    Metadata,
    /// `legacy_type_system` stays false. *Stricter*: it turns Terraform's checks into log lines.
    LegacyTypeSystem,

    // Schemas.
    /// There is a schema of the provider's configuration.
    ProviderSchema,
    /// A schema has a block.
    SchemaBlock,
    /// The type of an attribute can be read. Terraform panics.
    SchemaType,
    /// A name stands for one thing. *Stricter* for two attributes: the last one wins.
    SchemaNameTwice,
    /// An attribute is required, optional or computed.
    AttributeMode,
    /// Not required and optional.
    AttributeRequiredAndOptional,
    /// Not required and computed.
    AttributeRequiredAndComputed,
    /// Blocks are named with lowercase letters, digits and underscores.
    BlockName,
    /// A block has a nesting mode.
    BlockNesting,
    /// The numbers of blocks fit the nesting mode.
    BlockItems,
    /// Blocks in a set have no dynamic attributes.
    SetBlockDynamic,
    /// Blocks in a set have no write-only attributes.
    SetBlockWriteOnly,
    /// A deprecation message belongs to something deprecated.
    DeprecationMessage,
    /// Write-only values are given, so not computed. *Stricter*.
    WriteOnlyMode,
    /// Versions are not negative.
    SchemaVersion,
    /// An identity's attributes are primitives or lists.
    IdentityType,
    /// An identity's attribute is required or optional for import.
    IdentityMode,
    /// An identity belongs to a resource type. *Stricter*.
    IdentityWithoutResource,
    /// What can be listed is a managed resource type with an identity.
    ListWithoutIdentity,
    /// Functions and their parameters have names, types and a return type.
    FunctionDeclaration,

    // Plans.
    /// What the configuration sets is planned, or what was there before.
    PlanEchoesConfiguration,
    /// What is not computed and not set is planned as null.
    PlanSetsNotComputed,
    /// There is a planned object exactly when there is a configuration.
    PlanPresence,
    /// Blocks are the configuration's: as many, with the same keys, never null.
    PlanBlocks,
    /// Blocks are unknown exactly where the configuration is.
    PlanUnknownBlock,
    /// A planned object has the schema's type.
    PlanType,
    /// A destroy is planned as null.
    PlanDestroy,
    /// What requires replacement exists.
    PlanReplacePath,
    /// Write-only values are in no plan.
    PlanWriteOnly,
    /// The plan does not change between plan and apply.
    FinalPlanAction,
    /// Values planned as known stay when more of the configuration is known.
    FinalPlanValue,
    /// What was not deferred at plan is not deferred at apply.
    FinalPlanDeferred,
    /// After an apply, the plan is empty. *Stricter*: practitioners see changes for ever.
    PlanNotEmpty,
    /// Planning the same twice gives the same. *Stricter*: also what stays unknown, and the private data.
    PlanRepeatable,

    // Applies.
    /// Values planned as known are applied, and unknown ones within their refinements.
    ApplyPlannedValue,
    /// Blocks stay as planned.
    ApplyPlannedBlocks,
    /// Nothing is unknown after apply.
    ApplyUnknown,
    /// An object has the schema's type.
    ApplyType,
    /// A destroy leaves null.
    ApplyDestroy,
    /// A create or an update leaves an object.
    ApplyNull,
    /// Write-only values are in no state.
    ApplyWriteOnly,

    // Reads, upgrades, moves, imports.
    /// Nothing is unknown after read.
    ReadUnknown,
    /// An object has the schema's type.
    ReadType,
    /// Blocks are empty, not null. *Stricter*: Terraform repairs them in silence.
    ReadNullBlocks,
    /// Write-only values are in no state.
    ReadWriteOnly,
    /// What nobody changed is read as it was saved. *Stricter*.
    ReadDrift,
    /// A read answers with a state: nothing at all means "gone". *Stricter*.
    ReadMissing,
    /// Nothing is unknown after upgrade.
    UpgradeUnknown,
    /// An object has the schema's type.
    UpgradeType,
    /// Write-only values are in no state.
    UpgradeWriteOnly,
    /// An upgrade keeps the object. *Stricter*: null loses it.
    UpgradeNull,
    /// State of a later version is not read.
    UpgradeNewer,
    /// Nothing is unknown after a move.
    MoveUnknown,
    /// A moved object has the schema's type and exists.
    MoveType,
    /// Write-only values are in no state.
    MoveWriteOnly,
    /// Only a provider that announces it is asked to move.
    MoveNotAnnounced,
    /// An import gives one object.
    ImportCount,
    /// An import names the type.
    ImportTypeName,
    /// An import by id gives a state.
    ImportNull,
    /// What is imported exists.
    ImportGone,
    /// Write-only values are in no state.
    ImportWriteOnly,
    /// An import by identity gives the identity.
    ImportIdentity,
    /// What is imported is what was in the state. *Stricter*.
    ImportDiffers,
    /// Generated configuration fits the schema. *Stricter*.
    GeneratedConfig,

    // Identities.
    /// An identity is known, unless the object is about to be made.
    IdentityUnknown,
    /// An identity has the identity schema's type.
    IdentityConforms,
    /// There is an identity schema where there are identities.
    IdentitySchema,
    /// An identity does not change while the object lives. *Stricter*.
    IdentityChanged,
    /// A type with an identity schema gives identities. *Stricter*.
    IdentityMissing,

    // Data sources, ephemeral resources, functions, lists, actions.
    /// A data source gives an object.
    DataSourceNull,
    /// A data source gives all of it.
    DataSourceUnknown,
    /// What a data source gives has the schema's type.
    DataSourceType,
    /// A data source echoes its configuration. *Stricter*.
    DataSourceConfiguration,
    /// What an ephemeral resource gives agrees with its configuration.
    EphemeralResult,
    /// What an ephemeral resource gives is known. *Stricter*.
    EphemeralUnknown,
    /// A function gives a value of its return type, known if its arguments are.
    FunctionResult,
    /// A function gives the same for the same.
    FunctionRepeatable,
    /// An argument that a function complains about exists. *Stricter*.
    FunctionArgument,
    /// What is listed has an identity.
    ListIdentity,
    /// What is listed has a name to show. *Stricter*.
    ListDisplayName,
    /// What is listed comes with its object when asked for. *Stricter*.
    ListObject,
    /// A list ends where it was told to. *Stricter*: Terraform stops reading.
    ListLimit,
    /// An action's stream ends with one completion.
    ActionCompletion,
    /// An event of an action is progress or completion. Terraform panics.
    ActionEvent,
}
