//! The provider as Terraform runs it: beside Terraform's own `terraform_data`, a provider written in
//! Go, and hashicorp/aws where a mirror has it.

mod handshake;
mod latency;
mod plugin;
mod programs;
mod quick_start;
mod resources;
mod run;

use std::fs;
use std::path::PathBuf;

use acceptance::{Core, Workspace};

use self::programs::Programs;
use crate::error::Error;
use crate::figure::Figure;

/// What a measurement of the provider works with.
struct Bench {
    workspace: Workspace,
    core: Core,
    programs: Programs,
    folder: PathBuf,
}

/// Measures everything. What was measured before an error stays.
pub(crate) fn measure(workspace: &Workspace, figures: &mut Vec<Figure>) -> Result<(), Error> {
    let folder = workspace.file("target/bench/terraform");
    fs::create_dir_all(&folder).map_err(Error::io("make a folder for Terraform"))?;
    let bench = Bench {
        workspace: workspace.clone(),
        core: Core::choose()?,
        programs: Programs::find(workspace)?,
        folder,
    };
    figures.extend(bench.programs.sizes()?);
    figures.extend(handshake::measure(&bench)?);
    figures.extend(resources::measure(&bench)?);
    figures.extend(quick_start::measure(&bench)?);
    figures.extend(latency::measure(&bench)?);
    Ok(())
}
