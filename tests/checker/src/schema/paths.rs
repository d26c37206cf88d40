//! Paths in schemas: whether a place exists at all, and which attribute is there.

use super::{Attribute, Block, Nesting};
use crate::path::{Path, Step};
use crate::types::Type;

impl Block {
    /// Whether a value of this block can have something at `path`. The root exists.
    pub fn has_path(&self, path: &Path) -> bool {
        self.resolves(path.steps())
    }

    fn resolves(&self, steps: &[Step]) -> bool {
        let Some((first, rest)) = steps.split_first() else { return true };
        let Step::Attribute(name) = first else { return false };
        if let Some(attribute) = self.attributes.get(name) {
            return attribute.ty.resolves(rest);
        }
        let Some(nested) = self.blocks.get(name) else { return false };
        match (nested.nesting, rest.split_first()) {
            (_, None) => true,
            (Nesting::Single | Nesting::Group, Some(_)) => nested.block.resolves(rest),
            (Nesting::List, Some((Step::Index(_), rest)))
            | (Nesting::Map, Some((Step::Key(_), rest))) => nested.block.resolves(rest),
            _ => false,
        }
    }

    /// The attribute at `path`, if exactly there is one.
    pub(crate) fn attribute_at(&self, path: &Path) -> Option<&Attribute> {
        let mut block = self;
        let mut names = path.steps().iter().filter_map(|step| match step {
            Step::Attribute(name) => Some(name),
            _ => None,
        });
        while let Some(name) = names.next() {
            if let Some(attribute) = block.attributes.get(name) {
                let ends =
                    matches!(path.steps().last(), Some(Step::Attribute(last)) if last == name);
                return (names.next().is_none() && ends).then_some(attribute);
            }
            block = &block.blocks.get(name)?.block;
        }
        None
    }
}

impl Type {
    fn resolves(&self, steps: &[Step]) -> bool {
        let Some((first, rest)) = steps.split_first() else { return true };
        match (self, first) {
            (Self::Dynamic, _) => true,
            (Self::Object(attributes), Step::Attribute(name)) => {
                attributes.get(name).is_some_and(|ty| ty.resolves(rest))
            }
            (Self::List(of), Step::Index(_)) | (Self::Map(of), Step::Key(_)) => of.resolves(rest),
            (Self::Tuple(types), Step::Index(index)) => usize::try_from(*index)
                .ok()
                .and_then(|index| types.get(index))
                .is_some_and(|ty| ty.resolves(rest)),
            _ => false,
        }
    }
}
