//! What is stored, brought to the schema of now: upgrades and moves.

use serde_json::Value as Json;
use tfplugin_proto::tfplugin5 as wire;

use super::{Core, Object, plugin_error};
use crate::codec;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::types::Type;
use crate::value::{Value, quote};

/// What is moved from one type to another, as state holds it.
#[derive(Clone, Debug)]
pub struct Move {
    /// The provider that it comes from: `registry.terraform.io/hashicorp/aws`.
    pub source_provider_address: String,
    pub source_type_name: String,
    pub source_schema_version: i64,
    /// The object, in the schema of where it comes from.
    pub source_state: Json,
    pub source_private: Vec<u8>,
    pub source_identity: Option<Json>,
    pub target_type_name: String,
}

impl Core {
    /// Brings stored state of schema `version` to the schema of now. Terraform does so before every
    /// refresh, also if the version is the same. RPC: UpgradeResourceState.
    pub async fn upgrade(
        &self,
        type_name: &str,
        version: i64,
        stored: &Json,
    ) -> Result<Value, Refusal> {
        let schema = self.resource(type_name);
        let (block, ty) = (&schema.block, schema.block.ty());
        let object = self.object(type_name);
        let provider = implied_provider(type_name);
        if version > schema.version {
            return Err(self.newer(type_name));
        }
        let mut stored = stored.clone();
        if version == schema.version {
            drop_removed(&mut stored, &ty);
        }
        let request = wire::upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version,
            raw_state: Some(raw_state(&stored)),
        };
        let answer = self
            .client()
            .upgrade_resource_state(request)
            .await
            .map_err(|status| plugin_error("UpgradeResourceState", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let value = self.decode(answer.upgraded_state.as_ref(), block)?;
        let invalid = |rule: Rule, why: String| {
            Breach::new(
                rule,
                "Invalid resource state upgrade",
                format!(
                    "The {provider} provider upgraded the state for {object} from a previous \
                     version, but produced an invalid result: {why}."
                ),
            )
        };
        let mut breaches = Vec::new();
        if !value.is_wholly_known() {
            let why = "The returned state contains unknown values";
            breaches.push(invalid(Rule::UpgradeUnknown, why.to_owned()));
        }
        if value.is_null() {
            let why = "The returned state is null, so the object would be forgotten";
            breaches.push(invalid(Rule::UpgradeNull, why.to_owned()));
        }
        for (path, why) in value.ty().nonconformities(&ty) {
            let at = if path.is_root() { String::new() } else { format!("{path}: ") };
            breaches.push(invalid(Rule::UpgradeType, format!("{at}{why}")));
        }
        unbroken(breaches)?;
        unbroken(self.written_only(
            block,
            &value,
            Rule::UpgradeWriteOnly,
            "Invalid resource state upgrade",
            |path| {
                format!(
                    "While attempting to upgrade state of resource {object}, the provider \
                     {} returned a value for the write-only attribute \"{object}{path}\". \
                     Write-only attributes cannot be read back from the provider. {}",
                    quote(provider),
                    super::BUG
                )
            },
        ))?;
        Ok(value)
    }

    /// Brings a stored identity of schema `version` to the schema of now. Unlike state, an identity
    /// of the same version is taken as it is. RPC: UpgradeResourceIdentity if the versions differ,
    /// else none.
    pub async fn upgrade_identity(
        &self,
        type_name: &str,
        version: i64,
        stored: &Json,
    ) -> Result<Value, Refusal> {
        let Some(schema) = &self.resource(type_name).identity else {
            let text = format!("unknown identity type {}", quote(type_name));
            return Err(Breach::new(Rule::IdentitySchema, text, "").into());
        };
        let ty = schema.ty();
        if version > schema.version {
            return Err(self.newer(type_name));
        }
        let raw = raw_state(stored);
        if version == schema.version {
            return codec::json::decode(&raw.json, &ty)
                .map_err(|error| Breach::malformed(&error).into());
        }
        let request = wire::upgrade_resource_identity::Request {
            type_name: type_name.to_owned(),
            version,
            raw_identity: Some(raw),
        };
        let answer = self
            .client()
            .upgrade_resource_identity(request)
            .await
            .map_err(|status| plugin_error("UpgradeResourceIdentity", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, None)?;
        let data = answer.upgraded_identity.and_then(|identity| identity.identity_data);
        let identity = codec::decode(data.as_ref(), &ty)
            .map_err(|error| Refusal::from(Breach::malformed(&error)))?;
        let invalid = |rule: Rule, why: String| {
            Breach::new(
                rule,
                "Invalid resource identity upgrade",
                format!(
                    "The {} provider upgraded the identity for {} from a previous version, but \
                     produced an invalid result: {why}.",
                    implied_provider(type_name),
                    self.object(type_name)
                ),
            )
        };
        if !identity.is_wholly_known() {
            let why = "The returned state contains unknown values".to_owned();
            return Err(invalid(Rule::IdentityUnknown, why).into());
        }
        if identity.is_null() {
            let why = "The returned identity is null".to_owned();
            return Err(invalid(Rule::IdentityMissing, why).into());
        }
        let differences = identity.ty().nonconformities(&ty).into_iter();
        unbroken(
            differences
                .map(|(path, why)| {
                    let at = if path.is_root() { String::new() } else { format!("{path}: ") };
                    invalid(Rule::IdentityConforms, format!("{at}{why}"))
                })
                .collect(),
        )?;
        Ok(identity)
    }

    /// Moves an object to another type, or from another provider. RPC: MoveResourceState.
    pub async fn move_state(&self, moved: &Move) -> Result<Object, Refusal> {
        let source = format!("{}.{}", moved.source_type_name, self.instance);
        let target_type = moved.target_type_name.as_str();
        let target = self.object(target_type);
        let block = &self.resource(target_type).block;
        if !self.schemas().capabilities.move_resource_state {
            return Err(Breach::new(
                Rule::MoveNotAnnounced,
                "Unsupported `moved` across resource types",
                format!(
                    "The provider {} does not support moved operations across resource types and \
                     providers.",
                    quote(&self.address)
                ),
            )
            .into());
        }
        let request = wire::move_resource_state::Request {
            source_provider_address: moved.source_provider_address.clone(),
            source_type_name: moved.source_type_name.clone(),
            source_schema_version: moved.source_schema_version,
            source_state: Some(raw_state(&moved.source_state)),
            target_type_name: target_type.to_owned(),
            source_private: moved.source_private.clone(),
            source_identity: moved.source_identity.as_ref().map(raw_state),
            ..wire::move_resource_state::Request::default()
        };
        let answer = self
            .client()
            .move_resource_state(request)
            .await
            .map_err(|status| plugin_error("MoveResourceState", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, None)?;
        let value = self.decode(answer.target_state.as_ref(), block)?;
        let identity = self.identity(target_type, answer.target_identity.as_ref())?;
        let summary = "Provider returned invalid value";
        let resolved = self.resolved();
        let mut breaches = self.written_only(block, &value, Rule::MoveWriteOnly, summary, |path| {
            format!(
                "The provider {resolved} returned a value for the write-only attribute \
                     \"{target}{path}\" during an across type move operation to {target}. \
                     Write-only attributes cannot be read back from the provider. {}",
                super::BUG
            )
        });
        if identity.as_ref().is_some_and(|identity| !identity.is_wholly_known()) {
            breaches.push(Breach::new(
                Rule::IdentityUnknown,
                "Provider produced invalid identity",
                format!(
                    "Provider {resolved} planned an identity with unknown values for the move \
                     from {source} to {target}. \n\n{}",
                    super::BUG
                ),
            ));
        }
        let wrong_type = !value.ty().nonconformities(&block.ty()).is_empty();
        if value.is_null() || wrong_type {
            breaches.push(Breach::new(
                Rule::MoveType,
                summary,
                format!(
                    "The provider returned an invalid value during an across type move operation \
                     to {target}. This is a bug in the relevant provider; Please report it."
                ),
            ));
        }
        if !value.is_wholly_known() {
            breaches.push(Breach::new(
                Rule::MoveUnknown,
                summary,
                format!(
                    "The provider provider[{}] returned an invalid value during an across type \
                     move operation: The returned state contains unknown values. This is a bug in \
                     the relevant provider; Please report it.",
                    quote(&self.address)
                ),
            ));
        }
        unbroken(breaches)?;
        Ok(Object { value, private: answer.target_private, identity, tainted: false })
    }

    fn newer(&self, type_name: &str) -> Refusal {
        Breach::new(
            Rule::UpgradeNewer,
            "Resource instance managed by newer provider version",
            format!(
                "The current state of {} was created by a newer provider version than is \
                 currently selected. Upgrade the {} provider to work with this state.",
                self.object(type_name),
                implied_provider(type_name)
            ),
        )
        .into()
    }
}

/// What Terraform takes the provider's name to be: the type's first word.
fn implied_provider(type_name: &str) -> &str {
    type_name.split_once('_').map_or(type_name, |(name, _)| name)
}

fn raw_state(json: &Json) -> wire::RawState {
    wire::RawState { json: json.to_string().into_bytes(), ..wire::RawState::default() }
}

/// Takes away attributes that the schema no longer has, as Terraform does if its version is the same.
fn drop_removed(stored: &mut Json, ty: &Type) {
    match (stored, ty) {
        (Json::Array(elements), Type::List(of) | Type::Set(of)) => {
            for element in elements {
                drop_removed(element, of);
            }
        }
        (Json::Object(entries), Type::Map(of)) => {
            for entry in entries.values_mut() {
                drop_removed(entry, of);
            }
        }
        (Json::Object(attributes), Type::Object(types)) => {
            attributes.retain(|name, _| types.contains_key(name));
            for (name, attribute) in attributes {
                drop_removed(attribute, &types[name]);
            }
        }
        _ => {}
    }
}
