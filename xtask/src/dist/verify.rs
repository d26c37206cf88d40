//! Whether a release, or the bridge alone, is the same wherever it is made: twice, in two folders
//! that share nothing but the tools, compared byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use acceptance::host_architecture;

use crate::Context;
use crate::console::{duration, heading, say};
use crate::error::Error;

use super::Options;

/// Names of different lengths: a path in a program would move what comes after it.
const FOLDERS: [&str; 2] = ["a", "another-folder"];

/// Makes the release twice and compares. The first is what stays, where a release goes.
pub(super) fn run(context: &Context, options: &Options) -> Result<(), Error> {
    let place = context.workspace.file("target/verify");
    remove(&place)?;
    // Both before the first is built: that takes long, and somebody may go on working meanwhile.
    for folder in FOLDERS {
        copy_sources(context, &place.join(folder))?;
    }
    let mut releases = Vec::new();
    for folder in FOLDERS {
        heading(&format!("a release in target/verify/{folder}"));
        let started = Instant::now();
        let checkout = place.join(folder);
        releases.push(build(context, options, &checkout)?);
        // Two of them would fill a small disk.
        remove(&checkout)?;
        say(&format!("it took {}", duration(started.elapsed())));
    }
    compare(&releases[0], &releases[1])?;
    for (name, bytes) in &releases[0] {
        let to = context.workspace.root().join(&options.out).join(name);
        crate::package::write_whole(&to, bytes)?;
    }
    remove(&place)?;
    let names: Vec<_> = releases[0].keys().map(String::as_str).collect();
    say(&format!("the same twice, byte for byte: {}", names.join(", ")));
    Ok(())
}

/// Makes this machine's bridge once more, in a folder of its own.
pub(crate) fn bridge_elsewhere(context: &Context) -> Result<Vec<u8>, Error> {
    let checkout = context.workspace.file("target/verify").join(FOLDERS[1]);
    remove(&checkout)?;
    copy_sources(context, &checkout)?;
    let mut command = this_program(context, &checkout)?;
    command.args(["bridge", "--arch", host_architecture()]);
    context.children.run_quietly(&mut command, &checkout.join("target/bridge.log"))?;
    let bridge = host_bridge(&checkout)?;
    remove(&checkout)?;
    Ok(bridge)
}

/// Compares what was made elsewhere with what is here.
pub(crate) fn compare_bridge(context: &Context, elsewhere: Vec<u8>) -> Result<(), Error> {
    let named = |bytes| BTreeMap::from([("the bridge's zip".to_owned(), bytes)]);
    compare(&named(host_bridge(context.workspace.root())?), &named(elsewhere))
}

fn host_bridge(root: &Path) -> Result<Vec<u8>, Error> {
    let name = format!("target/bridge/bootstrap-{}.zip", host_architecture());
    fs::read(root.join(&name)).map_err(Error::io(format!("read {name}")))
}

/// All but what is made, and git's own.
fn copy_sources(context: &Context, to: &Path) -> Result<(), Error> {
    copy(context.workspace.root(), to, &["target", ".git"])?;
    let tools = to.join("target/tools");
    fs::create_dir_all(to.join("target")).map_err(Error::io("make a folder"))?;
    std::os::unix::fs::symlink(context.workspace.file("target/tools"), tools)
        .map_err(Error::io("link the tools"))
}

/// Copies a folder without the entries of these names.
fn copy(from: &Path, to: &Path, without: &[&str]) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::io(format!("make {}", to.display())))?;
    for (name, path) in entries(from)? {
        let to = to.join(&name);
        if without.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to, &[])?;
        } else {
            fs::copy(&path, &to).map_err(Error::io(format!("copy {}", path.display())))?;
        }
    }
    Ok(())
}

/// Has this very program make the release there, and reads what it made.
fn build(
    context: &Context,
    options: &Options,
    checkout: &Path,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let out = checkout.join("target/dist");
    let mut command = this_program(context, checkout)?;
    command.arg("dist").arg("--out").arg(&out);
    if options.partial {
        command.arg("--partial");
    }
    for platform in &options.platforms {
        command.args(["--platform", platform]);
    }
    context.children.run(&mut command)?;
    let mut files = BTreeMap::new();
    for (name, path) in entries(&out)? {
        // It says when it was signed.
        if !name.ends_with(".sig") {
            let bytes = fs::read(&path).map_err(Error::io(format!("read {}", path.display())))?;
            files.insert(name, bytes);
        }
    }
    for (name, path) in entries(&checkout.join("target/bridge"))? {
        let bytes = fs::read(&path).map_err(Error::io(format!("read {}", path.display())))?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// This very program, working in that checkout.
fn this_program(context: &Context, checkout: &Path) -> Result<Command, Error> {
    let program = std::env::current_exe().map_err(Error::io("find this program"))?;
    let mut command = context.program(program);
    command.current_dir(checkout);
    // Its checkout is the one around its folder, and its target folder the one in that.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_TARGET_DIR");
    Ok(command)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let attempt = || format!("read {}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(attempt()))? {
        let entry = entry.map_err(Error::io(attempt()))?;
        found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    Ok(found)
}

/// An error that says which files are not the same, and from which byte.
fn compare(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) -> Result<(), Error> {
    let mut different = Vec::new();
    for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
        match (one.get(name), other.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
                different.push(format!("{name}: from byte {first} of {} and {}", a.len(), b.len()));
            }
            _ => different.push(format!("{name}: made once only")),
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "two builds of the same sources are not the same:\n  {}",
        different.join("\n  ")
    )))
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(format!("remove {}", folder.display()))(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn release(files: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
    }

    #[test]
    fn releases_that_are_the_same_are() {
        let one = release(&[("a.zip", b"1234"), ("sums", b"5")]);
        assert!(compare(&one, &one.clone()).is_ok());
    }

    #[test]
    fn what_is_not_the_same_is_told_with_its_first_byte() {
        let one = release(&[("a.zip", b"1234"), ("sums", b"5")]);
        let other = release(&[("a.zip", b"12x4"), ("more", b"5")]);
        expect![[r#"
            two builds of the same sources are not the same:
              a.zip: from byte 2 of 4 and 4
              sums: made once only
              more: made once only"#]]
        .assert_eq(&compare(&one, &other).unwrap_err().to_string());
    }
}
