//! The tiny provider as a program: the framework's tests start it in Terraform's place, and serve it
//! to Terraform itself. `cargo run -p tf-framework --bin terraform-provider-tiny -- -debug` does so by
//! hand.

#[path = "mod.rs"]
mod tiny;

use std::process::ExitCode;

use tf_framework::serve::{self, Environment, Options};

fn main() -> ExitCode {
    serve::run(
        tiny::Tiny,
        &Options {
            source_address: "registry.terraform.io/acme/tiny",
            debug: std::env::args().any(|argument| argument == "-debug"),
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_tiny"],
        },
    )
}
