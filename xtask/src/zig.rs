//! Programs for another system, compiled by `cargo-zigbuild`, whose linker pins the glibc.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Context;
use crate::console;
use crate::error::Error;

/// What to compile.
pub(crate) struct Build<'a> {
    pub(crate) package: &'a str,
    pub(crate) program: &'a str,
    pub(crate) profile: &'a str,
    /// Rust's name of the system, with `.<glibc>` where that is pinned.
    pub(crate) target: String,
    /// For the compiler, beside the profile.
    pub(crate) flags: &'a [&'a str],
}

/// Compiles it, and returns the executable.
pub(crate) fn compile(context: &Context, build: &Build<'_>) -> Result<PathBuf, Error> {
    let python = context.workspace.python()?;
    let tools = python.parent().unwrap_or(Path::new("."));
    let mut command = context.program(tools.join("cargo-zigbuild"));
    command
        .args(["zigbuild", "--package", build.package, "--bin", build.program])
        .args(["--profile", build.profile, "--message-format=json-render-diagnostics"])
        .arg(format!("--target={}", build.target))
        .env("CARGO_ENCODED_RUSTFLAGS", flags(context, build.flags))
        // Where cargo-zigbuild finds zig, also when a zig of the machine is on the PATH.
        .env("CARGO_ZIGBUILD_PYTHON_PATH", &python);
    let messages = context.children.output(&mut command)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == build.program)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Error::Unusable(format!("cargo built no executable `{}`", build.program)))
}

/// Panics name their source files: ours from the root of the checkout, others' by where cargo
/// unpacked them. Flags take that folder out of the names, or two machines would make two different
/// packages.
fn flags(context: &Context, own: &[&str]) -> OsString {
    let mut flags = OsString::from(own.join("\u{1f}"));
    let registry = context.cargo_home().join("registry/src");
    for index in fs::read_dir(registry).into_iter().flatten().flatten() {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(index.path());
        flags.push("=/registry");
    }
    flags
}

/// Whether rustc can compile for a system, now or after asking rustup.
pub(crate) fn has_standard_library(context: &Context, triple: &str) -> Result<bool, Error> {
    let mut rustc = context.program("rustc");
    rustc.args(["--print", "target-libdir", "--target", triple]);
    let folder = context.children.output(&mut rustc)?;
    let folder = PathBuf::from(folder.trim());
    let has = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if has() {
        return Ok(true);
    }
    console::say(&format!("rustup target add {triple}"));
    let mut rustup = context.program("rustup");
    rustup.args(["target", "add", triple]);
    let log = context.workspace.file("target/tools/rustup.log");
    match context.children.run_quietly(&mut rustup, &log) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        _ => Ok(has()),
    }
}
