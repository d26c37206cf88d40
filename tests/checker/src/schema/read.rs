//! Schemas from their messages. What a message cannot mean is a breach.

use std::collections::BTreeMap;
use std::fmt;

use tfplugin_proto::tfplugin5 as wire;

use super::rules::{self, Finding};
use super::{
    Attribute, Block, Capabilities, Function, IdentityAttribute, IdentitySchema, NestedBlock,
    Nesting, Parameter, Schema, Schemas,
};
use crate::refusal::{Breach, Rule};
use crate::types::Type;
use crate::value::quote;

/// What a schema is the schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Provider,
    ProviderMeta,
    Resource,
    DataSource,
    EphemeralResource,
    ListResource,
    Action,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provider => "provider configuration",
            Self::ProviderMeta => "provider meta",
            Self::Resource => "managed resource type",
            Self::DataSource => "data resource type",
            Self::EphemeralResource => "ephemeral resource type",
            Self::ListResource => "list resource type",
            Self::Action => "action type",
        })
    }
}

/// Reads the schemas and collects what is wrong with them. `address` is the provider's.
pub(crate) fn read(
    address: &str,
    answer: &wire::get_provider_schema::Response,
    identities: &BTreeMap<String, wire::ResourceIdentitySchema>,
) -> (Schemas, Vec<Breach>) {
    let mut reader = Reader { address, breaches: Vec::new() };
    let mut schemas = Schemas::default();
    match &answer.provider {
        Some(provider) => {
            schemas.provider = reader.schema(Kind::Provider, "", provider).block;
        }
        None => reader.breach(Rule::ProviderSchema, "missing provider schema".to_owned()),
    }
    schemas.provider_meta =
        answer.provider_meta.as_ref().map(|meta| reader.schema(Kind::ProviderMeta, "", meta).block);
    schemas.resources = reader.all(Kind::Resource, &answer.resource_schemas);
    schemas.data_sources = reader.all(Kind::DataSource, &answer.data_source_schemas);
    schemas.ephemeral_resources =
        reader.all(Kind::EphemeralResource, &answer.ephemeral_resource_schemas);
    schemas.list_resources = reader.all(Kind::ListResource, &answer.list_resource_schemas);
    for (name, action) in sorted(&answer.action_schemas) {
        let schema = action.schema.clone().unwrap_or_default();
        schemas.actions.insert(name.clone(), reader.schema(Kind::Action, name, &schema));
    }
    for (name, function) in sorted(&answer.functions) {
        if let Some(function) = reader.function(name, function) {
            schemas.functions.insert(name.clone(), function);
        }
    }
    for (name, identity) in identities {
        let read = reader.identity(name, identity);
        match schemas.resources.get_mut(name) {
            Some(schema) => schema.identity = Some(read),
            None => reader.breach(
                Rule::IdentityWithoutResource,
                format!(
                    "provider {address} has an identity schema for managed resource type {}, \
                     which it does not have",
                    quote(name)
                ),
            ),
        }
    }
    for name in schemas.list_resources.keys() {
        if schemas.resources.get(name).is_none_or(|schema| schema.identity.is_none()) {
            reader.breach(
                Rule::ListWithoutIdentity,
                format!(
                    "Identity schema not found for resource type {name}; this is a bug in the \
                     provider - please report it there"
                ),
            );
        }
    }
    if let Some(capabilities) = &answer.server_capabilities {
        schemas.capabilities = Capabilities {
            plan_destroy: capabilities.plan_destroy,
            get_provider_schema_optional: capabilities.get_provider_schema_optional,
            move_resource_state: capabilities.move_resource_state,
            generate_resource_config: capabilities.generate_resource_config,
        };
    }
    (schemas, reader.breaches)
}

struct Reader<'a> {
    address: &'a str,
    breaches: Vec<Breach>,
}

