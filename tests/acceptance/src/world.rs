//! What a test starts with: an AWS account that nobody else uses, and a Modal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::process::{Pid, test_kill_process};

use crate::aws::LocalAws;
use crate::aws_driver::{AwsAccount, AwsDriver};
use crate::config::Config;
use crate::error::HarnessError;
use crate::modal::LocalModal;
use crate::terraform::{Core, Terraform};
use crate::workspace::Workspace;

/// One test's world. The servers are shared by the tests of a process; the account is this test's.
#[derive(Debug)]
pub struct World {
    /// The account, through boto3: how a test looks at what the provider did.
    pub aws: AwsAccount,
}

/// An AWS and the driver that talks to it. It lives as long as the process of the tests.
struct SharedAws {
    _server: LocalAws,
    driver: Arc<AwsDriver>,
}

impl World {
    /// A world whose AWS lets everybody do everything.
    ///
    /// # Panics
    /// When the servers do not start: every test would fail.
    pub fn start() -> Self {
        static AWS: OnceLock<SharedAws> = OnceLock::new();
        Self::on(AWS.get_or_init(|| shared_aws("aws", LocalAws::start)))
    }

    /// A world whose AWS evaluates policies: for callers and for the Lambda functions it runs.
    ///
    /// # Panics
    /// When the servers do not start: every test would fail.
    pub fn enforcing_policies() -> Self {
        static AWS: OnceLock<SharedAws> = OnceLock::new();
        Self::on(AWS.get_or_init(|| shared_aws("aws-auth", LocalAws::enforcing_policies)))
    }

    fn on(aws: &SharedAws) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(111_122_220_001);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        Self { aws: aws.driver.account(account.to_string()) }
    }

    /// The local Modal, with every app of `tests/acceptance/modal/apps` deployed.
    ///
    /// # Panics
    /// When it does not start.
    pub fn modal(&self) -> &'static LocalModal {
        static MODAL: OnceLock<LocalModal> = OnceLock::new();
        MODAL.get_or_init(|| {
            let workspace = Workspace::here();
            let apps = apps(&workspace);
            present(LocalModal::start(&workspace, &apps, &log(&workspace, "modal")))
        })
    }

    /// A folder with this `main.tf`. Terraform runs in it with this world's AWS in its environment.
    ///
    /// # Panics
    /// When there is no provider, or no Terraform.
    pub fn config(&self, main: &str) -> Config {
        self.folder(terraform().with_override()).with_main(main)
    }

    /// A copy of one of the repository's folders of HCL, such as `examples/complete/s3-to-modal`,
    /// with the provider installed by `terraform init`.
    ///
    /// # Panics
    /// When there is no such folder, no provider, or no Terraform.
    pub fn config_of(&self, folder: &str) -> Config {
        let config = self.folder(terraform().clone());
        present(config.with_copy_of(&Workspace::here().file(folder)))
    }

    fn folder(&self, terraform: Terraform) -> Config {
        let folder = run_folder(&Workspace::here());
        let directory = tempfile::Builder::new().prefix("config-").tempdir_in(folder);
        let directory = present(directory.map_err(HarnessError::io("make a folder for HCL")));
        Config::new(terraform, directory, self.environment())
    }

    /// How a program reaches this world's AWS.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let aws = &self.aws;
        BTreeMap::from([
            ("AWS_ENDPOINT_URL".to_owned(), aws.endpoint().to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), aws.id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
            ("AWS_REGION".to_owned(), aws.region().to_owned()),
        ])
    }
}

/// Terraform with this checkout's provider, laid out once for the tests of this process.
fn terraform() -> &'static Terraform {
    static TERRAFORM: OnceLock<Terraform> = OnceLock::new();
    TERRAFORM.get_or_init(|| {
        let workspace = Workspace::here();
        let folder = run_folder(&workspace);
        present(Terraform::prepare(&workspace, Core::choose(), &folder))
    })
}

fn shared_aws(
    name: &str,
    start: fn(&Workspace, &Path) -> Result<LocalAws, HarnessError>,
) -> SharedAws {
    let workspace = Workspace::here();
    let server = present(start(&workspace, &log(&workspace, name)));
    let driver_log = log(&workspace, &format!("{name}-driver"));
    let driver = present(AwsDriver::start(&workspace, server.endpoint(), &driver_log));
    SharedAws { _server: server, driver: Arc::new(driver) }
}

/// The apps that tests call, one a file.
fn apps(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = workspace.file("tests/acceptance/modal/apps");
    let mut apps: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    apps.sort();
    apps
}

/// What this process of tests leaves: logs, the provider's mirror, folders of failed tests. It stays
/// until the next run.
fn run_folder(workspace: &Workspace) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let scratch = workspace.scratch();
        remove_finished_runs(&scratch);
        let folder = scratch.join(format!("run-{}", process::id()));
        let made = fs::create_dir_all(&folder);
        present(made.map_err(HarnessError::io("make the folder of this run")));
        folder
    };
    FOLDER.get_or_init(make).clone()
}

/// Removes what runs left whose process has ended.
fn remove_finished_runs(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("run-"));
        let process = process.and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process).is_err()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn log(workspace: &Workspace, name: &str) -> PathBuf {
    run_folder(workspace).join(format!("{name}.log"))
}

/// A world is there or the test fails: there is nobody to return an error to.
fn present<T>(result: Result<T, HarnessError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
