//! Where things are in this checkout, and which of them `cargo xtask` has to make.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::HarnessError;
use crate::surroundings::variable;

/// This checkout.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout whose cargo runs us, or else the one around the current folder.
    ///
    /// Not the one that compiled us: checkouts may share a target folder, and cargo then takes the
    /// same crate of another checkout for this one's.
    ///
    /// # Panics
    /// When there is none.
    pub fn here() -> Self {
        let package = variable("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let start = package.or_else(|| env::current_dir().ok()).unwrap_or_default();
        match start.ancestors().find(|folder| folder.join("Cargo.lock").is_file()) {
            Some(root) => Self { root: root.to_owned() },
            None => panic!("{} is in no checkout of this project", start.display()),
        }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file of the checkout, by its path from the root.
    pub fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Python with the tools of `tests/acceptance/requirements.txt`.
    pub fn python(&self) -> Result<PathBuf, HarnessError> {
        existing(
            self.file("target/tools/venv/bin/python"),
            "the Python environment",
            "cargo xtask bridge",
        )
    }

    /// A program that cargo built beside the running one.
    pub fn program(&self, name: &str) -> Result<PathBuf, HarnessError> {
        let program = env::current_exe().map_err(HarnessError::io("find the running program"))?;
        let folder = program.parent().unwrap_or(&self.root);
        let folder =
            if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
        let remedy = "cargo build --workspace --all-targets";
        existing(folder.join(name), "a program of this checkout", remedy)
    }

    /// Where runs keep what they need for a while: `target/acceptance`.
    pub fn scratch(&self) -> PathBuf {
        self.file("target/acceptance")
    }
}

/// What Lambda calls this machine's architecture: the one whose bridge the local AWS can execute.
pub fn host_architecture() -> &'static str {
    match env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    }
}

fn existing(
    path: PathBuf,
    what: &'static str,
    remedy: &'static str,
) -> Result<PathBuf, HarnessError> {
    if path.exists() { Ok(path) } else { Err(HarnessError::Missing { what, path, remedy }) }
}