impl Reader<'_> {
    fn breach(&mut self, rule: Rule, text: String) {
        self.breaches.push(Breach::new(rule, text, ""));
    }

    /// `finding` is about the schema of that type.
    fn invalid(&mut self, kind: Kind, name: &str, finding: Finding) {
        let name = if name.is_empty() { String::new() } else { format!(" {}", quote(name)) };
        let text = format!(
            "provider {} has invalid schema for {kind}{name}, which is a bug in the provider: {}",
            self.address,
            quote(&finding.text)
        );
        self.breach(finding.rule, text);
    }

    fn all(
        &mut self,
        kind: Kind,
        schemas: &std::collections::HashMap<String, wire::Schema>,
    ) -> BTreeMap<String, Schema> {
        let schemas = sorted(schemas).into_iter();
        schemas.map(|(name, schema)| (name.clone(), self.schema(kind, name, schema))).collect()
    }

    fn schema(&mut self, kind: Kind, name: &str, schema: &wire::Schema) -> Schema {
        if schema.version < 0 {
            let text = match kind {
                Kind::Provider => format!(
                    "provider {} has invalid negative schema version for its configuration \
                     blocks,which is a bug in the provider ",
                    self.address
                ),
                _ => format!(
                    "provider {} has invalid negative schema version for {kind} {}, which is a \
                     bug in the provider",
                    self.address,
                    quote(name)
                ),
            };
            self.breach(Rule::SchemaVersion, text);
        }
        let mut findings = Vec::new();
        let block = match &schema.block {
            Some(block) => {
                let read = self::block(block, "", &mut findings);
                rules::check(&read, &mut findings);
                read
            }
            None => {
                findings.push(Finding {
                    rule: Rule::SchemaBlock,
                    text: "top-level block schema is nil".to_owned(),
                });
                Block::default()
            }
        };
        for finding in findings {
            self.invalid(kind, name, finding);
        }
        Schema { version: schema.version, block, identity: None }
    }

    fn identity(&mut self, name: &str, schema: &wire::ResourceIdentitySchema) -> IdentitySchema {
        let address = self.address;
        let resource = quote(name);
        if schema.version < 0 {
            self.breach(
                Rule::SchemaVersion,
                format!(
                    "provider {address} has invalid negative identity schema version for managed \
                     resource type {resource}, which is a bug in the provider"
                ),
            );
        }
        let mut attributes = BTreeMap::new();
        for attribute in &schema.identity_attributes {
            let mut findings = Vec::new();
            let ty = ty(&attribute.name, &attribute.r#type, &mut findings);
            let read = IdentityAttribute {
                ty,
                required_for_import: attribute.required_for_import,
                optional_for_import: attribute.optional_for_import,
            };
            rules::check_identity_attribute(&attribute.name, &read, &mut findings);
            for finding in findings {
                self.breach(
                    finding.rule,
                    format!(
                        "provider {address} has invalid identity schema for managed resource \
                         type {resource}, which is a bug in the provider: {}",
                        quote(&finding.text)
                    ),
                );
            }
            let not_allowed = match read.ty {
                Type::Map(_) => Some("a map"),
                Type::Set(_) => Some("a set"),
                Type::Object(_) => Some("an object"),
                _ => None,
            };
            if let Some(what) = not_allowed {
                self.breach(
                    Rule::IdentityType,
                    format!(
                        "provider {address} has invalid schema for managed resource type \
                         {resource}, attribute {} is {what}, which is not allowed in identity \
                         schemas",
                        quote(&attribute.name)
                    ),
                );
            }
            attributes.insert(attribute.name.clone(), read);
        }
        IdentitySchema { version: schema.version, attributes }
    }

    fn function(&mut self, name: &str, function: &wire::Function) -> Option<Function> {
        let declared = declared(function)
            .map_err(|why| format!("invalid declaration for function {}: {why}", quote(name)));
        match declared {
            Ok(declared) => {
                for why in rules::check_function(name, &declared) {
                    let text = format!("provider {} {why}", self.address);
                    self.breach(Rule::FunctionDeclaration, text);
                }
                Some(declared)
            }
            Err(text) => {
                self.breach(Rule::FunctionDeclaration, text);
                None
            }
        }
    }
}

