//! From the wire.

use tfplugin_proto::tfplugin5;

use crate::codec::{CodecError, json, msgpack};
use crate::diagnostics::Diagnostic;
use crate::dynamic::{Dynamic, Object};
use crate::schema::Schema;

/// The object that Terraform sent for `schema`; `None` where it sent null or nothing. `what` says
/// which, in the diagnostic for an object that does not fit.
pub(crate) fn object(
    value: Option<&tfplugin5::DynamicValue>,
    schema: &Schema,
    what: &str,
) -> Result<Option<Object>, Diagnostic> {
    let Some(value) = value else { return Ok(None) };
    let ty = schema.object_type();
    let decoded = if value.msgpack.is_empty() && !value.json.is_empty() {
        json::decode(&value.json, &ty)
    } else {
        msgpack::decode(&value.msgpack, &ty)
    };
    into_object(decoded, what)
}

/// The object in stored state, which may be of another version of the schema.
pub(crate) fn stored(
    state: Option<&tfplugin5::RawState>,
    schema: &Schema,
) -> Result<Option<Object>, Diagnostic> {
    let Some(state) = state else { return Ok(None) };
    let object = into_object(json::decode(&state.json, &schema.object_type()), "stored state")?;
    Ok(object.map(|object| schema.body.with_absent_blocks(object)))
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
