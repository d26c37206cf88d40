//! Providers that Terraform is to find: their addresses, their programs, and a mirror that has them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::HarnessError;
use crate::workspace::Workspace;

/// A provider: its address in the public registry, and a program that cargo built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provider {
    source: String,
    program: PathBuf,
}

impl Provider {
    /// This checkout's provider.
    pub fn modal(workspace: &Workspace) -> Result<Self, HarnessError> {
        Self::built(workspace, "modal-bridge/modal", "terraform-provider-modal")
    }

    /// Any program that cargo built beside the running one (`examples/…` for an example), as the
    /// provider of a source address such as `acme/tiny`. Configurations call it `tiny`, then.
    pub fn built(workspace: &Workspace, source: &str, program: &str) -> Result<Self, HarnessError> {
        Ok(Self { source: source.to_owned(), program: workspace.program(program)? })
    }

    /// Any program, as the provider of a source address.
    pub fn at(source: &str, program: PathBuf) -> Self {
        Self { source: source.to_owned(), program }
    }

    /// Its address in the public registry.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What configurations call it.
    fn local_name(&self) -> &str {
        self.source.rsplit('/').next().unwrap_or(&self.source)
    }
}

/// The layout of an unpacked mirror, as `terraform providers mirror` documents it; returns the
/// provider's own folder.
pub(crate) fn install(provider: &Provider, mirror: &Path) -> io::Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let folder =
        mirror.join("registry.terraform.io").join(&provider.source).join(version).join(platform());
    fs::create_dir_all(&folder)?;
    let place = folder.join(format!("terraform-provider-{}_v{version}", provider.local_name()));
    if fs::symlink_metadata(&place).is_ok() {
        fs::remove_file(&place)?;
    }
    // A link to this very build: a later build replaces the file and leaves ours alone.
    fs::hard_link(&provider.program, &place)
        .or_else(|_| fs::copy(&provider.program, &place).map(drop))?;
    Ok(folder)
}

/// A CLI configuration that knows these mirrors and nothing else, and takes the packages from their
/// own folders where `overridden` has them.
pub(crate) fn cli_configuration(mirrors: &[&Path], overridden: &[(String, PathBuf)]) -> String {
    let mut text = "disable_checkpoint = true\n\nprovider_installation {\n".to_owned();
    if !overridden.is_empty() {
        text += "  dev_overrides {\n";
        for (source, package) in overridden {
            text += &format!("    {source:?} = {:?}\n", package.display().to_string());
        }
        text += "  }\n";
    }
    for mirror in mirrors {
        let path = mirror.display().to_string();
        text += &format!("  filesystem_mirror {{\n    path = {path:?}\n  }}\n");
    }
    text + "}\n"
}

/// The part of a configuration that says where each provider comes from.
pub(crate) fn required_providers(providers: &[Provider]) -> String {
    let blocks = providers.iter().map(|provider| {
        let (name, source) = (provider.local_name(), &provider.source);
        format!("    {name} = {{\n      source = {source:?}\n    }}\n")
    });
    let blocks: String = blocks.collect();
    format!("terraform {{\n  required_providers {{\n{blocks}  }}\n}}\n")
}

/// This machine in Terraform's words: `linux_amd64`.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{architecture}")
}
