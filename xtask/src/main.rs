//! The project's own commands: what is no test, and what runs all the tests.

mod bench;
mod bridge;
mod children;
mod console;
mod demo;
mod dependencies;
mod dist;
mod docs;
mod error;
mod faults;
mod glibc;
mod metadata;
mod package;
mod setup;
mod test;
mod zig;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use acceptance::{Core, Workspace};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::children::Children;
use crate::error::Error;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the whole thing at work: HCL in, an S3 event through AWS and Modal, the answer out
    ///
    /// Sets up what is missing under target/, starts a local AWS and a local Modal, runs terraform
    /// on examples/complete/s3-to-modal, lets AWS fire an S3 event, and destroys everything.
    Demo(Choice),
    /// Runs all that CI runs: formatting, lints, unit tests, acceptance
    ///
    /// Everything runs on one Terraform, and what tells Terraforms apart on each that PyPI has.
    Test(Choice),
    /// Builds the bridge's zips for Lambda into target/bridge
    Bridge {
        #[arg(long, value_enum, default_value_t)]
        arch: bridge::Selection,
    },
    /// Writes the registry's pages into docs/, from the provider's schemas and examples/
    Docs {
        /// Writes nothing, and fails where a page is not as it would be written
        #[arg(long)]
        check: bool,
    },
    /// Measures the bridge and the provider beside what else does their work, and prints a table
    ///
    /// Builds them, and installs what they are compared with under target/tools. With --json, one
    /// object a line and figure; --compare FILE says what has changed since such a run; --only
    /// bridge or provider; --peer-cmd CMD measures another program; --write writes BENCHMARKS.md.
    Bench {
        /// For the benchmark itself; `-- --help` has them all
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Makes what the registry takes, in target/dist: zips, manifest, checksums, signature, SBOM
    ///
    /// The signing key is in GPG_PRIVATE_KEY, armored, and what opens it in PASSPHRASE.
    Dist(dist::Options),
    /// Lets everything go wrong that can go wrong with a call to AWS, and looks whether it heals
    ///
    /// Each operation of each resource, each of its calls, each fault; a line for each, and totals.
    /// `cargo test` runs a sample.
    Faults(faults::Options),
}

/// Which Terraform runs.
#[derive(clap::Args)]
struct Choice {
    /// The Terraform that runs [default: the one of the PATH, or else 1.11]
    #[arg(long, value_parser = PossibleValuesParser::new(Core::ALL.map(Core::name)))]
    core: Option<String>,
}

impl Choice {
    fn core(self) -> Result<Core, Error> {
        Ok(self.core.map_or_else(Core::choose, |name| name.parse())?)
    }
}

/// What every command works with.
struct Context {
    workspace: Workspace,
    children: Children,
    environment: Vec<(OsString, OsString)>,
}

impl Context {
    /// The cargo that runs us.
    fn cargo(&self) -> process::Command {
        self.program(self.variable("CARGO").unwrap_or(OsStr::new("cargo")))
    }

    /// Builds the provider. All packages are selected, for the AWS SDK has the features then that it
    /// has when the tests are built, and is compiled once for both.
    fn build_provider(&self) -> process::Command {
        let mut command = self.cargo();
        command.args(["build", "--workspace", "--bin", "terraform-provider-modal"]);
        command
    }

    /// Where cargo unpacks other people's crates.
    fn cargo_home(&self) -> PathBuf {
        let home = || Path::new(self.variable("HOME").unwrap_or_default()).join(".cargo");
        self.variable("CARGO_HOME").map_or_else(home, PathBuf::from)
    }

    fn variable(&self, name: &str) -> Option<&OsStr> {
        let found = self.environment.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_os_str())
    }

    /// A program that starts cargo sooner or later, at the root of the checkout. It is spared what
    /// cargo told us about our own package: ring's build script, for one, watches these variables,
    /// and would be run anew after every other `cargo build` of the person's.
    fn program(&self, program: impl AsRef<OsStr>) -> process::Command {
        let mut command = process::Command::new(program);
        command.current_dir(self.workspace.root());
        for (name, _) in &self.environment {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        command
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Interrupted) => {
            console::complain("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            console::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    let context = Context {
        workspace: Workspace::here(),
        children: Children::new()?,
        environment: env::vars_os().collect(),
    };
    match command {
        Command::Demo(choice) => demo::run(&context, choice.core()?),
        Command::Test(choice) => test::run(&context, choice.core()?),
        Command::Bridge { arch } => {
            setup::tools(&context)?;
            bridge::build(&context, arch)
        }
        Command::Docs { check } => docs::run(&context, check),
        Command::Bench { arguments } => bench::run(&context, &arguments),
        Command::Dist(options) => dist::run(&context, &options),
        Command::Faults(options) => faults::run(&context, &options),
    }
}
