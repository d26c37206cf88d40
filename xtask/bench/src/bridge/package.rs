//! The bridge's zips, and the executable of this machine's.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use acceptance::{Workspace, host_architecture};
use zip::ZipArchive;

use crate::authority::Authority;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Kind, Program};

const ARCHITECTURES: [&str; 2] = ["arm64", "x86_64"];

/// Sizes of the zips that there are, and of what is in them.
pub(super) fn measure(workspace: &Workspace) -> Result<Vec<Figure>, Error> {
    let mut figures = Vec::new();
    for architecture in ARCHITECTURES {
        let path = workspace.file(&format!("target/bridge/bootstrap-{architecture}.zip"));
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let name = format!("bridge: zip, {architecture}");
        figures.push(Figure::new(name, megabytes(metadata.len()), "MB").aim(Aim::AtMost(1.6)));
        let bytes = executable(&path)?.len();
        let name = format!("bridge: executable, {architecture}");
        figures.push(Figure::new(name, megabytes(u64::try_from(bytes).unwrap_or(0)), "MB"));
    }
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The executable of the zip, made to trust the servers of this run.
pub(super) fn bridge(
    workspace: &Workspace,
    folder: &Path,
    authority: &Authority,
) -> Result<Program, Error> {
    let zip = format!("target/bridge/bootstrap-{}.zip", host_architecture());
    let patched = authority.trusted_by(&executable(&workspace.file(&zip))?)?;
    let place = folder.join("bootstrap");
    let attempt = || format!("write {}", place.display());
    // A new file: the old one may be running somewhere.
    let _ = fs::remove_file(&place);
    fs::write(&place, patched).map_err(Error::io(attempt()))?;
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).map_err(Error::io(attempt()))?;
    Ok(Program {
        name: "bridge".to_owned(),
        words: vec![place.into()],
        environment: Vec::new(),
        folder: folder.to_owned(),
        kind: Kind::Bridge,
    })
}

fn executable(zip: &Path) -> Result<Vec<u8>, Error> {
    let attempt = || format!("read {}", zip.display());
    let file = File::open(zip).map_err(Error::io(attempt()))?;
    let mut archive = ZipArchive::new(file).map_err(Error::because("read the bridge's zip"))?;
    let mut entry =
        archive.by_name("bootstrap").map_err(Error::because("read the bridge's zip"))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(Error::io(attempt()))?;
    Ok(bytes)
}
