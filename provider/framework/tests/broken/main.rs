//! The tiny provider, with one mistake: the one that `TINY_FAULT` names. Terraform must refuse it, and
//! so must the checker.

mod edit;
mod faults;
mod service;
#[path = "../tiny/mod.rs"]
mod tiny;

use std::io::Write;
use std::process::ExitCode;

use tf_framework::CancellationToken;
use tf_framework::serve::{self, Environment, Options};

use crate::faults::Fault;
use crate::service::broken;

#[expect(clippy::disallowed_methods, reason = "this is main.rs")]
fn main() -> ExitCode {
    let fault = match std::env::var("TINY_FAULT").as_deref().unwrap_or_default().parse::<Fault>() {
        Ok(fault) => fault,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "TINY_FAULT: {error}");
            return ExitCode::FAILURE;
        }
    };
    serve::run_service(
        broken(fault),
        CancellationToken::new(),
        &Options {
            source_address: "registry.terraform.io/acme/tiny",
            debug: std::env::args().any(|argument| argument == "-debug"),
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_broken"],
        },
    )
}
