//! The mistakes: one for each rule that Terraform enforces.

use std::str::FromStr;
use std::time::SystemTime;

use rmpv::Value;
use tfplugin_proto::tfplugin5::{
    self as wire, AttributePath, Deferred, Diagnostic, attribute_path, deferred,
};

use crate::edit::{dynamic, edit, edit_identity, is_object, remove, set, unknown, unknown_from};

macro_rules! faults {
    ($($fault:ident = $name:literal,)*) => {
        /// One mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault {
            $($fault,)*
        }

        impl FromStr for Fault {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                match name {
                    $($name => Ok(Self::$fault),)*
                    other => Err(format!("there is no fault {other:?}")),
                }
            }
        }
    };
}

faults! {
    None = "none",

    SchemaRequiredAndOptional = "schema-required-and-optional",
    SchemaRequiredAndComputed = "schema-required-and-computed",
    SchemaNoMode = "schema-no-mode",
    SchemaBlockName = "schema-block-name",
    SchemaBlockItems = "schema-block-items",
    SchemaSetBlockWriteOnly = "schema-set-block-write-only",
    SchemaNoProvider = "schema-no-provider",
    SchemaIdentityMode = "schema-identity-mode",

    DiagnosticWithoutSeverity = "diagnostic-without-severity",
    DiagnosticPathIsNone = "diagnostic-path-is-none",

    UpgradeUnknown = "upgrade-unknown",
    UpgradeOtherType = "upgrade-other-type",
    UpgradeWriteOnly = "upgrade-write-only",
    UpgradeNothing = "upgrade-nothing",

    ReadUnknown = "read-unknown",
    ReadOtherType = "read-other-type",
    ReadWriteOnly = "read-write-only",
    ReadDeferred = "read-deferred",
    ReadIdentityUnknown = "read-identity-unknown",
    ReadIdentityOtherType = "read-identity-other-type",

    PlanOtherValue = "plan-other-value",
    PlanValueNotComputed = "plan-value-not-computed",
    PlanFewerBlocks = "plan-fewer-blocks",
    PlanBlocksNull = "plan-blocks-null",
    PlanBlocksUnknown = "plan-blocks-unknown",
    PlanBlockOtherValue = "plan-block-other-value",
    PlanMissingAttribute = "plan-missing-attribute",
    PlanExtraAttribute = "plan-extra-attribute",
    PlanOtherType = "plan-other-type",
    PlanNull = "plan-null",
    PlanNothing = "plan-nothing",
    PlanWriteOnly = "plan-write-only",
    PlanLegacy = "plan-legacy",
    PlanDeferred = "plan-deferred",
    PlanReplaceNoSuchPath = "plan-replace-no-such-path",
    PlanDestroyNotNull = "plan-destroy-not-null",
    PlanNotDeterministic = "plan-not-deterministic",
    PlanRefined = "plan-refined",
    PlanIdentityUnknown = "plan-identity-unknown",

    ApplyOtherValue = "apply-other-value",
    ApplyOtherSensitiveValue = "apply-other-sensitive-value",
    ApplyFewerBlocks = "apply-fewer-blocks",
    ApplyElementVanished = "apply-element-vanished",
    ApplyUnknown = "apply-unknown",
    ApplyOtherType = "apply-other-type",
    ApplyNull = "apply-null",
    ApplyWriteOnly = "apply-write-only",
    ApplyDestroyNotNull = "apply-destroy-not-null",
    ApplyIdentityUnknown = "apply-identity-unknown",

    ImportWithoutType = "import-without-type",
    ImportNull = "import-null",
    ImportNothing = "import-nothing",
    ImportWriteOnly = "import-write-only",

    MoveNull = "move-null",

    DataOtherType = "data-other-type",
    DataUnknown = "data-unknown",
    DataNull = "data-null",
    DataOtherValue = "data-other-value",

    OpenUnknown = "open-unknown",
    OpenOtherType = "open-other-type",
    OpenDeferred = "open-deferred",

    CallOtherType = "call-other-type",

    ListWithoutIdentity = "list-without-identity",
    ListOtherType = "list-other-type",
}

/// The type that most mistakes are made with.
const NOTE: &str = "tiny_note";

