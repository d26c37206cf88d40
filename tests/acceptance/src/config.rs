//! A practitioner's folder of HCL, and the commands that they run in it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::diagnostics::diagnostics;
use crate::error::HarnessError;
use crate::modal::LocalModal;
use crate::plan::Plan;
use crate::run;
use crate::terraform::{Finished, Running, Terraform};

const MAIN: &str = "main.tf";

/// HCL in a folder of its own. The folder goes when this is dropped, and stays after a failed test.
///
/// A method named like a command runs it and panics, with what Terraform printed, when it fails;
/// `…_fails` panics when it does not.
#[derive(Debug)]
pub struct Config {
    terraform: Terraform,
    directory: Option<TempDir>,
    path: PathBuf,
    environment: BTreeMap<String, String>,
    initialised: OnceLock<()>,
    stores_secrets: bool,
}

impl Config {
    /// An empty folder, and the environment of all its commands.
    pub(crate) fn new(terraform: Terraform, environment: BTreeMap<String, String>) -> Self {
        let directory = run::fresh_folder("config-");
        let path = directory.path().to_owned();
        let initialised = OnceLock::new();
        let directory = Some(directory);
        Self { terraform, directory, path, environment, initialised, stores_secrets: false }
    }

    /// For a test in which Terraform stores the token's secret half, as it is documented to. What
    /// any other test leaves behind is searched for it in the end.
    #[must_use]
    pub fn storing_secrets(mut self) -> Self {
        self.stores_secrets = true;
        self
    }

    /// Fills it with a `main.tf`, and with what says where the providers come from.
    pub(crate) fn with_main(self, main: &str) -> Self {
        self.write("versions.tf", self.terraform.required_providers());
        self.write(MAIN, main);
        self
    }

