//! What a resource, or the provider block, looks like in HCL.

mod attribute;
mod block;
mod validator;

pub use attribute::Attribute;
pub use block::{Block, Nesting};
pub use validator::Validator;

use crate::types::Type;

/// A resource's or the provider's attributes and blocks, in the order of the documentation.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Raised when stored state of the former version cannot be read as it is.
    pub version: i64,
    pub(crate) body: Block,
}

impl Schema {
    /// A schema with a description in Markdown: whole sentences, the documentation's first lines.
    pub fn new(description: &str) -> Self {
        Self { version: 0, body: Block::list(description) }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &str, attribute: Attribute) -> Self {
        self.body = self.body.attribute(name, attribute);
        self
    }

    /// Adds a nested block; see [`Block::block`].
    #[must_use]
    pub fn block(mut self, name: &str, block: Block) -> Self {
        self.body = self.body.block(name, block);
        self
    }

    /// Terraform warns wherever the type is used; `message` says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: &str) -> Self {
        self.body = self.body.deprecated(message);
        self
    }

    /// The type of the object that stands for a whole resource.
    pub(crate) fn object_type(&self) -> Type {
        self.body.object_type()
    }
}
