//! The provider that Terraform starts.

use std::process::ExitCode;

use terraform_provider_modal::ModalProvider;
use tf_framework::serve::{self, Environment, Options};

fn main() -> ExitCode {
    serve::run(
        ModalProvider,
        &Options {
            source_address: "registry.terraform.io/modal-bridge/modal",
            debug: std::env::args().any(|argument| argument == "-debug"),
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_modal", "tf_framework"],
        },
    )
}