    /// Fills it with the HCL of another folder.
    pub(crate) fn with_copy_of(self, folder: &Path) -> Result<Self, HarnessError> {
        let attempt = || format!("copy {}", folder.display());
        for entry in fs::read_dir(folder).map_err(HarnessError::io(attempt()))? {
            let file = entry.map_err(HarnessError::io(attempt()))?.path();
            if let (Some("tf"), Some(name)) =
                (file.extension().and_then(OsStr::to_str), file.file_name())
            {
                let copied = fs::copy(&file, self.path.join(name));
                copied.map_err(HarnessError::io(attempt()))?;
            }
        }
        Ok(self)
    }

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.path
    }

    /// Sets a variable for all commands of this configuration, such as `TF_VAR_token`.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a variable away from all commands.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// From here on, the providers come without a look at their checksums, as in
    /// [`Terraform::with_override`].
    #[must_use]
    pub fn with_override(mut self) -> Self {
        self.terraform = self.terraform.with_override();
        self
    }

    /// Writes a file beside `main.tf`, or `main.tf` anew.
    pub fn write(&self, name: &str, content: &str) {
        succeed(fs::write(self.path.join(name), content).map_err(HarnessError::io("write HCL")));
    }

    /// Writes `main.tf` anew.
    pub fn rewrite(&self, main: &str) {
        self.write(MAIN, main);
    }

    /// Edits `main.tf`: the one place that reads `from` becomes `to`.
    #[track_caller]
    pub fn replace(&self, from: &str, to: &str) {
        let read = fs::read_to_string(self.path.join(MAIN)).map_err(HarnessError::io("read HCL"));
        let text = succeed(read);
        assert_eq!(text.matches(from).count(), 1, "main.tf should say {from:?} once:\n{text}");
        self.write(MAIN, &text.replace(from, to));
    }

    /// `terraform init`. Where it is needed, the first other command runs it.
    #[track_caller]
    pub fn init(&self) -> String {
        let _ = self.initialised.set(());
        self.succeeds(&["init", "-input=false", "-no-color"])
    }

    /// `terraform validate`.
    #[track_caller]
    pub fn validate(&self) -> String {
        self.succeeds(&["validate", "-no-color"])
    }

    /// `terraform validate`, which has to fail: what it says.
    #[track_caller]
    pub fn validate_fails(&self) -> String {
        self.fails(&["validate", "-no-color"])
    }

    /// `terraform plan`, and what it plans. The plan stays in the folder as `plan.tfplan`.
    #[track_caller]
    pub fn plan(&self) -> Plan {
        self.plan_with(&[])
    }

    /// `terraform plan` with more arguments, such as `-refresh-only`.
    #[track_caller]
    pub fn plan_with(&self, arguments: &[&str]) -> Plan {
        let mut all = vec!["plan", "-input=false", "-no-color", "-out=plan.tfplan"];
        all.extend(arguments);
        let text = self.succeeds(&all);
        Plan::new(self.json(&["show", "-json", "plan.tfplan"]), text)
    }

    /// `terraform plan`, which has to fail: what it says.
    #[track_caller]
    pub fn plan_fails(&self) -> String {
        self.fails(&["plan", "-input=false", "-no-color"])
    }

    /// `terraform plan`, which has to fail: its errors, whole and in no terminal's wrapping.
    #[track_caller]
    pub fn plan_errors(&self) -> Vec<String> {
        self.errors(&["plan", "-input=false", "-json"])
    }

    /// `terraform apply`, which has to fail: its errors, whole and in no terminal's wrapping.
    #[track_caller]
    pub fn apply_errors(&self) -> Vec<String> {
        self.errors(&["apply", "-input=false", "-json", "-auto-approve"])
    }

    /// `terraform plan`, which has to work: its warnings, whole and in no terminal's wrapping.
    #[track_caller]
    pub fn plan_warnings(&self) -> Vec<String> {
        diagnostics(&self.succeeds(&["plan", "-input=false", "-json"]), "warning")
    }

    /// `terraform apply`: what it says.
    #[track_caller]
    pub fn apply(&self) -> String {
        self.succeeds(&["apply", "-input=false", "-no-color", "-auto-approve"])
    }

    /// `terraform apply` of the plan that [`plan`](Self::plan) left.
    #[track_caller]
    pub fn apply_planned(&self) -> String {
        self.succeeds(&["apply", "-input=false", "-no-color", "plan.tfplan"])
    }

    /// `terraform apply`, which has to fail: what it says.
    #[track_caller]
    pub fn apply_fails(&self) -> String {
        self.fails(&["apply", "-input=false", "-no-color", "-auto-approve"])
    }

    /// `terraform destroy`: what it says.
    #[track_caller]
    pub fn destroy(&self) -> String {
        self.succeeds(&["destroy", "-input=false", "-no-color", "-auto-approve"])
    }

    /// `terraform destroy`, which has to fail: what it says.
    #[track_caller]
    pub fn destroy_fails(&self) -> String {
        self.fails(&["destroy", "-input=false", "-no-color", "-auto-approve"])
    }

    /// `terraform import`: what it says.
    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> String {
        self.succeeds(&["import", "-input=false", "-no-color", address, id])
    }

    /// `terraform import`, which has to fail: what it says.
    #[track_caller]
    pub fn import_fails(&self, address: &str, id: &str) -> String {
        self.fails(&["import", "-input=false", "-no-color", address, id])
    }

    /// `terraform state rm`: Terraform forgets a resource that goes on to exist.
    #[track_caller]
    pub fn forget(&self, address: &str) -> String {
        self.succeeds(&["state", "rm", address])
    }

    /// The value of an output.
    #[track_caller]
    pub fn output(&self, name: &str) -> Value {
        self.json(&["output", "-json", name])
    }

    /// The whole state, as `terraform show -json` tells it.
    #[track_caller]
    pub fn state(&self) -> Value {
        self.json(&["show", "-json"])
    }

    /// The attributes of one resource in the state; `None` when the state does not have it.
    #[track_caller]
    pub fn resource(&self, address: &str) -> Option<Value> {
        let state = self.state();
        let resources = state["values"]["root_module"]["resources"].as_array()?;
        let found = resources.iter().find(|resource| resource["address"] == address)?;
        Some(found["values"].clone())
    }

    /// Any other command that has to work: what it says.
    #[track_caller]
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments);
        assert!(finished.succeeded(), "`{}` failed:\n{}", said(arguments), finished.output);
        finished.output
    }

    /// Any other command that has to fail: what it says, wrapped to the width of a terminal.
    #[track_caller]
    pub fn fails(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments);
        assert!(!finished.succeeded(), "`{}` worked:\n{}", said(arguments), finished.output);
        finished.output
    }

    /// Any command: how it ended.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.ensure_initialised(arguments);
        let finished = succeed(Running::start(self.command(arguments)).and_then(Running::wait));
        self.remember(arguments, &finished.output);
        finished
    }

    /// Starts `terraform apply` and leaves it running, for a Ctrl-C in the middle.
    #[track_caller]
    pub fn start_apply(&self) -> Running {
        self.start(&["apply", "-input=false", "-no-color", "-auto-approve"])
    }

    /// Starts any command, in a process group of its own, and leaves it running.
    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.ensure_initialised(arguments);
        succeed(Running::start_in_its_own_group(self.command(arguments)))
    }

    /// The command itself, for a test that starts it in its own way.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.terraform.command(&self.path, arguments);
        command.envs(&self.environment);
        command
    }

    /// The files that the runs so far left in the folder and that contain these bytes: state, its
    /// backup, plan files (unpacked), and everything that Terraform printed (`transcript.txt`).
    /// `main.tf` and the provider are not among them.
    pub fn files_that_contain(&self, needle: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                // The provider's own folder is a link out of here.
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file()
                    && !path.ends_with(MAIN)
                    && contains(&fs::read(&path).unwrap_or_default(), needle)
                {
                    found.push(path);
                }
            }
        }
        found
    }

    #[track_caller]
    fn errors(&self, arguments: &[&str]) -> Vec<String> {
        diagnostics(&self.fails(arguments), "error")
    }

    #[track_caller]
    fn ensure_initialised(&self, arguments: &[&str]) {
        let needed = self.terraform.needs_init() && self.initialised.get().is_none();
        if needed && arguments.first() != Some(&"init") {
            self.init();
        }
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.succeeds(arguments);
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("`{}`: {error}:\n{text}", said(arguments)))
    }

    /// Keeps what was printed, as a terminal's history or a CI log would.
    fn remember(&self, arguments: &[&str], output: &str) {
        let path = self.path.join("transcript.txt");
        let earlier = fs::read_to_string(&path).unwrap_or_default();
        self.write("transcript.txt", &format!("{earlier}$ {}\n{output}\n", said(arguments)));
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        if thread::panicking()
            && let Some(directory) = self.directory.take()
        {
            let _ = directory.keep();
        }
        if !thread::panicking() && !self.stores_secrets {
            let found = self.files_that_contain(LocalModal::TOKEN_SECRET);
            assert!(found.is_empty(), "the token's secret half is in {found:?}");
        }
    }
}

fn said(arguments: &[&str]) -> String {
    format!("terraform {}", arguments.join(" "))
}

#[track_caller]
fn succeed<T>(result: Result<T, HarnessError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// Looks into zips too: a plan file is one, and its parts are compressed.
fn contains(bytes: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    if bytes.windows(needle.len()).any(|window| window == needle) {
        return true;
    }
    let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else { return false };
    (0..zip.len()).any(|index| {
        let mut part = Vec::new();
        let read = zip.by_index(index).map(|mut file| file.read_to_end(&mut part));
        read.is_ok() && part.windows(needle.len()).any(|window| window == needle)
    })
}
