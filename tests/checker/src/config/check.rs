//! What Terraform checks of a configuration before the provider sees it.

use super::ConfigError;
use crate::schema::{Block, Nesting};
use crate::value::{Value, quote};

/// Refuses a configuration that Terraform would refuse by the schema alone.
pub(super) fn check(config: &Value, schema: &Block) -> Result<(), ConfigError> {
    if let Some((path, why)) = config.ty().nonconformities(&schema.ty()).into_iter().next() {
        return Err(ConfigError::new("Unsuitable value type", format!("{path}: {why}")));
    }
    if config.is_null() || !config.is_known() {
        return Err(ConfigError::new(
            "Unsuitable value type",
            "a configuration is a known object".to_owned(),
        ));
    }
    inside(config, schema)
}

fn inside(config: &Value, schema: &Block) -> Result<(), ConfigError> {
    for (name, attribute) in &schema.attributes {
        let given = !config.attribute(name).is_null();
        if attribute.required && !given {
            return Err(ConfigError::new(
                "Missing required argument",
                format!("The argument {} is required, but no definition was found.", quote(name)),
            ));
        }
        if given && attribute.computed && !attribute.optional {
            return Err(ConfigError::new(
                "Value for unconfigurable attribute",
                format!(
                    "Can't configure a value for {}: its value will be decided automatically \
                     based on the result of applying this configuration.",
                    quote(name)
                ),
            ));
        }
    }
    for (name, nested) in &schema.blocks {
        let blocks = config.attribute(name);
        if !blocks.is_known() {
            continue;
        }
        let inner: Vec<Value> = match nested.nesting {
            Nesting::Single if blocks.is_null() => Vec::new(),
            Nesting::Single | Nesting::Group => vec![blocks],
            Nesting::Map => blocks.entries().into_values().cloned().collect(),
            Nesting::List | Nesting::Set => blocks.elements().to_vec(),
        };
        let count = i64::try_from(inner.len()).unwrap_or(i64::MAX);
        let quoted = quote(name);
        if count < nested.min_items {
            return Err(ConfigError::new(
                format!("Insufficient {name} blocks"),
                format!("At least {} {quoted} blocks are required.", nested.min_items),
            ));
        }
        if nested.max_items > 0 && count > nested.max_items {
            return Err(ConfigError::new(
                format!("Too many {name} blocks"),
                format!("No more than {} {quoted} blocks are allowed", nested.max_items),
            ));
        }
        for block in &inner {
            if block.is_known() && !block.is_null() {
                inside(block, &nested.block)?;
            }
        }
    }
    Ok(())
}
