//! A Terraform provider framework over plugin protocol 5.
//!
//! It knows Terraform, and nothing of what any provider manages. A provider implements
//! [`Provider`], a resource [`Resource`]; start at `resource.rs`, then `plan.rs`. The wire ends in
//! `proto` and `server`: no generated type is in a public signature.

mod codec;
mod diagnostics;
mod dynamic;
mod model;
mod number;
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

pub use async_trait::async_trait;
pub use diagnostics::{AttributePath, Diagnostic, Severity, Step};
pub use dynamic::{Dynamic, Object};
pub use model::{Model, ObjectReader, ObjectWriter};
pub use number::Number;
pub use provider::{Configure, Provider};
pub use resource::{Create, Delete, Plan, Read, Resource, Response, Update};
pub use resource_type::ResourceType;
pub use schema::{Attribute, Block, Nesting, Schema, Validator};
pub use tokio_util::sync::CancellationToken;
pub use types::Type;
pub use value::{Element, Misfit, Value};
