//! Terraform the program: with what configuration of its own it runs, and how a run of it ends.

use std::collections::BTreeMap;
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

use crate::config::Config;
use crate::cores::{Core, Program};
use crate::diagnostics::diagnostics;
use crate::error::HarnessError;
use crate::provider::{self, Provider};
use crate::run;
use crate::surroundings::neutral;
use crate::workspace::Workspace;

/// Terraform, ready to run with some providers and nothing of the user's.
#[derive(Clone, Debug)]
pub struct Terraform {
    program: Program,
    home: PathBuf,
    mirror: PathBuf,
    cli_configuration: PathBuf,
    cli_configuration_with_override: PathBuf,
    /// Addresses of the providers, and their own folders.
    packages: Vec<(String, PathBuf)>,
    needs_init: bool,
    required_providers: String,
}

impl Terraform {
    /// Lays out, in `folder`, a mirror that holds the providers, a CLI configuration that knows only
    /// this mirror, and an empty home. `terraform init` then works as it does for a practitioner.
    pub fn prepare(
        workspace: &Workspace,
        core: Core,
        providers: &[Provider],
        folder: &Path,
    ) -> Result<Self, HarnessError> {
        let program = core.program(workspace)?;
        let mirror = folder.join("mirror");
        let mut packages = Vec::new();
        for provider in providers {
            let package = provider::install(provider, &mirror)
                .map_err(HarnessError::io("put a provider into a mirror"))?;
            packages.push((provider.source().to_owned(), package));
        }
        let home = folder.join("home");
        fs::create_dir_all(&home).map_err(HarnessError::io("make a home for Terraform"))?;

        let terraform = Self {
            program,
            home,
            cli_configuration: folder.join("terraform.tfrc"),
            cli_configuration_with_override: folder.join("override.tfrc"),
            packages,
            needs_init: true,
            required_providers: provider::required_providers(providers),
            mirror,
        };
        let attempt = "write Terraform's CLI configuration";
        let plain = provider::cli_configuration(&[&terraform.mirror], &[]);
        fs::write(&terraform.cli_configuration, plain).map_err(HarnessError::io(attempt))?;
        let overridden = provider::cli_configuration(&[&terraform.mirror], &terraform.packages);
        fs::write(&terraform.cli_configuration_with_override, overridden)
            .map_err(HarnessError::io(attempt))?;
        Ok(terraform)
    }

    /// This core with these providers, laid out once for the tests of this process: for a test that
    /// needs no [`World`](crate::World).
    ///
    /// # Panics
    /// When there is no such Terraform.
    pub fn hosting(core: Core, providers: &[Provider]) -> Self {
        static PREPARED: Mutex<BTreeMap<(Core, Vec<Provider>), Terraform>> =
            Mutex::new(BTreeMap::new());
        let mut prepared = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = run::folder().join(format!("terraform-{}", prepared.len()));
        let prepare = || run::present(Self::prepare(&Workspace::here(), core, providers, &folder));
        prepared.entry((core, providers.to_vec())).or_insert_with(prepare).clone()
    }

    /// The same, but it takes the providers from their folders without a look at their checksums, as
    /// `dev_overrides` do. A debug build is big: its checksum is most of what a command costs.
    /// It needs no `init`.
    #[must_use]
    pub fn with_override(&self) -> Self {
        let cli_configuration = self.cli_configuration_with_override.clone();
        Self { cli_configuration, needs_init: false, ..self.clone() }
    }

    /// The same, with one more provider.
    pub fn with_override_of(&self, source: &str, package: &Path) -> Result<Self, HarnessError> {
        let mut packages = self.packages.clone();
        packages.push((source.to_owned(), package.to_owned()));
        let name = format!("override-{}.tfrc", source.replace('/', "-"));
        let cli_configuration = self.cli_configuration.with_file_name(name);
        let text = provider::cli_configuration(&[&self.mirror], &packages);
        let attempt = "write Terraform's CLI configuration";
        fs::write(&cli_configuration, text).map_err(HarnessError::io(attempt))?;
        Ok(Self { cli_configuration, packages, needs_init: false, ..self.clone() })
    }

    /// The same, which finds what this mirror has, too.
    pub fn beside_mirror(&self, mirror: &Path) -> Result<Self, HarnessError> {
        let cli_configuration = self.cli_configuration.with_file_name("beside-mirror.tfrc");
        let text = provider::cli_configuration(&[&self.mirror, mirror], &[]);
        let attempt = "write Terraform's CLI configuration";
        fs::write(&cli_configuration, text).map_err(HarnessError::io(attempt))?;
        Ok(Self { cli_configuration, ..self.clone() })
    }

    /// A folder with this `main.tf`. Nothing is in its commands' environment unless a test puts it
    /// there.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn config(&self, main: &str) -> Config {
        Config::new(self.clone(), BTreeMap::new()).with_main(main)
    }

    /// The part of a configuration that says where the providers come from.
    pub fn required_providers(&self) -> &str {
        &self.required_providers
    }

    /// Whether a folder needs `terraform init` before anything else.
    pub fn needs_init(&self) -> bool {
        self.needs_init
    }

    /// A command in this folder, without the user's environment: `terraform <arguments>`.
    pub fn command<S: AsRef<OsStr>>(&self, directory: &Path, arguments: &[S]) -> Command {
        let mut command = self.program.command();
        neutral(&mut command)
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

    /// The errors of a run with `-json`: whole, and in no terminal's wrapping.
    pub fn errors(&self) -> Vec<String> {
        diagnostics(&self.output, "error")
    }

    /// The same of warnings.
    pub fn warnings(&self) -> Vec<String> {
        diagnostics(&self.output, "warning")
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

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
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
