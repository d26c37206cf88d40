//! What `cargo xtask dist` makes of the provider that was built for the tests, and its signatures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use acceptance::Workspace;
use tempfile::TempDir;

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The files of a release, by name.
pub(super) struct Release {
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// What `SHA256SUMS.sig` is checked with.
    pub(super) public_key: String,
    /// Of somebody who signed nothing.
    pub(super) foreign_key: String,
    _folder: TempDir,
}

/// Made once for all tests: a debug build's provider is big.
pub(super) fn release() -> &'static Release {
    static RELEASE: OnceLock<Release> = OnceLock::new();
    RELEASE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("dist");
        dist(&out);
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        sign(Command::new(program("sign")).arg("key").arg(&ours));
        sign(Command::new(program("sign")).arg("key").arg(&theirs));
        let secret = fs::read_to_string(ours.join("secret.asc")).unwrap();
        let sums = out.join(name("SHA256SUMS"));
        sign(
            Command::new(program("sign")).arg("detached").arg(sums).env("GPG_PRIVATE_KEY", secret),
        );
        let public = |folder: &Path| fs::read_to_string(folder.join("public.asc")).unwrap();
        let (public_key, foreign_key) = (public(&ours), public(&theirs));
        Release { files: files(&out), public_key, foreign_key, _folder: folder }
    })
}

/// Runs `cargo xtask dist` into a folder, with the provider that is built already.
pub(super) fn dist(out: &Path) {
    let mut command = Command::new(program("xtask"));
    command.args(["dist", "--partial", "--program"]).arg(program("terraform-provider-modal"));
    command.arg("--out").arg(out).current_dir(Workspace::here().root());
    // As when nobody has a key.
    command.env_remove("GPG_PRIVATE_KEY");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The files of a folder, by name.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        (name.to_owned(), fs::read(path).unwrap())
    };
    entries.map(|path| file(&path)).collect()
}

/// As the registry names what belongs to this release.
pub(super) fn name(what: &str) -> String {
    format!("terraform-provider-modal_{VERSION}_{what}")
}

fn sign(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn program(name: &str) -> std::path::PathBuf {
    Workspace::here().program(name).unwrap_or_else(|error| panic!("{error}"))
}
