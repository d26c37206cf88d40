//! Configurations, as tests write them: JSON, with a mark for what is not known yet.
//!
//! ```
//! use checker::{Refinement, UNKNOWN, refined};
//! use serde_json::json;
//!
//! let config = json!({
//!     "name": UNKNOWN,
//!     "arn": refined(Refinement::prefix("arn:aws:")),
//!     "rule": [{ "port": 80 }],
//! });
//! ```
//!
//! Attributes that are not there are null, blocks that are not there are none.

mod check;
mod read;

use serde_json::Value as Json;

use crate::schema::Block;
use crate::value::{Refinement, Value};

/// Stands in a configuration for a value that is not known yet.
pub const UNKNOWN: &str = "\u{0}unknown";

/// The key under which a refined unknown value stands in a configuration.
const REFINED: &str = "\u{0}refined";

/// Stands in a configuration for a value that is not known yet but for this much.
pub fn refined(refinement: Refinement) -> Json {
    let bound = |bound: Option<(crate::value::Number, bool)>| {
        bound.map(|(number, inclusive)| serde_json::json!([number.plain(), inclusive]))
    };
    serde_json::json!({ REFINED: {
        "not_null": refinement.not_null,
        "prefix": refinement.prefix,
        "minimum": bound(refinement.minimum),
        "maximum": bound(refinement.maximum),
        "shortest": refinement.shortest,
        "longest": refinement.longest,
    }})
}

/// A configuration, as JSON or ready.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
    Json(Json),
    Value(Value),
}

impl Config {
    /// The object that a block of this schema makes of it.
    pub fn value(&self, block: &Block) -> Result<Value, ConfigError> {
        let value = match self {
            Self::Json(json) => read::block(json, block)?,
            Self::Value(value) => value.clone(),
        };
        check::check(&value, block)?;
        Ok(value)
    }
}

/// The value of type `ty` that `json` writes for the argument `name` of a function.
pub(crate) fn argument(
    json: &Json,
    ty: &crate::types::Type,
    name: &str,
) -> Result<Value, ConfigError> {
    read::value(json, ty, &crate::path::Path::root().attribute(name))
}

/// The object that `json` writes, without asking whether a configuration may.
#[cfg(test)]
pub(crate) fn read(json: &Json, block: &Block) -> Result<Value, ConfigError> {
    read::block(json, block)
}

impl From<Json> for Config {
    fn from(json: Json) -> Self {
        Self::Json(json)
    }
}

impl From<&Json> for Config {
    fn from(json: &Json) -> Self {
        Self::Json(json.clone())
    }
}

impl From<Value> for Config {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<&Value> for Config {
    fn from(value: &Value) -> Self {
        Self::Value(value.clone())
    }
}

impl From<&Config> for Config {
    fn from(config: &Config) -> Self {
        config.clone()
    }
}

/// Why Terraform would not take a configuration to the provider at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Error: {summary}\n\n{detail}")]
pub struct ConfigError {
    pub summary: String,
    pub detail: String,
}

impl ConfigError {
    fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into() }
    }
}
