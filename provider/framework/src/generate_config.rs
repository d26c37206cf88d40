//! The configuration that would make an object as it is: what `-generate-config-out` writes.

use crate::dynamic::{Dynamic, Object};
use crate::schema::Block;

/// `state` without what a configuration cannot or need not say: what only the provider sets, what is
/// write-only or deprecated, and defaults.
pub(crate) fn generate(schema: &Block, mut state: Object) -> Object {
    schema.edit(&mut state, &|block, object| {
        for (name, attribute) in &block.attributes {
            let settable = attribute.required || attribute.optional;
            let deprecated = attribute.deprecated.is_some() && !attribute.required;
            let obsolete = attribute.write_only || deprecated;
            let is_default =
                attribute.default.as_ref().is_some_and(|default| object.get(name) == Some(default));
            if !settable || obsolete || is_default {
                object.insert(name.clone(), Dynamic::Null);
            }
        }
        for (name, nested) in &block.blocks {
            if nested.deprecated.is_some() && nested.min_items == 0 {
                object.insert(name.clone(), nested.absent());
            }
        }
    });
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Schema};

    #[test]
    fn only_what_a_practitioner_would_write_is_left() {
        let schema = Schema::new("A thing.")
            .attribute("name", Attribute::string("Name.").required())
            .attribute("size", Attribute::number("Size.").default(10))
            .attribute("zone", Attribute::string("Zone.").optional_computed())
            .attribute("arn", Attribute::string("ARN.").computed())
            .attribute("old", Attribute::string("Old.").deprecated("Use zone."))
            .attribute("must", Attribute::string("M.").required().deprecated("Still asked for."))
            .block("former", Block::list("Former.").deprecated("Use rule."))
            .block(
                "rule",
                Block::list("Rules.")
                    .attribute("port", Attribute::number("Port.").required())
                    .attribute("id", Attribute::string("Id.").computed()),
            );
        let rule = |id: Dynamic| {
            let rule = Object::from([("port".to_owned(), 80.into()), ("id".to_owned(), id)]);
            Dynamic::List(vec![Dynamic::Map(rule)])
        };
        let object = |size: Dynamic, arn: Dynamic, old: Dynamic, id: Dynamic| {
            let former = if old == Dynamic::Null { 0 } else { 1 };
            let former = Dynamic::List(vec![Dynamic::Map(Object::new()); former]);
            Object::from([
                ("name".to_owned(), "a".into()),
                ("size".to_owned(), size),
                ("zone".to_owned(), "z1".into()),
                ("arn".to_owned(), arn),
                ("old".to_owned(), old),
                ("must".to_owned(), "m".into()),
                ("former".to_owned(), former),
                ("rule".to_owned(), rule(id)),
            ])
        };

        let state = object(10.into(), "arn:a".into(), "o".into(), "r1".into());
        let want = object(Dynamic::Null, Dynamic::Null, Dynamic::Null, Dynamic::Null);
        assert_eq!(generate(&schema.body, state), want);

        let other_size = object(11.into(), "arn:a".into(), "o".into(), "r1".into());
        assert_eq!(generate(&schema.body, other_size)["size"], 11.into());
    }
}
