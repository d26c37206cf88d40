//! Values of write-only attributes, which may be nowhere but in a configuration.

use crate::path::Path;
use crate::schema::{Block, Nesting};
use crate::value::{Value, quote};

/// Where `value` has something in a write-only attribute; or that it lacks such an attribute.
pub(crate) fn write_only_values(schema: &Block, value: &Value) -> Result<Vec<Path>, String> {
    let mut found = Vec::new();
    collect(schema, value, &Path::root(), &mut found)?;
    Ok(found)
}

fn collect(schema: &Block, value: &Value, at: &Path, found: &mut Vec<Path>) -> Result<(), String> {
    if value.is_null() || !value.is_known() {
        return Ok(());
    }
    let attributes = value.entries();
    for (name, _) in schema.attributes.iter().filter(|(_, attribute)| attribute.write_only) {
        match attributes.get(name.as_str()) {
            Some(value) if value.is_null() => {}
            Some(_) => found.push(at.attribute(name)),
            None => {
                let step = at.steps().len();
                return Err(format!("at step {step}: object has no attribute {}", quote(name)));
            }
        }
    }
    for (name, nested) in schema.blocks.iter().filter(|(_, nested)| nested.block.has_write_only()) {
        let at = at.attribute(name);
        let blocks = value.attribute(name);
        match nested.nesting {
            Nesting::Single | Nesting::Group => collect(&nested.block, &blocks, &at, found)?,
            _ => {
                for (step, block) in blocks.children() {
                    collect(&nested.block, block, &at.with(step), found)?;
                }
            }
        }
    }
    Ok(())
}
