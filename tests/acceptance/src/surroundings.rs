//! The little that child processes may see of the user's environment.

use std::env;
use std::ffi::OsString;
use std::process::Command;

/// Enough to find programs, a temporary folder and a language; no credentials, no `TF_*`.
const KEPT: &[&str] = &["PATH", "TMPDIR", "LANG", "LC_ALL", "TERM", "LD_LIBRARY_PATH"];

/// Takes the user's environment from a command, and gives it only the neutral part.
pub(crate) fn neutral(command: &mut Command) -> &mut Command {
    command.env_clear();
    for name in KEPT {
        if let Some(value) = variable(name) {
            command.env(name, value);
        }
    }
    command
}

/// A variable of the process that runs the tests.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::vars_os().find(|(key, _)| key.to_str() == Some(name)).map(|(_, value)| value)
}
