//! Changing values on the wire, where the framework would not.

use rmpv::Value;
use tfplugin_proto::tfplugin5::{DynamicValue, ResourceIdentityData};

/// An object on the wire: names and values.
pub(crate) type Members = Vec<(Value, Value)>;

/// A value that is not known yet.
pub(crate) fn unknown() -> Value {
    Value::Ext(0, vec![0])
}

/// A number that is not known yet, but is at least `least`: go-cty's extension 12, with the lower
/// bound under the key 3.
pub(crate) fn unknown_from(least: i64) -> Value {
    let bound = Value::Array(vec![least.into(), true.into()]);
    let refinement = Value::Map(vec![(1.into(), false.into()), (3.into(), bound)]);
    Value::Ext(12, encode(&refinement))
}

/// Edits an object, unless it is null.
pub(crate) fn edit(value: &mut Option<DynamicValue>, change: impl FnOnce(&mut Members)) {
    let Some(value) = value else { return };
    if let Some(mut members) = members(value) {
        change(&mut members);
        value.msgpack = encode(&Value::Map(members));
    }
}

/// Edits an identity, unless there is none.
pub(crate) fn edit_identity(
    identity: &mut Option<ResourceIdentityData>,
    change: impl FnOnce(&mut Members),
) {
    if let Some(identity) = identity {
        edit(&mut identity.identity_data, change);
    }
}

/// Sets one member.
pub(crate) fn set(members: &mut Members, name: &str, value: impl Into<Value>) {
    remove(members, name);
    members.push((name.into(), value.into()));
}

/// Takes one member away.
pub(crate) fn remove(members: &mut Members, name: &str) {
    members.retain(|(key, _)| key.as_str() != Some(name));
}

/// Whether there is an object.
pub(crate) fn is_object(value: Option<&DynamicValue>) -> bool {
    value.is_some_and(|value| members(value).is_some())
}

/// A value as the wire has it.
pub(crate) fn dynamic(value: &Value) -> DynamicValue {
    DynamicValue { msgpack: encode(value), json: Vec::new() }
}

fn members(value: &DynamicValue) -> Option<Members> {
    match rmpv::decode::read_value(&mut value.msgpack.as_slice()) {
        Ok(Value::Map(members)) => Some(members),
        _ => None,
    }
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory cannot fail.
    let _ = rmpv::encode::write_value(&mut bytes, value);
    bytes
}
