//! What Terraform's core enforces of a provider over plugin protocol 5, as test code.
//!
//! An independent second reading of the protocol: values, schemas, plans and states of its own, and
//! nothing of the framework that it checks, so that a mistake there cannot hide behind itself.

pub mod arbitrary;
pub mod codec;
mod config;
mod diagnostics;
mod driver;
mod path;
mod proposed;
mod refusal;
mod rules;
#[cfg(test)]
mod samples;
pub mod schema;
mod types;
mod value;

pub use config::{Config, ConfigError, UNKNOWN, refined};
pub use diagnostics::{Diagnostic, Severity};
pub use driver::{
    Act, Applied, Broken, Connection, Core, DeferredReason, Import, ImportTarget, Invoked, Life,
    Listed, Move, Object, Opened, Planned, Report,
};
pub use path::{Path, Step};
pub use proposed::proposed_new;
pub use refusal::{Breach, Refusal, Rule};
pub use rules::Action;
pub use types::Type;
pub use value::{Number, Refinement, Value};