impl Fault {
    pub(crate) fn schema(self, answer: &mut wire::get_provider_schema::Response) {
        if self == Self::SchemaNoProvider {
            answer.provider = None;
        }
        let schema = answer.resource_schemas.get_mut(NOTE);
        let Some(block) = schema.and_then(|schema| schema.block.as_mut()) else { return };
        let Some(attribute) = block.attributes.first_mut() else { return };
        match self {
            Self::SchemaRequiredAndOptional => attribute.optional = true,
            Self::SchemaRequiredAndComputed => attribute.computed = true,
            Self::SchemaNoMode => attribute.required = false,
            Self::SchemaBlockName => block.block_types[0].type_name = "Line".to_owned(),
            Self::SchemaBlockItems => {
                block.block_types[0].min_items = 2;
                block.block_types[0].max_items = 1;
            }
            Self::SchemaSetBlockWriteOnly => {
                use wire::schema::nested_block::NestingMode;
                let nested = &mut block.block_types[0];
                nested.nesting = NestingMode::Set.into();
                if let Some(attribute) =
                    nested.block.as_mut().and_then(|block| block.attributes.first_mut())
                {
                    attribute.write_only = true;
                }
            }
            _ => {}
        }
    }

    pub(crate) fn identity_schemas(
        self,
        answer: &mut wire::get_resource_identity_schemas::Response,
    ) {
        let schema = answer.identity_schemas.get_mut(NOTE);
        if let (Self::SchemaIdentityMode, Some(schema)) = (self, schema) {
            schema.identity_attributes[0].required_for_import = false;
        }
    }

    pub(crate) fn validate(self, answer: &mut wire::validate_resource_type_config::Response) {
        let diagnostic = |severity: i32, attribute| Diagnostic {
            severity,
            summary: "Careful".to_owned(),
            detail: "This is an example.".to_owned(),
            attribute,
        };
        let warning = wire::diagnostic::Severity::Warning.into();
        match self {
            Self::DiagnosticWithoutSeverity => answer.diagnostics.push(diagnostic(0, None)),
            Self::DiagnosticPathIsNone => {
                answer.diagnostics.push(diagnostic(warning, Some(path("nope"))));
            }
            _ => {}
        }
    }

    pub(crate) fn upgrade(self, answer: &mut wire::upgrade_resource_state::Response) {
        let state = &mut answer.upgraded_state;
        match self {
            Self::UpgradeUnknown => edit(state, |note| set(note, "length", unknown())),
            Self::UpgradeOtherType => edit(state, |note| set(note, "length", "many")),
            Self::UpgradeWriteOnly => edit(state, |note| set(note, "secret_wo", "hush")),
            Self::UpgradeNothing => *state = None,
            _ => {}
        }
    }

    pub(crate) fn read(self, answer: &mut wire::read_resource::Response) {
        let state = &mut answer.new_state;
        let identity = &mut answer.new_identity;
        match self {
            Self::ReadUnknown => edit(state, |note| set(note, "length", unknown())),
            Self::ReadOtherType => edit(state, |note| set(note, "length", "many")),
            Self::ReadWriteOnly => edit(state, |note| set(note, "secret_wo", "hush")),
            Self::ReadDeferred => answer.deferred = Some(absent()),
            Self::ReadIdentityUnknown => {
                edit_identity(identity, |identity| set(identity, "name", unknown()));
            }
            Self::ReadIdentityOtherType => {
                edit_identity(identity, |identity| set(identity, "name", 1));
            }
            _ => {}
        }
    }

    pub(crate) fn plan(
        self,
        asked: &wire::plan_resource_change::Request,
        answer: &mut wire::plan_resource_change::Response,
    ) {
        if !is_object(asked.config.as_ref()) {
            if self == Self::PlanDestroyNotNull {
                answer.planned_state.clone_from(&asked.prior_state);
            }
            return;
        }
        let state = &mut answer.planned_state;
        let line = |text: &str| Value::Map(vec![("text".into(), text.into())]);
        match self {
            Self::PlanOtherValue => edit(state, |note| set(note, "text", "changed")),
            Self::PlanValueNotComputed => edit(state, |note| set(note, "colour", "blue")),
            Self::PlanFewerBlocks => edit(state, |note| set(note, "line", Value::Array(vec![]))),
            Self::PlanBlocksNull => edit(state, |note| set(note, "line", Value::Nil)),
            Self::PlanBlocksUnknown => edit(state, |note| set(note, "line", unknown())),
            Self::PlanBlockOtherValue => {
                edit(state, |note| set(note, "line", Value::Array(vec![line("changed")])));
            }
            Self::PlanMissingAttribute => edit(state, |note| remove(note, "length")),
            Self::PlanExtraAttribute => edit(state, |note| set(note, "weight", 1)),
            Self::PlanOtherType => edit(state, |note| set(note, "length", "many")),
            Self::PlanNull => *state = Some(dynamic(&Value::Nil)),
            Self::PlanNothing => *state = None,
            Self::PlanWriteOnly => edit(state, |note| set(note, "secret_wo", "hush")),
            Self::PlanLegacy => {
                edit(state, |note| set(note, "text", "changed"));
                answer.legacy_type_system = true;
            }
            Self::PlanDeferred => answer.deferred = Some(absent()),
            Self::PlanReplaceNoSuchPath => answer.requires_replace.push(path("nope")),
            Self::PlanNotDeterministic => {
                // Each plan is another time.
                edit(state, |note| set(note, "length", now()));
            }
            Self::PlanRefined => edit(state, |note| set(note, "length", unknown_from(1000))),
            Self::PlanIdentityUnknown => {
                let identity = Value::Map(vec![("name".into(), unknown())]);
                answer.planned_identity =
                    Some(wire::ResourceIdentityData { identity_data: Some(dynamic(&identity)) });
            }
            _ => {}
        }
    }

