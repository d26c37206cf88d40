//! The provider that Terraform starts.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use terraform_provider_modal::ModalProvider;
use terraform_provider_modal::aws::{AwsEnvironment, Patience};
use terraform_provider_modal::command_line::{self, Start};
use terraform_provider_modal::modal::ModalEnvironment;
use tf_framework::serve::{self, Environment, Options};

#[expect(clippy::disallowed_methods, reason = "the process is read here, and nowhere else")]
fn main() -> ExitCode {
    let environment = Environment::from_process();
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let debug = match command_line::start(&arguments, environment.started_by_terraform()) {
        Start::Serve { debug } => debug,
        Start::Say(text) => return said(io::stdout().write_all(text.as_bytes())),
        Start::Complain(text) => {
            let _ = io::stderr().write_all(text.as_bytes());
            return ExitCode::FAILURE;
        }
    };
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let provider = ModalProvider {
        aws_environment: AwsEnvironment::new(variables),
        modal_environment: ModalEnvironment::read(|name| std::env::var(name).ok()),
        clock: SystemTime::now,
        patience: Patience::default(),
    };
    serve::run(
        provider,
        &Options {
            source_address: "registry.terraform.io/modal-bridge/modal",
            debug,
            environment,
            log_targets: &["terraform_provider_modal", "tf_framework"],
        },
    )
}

fn said(written: io::Result<()>) -> ExitCode {
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
