//! JSON as the object of a block.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{ConfigError, REFINED, UNKNOWN};
use crate::path::Path;
use crate::schema::{Block, NestedBlock, Nesting};
use crate::types::Type;
use crate::value::{Number, Refinement, Value, quote};

/// The object that `json` writes in a block of this schema.
pub(super) fn block(json: &Json, schema: &Block) -> Result<Value, ConfigError> {
    block_at(json, schema, &Path::root())
}

fn block_at(json: &Json, schema: &Block, path: &Path) -> Result<Value, ConfigError> {
    let Json::Object(given) = json else {
        return Err(unsuitable(path, "an object is required"));
    };
    for name in given.keys() {
        if !schema.attributes.contains_key(name) && !schema.blocks.contains_key(name) {
            return Err(ConfigError::new(
                "Unsupported argument",
                format!("An argument named {} is not expected here.", quote(name)),
            ));
        }
    }
    let mut object = BTreeMap::new();
    for (name, attribute) in &schema.attributes {
        let json = given.get(name).unwrap_or(&Json::Null);
        object.insert(name.clone(), value(json, &attribute.ty, &path.attribute(name))?);
    }
    for (name, nested) in &schema.blocks {
        let blocks = match given.get(name) {
            None | Some(Json::Null) => nested.empty(),
            Some(json) => blocks(json, nested, &path.attribute(name))?,
        };
        object.insert(name.clone(), blocks);
    }
    Ok(Value::Object(object))
}

fn blocks(json: &Json, nested: &NestedBlock, path: &Path) -> Result<Value, ConfigError> {
    if let Some(unknown) = unknown(json, &nested.ty()) {
        return unknown.ok_or_else(|| unsuitable(path, "no refinement"));
    }
    match (nested.nesting, json) {
        (Nesting::Single | Nesting::Group, json) => block_at(json, &nested.block, path),
        (Nesting::List | Nesting::Set, Json::Array(blocks)) => {
            let blocks = blocks.iter().enumerate();
            let blocks = blocks.map(|(i, json)| block_at(json, &nested.block, &path.index(i)));
            Ok(nested.collect(blocks.collect::<Result<_, _>>()?))
        }
        (Nesting::Map, Json::Object(blocks)) => {
            let blocks = blocks.iter().map(|(label, json)| {
                Ok((label.clone(), block_at(json, &nested.block, &path.key(label))?))
            });
            Ok(nested.keyed(blocks.collect::<Result<_, _>>()?))
        }
        (Nesting::Map, _) => Err(unsuitable(path, "an object of labelled blocks is required")),
        _ => Err(unsuitable(path, "an array of blocks is required")),
    }
}

/// The unknown value that the mark stands for: `None` is no mark, `Some(None)` a broken one.
fn unknown(json: &Json, ty: &Type) -> Option<Option<Value>> {
    if json == UNKNOWN {
        return Some(Some(Value::unknown(ty.clone())));
    }
    let refined = json.get(REFINED)?;
    let bound = |key: &str| {
        let pair = refined[key].as_array()?;
        Some((Number::parse(pair.first()?.as_str()?)?, pair.get(1)?.as_bool()?))
    };
    let refinement = Refinement {
        not_null: refined["not_null"].as_bool().unwrap_or_default(),
        prefix: refined["prefix"].as_str().unwrap_or_default().to_owned(),
        minimum: bound("minimum"),
        maximum: bound("maximum"),
        shortest: refined["shortest"].as_u64(),
        longest: refined["longest"].as_u64(),
    };
    Some(Some(refinement.of(ty.clone())))
}

pub(super) fn value(json: &Json, ty: &Type, path: &Path) -> Result<Value, ConfigError> {
    if let Some(unknown) = unknown(json, ty) {
        return unknown.ok_or_else(|| unsuitable(path, "no refinement"));
    }
    if json.is_null() {
        return Ok(Value::Null(ty.clone()));
    }
    let required = |what: &str| unsuitable(path, &format!("{what} required"));
    match (ty, json) {
        (Type::Dynamic, json) => own(json, path),
        (Type::Bool, Json::Bool(bool)) => Ok(Value::Bool(*bool)),
        (Type::String, Json::String(text)) => Ok(Value::text(text)),
        (Type::Number, Json::Number(number)) => {
            Number::parse(&number.to_string()).map(Value::Number).ok_or_else(|| required("number"))
        }
        (Type::List(of), Json::Array(elements)) => {
            Ok(Value::List((**of).clone(), all(elements, |_| Ok(of), path)?))
        }
        (Type::Set(of), Json::Array(elements)) => {
            Ok(Value::set((**of).clone(), all(elements, |_| Ok(of), path)?))
        }
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            let of = |index: usize| types.get(index).ok_or_else(|| required("tuple"));
            Ok(Value::Tuple(all(elements, of, path)?))
        }
        (Type::Map(of), Json::Object(entries)) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, v)| Ok((key.clone(), value(v, of, &path.key(key))?)));
            Ok(Value::Map((**of).clone(), entries.collect::<Result<_, _>>()?))
        }
        (Type::Object(types), Json::Object(given)) => {
            let mut attributes = BTreeMap::new();
            for (name, ty) in types {
                let json = given.get(name).ok_or_else(|| {
                    unsuitable(path, &format!("attribute {} is required", quote(name)))
                })?;
                attributes.insert(name.clone(), value(json, ty, &path.attribute(name))?);
            }
            Ok(Value::Object(attributes))
        }
        (ty, _) => Err(required(&ty.name())),
    }
}

/// A value whose type the schema leaves open: as the expression itself has it.
fn own(json: &Json, path: &Path) -> Result<Value, ConfigError> {
    match json {
        Json::Null => Ok(Value::Null(Type::Dynamic)),
        Json::Bool(_) => value(json, &Type::Bool, path),
        Json::Number(_) => value(json, &Type::Number, path),
        Json::String(_) => value(json, &Type::String, path),
        Json::Array(elements) => Ok(Value::Tuple(all(elements, |_| Ok(&Type::Dynamic), path)?)),
        Json::Object(attributes) => {
            let attributes = attributes.iter().map(|(name, json)| {
                Ok((name.clone(), value(json, &Type::Dynamic, &path.attribute(name))?))
            });
            Ok(Value::Object(attributes.collect::<Result<_, _>>()?))
        }
    }
}

fn all<'a>(
    elements: &[Json],
    of: impl Fn(usize) -> Result<&'a Type, ConfigError>,
    path: &Path,
) -> Result<Vec<Value>, ConfigError> {
    let elements = elements.iter().enumerate();
    elements.map(|(index, json)| value(json, of(index)?, &path.index(index))).collect()
}

fn unsuitable(path: &Path, why: &str) -> ConfigError {
    ConfigError::new(
        "Incorrect attribute value type",
        format!(
            "Inappropriate value at {}: {why}.",
            if path.is_root() { "the root".into() } else { path.to_string() }
        ),
    )
}
