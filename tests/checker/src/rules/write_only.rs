//! Values of write-only attributes, which may be nowhere but in a configuration.

use crate::path::Path;
use crate::schema::{Block, Nesting};
use crate::value::Value;

/// Where `value` has something in a write-only attribute.
pub(crate) fn write_only_values(schema: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(schema, value, &Path::root(), &mut found);
    found
}

fn collect(schema: &Block, value: &Value, at: &Path, found: &mut Vec<Path>) {
    if value.is_null() || !value.is_known() {
        return;
    }
    for (name, attribute) in &schema.attributes {
        if attribute.write_only && !value.attribute(name).is_null() {
            found.push(at.attribute(name));
        }
    }
    for (name, nested) in &schema.blocks {
        let at = at.attribute(name);
        let blocks = value.attribute(name);
        match nested.nesting {
            Nesting::Single | Nesting::Group => collect(&nested.block, &blocks, &at, found),
            _ => {
                for (step, block) in blocks.children() {
                    collect(&nested.block, block, &at.with(step), found);
                }
            }
        }
    }
}
