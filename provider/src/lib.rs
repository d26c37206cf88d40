//! The provider: which AWS objects Modal needs, and how Terraform describes them.
//!
//! `aws/` is everything that knows the AWS SDK, `modal/` everything that calls Modal. The modules beside it are pure: documents that IAM
//! stores, the patterns in them, and tags. None of those does I/O. `resources/` is one file, or
//! folder, for each resource type; `provider/` configures and lists them.

mod actions;
pub mod arn;
pub mod aws;
pub mod bridge_package;
pub mod command_line;
mod data_sources;
mod ephemeral;
pub mod execution_policy;
mod functions;
pub mod grant_policy;
mod lists;
pub mod modal;
pub mod policy_document;
pub mod provider;
mod resources;
pub mod secret_string;
mod sentence;
pub mod subject;
pub mod tag_rules;
pub mod tags;
pub mod trust_policy;

pub use provider::ModalProvider;