fn declared(function: &wire::Function) -> Result<Function, String> {
    let returns = function.r#return.as_ref().ok_or("no return type")?;
    let returns = Type::from_json(&returns.r#type)
        .map_err(|why| format!("invalid return type constraint: {why}"))?;
    let mut parameters = Vec::new();
    for (index, wire) in function.parameters.iter().enumerate() {
        parameters.push(
            parameter(wire).map_err(|why| {
                format!("invalid parameter {index} ({}): {why}", quote(&wire.name))
            })?,
        );
    }
    let variadic = function
        .variadic_parameter
        .as_ref()
        .map(|wire| {
            parameter(wire)
                .map_err(|why| format!("invalid variadic parameter ({}): {why}", quote(&wire.name)))
        })
        .transpose()?;
    Ok(Function { parameters, variadic, returns })
}

fn parameter(wire: &wire::function::Parameter) -> Result<Parameter, String> {
    let ty =
        Type::from_json(&wire.r#type).map_err(|why| format!("invalid type constraint: {why}"))?;
    Ok(Parameter {
        name: wire.name.clone(),
        ty,
        allow_null: wire.allow_null_value,
        allow_unknown: wire.allow_unknown_values,
    })
}

fn block(wire: &wire::schema::Block, prefix: &str, findings: &mut Vec<Finding>) -> Block {
    let mut block = Block {
        deprecated: wire.deprecated,
        deprecation_message: wire.deprecation_message.clone(),
        ..Block::default()
    };
    for attribute in &wire.attributes {
        let name = format!("{prefix}{}", attribute.name);
        let read = Attribute {
            ty: ty(&name, &attribute.r#type, findings),
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
            deprecated: attribute.deprecated,
            deprecation_message: attribute.deprecation_message.clone(),
        };
        if block.attributes.insert(attribute.name.clone(), read).is_some() {
            let text = format!("{name}: two attributes have this name");
            findings.push(Finding { rule: Rule::SchemaNameTwice, text });
        }
    }
    for nested in &wire.block_types {
        let name = format!("{prefix}{}", nested.type_name);
        let inner = match &nested.block {
            Some(inner) => self::block(inner, &format!("{name}."), findings),
            None => {
                let text = format!("{name}: block schema is nil");
                findings.push(Finding { rule: Rule::SchemaBlock, text });
                continue;
            }
        };
        use wire::schema::nested_block::NestingMode;
        let nesting = match nested.nesting() {
            NestingMode::Single => Nesting::Single,
            NestingMode::Group => Nesting::Group,
            NestingMode::List => Nesting::List,
            NestingMode::Set => Nesting::Set,
            NestingMode::Map => Nesting::Map,
            NestingMode::Invalid => {
                let text = format!("{name}: invalid nesting mode nestingModeInvalid");
                findings.push(Finding { rule: Rule::BlockNesting, text });
                continue;
            }
        };
        let read = NestedBlock {
            block: inner,
            nesting,
            min_items: nested.min_items,
            max_items: nested.max_items,
        };
        if block.blocks.insert(nested.type_name.clone(), read).is_some() {
            let text = format!("{name}: two blocks have this name");
            findings.push(Finding { rule: Rule::SchemaNameTwice, text });
        }
    }
    block
}

fn ty(name: &str, json: &[u8], findings: &mut Vec<Finding>) -> Type {
    Type::from_json(json).unwrap_or_else(|why| {
        let text = format!("{name}: the type cannot be read: {why}");
        findings.push(Finding { rule: Rule::SchemaType, text });
        Type::Dynamic
    })
}

fn sorted<V>(map: &std::collections::HashMap<String, V>) -> BTreeMap<&String, &V> {
    map.iter().collect()
}
