//! To the wire.

use tfplugin_proto::tfplugin5::{self, attribute_path, schema};

use crate::codec::msgpack;
use crate::diagnostics::{AttributePath, Diagnostic, Severity, Step};
use crate::dynamic::{Dynamic, Object};
use crate::schema::{Attribute, Block, Nesting, Schema};

/// An object of `schema`, or null. Fails where the object does not fit, which is a bug.
pub(crate) fn object(
    object: Option<Object>,
    schema: &Schema,
) -> Result<tfplugin5::DynamicValue, Diagnostic> {
    let value = object.map_or(Dynamic::Null, Dynamic::Map);
    match msgpack::encode(&value, &schema.object_type()) {
        Ok(msgpack) => Ok(tfplugin5::DynamicValue { msgpack, json: Vec::new() }),
        Err(error) => Err(Diagnostic::bug(format!("A value does not fit its schema: {error}."))),
    }
}

pub(crate) fn diagnostics(found: Vec<Diagnostic>) -> Vec<tfplugin5::Diagnostic> {
    found.into_iter().map(diagnostic).collect()
}

fn diagnostic(found: Diagnostic) -> tfplugin5::Diagnostic {
    let severity = match found.severity {
        Severity::Error => tfplugin5::diagnostic::Severity::Error,
        Severity::Warning => tfplugin5::diagnostic::Severity::Warning,
    };
    tfplugin5::Diagnostic {
        severity: severity.into(),
        summary: found.summary,
        detail: found.detail,
        attribute: (!found.attribute.steps().is_empty()).then(|| path(&found.attribute)),
    }
}

pub(crate) fn path(path: &AttributePath) -> tfplugin5::AttributePath {
    let step = |step: &Step| {
        use attribute_path::step::Selector;
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => {
                Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX))
            }
        };
        attribute_path::Step { selector: Some(selector) }
    };
    tfplugin5::AttributePath { steps: path.steps().iter().map(step).collect() }
}

pub(crate) fn schema(schema: &Schema) -> tfplugin5::Schema {
    tfplugin5::Schema { version: schema.version, block: Some(block(&schema.body)) }
}

fn block(block: &Block) -> schema::Block {
    schema::Block {
        attributes: block.attributes.iter().map(|(name, found)| attribute(name, found)).collect(),
        block_types: block.blocks.iter().map(|(name, nested)| nested_block(name, nested)).collect(),
        description: block.description.clone(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn attribute(name: &str, attribute: &Attribute) -> schema::Attribute {
    schema::Attribute {
        name: name.to_owned(),
        r#type: attribute.ty.to_json().to_string().into_bytes(),
        description: attribute.description.clone(),
        required: attribute.required,
        optional: attribute.optional,
        computed: attribute.computed,
        sensitive: attribute.sensitive,
        description_kind: tfplugin5::StringKind::Markdown.into(),
        deprecated: attribute.deprecated.is_some(),
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn nested_block(name: &str, nested: &Block) -> schema::NestedBlock {
    use schema::nested_block::NestingMode;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let min_items = count(nested.min_items);
    // Zero stands for "no limit", but for a single block, where core wants both alike.
    let (nesting, max_items) = match nested.nesting {
        Nesting::Single => (NestingMode::Single, min_items),
        Nesting::List => (NestingMode::List, nested.max_items.map_or(0, count)),
        Nesting::Set => (NestingMode::Set, nested.max_items.map_or(0, count)),
    };
    schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(nested)),
        nesting: nesting.into(),
        min_items,
        max_items,
    }
}
