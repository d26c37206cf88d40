//! From the wire.

use serde_json::Value as Json;
use tfplugin_proto::tfplugin5;

use crate::codec::{CodecError, json, msgpack};
use crate::diagnostics::Diagnostic;
use crate::dynamic::{Dynamic, Object};
use crate::identity::IdentitySchema;
use crate::schema::Schema;
use crate::types::Type;

/// The object that Terraform sent for `schema`; `None` where it sent null or nothing. `what` says
/// which, in the diagnostic for an object that does not fit.
pub(crate) fn object(
    value: Option<&tfplugin5::DynamicValue>,
    schema: &Schema,
    what: &str,
) -> Result<Option<Object>, Diagnostic> {
    value.map_or(Ok(None), |sent| into_object(decode(sent, &schema.object_type()), what))
}

/// As [`object`], for a configuration: where there is none, every attribute is null.
pub(crate) fn configuration(
    value: Option<&tfplugin5::DynamicValue>,
    schema: &Schema,
) -> Result<Object, Diagnostic> {
    Ok(object(value, schema, "configuration")?.unwrap_or_else(|| schema.body.empty()))
}

/// The identity that Terraform sent; `None` where it sent null or nothing.
pub(crate) fn identity(
    identity: Option<&tfplugin5::ResourceIdentityData>,
    schema: &IdentitySchema,
) -> Result<Option<Object>, Diagnostic> {
    let sent = identity.and_then(|identity| identity.identity_data.as_ref());
    sent.map_or(Ok(None), |sent| into_object(decode(sent, &schema.object_type()), "identity"))
}

/// One argument of a function.
pub(crate) fn argument(value: &tfplugin5::DynamicValue, ty: &Type) -> Result<Dynamic, Diagnostic> {
    decode(value, ty)
        .map_err(|error| Diagnostic::bug(format!("The argument cannot be read: {error}.")))
}

/// What Terraform stored, as JSON; `None` where it stored nothing.
pub(crate) fn stored(state: Option<&tfplugin5::RawState>) -> Result<Option<Json>, Diagnostic> {
    let Some(state) = state else { return Ok(None) };
    if state.json.is_empty() && !state.flatmap.is_empty() {
        return Err(Diagnostic::error(
            "Cannot read stored state of Terraform 0.11",
            "The state was written by Terraform 0.11 or older. Apply once with Terraform 0.12.",
        ));
    }
    match serde_json::from_slice(&state.json) {
        Ok(Json::Null) => Ok(None),
        Ok(stored) => Ok(Some(stored)),
        Err(error) => Err(Diagnostic::bug(format!("The stored state is not JSON: {error}."))),
    }
}

/// The object that `stored` is, by the present version of the schema.
pub(crate) fn stored_object(stored: &Json, schema: &Schema) -> Result<Option<Object>, Diagnostic> {
    let object = into_object(json::value(stored, &schema.object_type()), "stored state")?;
    Ok(object.map(|object| schema.body.without_write_only(schema.body.with_absent_blocks(object))))
}

/// The same for an identity.
pub(crate) fn stored_identity(
    stored: &Json,
    schema: &IdentitySchema,
) -> Result<Option<Object>, Diagnostic> {
    into_object(json::value(stored, &schema.object_type()), "stored identity")
}

fn decode(value: &tfplugin5::DynamicValue, ty: &Type) -> Result<Dynamic, CodecError> {
    if value.msgpack.is_empty() && !value.json.is_empty() {
        json::decode(&value.json, ty)
    } else {
        msgpack::decode(&value.msgpack, ty)
    }
}

fn into_object(
    decoded: Result<Dynamic, CodecError>,
    what: &str,
) -> Result<Option<Object>, Diagnostic> {
    match decoded {
        Ok(Dynamic::Map(object)) => Ok(Some(object)),
        Ok(Dynamic::Null) => Ok(None),
        Ok(_) => Err(Diagnostic::bug(format!("The {what} is no object."))),
        Err(error) => Err(Diagnostic::bug(format!("The {what} cannot be read: {error}."))),
    }
}
