//! Real Terraform, our binaries, a local AWS and a local Modal: what acceptance tests and the demo
//! are written with.
//!
//! A test starts at [`World`]: an AWS account of its own, and [`Config`]s to plan and apply in it. One
//! of another provider starts at [`Terraform::hosting`], and no server is started for it.
//! It starts programs and looks at them from outside; it links none of the provider's code.

mod aws;
mod aws_driver;
mod config;
mod cores;
mod diagnostics;
mod error;
mod hashicorp_aws;
pub mod http;
mod modal;
mod plan;
pub mod processes;
mod provider;
mod run;
mod server;
mod surroundings;
mod terraform;
mod workspace;
mod world;

pub use aws::LocalAws;
pub use aws_driver::{AwsAccount, AwsDriver, AwsFault, Session};
pub use config::Config;
pub use cores::Core;
pub use diagnostics::import_block;
pub use error::HarnessError;
pub use hashicorp_aws::HashicorpAws;
pub use modal::LocalModal;
pub use plan::{Action, Plan};
pub use provider::Provider;
pub use terraform::{Finished, Running, Terraform};
pub use workspace::{Workspace, host_architecture};
pub use world::World;
