//! What one process of tests leaves: logs, mirrors, folders of failed tests. It stays until the next
//! run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::error::HarnessError;
use crate::workspace::Workspace;

/// This process's own folder.
///
/// # Panics
/// When it cannot be made.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let scratch = Workspace::here().scratch();
        remove_finished_runs(&scratch);
        let folder = scratch.join(format!("run-{}", process::id()));
        let made = fs::create_dir_all(&folder);
        present(made.map_err(HarnessError::io("make the folder of this run")));
        folder
    })
}

/// A fresh folder in it.
///
/// # Panics
/// When it cannot be made.
pub(crate) fn fresh_folder(prefix: &str) -> TempDir {
    let made = tempfile::Builder::new().prefix(prefix).tempdir_in(folder());
    present(made.map_err(HarnessError::io("make a folder of this run")))
}

/// What a test starts with is there or the test fails: there is nobody to return an error to.
#[track_caller]
pub(crate) fn present<T>(result: Result<T, HarnessError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Removes what runs left whose process has ended.
fn remove_finished_runs(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("run-"));
        let process = process.and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process).is_err()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
