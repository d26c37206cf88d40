//! A Terraform provider framework over plugin protocol 5.
//!
//! It knows Terraform, and nothing of what any provider manages. A provider implements
//! [`Provider`], a resource [`Resource`]; start at `resource.rs`, then `plan.rs`. The wire ends in
//! `proto` and `server`: no generated type is in a public signature.

mod action;
mod codec;
mod data_source;
mod deferral;
mod diagnostics;
mod dynamic;
mod ephemeral;
mod function;
mod generate_config;
mod identity;
mod list;
mod model;
mod number;
mod panics;
mod plan;
mod proto;
mod provider;
mod resource;
mod resource_type;
mod schema;
pub mod serve;
mod server;
pub mod testing;
mod types;
mod validate;
mod value;

pub use action::{Action, ActionType, Progress};
pub use async_trait::async_trait;
pub use data_source::{DataSource, DataSourceType};
pub use deferral::Deferral;
pub use diagnostics::{AttributePath, Diagnostic, Severity, Step};
pub use dynamic::{Dynamic, Object};
pub use ephemeral::{EphemeralResource, EphemeralResourceType, Lease, Opened};
pub use function::{Arguments, Function, FunctionError, FunctionType, Parameter, Signature};
pub use identity::IdentitySchema;
pub use list::{Found, List, ListResource, ListResourceType, Listed};
pub use model::{Model, ObjectReader, ObjectWriter};
pub use number::Number;
pub use provider::{Configure, Provider};
pub use resource::{
    Create, Delete, ImportBy, MoveSource, Plan, Read, Resource, Response, Update,
};
pub use resource_type::ResourceType;
pub use schema::{Attribute, Block, Nesting, Schema, Validator};
/// What stored state is, where its schema is not known.
pub use serde_json::Value as Json;
pub use tokio_util::sync::CancellationToken;
pub use types::Type;
pub use value::{Element, Misfit, Value};
