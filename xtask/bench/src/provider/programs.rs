//! The providers that are measured: ours, the framework's example, and those of others.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::Workspace;

use crate::console;
use crate::error::Error;
use crate::figure::Figure;

const NULL: &str = "target/tools/peers-go/home/.terraform.d/plugins/registry.terraform.io/hashicorp\
                    /null/2.1.2/linux_amd64/terraform-provider-null_v2.1.2_x4";
/// Where some machines have hashicorp/aws.
const MIRROR: &str = "HASHICORP_AWS_MIRROR";

/// Their executables.
pub(super) struct Programs {
    pub(super) modal: PathBuf,
    /// Serves the framework and calls nobody: what a resource costs without AWS.
    pub(super) tiny: PathBuf,
    /// hashicorp/null, of Go.
    pub(super) null: Option<PathBuf>,
    pub(super) aws: Option<HashicorpAws>,
}

/// hashicorp/aws of a filesystem mirror.
pub(super) struct HashicorpAws {
    pub(super) mirror: PathBuf,
    pub(super) program: PathBuf,
}

impl Programs {
    pub(super) fn find(workspace: &Workspace) -> Result<Self, Error> {
        let null = Some(workspace.file(NULL)).filter(|program| program.is_file());
        if null.is_none() {
            console::progress("the provider written in Go is not installed");
        }
        let mirror = env::vars_os().find(|(name, _)| name == MIRROR).map(|(_, value)| value);
        let aws = mirror.and_then(|mirror| HashicorpAws::of(mirror.into()));
        if aws.is_none() {
            console::progress(&format!("no hashicorp/aws: {MIRROR} names no mirror that has it"));
        }
        Ok(Self {
            modal: built(workspace, "target/release/terraform-provider-modal")?,
            tiny: built(workspace, "target/measuring/terraform-provider-tiny")?,
            null,
            aws,
        })
    }

    pub(super) fn sizes(&self) -> Result<Vec<Figure>, Error> {
        let mut figure = Figure::new("provider: executable", megabytes(&self.modal)?, "MB");
        if let Some(null) = &self.null {
            figure = figure.beside("Go null", megabytes(null)?);
        }
        let mut figures = vec![figure.clone()];
        if let Some(aws) = &self.aws {
            figures.push(figure.beside("hashicorp/aws", megabytes(&aws.program)?));
        }
        Ok(figures)
    }
}

impl HashicorpAws {
    fn of(mirror: PathBuf) -> Option<Self> {
        let mut folders = vec![mirror.join("registry.terraform.io/hashicorp/aws")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).ok()?.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if entry.file_name().to_string_lossy().starts_with("terraform-provider-aws")
                {
                    return Some(Self { mirror, program: path });
                }
            }
        }
        None
    }
}

fn built(workspace: &Workspace, path: &str) -> Result<PathBuf, Error> {
    let program = workspace.file(path);
    if program.is_file() {
        return Ok(program);
    }
    Err(Error::Unusable(format!("there is no {path}: `cargo xtask bench` builds it")))
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn megabytes(program: &Path) -> Result<f64, Error> {
    let metadata = fs::metadata(program).map_err(Error::io("look at a provider"))?;
    Ok(metadata.len() as f64 / 1e6)
}
