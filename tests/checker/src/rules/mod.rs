//! The rules on values: what a plan, an applied or a read object may be, given what was before.
//!
//! Each returns what is wrong and where; the step that asked says it in Terraform's sentence.

mod compatible;
mod identity;
mod legacy;
mod mismatch;
mod plan;
mod replace;
mod write_only;

pub(crate) use compatible::object_compatible;
pub(crate) use identity::{identity_conforms, identity_known};
pub(crate) use legacy::null_blocks;
pub(crate) use plan::plan_valid;
pub use replace::Action;
pub(crate) use replace::{action, replacing};
pub(crate) use write_only::write_only_values;
