//! The two forms of values outside Terraform: msgpack on the wire, JSON in state.

pub mod json;
pub mod msgpack;
mod refinement;

use tfplugin_proto::tfplugin5::DynamicValue;

use crate::path::Path;
use crate::types::Type;
use crate::value::Value;

/// Why bytes are no value of the type that the schema asks for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    pub path: Path,
    pub why: String,
}

impl Malformed {
    fn new(path: &Path, why: impl Into<String>) -> Self {
        Self { path: path.clone(), why: why.into() }
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.why)
        } else {
            write!(f, "{}: {}", self.path, self.why)
        }
    }
}

/// The wire's form of `value`, where the schema asks for `ty`.
pub(crate) fn encode(value: &Value, ty: &Type) -> DynamicValue {
    DynamicValue { msgpack: msgpack::encode(value, ty), json: Vec::new() }
}

/// The value of type `ty` that the wire carried: null where it carried nothing.
pub(crate) fn decode(wire: Option<&DynamicValue>, ty: &Type) -> Result<Value, Malformed> {
    match wire {
        Some(wire) if !wire.msgpack.is_empty() => msgpack::decode(&wire.msgpack, ty),
        Some(wire) if !wire.json.is_empty() => json::decode(&wire.json, ty),
        _ => Ok(Value::Null(ty.clone())),
    }
}

/// The type of these elements, where the schema asks for `of`: their own, which an open or an
/// incomplete element may make another one. Elements of several types are no collection at all.
fn element_type(of: &Type, elements: &[Value], path: &Path) -> Result<Type, Malformed> {
    let mut own: Option<Type> = None;
    for ty in elements.iter().map(Value::ty).filter(|ty| *ty != Type::Dynamic) {
        match &own {
            Some(own) if *own != ty => {
                // Terraform panics here.
                return Err(Malformed::new(path, "inconsistent element types"));
            }
            _ => own = Some(ty),
        }
    }
    Ok(own.unwrap_or_else(|| of.clone()))
}
