//! The provider that Terraform starts.

use std::process::ExitCode;

use terraform_provider_modal::ModalProvider;
use terraform_provider_modal::aws::AwsEnvironment;
use tf_framework::serve::{self, Environment, Options};

fn main() -> ExitCode {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    serve::run(
        ModalProvider { aws_environment: AwsEnvironment::new(variables) },
        &Options {
            source_address: "registry.terraform.io/modal-bridge/modal",
            debug: std::env::args().any(|argument| argument == "-debug"),
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_modal", "tf_framework"],
        },
    )
}
