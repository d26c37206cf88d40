//! What `terraform providers schema -json` says, as far as pages need it.
//!
//! The form is documented at <https://developer.hashicorp.com/terraform/cli/commands/providers/schema>.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The schemas of all providers of a configuration.
#[derive(Debug, Deserialize)]
pub(super) struct Schemas {
    pub(super) provider_schemas: BTreeMap<String, ProviderSchemas>,
}

/// All that one provider has.
#[derive(Debug, Deserialize)]
pub(super) struct ProviderSchemas {
    pub(super) provider: Schema,
    #[serde(default)]
    pub(super) resource_schemas: BTreeMap<String, Schema>,
    #[serde(default)]
    pub(super) resource_identity_schemas: BTreeMap<String, Identity>,
    #[serde(default)]
    pub(super) data_source_schemas: BTreeMap<String, Schema>,
    #[serde(default)]
    pub(super) ephemeral_resource_schemas: BTreeMap<String, Schema>,
    #[serde(default)]
    pub(super) list_resource_schemas: BTreeMap<String, Schema>,
    #[serde(default)]
    pub(super) action_schemas: BTreeMap<String, Schema>,
    #[serde(default)]
    pub(super) functions: BTreeMap<String, Function>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Schema {
    pub(super) block: Block,
}

/// Arguments, attributes and blocks.
#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    pub(super) block_types: BTreeMap<String, NestedBlock>,
}

/// An argument, or what is read.
#[derive(Debug, Deserialize)]
pub(super) struct Attribute {
    pub(super) r#type: Value,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) write_only: bool,
    #[serde(default)]
    pub(super) deprecated: bool,
}

impl Attribute {
    /// Whether a configuration may set it.
    pub(super) fn is_argument(&self) -> bool {
        self.required || self.optional
    }
}

/// A block in a block.
#[derive(Debug, Deserialize)]
pub(super) struct NestedBlock {
    pub(super) nesting_mode: String,
    pub(super) block: Block,
    #[serde(default)]
    pub(super) min_items: u64,
    #[serde(default)]
    pub(super) max_items: u64,
}

/// What identifies a resource, beside its ID.
#[derive(Debug, Deserialize)]
pub(super) struct Identity {
    pub(super) attributes: BTreeMap<String, IdentityAttribute>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IdentityAttribute {
    pub(super) r#type: Value,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) required_for_import: bool,
}

/// A function of the provider.
#[derive(Debug, Deserialize)]
pub(super) struct Function {
    #[serde(default)]
    pub(super) summary: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) return_type: Value,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) variadic_parameter: Option<Parameter>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) r#type: Value,
    #[serde(default)]
    pub(super) is_nullable: bool,
}

/// A type in words, such as `List of String`.
pub(super) fn type_in_words(r#type: &Value) -> String {
    match r#type {
        Value::String(name) => match name.as_str() {
            "bool" => "Boolean".to_owned(),
            "dynamic" => "any type".to_owned(),
            other => capitalised(other),
        },
        Value::Array(parts) => match (parts.first().and_then(Value::as_str), parts.get(1)) {
            (Some("object"), _) => "Object".to_owned(),
            (Some(collection), Some(of)) => {
                format!("{} of {}", capitalised(collection), type_in_words(of))
            }
            _ => r#type.to_string(),
        },
        other => other.to_string(),
    }
}

/// A type as HCL writes it, such as `list(string)`.
pub(super) fn type_in_hcl(r#type: &Value) -> String {
    match r#type {
        Value::String(name) if name == "dynamic" => "any".to_owned(),
        Value::String(name) => name.clone(),
        Value::Array(parts) => match (parts.first().and_then(Value::as_str), parts.get(1)) {
            (Some("object"), Some(Value::Object(members))) => {
                let members =
                    members.iter().map(|(name, of)| format!("{name} = {}", type_in_hcl(of)));
                format!("object({{ {} }})", members.collect::<Vec<_>>().join(", "))
            }
            (Some(collection), Some(of)) => format!("{collection}({})", type_in_hcl(of)),
            _ => r#type.to_string(),
        },
        other => other.to_string(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_read_as_the_registry_has_them() {
        assert_eq!(type_in_words(&json!("bool")), "Boolean");
        assert_eq!(type_in_words(&json!(["set", ["map", "string"]])), "Set of Map of String");
        assert_eq!(type_in_words(&json!(["object", { "a": "number" }])), "Object");
        let object = json!(["list", ["object", { "a": "number", "b": "dynamic" }]]);
        assert_eq!(type_in_hcl(&object), "list(object({ a = number, b = any }))");
    }
}
