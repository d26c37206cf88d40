//! The bridge's zips for Lambda: the same bytes for the same source, for Amazon Linux's glibc.

use std::ffi::OsString;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use acceptance::host_architecture;
use clap::ValueEnum;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::Context;
use crate::console;
use crate::error::Error;
use crate::glibc;

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
        if !has_standard_library(context, target)? {
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
    let zip = package(&bytes)?;

    let path = zip_path(context, target);
    let unchanged = fs::read(&path).is_ok_and(|existing| existing == zip);
    if !unchanged {
        write_whole(&path, &zip)?;
    }
    console::say(&format!(
        "target/bridge/bootstrap-{}.zip: {:.2} MB of {:.2} MB{}",
        target.architecture,
        megabytes(&zip),
        megabytes(&bytes),
        if unchanged { ", unchanged" } else { "" }
    ));
    Ok(())
}

/// Runs cargo-zigbuild, whose linker pins the glibc, and returns the executable.
fn compile(context: &Context, target: &Target) -> Result<PathBuf, Error> {
    let python = context.workspace.python()?;
    let tools = python.parent().unwrap_or(Path::new("."));
    let glibc = glibc::LAMBDA;
    let mut command = context.program(tools.join("cargo-zigbuild"));
    command
        .args(["zigbuild", "--package", "bridge-runtime", "--bin", "bootstrap"])
        .args(["--profile", "lambda", "--message-format=json-render-diagnostics"])
        .arg(format!("--target={}.{glibc}", target.triple))
        .env("CARGO_ENCODED_RUSTFLAGS", flags(context))
        // Where cargo-zigbuild finds zig, also when a zig of the machine is on the PATH.
        .env("CARGO_ZIGBUILD_PYTHON_PATH", &python);
    let messages = context.children.output(&mut command)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "bootstrap")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Error::Unusable("cargo built no executable `bootstrap`".to_owned()))
}

/// Leave the tables for unwinding out. The path is that from the workspace's root, where the linker
/// runs: a whole one would make another package on every machine.
const WITHOUT_UNWINDING: [&str; 2] =
    ["-Clink-arg=-Wl,-T,bridge-runtime/lambda.ld", "-Clink-arg=-Wl,--no-eh-frame-hdr"];

/// What the compiler is told beside the profile.
///
/// Panics name their source files: ours from the root of the checkout, others' by where cargo
/// unpacked them. Flags take that folder out of the names, or two machines would make two different
/// packages.
fn flags(context: &Context) -> OsString {
    let mut flags = OsString::from(WITHOUT_UNWINDING.join("\u{1f}"));
    let registry = context.cargo_home().join("registry/src");
    for index in fs::read_dir(registry).into_iter().flatten().flatten() {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(index.path());
        flags.push("=/registry");
    }
    flags
}

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

/// One entry, and nothing of when or where it was made.
fn package(executable: &[u8]) -> Result<Vec<u8>, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip
        .start_file("bootstrap", options)
        .and_then(|()| Ok(zip.write_all(executable)?))
        .and_then(|()| zip.finish());
    match packed {
        Ok(bytes) => Ok(bytes.into_inner()),
        Err(error) => Err(Error::Unusable(format!("cannot pack the bridge: {error}"))),
    }
}

/// A build that reads the file meanwhile sees the old one or the new one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let attempt = || format!("write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(attempt()))?;
    }
    let draft = path.with_extension("draft");
    fs::write(&draft, bytes).map_err(Error::io(attempt()))?;
    fs::rename(&draft, path).map_err(Error::io(attempt()))
}

fn zip_path(context: &Context, target: &Target) -> PathBuf {
    context.workspace.file("target/bridge").join(format!("bootstrap-{}.zip", target.architecture))
}

/// Whether rustc can compile for it, now or after asking rustup.
fn has_standard_library(context: &Context, target: &Target) -> Result<bool, Error> {
    let mut rustc = context.program("rustc");
    rustc.args(["--print", "target-libdir", "--target", target.triple]);
    let folder = context.children.output(&mut rustc)?;
    let folder = PathBuf::from(folder.trim());
    let has = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if has() {
        return Ok(true);
    }
    console::say(&format!("rustup target add {}", target.triple));
    let mut rustup = context.program("rustup");
    rustup.args(["target", "add", target.triple]);
    let log = context.workspace.file("target/tools/rustup.log");
    match context.children.run_quietly(&mut rustup, &log) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        _ => Ok(has()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn megabytes(bytes: &[u8]) -> f64 {
    bytes.len() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_package_is_one_executable_entry_without_a_date() {
        let mut zip = ZipArchive::new(Cursor::new(package(b"program").unwrap())).unwrap();
        assert_eq!(zip.len(), 1);
        let mut entry = zip.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o755);
        assert_eq!(entry.last_modified(), Some(DateTime::default()));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"program");
    }

    #[test]
    fn the_same_program_makes_the_same_package() {
        assert_eq!(package(b"program").unwrap(), package(b"program").unwrap());
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn a_program_for_another_architecture_is_not_packaged() {
        let executable = fs::read(std::env::current_exe().unwrap()).unwrap();
        let other = TARGETS.iter().find(|target| target.architecture != host_architecture());
        let error = check(&executable, other.unwrap()).unwrap_err().to_string();
        assert!(error.contains(" was built for "), "{error}");
    }
}
