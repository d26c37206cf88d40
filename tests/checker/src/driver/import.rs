//! Importing what exists, and writing the configuration for it.

use tfplugin_proto::tfplugin5 as wire;

use super::{BUG, Core, Object, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::schema::Block;
use crate::value::{Value, quote};

/// What names the object to import.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// The text that `terraform import` takes.
    Id(String),
    /// The identity that an import block may have instead.
    Identity(Config),
}

impl ImportTarget {
    /// An object by its id.
    pub fn id(id: &str) -> Self {
        Self::Id(id.to_owned())
    }

    /// An object by its identity.
    pub fn identity(identity: impl Into<Config>) -> Self {
        Self::Identity(identity.into())
    }
}

impl Core {
    /// Imports one object and reads it. RPCs: ImportResourceState, ReadResource.
    pub async fn import(&self, type_name: &str, target: &ImportTarget) -> Result<Object, Refusal> {
        let imported = self.import_only(type_name, target).await?;
        let (read, deferred) = self.read_or_defer(type_name, &imported).await?;
        match read {
            Some(read) => Ok(read),
            None if deferred => Ok(imported),
            None => Err(Breach::new(
                Rule::ImportGone,
                "Cannot import non-existent remote object",
                format!(
                    "While attempting to import an existing object to {}, the provider detected \
                     that no object exists with the given id. Only pre-existing objects can be \
                     imported; check that the id is correct and that it is associated with the \
                     provider's configured region or endpoint, or use \"terraform apply\" to \
                     create a new remote object for this resource.",
                    quote(&self.object(type_name))
                ),
            )
            .into()),
        }
    }

    /// Imports one object, without reading it. RPC: ImportResourceState.
    pub async fn import_only(
        &self,
        type_name: &str,
        target: &ImportTarget,
    ) -> Result<Object, Refusal> {
        let schema = self.resource(type_name);
        let (id, identity) = match target {
            ImportTarget::Id(id) => (id.clone(), None),
            ImportTarget::Identity(config) => {
                (String::new(), Some(self.identity_config(type_name, config)?))
            }
        };
        let attempt = match &identity {
            Some(identity) => {
                format!("While attempting to import with Identity {}", short(identity))
            }
            None => format!("While attempting to import with ID {id}"),
        };
        let object = self.object(type_name);
        let request = wire::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id,
            client_capabilities: Some(self.capabilities()),
            identity: self.identity_data(type_name, identity.as_ref()),
        };
        let answer = self
            .client()
            .import_resource_state(request)
            .await
            .map_err(|status| plugin_error("ImportResourceState", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(&schema.block))?;
        let deferred = self.deferred(answer.deferred, &object)?.is_some();
        let imported = match answer.imported_resources.as_slice() {
            [] if deferred => return Ok(Object::new(schema.block.null())),
            [] => {
                return Err(Breach::new(
                    Rule::ImportCount,
                    "Import returned no resources",
                    format!("{attempt}, the providerreturned no instance states."),
                )
                .into());
            }
            [one] => one,
            _ => {
                return Err(Breach::new(
                    Rule::ImportCount,
                    "Multiple import states not supported",
                    format!(
                        "{attempt}, the provider returned multiple resource instance states. This \
                         is not currently supported."
                    ),
                )
                .into());
            }
        };
        if imported.type_name.is_empty() {
            // Where there is an identity, its schema is looked for first.
            let text = match &imported.identity {
                Some(_) => format!("unknown resource type {}", quote(&imported.type_name)),
                None => format!("import of {object} didn't set type"),
            };
            return Err(Breach::new(Rule::ImportTypeName, text, "").into());
        }
        let value = self.decode(imported.state.as_ref(), &schema.block)?;
        let found = self.identity(type_name, imported.identity.as_ref())?;
        if identity.is_some() && found.is_none() {
            let text = format!("import of {object} didn't return an identity");
            return Err(Breach::new(Rule::ImportIdentity, text, "").into());
        }
        self.identity_known(type_name, found.as_ref())?;
        unbroken(self.written_only(
            &schema.block,
            &value,
            Rule::ImportWriteOnly,
            "Import returned a non-null value for a write-only attribute",
            |path| {
                format!(
                    "{attempt}, the provider {} returned a value for the write-only attribute \
                     \"{object}{path}\". Write-only attributes cannot be read back from the \
                     provider. {BUG}",
                    self.resolved()
                )
            },
        ))?;
        if value.is_null() && !deferred {
            return Err(Breach::new(
                Rule::ImportNull,
                "Import returned null resource",
                format!("{attempt}, the providerreturned an instance with no state."),
            )
            .into());
        }
        Ok(Object { value, private: imported.private.clone(), identity: found, tainted: false })
    }

    /// The identity that an import block writes.
    fn identity_config(&self, type_name: &str, config: &Config) -> Result<Value, Refusal> {
        let Some(schema) = &self.resource(type_name).identity else {
            let text = format!("unknown identity type {}", quote(type_name));
            return Err(Breach::new(Rule::IdentitySchema, text, "").into());
        };
        let attributes = schema.attributes.iter().map(|(name, attribute)| {
            let attribute = crate::schema::Attribute {
                ty: attribute.ty.clone(),
                required: attribute.required_for_import,
                optional: !attribute.required_for_import,
                computed: false,
                sensitive: false,
                write_only: false,
                deprecated: false,
                deprecation_message: String::new(),
            };
            (name.clone(), attribute)
        });
        let block = Block { attributes: attributes.collect(), ..Block::default() };
        Ok(config.value(&block)?)
    }

    /// The configuration that the provider writes for an object: `None` if it leaves that to
    /// Terraform. RPC: GenerateResourceConfig if the provider announces it, else none.
    pub async fn generate_config(
        &self,
        type_name: &str,
        object: &Object,
    ) -> Result<Option<Value>, Refusal> {
        if !self.schemas().capabilities.generate_resource_config {
            return Ok(None);
        }
        let block = &self.resource(type_name).block;
        let request = wire::generate_resource_config::Request {
            type_name: type_name.to_owned(),
            state: Some(codec::encode(&object.value, &block.ty())),
        };
        let answer = self
            .client()
            .generate_resource_config(request)
            .await
            .map_err(|status| plugin_error("GenerateResourceConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let config = self.decode(answer.config.as_ref(), block)?;
        let why = if config.is_wholly_known() {
            Config::from(&config).value(block).err().map(|error| error.detail)
        } else {
            Some("it contains unknown values".to_owned())
        };
        match why {
            None => Ok(Some(config)),
            Some(why) => Err(Breach::new(
                Rule::GeneratedConfig,
                "Provider generated an invalid configuration",
                format!(
                    "The configuration that provider {} generated for {} does not fit the \
                     schema: {why}",
                    quote(&self.address),
                    self.object(type_name)
                ),
            )
            .into()),
        }
    }
}

/// An identity in one line.
fn short(identity: &Value) -> String {
    let parts: Vec<_> = identity
        .entries()
        .into_iter()
        .map(|(name, value)| format!("{name}={}", short_value(value)))
        .collect();
    if parts.is_empty() { "<empty>".to_owned() } else { parts.join(",") }
}

fn short_value(value: &Value) -> String {
    match value {
        Value::Null(_) => "<null>".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.go(),
        Value::String(text) => text.clone(),
        Value::List(_, elements) => {
            let elements: Vec<_> = elements.iter().map(short_value).collect();
            format!("[{}]", elements.join(","))
        }
        _ => "<unknown type>".to_owned(),
    }
}
