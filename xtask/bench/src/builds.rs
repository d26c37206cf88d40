//! How long it takes to build the provider as it is shipped: from nothing, and after a change.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use acceptance::Workspace;

use crate::console;
use crate::error::Error;
use crate::figure::Figure;

/// Builds twice, in a folder of its own.
pub(crate) fn measure(workspace: &Workspace) -> Result<Vec<Figure>, Error> {
    let folder = workspace.file("target/bench/build");
    // What an earlier run left is something.
    let _none = fs::remove_dir_all(&folder);
    console::progress("build: from nothing");
    let cold = build(workspace, &folder)?;
    console::progress("build: after a change");
    look_changed(&workspace.file("provider/src/lib.rs"))
        .map_err(Error::io("make a file of the provider look changed"))?;
    let warm = build(workspace, &folder)?;
    Ok(vec![
        Figure::new("provider: release build, from nothing", cold, "s"),
        Figure::new("provider: release build, its own code changed", warm, "s"),
    ])
}

/// To cargo, a file with another time is another file.
#[expect(clippy::disallowed_methods, reason = "the time of a file, and no clock")]
fn look_changed(file: &Path) -> io::Result<()> {
    File::options().append(true).open(file)?.set_modified(SystemTime::now())
}

/// Seconds.
fn build(workspace: &Workspace, folder: &Path) -> Result<f64, Error> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--quiet", "--release", "--locked"])
        .args(["--package", "terraform-provider-modal", "--target-dir"])
        .arg(folder)
        .current_dir(workspace.file("."));
    let started = Instant::now();
    let status = cargo.status().map_err(Error::io("run cargo"))?;
    if !status.success() {
        return Err(Error::Unusable("cargo cannot build the provider".to_owned()));
    }
    Ok(started.elapsed().as_secs_f64())
}
