//! Schemas as Terraform holds them.

mod paths;
mod read;
mod rules;

use std::collections::BTreeMap;

pub use read::Kind;
pub(crate) use read::read;

use crate::types::Type;
use crate::value::Value;

/// Everything that a provider declares.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    /// The provider block.
    pub provider: Block,
    /// What modules may say to the provider, if anything.
    pub provider_meta: Option<Block>,
    pub resources: BTreeMap<String, Schema>,
    pub data_sources: BTreeMap<String, Schema>,
    pub ephemeral_resources: BTreeMap<String, Schema>,
    pub list_resources: BTreeMap<String, Schema>,
    pub actions: BTreeMap<String, Schema>,
    pub functions: BTreeMap<String, Function>,
    pub capabilities: Capabilities,
}

/// What a provider says that it can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub plan_destroy: bool,
    pub get_provider_schema_optional: bool,
    pub move_resource_state: bool,
    pub generate_resource_config: bool,
}

/// The schema of one type.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub version: i64,
    pub block: Block,
    pub identity: Option<IdentitySchema>,
}

/// What names an object of a type for good.
#[derive(Clone, Debug, Default)]
pub struct IdentitySchema {
    pub version: i64,
    pub attributes: BTreeMap<String, IdentityAttribute>,
}

impl IdentitySchema {
    /// The type of an identity.
    pub fn ty(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, a)| (name.clone(), a.ty.clone())))
    }
}

/// One part of an identity.
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    pub ty: Type,
    pub required_for_import: bool,
    pub optional_for_import: bool,
}

/// A block: attributes, and blocks inside.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub attributes: BTreeMap<String, Attribute>,
    pub blocks: BTreeMap<String, NestedBlock>,
    pub deprecated: bool,
    pub deprecation_message: String,
}

/// One attribute of a block.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub ty: Type,
    pub required: bool,
    pub optional: bool,
    pub computed: bool,
    pub sensitive: bool,
    pub write_only: bool,
    pub deprecated: bool,
    pub deprecation_message: String,
}

/// A block inside another, and how many of it there may be.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    pub block: Block,
    pub nesting: Nesting,
    pub min_items: i64,
    pub max_items: i64,
}

/// How the blocks of one name make one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    Single,
    Group,
    List,
    Set,
    Map,
}

impl Block {
    /// The type of the object that such a block decodes to.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (name.clone(), a.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The object of a block in which nothing is written.
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, a)| (name.clone(), Value::Null(a.ty.clone())));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.empty()));
        Value::object(attributes.chain(blocks))
    }

    /// No object at all.
    pub fn null(&self) -> Value {
        Value::Null(self.ty())
    }

    /// Whether anything in it is write-only.
    pub fn has_write_only(&self) -> bool {
        self.attributes.values().any(|attribute| attribute.write_only)
            || self.blocks.values().any(|nested| nested.block.has_write_only())
    }
}

impl NestedBlock {
    /// The type of the value that all blocks of this name decode to.
    ///
    /// A collection has one type of element, so blocks with dynamic attributes make no collection:
    /// the value, a tuple or an object, brings its type with it.
    pub fn ty(&self) -> Type {
        let ty = self.block.ty();
        match self.nesting {
            Nesting::Single | Nesting::Group => ty,
            Nesting::List | Nesting::Map if ty.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(ty),
            Nesting::Set => Type::set(ty),
            Nesting::Map => Type::map(ty),
        }
    }

    /// The value where no block of this name is written.
    pub fn empty(&self) -> Value {
        let ty = self.block.ty();
        match self.nesting {
            Nesting::Single => Value::Null(ty),
            Nesting::Group => self.block.empty(),
            Nesting::List if ty.has_dynamic() => Value::Tuple(Vec::new()),
            Nesting::List => Value::List(ty, Vec::new()),
            Nesting::Set => Value::Set(ty, Vec::new()),
            Nesting::Map if ty.has_dynamic() => Value::Object(BTreeMap::new()),
            Nesting::Map => Value::Map(ty, BTreeMap::new()),
        }
    }

    /// The value of these blocks, in the form that the nesting asks for. For maps, see
    /// [`NestedBlock::keyed`].
    pub(crate) fn collect(&self, blocks: Vec<Value>) -> Value {
        let ty = self.block.ty();
        match self.nesting {
            Nesting::Set => Value::set(ty, blocks),
            _ if ty.has_dynamic() => Value::Tuple(blocks),
            _ => Value::List(ty, blocks),
        }
    }

    /// The value of these blocks by their labels.
    pub(crate) fn keyed(&self, blocks: BTreeMap<String, Value>) -> Value {
        let ty = self.block.ty();
        if ty.has_dynamic() { Value::Object(blocks) } else { Value::Map(ty, blocks) }
    }
}

/// A function that the provider adds to the language.
#[derive(Clone, Debug)]
pub struct Function {
    pub parameters: Vec<Parameter>,
    pub variadic: Option<Parameter>,
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub ty: Type,
    pub allow_null: bool,
    pub allow_unknown: bool,
}
