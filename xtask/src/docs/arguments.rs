//! Arguments, attributes and blocks of a schema, as Markdown.

use std::fmt::Write as _;

use super::schemas::{Attribute, Block, NestedBlock, type_in_words};

/// The block that has a section of its own.
const TIMEOUTS: &str = "timeouts";

/// All that a configuration may set: required first, then what may be left out, then one section a
/// block.
pub(super) fn arguments(block: &Block) -> String {
    let mut text = String::new();
    let lines = argument_lines(block, "");
    if lines.is_empty() {
        text += "\n## Argument Reference\n\nIt takes no arguments.\n";
    } else {
        write!(text, "\n## Argument Reference\n{lines}").ok();
        text += &sections(block, "");
    }
    text
}

/// What can be read beside the arguments.
pub(super) fn attributes(block: &Block) -> String {
    let read_only = read_only_lines(block);
    if read_only.is_empty() {
        return String::new();
    }
    format!("\n## Attribute Reference\n\nBeside the arguments, these can be read:\n\n{read_only}")
}

/// How long each operation may take.
pub(super) fn timeouts(block: &Block) -> String {
    let Some(NestedBlock { block, .. }) = block.block_types.get(TIMEOUTS) else {
        return String::new();
    };
    let lines: String = block.attributes.iter().map(|(name, it)| line(name, it)).collect();
    format!("\n## Timeouts\n\n{}\n\n{lines}", block.description)
}

/// The lists of what must and what may be set, `blocks` in their place among them.
fn argument_lines(block: &Block, path: &str) -> String {
    let (mut required, mut optional) = (String::new(), String::new());
    for (name, attribute) in &block.attributes {
        if attribute.required {
            required += &line(name, attribute);
        } else if attribute.optional {
            optional += &line(name, attribute);
        }
    }
    for (name, nested) in blocks(block) {
        let lines = if nested.min_items > 0 { &mut required } else { &mut optional };
        *lines += &block_line(name, nested, path);
    }
    let mut text = String::new();
    for (title, lines) in [("Required", required), ("Optional", optional)] {
        if !lines.is_empty() {
            write!(text, "\n**{title}**\n\n{lines}").ok();
        }
    }
    text
}

fn read_only_lines(block: &Block) -> String {
    let read_only = block.attributes.iter().filter(|(_, attribute)| !attribute.is_argument());
    read_only.map(|(name, attribute)| line(name, attribute)).collect()
}

/// A section for each block in the block, and for those in it.
fn sections(block: &Block, path: &str) -> String {
    let mut text = String::new();
    for (name, nested) in blocks(block) {
        let path = joined(path, name);
        let (anchor, lines) = (anchor(&path), argument_lines(&nested.block, &path));
        write!(text, "\n<a id=\"{anchor}\"></a>\n\n### `{path}`\n{lines}").ok();
        let read_only = read_only_lines(&nested.block);
        if !read_only.is_empty() {
            write!(text, "\n**Can be read**\n\n{read_only}").ok();
        }
        text += &sections(&nested.block, &path);
    }
    text
}

fn blocks(block: &Block) -> impl Iterator<Item = (&String, &NestedBlock)> {
    block.block_types.iter().filter(|(name, _)| *name != TIMEOUTS)
}

fn line(name: &str, attribute: &Attribute) -> String {
    let mut facts = vec![type_in_words(&attribute.r#type)];
    for (holds, fact) in [
        (attribute.deprecated, "deprecated"),
        (attribute.sensitive, "sensitive"),
        (
            attribute.write_only,
            "[write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only), Terraform 1.11 and later",
        ),
    ] {
        if holds {
            facts.push(fact.to_owned());
        }
    }
    item(name, &facts.join(", "), &attribute.description)
}

fn block_line(name: &str, nested: &NestedBlock, path: &str) -> String {
    let once = nested.nesting_mode == "single" || nested.max_items == 1;
    let facts = match (once, nested.min_items, nested.max_items) {
        (true, _, _) => "block".to_owned(),
        (false, 0, 0) => "block, any number of times".to_owned(),
        (false, 0, most) => format!("block, up to {most} times"),
        (false, 1, 0) => "block, at least once".to_owned(),
        (false, 1, most) => format!("block, once to {most} times"),
        (false, least, 0) => format!("block, at least {least} times"),
        (false, least, most) => format!("block, {least} to {most} times"),
    };
    let anchor = anchor(&joined(path, name));
    let description = format!("{} See [below](#{anchor}).", nested.block.description);
    item(name, &facts, description.trim_start())
}

/// A line of a list; what goes on in further paragraphs stays in it.
fn item(name: &str, facts: &str, description: &str) -> String {
    let description = description.replace("\n\n", "\n\n  ");
    format!("- `{name}` ({facts}) {description}").trim_end().to_owned() + "\n"
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn anchor(path: &str) -> String {
    format!("block-{}", path.replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_must_be_set_comes_before_what_may_be_and_blocks_have_their_sections() {
        let block: Block = serde_json::from_value(json!({
            "attributes": {
                "id": { "type": "string", "computed": true, "description": "What it is known by." },
                "token": {
                    "type": "string", "optional": true, "sensitive": true, "write_only": true,
                    "description": "Said once."
                },
                "name": { "type": "string", "required": true, "description": "Its name." },
            },
            "block_types": {
                "rule": { "nesting_mode": "set", "min_items": 1, "block": {
                    "description": "What it does.",
                    "attributes": { "ports": { "type": ["set", "number"], "required": true } },
                    "block_types": { "log": { "nesting_mode": "list", "max_items": 1, "block": {
                        "attributes": { "arn": { "type": "string", "computed": true } },
                    } } },
                } },
                "timeouts": { "nesting_mode": "single", "block": {
                    "description": "How long.",
                    "attributes": { "create": { "type": "string", "optional": true } },
                } },
            },
        }))
        .unwrap();
        expect![[r##"

            ## Argument Reference

            **Required**

            - `name` (String) Its name.
            - `rule` (block, at least once) What it does. See [below](#block-rule).

            **Optional**

            - `token` (String, sensitive, [write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only), Terraform 1.11 and later) Said once.

            <a id="block-rule"></a>

            ### `rule`

            **Required**

            - `ports` (Set of Number)

            **Optional**

            - `log` (block) See [below](#block-rule-log).

            <a id="block-rule-log"></a>

            ### `rule.log`

            **Can be read**

            - `arn` (String)

            ## Attribute Reference

            Beside the arguments, these can be read:

            - `id` (String) What it is known by.

            ## Timeouts

            How long.

            - `create` (String)
        "##]]
        .assert_eq(&(arguments(&block) + &attributes(&block) + &timeouts(&block)));
    }
}
