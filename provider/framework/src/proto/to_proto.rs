//! To the wire.

use tfplugin_proto::tfplugin5::{self, attribute_path, schema};

use crate::codec::msgpack;
use crate::deferral::Deferral;
use crate::diagnostics::{AttributePath, Diagnostic, Severity, Step};
use crate::dynamic::{Dynamic, Object};
use crate::function::{FunctionError, Parameter, Signature};
use crate::identity::IdentitySchema;
use crate::schema::{Attribute, Block, Nesting, Schema};
use crate::types::Type;

/// An object of `schema`, or null. Fails where the object does not fit, which is a bug.
pub(crate) fn object(
    object: Option<Object>,
    schema: &Schema,
) -> Result<tfplugin5::DynamicValue, Diagnostic> {
    value(&object.map_or(Dynamic::Null, Dynamic::Map), &schema.object_type())
}

/// As [`object`], for what must not be lost: where a value does not fit, null is saved in its place,
/// with a diagnostic.
pub(crate) fn saved(
    state: Option<Object>,
    schema: &Schema,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<tfplugin5::DynamicValue, Diagnostic> {
    let Some(state) = state else { return object(None, schema) };
    let ty = schema.object_type();
    let state = Dynamic::Map(state);
    let whole = value(&state, &ty);
    let (Dynamic::Map(mut state), Type::Object(types), Err(_)) = (state, ty, &whole) else {
        return whole;
    };
    let empty = schema.body.empty();
    state.retain(|name, _| types.contains_key(name));
    for (name, ty) in &types {
        let fit = state.get(name).map(|value| msgpack::encode(value, ty));
        let misfit = match fit {
            Some(Ok(_)) => continue,
            Some(Err(error)) => error.to_string(),
            None => "there is none".to_owned(),
        };
        let bug = format!("The attribute {name:?} does not fit its schema: {misfit}.");
        diagnostics.push(Diagnostic::bug(bug).at(name.as_str()));
        state.insert(name.clone(), empty.get(name).cloned().unwrap_or(Dynamic::Null));
    }
    object(Some(state), schema)
}

/// An identity. Fails where it does not fit.
pub(crate) fn identity(
    identity: Object,
    schema: &IdentitySchema,
) -> Result<tfplugin5::ResourceIdentityData, Diagnostic> {
    let identity = value(&Dynamic::Map(identity), &schema.object_type())?;
    Ok(tfplugin5::ResourceIdentityData { identity_data: Some(identity) })
}

/// A value of type `ty`. Fails where it has another type.
pub(crate) fn value(value: &Dynamic, ty: &Type) -> Result<tfplugin5::DynamicValue, Diagnostic> {
    match msgpack::encode(value, ty) {
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

pub(crate) fn deferred(reason: Deferral) -> tfplugin5::Deferred {
    use tfplugin5::deferred::Reason;
    let reason = match reason {
        Deferral::ResourceConfigUnknown => Reason::ResourceConfigUnknown,
        Deferral::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        Deferral::AbsentPrerequisite => Reason::AbsentPrereq,
    };
    tfplugin5::Deferred { reason: reason.into() }
}

pub(crate) fn identity_schema(schema: &IdentitySchema) -> tfplugin5::ResourceIdentitySchema {
    use tfplugin5::resource_identity_schema::IdentityAttribute;
    let attributes = schema.attributes.iter().map(|attribute| IdentityAttribute {
        name: attribute.name.clone(),
        r#type: type_bytes(&attribute.ty),
        required_for_import: attribute.required,
        optional_for_import: !attribute.required,
        description: attribute.description.clone(),
    });
    tfplugin5::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes.collect(),
    }
}

pub(crate) fn function(signature: &Signature) -> tfplugin5::Function {
    tfplugin5::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(tfplugin5::function::Return { r#type: type_bytes(&signature.returns) }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
        deprecation_message: signature.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> tfplugin5::function::Parameter {
    tfplugin5::function::Parameter {
        name: parameter.name.clone(),
        r#type: type_bytes(&parameter.ty),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
    }
}

pub(crate) fn function_error(error: FunctionError) -> tfplugin5::FunctionError {
    let argument = error.argument.map(|position| i64::try_from(position).unwrap_or(i64::MAX));
    tfplugin5::FunctionError { text: error.text, function_argument: argument }
}

/// A type as schemas carry it: its JSON form.
fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
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
        deprecated: block.deprecated.is_some(),
        deprecation_message: block.deprecated.clone().unwrap_or_default(),
        ..Default::default()
    }
}

fn attribute(name: &str, attribute: &Attribute) -> schema::Attribute {
    schema::Attribute {
        name: name.to_owned(),
        r#type: type_bytes(&attribute.ty),
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