    pub(crate) fn apply(
        self,
        asked: &wire::apply_resource_change::Request,
        answer: &mut wire::apply_resource_change::Response,
    ) {
        if !is_object(asked.planned_state.as_ref()) {
            if self == Self::ApplyDestroyNotNull {
                answer.new_state.clone_from(&asked.prior_state);
            }
            return;
        }
        let state = &mut answer.new_state;
        match self {
            Self::ApplyOtherValue => edit(state, |note| set(note, "text", "changed")),
            Self::ApplyOtherSensitiveValue => edit(state, |note| set(note, "pin", "0000")),
            Self::ApplyFewerBlocks => edit(state, |note| set(note, "line", Value::Array(vec![]))),
            Self::ApplyElementVanished => {
                edit(state, |note| set(note, "labels", Value::Map(vec![])));
            }
            Self::ApplyUnknown => edit(state, |note| set(note, "length", unknown())),
            Self::ApplyOtherType => edit(state, |note| set(note, "length", "many")),
            Self::ApplyNull => *state = Some(dynamic(&Value::Nil)),
            Self::ApplyWriteOnly => edit(state, |note| set(note, "secret_wo", "hush")),
            Self::ApplyIdentityUnknown => {
                edit_identity(&mut answer.new_identity, |identity| {
                    set(identity, "name", unknown())
                });
            }
            _ => {}
        }
    }

    pub(crate) fn import(self, answer: &mut wire::import_resource_state::Response) {
        if self == Self::ImportNothing {
            answer.imported_resources.clear();
        }
        let Some(imported) = answer.imported_resources.first_mut() else { return };
        let state = &mut imported.state;
        match self {
            Self::ImportWithoutType => imported.type_name.clear(),
            Self::ImportNull => *state = Some(dynamic(&Value::Nil)),
            Self::ImportWriteOnly => edit(state, |note| set(note, "secret_wo", "hush")),
            _ => {}
        }
    }

    pub(crate) fn moved(self, answer: &mut wire::move_resource_state::Response) {
        if self == Self::MoveNull {
            answer.target_state = Some(dynamic(&Value::Nil));
        }
    }

    pub(crate) fn data(self, answer: &mut wire::read_data_source::Response) {
        let state = &mut answer.state;
        match self {
            Self::DataOtherType => edit(state, |note| set(note, "text", Value::Array(vec![]))),
            Self::DataUnknown => edit(state, |note| set(note, "text", unknown())),
            Self::DataNull => *state = Some(dynamic(&Value::Nil)),
            Self::DataOtherValue => edit(state, |note| set(note, "name", "changed")),
            _ => {}
        }
    }

    pub(crate) fn open(self, answer: &mut wire::open_ephemeral_resource::Response) {
        let result = &mut answer.result;
        match self {
            Self::OpenUnknown => edit(result, |key| set(key, "teeth", unknown())),
            Self::OpenOtherType => edit(result, |key| set(key, "teeth", Value::Array(vec![]))),
            Self::OpenDeferred => answer.deferred = Some(absent()),
            _ => {}
        }
    }

    pub(crate) fn call(self, answer: &mut wire::call_function::Response) {
        if self == Self::CallOtherType {
            answer.result = Some(dynamic(&Value::Array(vec![])));
        }
    }

    pub(crate) fn listed(
        self,
        mut event: wire::list_resource::Event,
    ) -> wire::list_resource::Event {
        match self {
            Self::ListWithoutIdentity => event.identity = None,
            Self::ListOtherType => {
                edit(&mut event.resource_object, |note| set(note, "length", "many"));
            }
            _ => {}
        }
        event
    }
}

fn path(name: &str) -> AttributePath {
    let selector = Some(attribute_path::step::Selector::AttributeName(name.to_owned()));
    AttributePath { steps: vec![attribute_path::Step { selector }] }
}

fn absent() -> Deferred {
    Deferred { reason: deferred::Reason::AbsentPrereq.into() }
}

/// Nanoseconds, which no two plans share.
#[expect(clippy::disallowed_methods, reason = "what a plan must not depend on")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
