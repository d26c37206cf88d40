//! What Terraform's core enforces of a provider over plugin protocol 5, as test code.
//!
//! An independent second reading of the protocol: values, schemas, plans and states of its own, and
//! nothing of the framework that it checks, so that a mistake there cannot hide behind itself.
//!
//! [`Core`] stands where Terraform stands. [`Core::rehearse`] takes an object through its whole life;
//! the other methods are single steps of it, each with the RPCs that it makes. What a provider must
//! not answer is a [`Refusal`]: it names the [`Rule`] and has the words that Terraform has for it.
//!
//! ```no_run
//! use checker::{Core, Import, Life};
//! use serde_json::json;
//! # use tfplugin_proto::tfplugin5::provider_server::Provider;
//!
//! # async fn example(provider: impl Provider) -> Result<(), Box<dyn std::error::Error>> {
//! let core = Core::in_process(provider).await?;
//! core.configure(json!({})).await?;
//! let life = Life::new(json!({ "name": "alpha", "rule": [{ "port": 80 }] }))
//!     .import(Import::by_attribute("id"))
//!     .update(json!({ "name": "alpha" }));
//! core.rehearse("tiny_thing", &life).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Facts and words are those of Terraform 1.15. `tests/terraform` tells both the same stories and
//! compares. Rules that are *stricter* than Terraform's say so in [`Rule`].

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
