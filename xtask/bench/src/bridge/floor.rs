//! The bootstrap that does nothing, compiled by rustc into a static program.

use std::path::Path;
use std::process::Command;

use acceptance::Workspace;

use crate::error::Error;
use crate::lambda::{Kind, Program};

pub(super) const NAME: &str = "do-nothing";

pub(super) fn program(workspace: &Workspace, folder: &Path) -> Result<Program, Error> {
    let executable = folder.join("floor");
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--edition=2024", "-O", "-Cpanic=abort", "-Cstrip=symbols"])
        .args(["-Ctarget-feature=+crt-static", "-o"])
        .arg(&executable)
        .arg(workspace.file("xtask/bench/floor.rs"));
    let status = rustc.status().map_err(Error::io("run rustc"))?;
    if !status.success() {
        return Err(Error::Unusable("rustc cannot compile the floor".to_owned()));
    }
    Ok(Program {
        name: NAME.to_owned(),
        words: vec![executable.into()],
        environment: Vec::new(),
        folder: folder.to_owned(),
        kind: Kind::Floor,
    })
}
