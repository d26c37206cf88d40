//! Null where blocks should be empty. Terraform repairs it in what is read, and refuses it in plans.

use crate::path::Path;
use crate::schema::{Block, Nesting};
use crate::value::Value;

/// Where blocks are null that could be empty.
pub(crate) fn null_blocks(schema: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(schema, value, &Path::root(), &mut found);
    found
}

fn collect(schema: &Block, value: &Value, at: &Path, found: &mut Vec<Path>) {
    if value.is_null() || !value.is_known() {
        return;
    }
    for (name, nested) in &schema.blocks {
        let at = at.attribute(name);
        let blocks = value.attribute(name);
        match nested.nesting {
            Nesting::Single => collect(&nested.block, &blocks, &at, found),
            _ if blocks.is_null() => found.push(at),
            Nesting::Group => collect(&nested.block, &blocks, &at, found),
            Nesting::List | Nesting::Set | Nesting::Map => {
                for (step, block) in blocks.children() {
                    collect(&nested.block, block, &at.with(step), found);
                }
            }
        }
    }
}
