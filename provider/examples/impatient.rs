//! The provider as Terraform starts it, but for its patience: for tests of what happens when AWS
//! fails until all attempts and all waits are used up. It is in no release.

use std::process::ExitCode;
use std::time::SystemTime;

use terraform_provider_modal::ModalProvider;
use terraform_provider_modal::aws::{AwsEnvironment, Patience};
use terraform_provider_modal::modal::ModalEnvironment;
use tf_framework::serve::{self, Environment, Options};

#[expect(clippy::disallowed_methods, reason = "the process is read here, and nowhere else")]
fn main() -> ExitCode {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let provider = ModalProvider {
        aws_environment: AwsEnvironment::new(variables),
        modal_environment: ModalEnvironment::read(|name| std::env::var(name).ok()),
        clock: SystemTime::now,
        patience: Patience::little(),
    };
    serve::run(
        provider,
        &Options {
            source_address: "registry.terraform.io/modal-bridge/modal",
            debug: false,
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_modal", "tf_framework"],
        },
    )
}
