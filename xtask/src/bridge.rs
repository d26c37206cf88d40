//! The bridge's zips for Lambda: the same bytes for the same source, for Amazon Linux's glibc.

use std::fs;
use std::path::PathBuf;

use acceptance::host_architecture;
use clap::ValueEnum;

use crate::Context;
use crate::console;
use crate::error::Error;
use crate::glibc;
use crate::package;
use crate::zig::{self, Build};

/// Which architectures to build for.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Selection {
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86_64,
    /// Both; this machine's alone where rustup cannot get the other's standard library
    #[default]
    #[value(name = "all")]
    All,
}

impl Selection {
    /// The one that this machine executes.
    pub(crate) fn host() -> Self {
        if host_architecture() == "arm64" { Self::Arm64 } else { Self::X86_64 }
    }
}

/// An architecture: Lambda's name of it, and Rust's.
struct Target {
    architecture: &'static str,
    triple: &'static str,
}

const TARGETS: [Target; 2] = [
    Target { architecture: "arm64", triple: "aarch64-unknown-linux-gnu" },
    Target { architecture: "x86_64", triple: "x86_64-unknown-linux-gnu" },
];

/// Builds what is selected into `target/bridge`, from where the provider's build takes it.
pub(crate) fn build(context: &Context, selection: Selection) -> Result<(), Error> {
    let mut built = 0;
    for target in &TARGETS {
        let wanted = match selection {
            Selection::All => true,
            Selection::Arm64 => target.architecture == "arm64",
            Selection::X86_64 => target.architecture == "x86_64",
        };
        if !wanted {
            continue;
        }
        if !zig::has_standard_library(context, target.triple)? {
            let other = selection == Selection::All && target.architecture != host_architecture();
            if !other {
                return Err(Error::Unusable(format!(
                    "the bridge for {} needs Rust's standard library for it: rustup target add {}",
                    target.architecture, target.triple
                )));
            }
            console::say(&format!(
                "rustup cannot add {} here: this build has the bridge for {} alone",
                target.triple,
                host_architecture()
            ));
            // One from another day would be embedded beside today's.
            let _ = fs::remove_file(zip_path(context, target));
            continue;
        }
        build_one(context, target)?;
        built += 1;
    }
    if built == 0 { Err(Error::Unusable("no bridge was built".to_owned())) } else { Ok(()) }
}

fn build_one(context: &Context, target: &Target) -> Result<(), Error> {
    let executable = compile(context, target)?;
    let bytes =
        fs::read(&executable).map_err(Error::io(format!("read {}", executable.display())))?;
    check(&bytes, target)?;
    let zip = package::program("bootstrap", &bytes)?;

    let path = zip_path(context, target);
    let unchanged = fs::read(&path).is_ok_and(|existing| existing == zip);
    if !unchanged {
        package::write_whole(&path, &zip)?;
    }
    console::say(&format!(
        "target/bridge/bootstrap-{}.zip: {:.2} MB of {:.2} MB{}",
        target.architecture,
        console::megabytes(&zip),
        console::megabytes(&bytes),
        if unchanged { ", unchanged" } else { "" }
    ));
    Ok(())
}

fn compile(context: &Context, target: &Target) -> Result<PathBuf, Error> {
    let build = Build {
        package: "bridge-runtime",
        program: "bootstrap",
        profile: "lambda",
        target: format!("{}.{}", target.triple, glibc::LAMBDA),
        flags: &WITHOUT_UNWINDING,
    };
    zig::compile(context, &build)
}

/// Leave the tables for unwinding out. The path is that from the workspace's root, where the linker
/// runs: a whole one would make another package on every machine.
const WITHOUT_UNWINDING: [&str; 2] =
    ["-Clink-arg=-Wl,-T,bridge-runtime/lambda.ld", "-Clink-arg=-Wl,--no-eh-frame-hdr"];

/// Lambda would refuse to start anything else, and only at the first event.
fn check(executable: &[u8], target: &Target) -> Result<(), Error> {
    let unreadable = |error| Error::Unusable(format!("the bridge is no ELF executable: {error}"));
    let architecture = glibc::architecture(executable).map_err(unreadable)?;
    if architecture != Some(target.architecture) {
        return Err(Error::Unusable(format!(
            "the bridge for {} was built for {}",
            target.architecture,
            architecture.unwrap_or("another architecture")
        )));
    }
    match glibc::needed(executable).map_err(unreadable)? {
        Some(needed) if needed > glibc::LAMBDA => Err(Error::Unusable(format!(
            "the bridge for {} needs glibc {needed}, but Lambda's provided.al2023 has {}",
            target.architecture,
            glibc::LAMBDA
        ))),
        _ => Ok(()),
    }
}

fn zip_path(context: &Context, target: &Target) -> PathBuf {
    context.workspace.file("target/bridge").join(format!("bootstrap-{}.zip", target.architecture))
}

/// The architectures for which there is no zip.
pub(crate) fn missing(context: &Context) -> Vec<&'static str> {
    let missing = TARGETS.iter().filter(|target| !zip_path(context, target).exists());
    missing.map(|target| target.architecture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn a_program_for_another_architecture_is_not_packaged() {
        let executable = fs::read(std::env::current_exe().unwrap()).unwrap();
        let other = TARGETS.iter().find(|target| target.architecture != host_architecture());
        let error = check(&executable, other.unwrap()).unwrap_err().to_string();
        assert!(error.contains(" was built for "), "{error}");
    }
}
