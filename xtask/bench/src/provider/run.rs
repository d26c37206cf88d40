//! One run of Terraform: how long it took, and what its providers took.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use acceptance::{Provider, Terraform};

use super::Bench;
use super::plugin::{Taken, Watch};
use crate::error::Error;

/// A folder with HCL, and the Terraform that runs in it.
pub(super) struct Configuration {
    terraform: Terraform,
    pub(super) folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Configuration {
    /// A fresh folder, with the providers installed as a practitioner has them.
    pub(super) fn new(
        bench: &Bench,
        name: &str,
        providers: &[Provider],
        hcl: &str,
    ) -> Result<Self, Error> {
        let terraform = bench.folder.join(format!("{name}-terraform"));
        // Without a provider of ours, nobody else makes it, and Terraform looks into it.
        fs::create_dir_all(terraform.join("mirror")).map_err(Error::io("make a mirror"))?;
        let terraform = Terraform::prepare(&bench.workspace, bench.core, providers, &terraform)?;
        let terraform = match &bench.programs.aws {
            Some(aws) => terraform.beside_mirror(&aws.mirror)?,
            None => terraform,
        };
        let folder = bench.folder.join(name);
        let attempt = || format!("lay out {}", folder.display());
        let _old = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(Error::io(attempt()))?;
        if !providers.is_empty() {
            let versions = terraform.required_providers();
            fs::write(folder.join("versions.tf"), versions).map_err(Error::io(attempt()))?;
        }
        fs::write(folder.join("main.tf"), hcl).map_err(Error::io(attempt()))?;
        let configuration = Self { terraform, folder, environment: Vec::new() };
        configuration.run(&["init", "-input=false", "-no-color"])?;
        Ok(configuration)
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Runs a command, and says how many milliseconds it took.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<f64, Error> {
        Ok(self.watch(arguments, false)?.0)
    }

    /// The same, and what the providers took; the look at them takes a little, too.
    pub(super) fn watched(&self, arguments: &[&str]) -> Result<(f64, Taken), Error> {
        self.watch(arguments, true)
    }

    fn watch(&self, arguments: &[&str], watched: bool) -> Result<(f64, Taken), Error> {
        let log = self.folder.join("terraform.log");
        let file = fs::File::create(&log).map_err(Error::io("create a log"))?;
        let copy = file.try_clone().map_err(Error::io("share a log"))?;
        let mut command: Command = self.terraform.command(&self.folder, arguments);
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("TF_IN_AUTOMATION", "1")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy);
        let started = Instant::now();
        let mut child = command.spawn().map_err(Error::io("run terraform"))?;
        let watch = watched.then(|| Watch::over(child.id()));
        let status = child.wait().map_err(Error::io("wait for terraform"))?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        let taken = watch.map(Watch::end).unwrap_or_default();
        if status.success() {
            return Ok((took, taken));
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        let words = arguments.join(" ");
        let folder = self.folder.display();
        Err(Error::Unusable(format!("terraform {words} failed in {folder}:\n{said}")))
    }

    /// Forgets what was applied.
    pub(super) fn forget(&self) {
        for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
            let _none = fs::remove_file(self.folder.join(name));
        }
    }
}

pub(super) const VALIDATE: &[&str] = &["validate", "-no-color"];
pub(super) const PLAN: &[&str] = &["plan", "-input=false", "-no-color", "-lock=false"];
pub(super) const APPLY: &[&str] = &["apply", "-input=false", "-no-color", "-auto-approve"];
pub(super) const DESTROY: &[&str] = &["destroy", "-input=false", "-no-color", "-auto-approve"];

/// Terraform runs with the parallelism that it is given.
pub(super) fn apply_with(parallelism: &str) -> Vec<&str> {
    APPLY.iter().copied().chain([parallelism]).collect()
}

/// Reads a file of this crate's folder.
pub(super) fn hcl_of(bench: &Bench, path: &str) -> Result<String, Error> {
    let file: &Path = &bench.workspace.file("xtask/bench").join(path);
    fs::read_to_string(file).map_err(Error::io(format!("read {}", file.display())))
}
