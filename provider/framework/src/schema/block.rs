//! Nested blocks.

use super::Attribute;
use crate::dynamic::{Dynamic, Object};
use crate::types::Type;

/// How often a block may stand, and what order means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// At most once, an object.
    Single,
    /// Any number of times, in order.
    List,
    /// Any number of times, in any order.
    Set,
}

/// A nested block.
#[derive(Debug, Clone)]
pub struct Block {
    pub(crate) nesting: Nesting,
    pub(crate) description: String,
    pub(crate) attributes: Vec<(String, Attribute)>,
    pub(crate) blocks: Vec<(String, Block)>,
    pub(crate) min_items: usize,
    /// No limit where it is `None`.
    pub(crate) max_items: Option<usize>,
    pub(crate) requires_replace: bool,
    pub(crate) deprecated: Option<String>,
}

impl Block {
    fn new(nesting: Nesting, description: &str) -> Self {
        Self {
            nesting,
            description: description.to_owned(),
            attributes: Vec::new(),
            blocks: Vec::new(),
            min_items: 0,
            max_items: None,
            requires_replace: false,
            deprecated: None,
        }
    }

    /// A block that may stand once.
    pub fn single(description: &str) -> Self {
        Self::new(Nesting::Single, description)
    }

    /// A block that may be repeated, in an order that means something.
    pub fn list(description: &str) -> Self {
        Self::new(Nesting::List, description)
    }

    /// A block that may be repeated, in any order.
    pub fn set(description: &str) -> Self {
        Self::new(Nesting::Set, description)
    }

    #[must_use]
    pub fn attribute(mut self, name: &str, attribute: Attribute) -> Self {
        self.attributes.push((name.to_owned(), attribute));
        self
    }

    /// Adds a block inside.
    ///
    /// # Panics
    ///
    /// For a repeated block with an attribute of any type: each of its elements could have another
    /// type, which makes it no list and no set.
    #[must_use]
    pub fn block(mut self, name: &str, block: Block) -> Self {
        let repeated = block.nesting != Nesting::Single;
        assert!(
            !(repeated && block.object_type().has_dynamic()),
            "the repeated block {name} must not have an attribute of any type"
        );
        self.blocks.push((name.to_owned(), block));
        self
    }

    /// The block must stand at least `count` times.
    #[must_use]
    pub fn min_items(mut self, count: usize) -> Self {
        self.min_items = count;
        self
    }

    /// The block may stand at most `count` times.
    #[must_use]
    pub fn max_items(mut self, count: usize) -> Self {
        self.max_items = Some(count);
        self
    }

    /// Other blocks mean another object.
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.requires_replace = true;
        self
    }

    /// Terraform warns where it stands; `message` says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: &str) -> Self {
        self.deprecated = Some(message.to_owned());
        self
    }

    /// The type of one such block's content.
    pub(crate) fn object_type(&self) -> Type {
        let attributes =
            self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.value_type()));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// The type of all of them together.
    fn value_type(&self) -> Type {
        match self.nesting {
            Nesting::Single => self.object_type(),
            Nesting::List => Type::list(self.object_type()),
            Nesting::Set => Type::set(self.object_type()),
        }
    }

    /// What stands where the configuration has no such block. Terraform refuses null here.
    pub(crate) fn absent(&self) -> Dynamic {
        match self.nesting {
            Nesting::Single => Dynamic::Null,
            Nesting::List => Dynamic::List(Vec::new()),
            Nesting::Set => Dynamic::Set(Vec::new()),
        }
    }

    /// The content with null for every attribute and no blocks.
    pub(crate) fn empty(&self) -> Object {
        let attributes = self.attributes.iter().map(|(name, _)| (name.clone(), Dynamic::Null));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.absent()));
        attributes.chain(blocks).collect()
    }

    /// `object` with null for all that is write-only.
    pub(crate) fn without_write_only(&self, mut object: Object) -> Object {
        self.edit(&mut object, &|block, object| {
            for (name, _) in block.attributes.iter().filter(|(_, found)| found.write_only) {
                object.insert(name.clone(), Dynamic::Null);
            }
        });
        object
    }

    /// `object` with no blocks where it has null for them: state from before the schema had them.
    pub(crate) fn with_absent_blocks(&self, mut object: Object) -> Object {
        self.edit(&mut object, &|block, object| {
            for (name, nested) in &block.blocks {
                if let Some(value @ Dynamic::Null) = object.get_mut(name) {
                    *value = nested.absent();
                }
            }
        });
        object
    }

    /// Changes an object of this block, and those of the blocks in it.
    pub(crate) fn edit(&self, object: &mut Object, change: &impl Fn(&Self, &mut Object)) {
        change(self, object);
        for (name, block) in &self.blocks {
            match object.get_mut(name) {
                Some(Dynamic::Map(nested)) => block.edit(nested, change),
                Some(Dynamic::List(elements) | Dynamic::Set(elements)) => {
                    for element in elements {
                        if let Dynamic::Map(nested) = element {
                            block.edit(nested, change);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Block {
        Block::list("Outer.").attribute("secret_wo", Attribute::string("S.").write_only()).block(
            "inner",
            Block::list("Inner.")
                .attribute("secret_wo", Attribute::string("S.").write_only())
                .block("innermost", Block::set("Innermost.")),
        )
    }

    fn object(members: &[(&str, Dynamic)]) -> Object {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn what_is_write_only_goes_from_every_depth() {
        let inner = object(&[("secret_wo", "b".into()), ("innermost", Dynamic::Set(vec![]))]);
        let outer = object(&[
            ("secret_wo", "a".into()),
            ("inner", Dynamic::List(vec![Dynamic::Map(inner)])),
        ]);
        let inner = object(&[("secret_wo", Dynamic::Null), ("innermost", Dynamic::Set(vec![]))]);
        let want = object(&[
            ("secret_wo", Dynamic::Null),
            ("inner", Dynamic::List(vec![Dynamic::Map(inner)])),
        ]);
        assert_eq!(block().without_write_only(outer), want);
    }

    #[test]
    fn blocks_that_old_state_lacks_are_none() {
        let old = object(&[("secret_wo", Dynamic::Null), ("inner", Dynamic::Null)]);
        let want = object(&[("secret_wo", Dynamic::Null), ("inner", Dynamic::List(vec![]))]);
        assert_eq!(block().with_absent_blocks(old), want);
    }
}
