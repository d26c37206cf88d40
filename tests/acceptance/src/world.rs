//! What a test starts with: an AWS account that nobody else uses, and a Modal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::aws::LocalAws;
use crate::aws_driver::{AwsAccount, AwsDriver};
use crate::config::Config;
use crate::cores::Core;
use crate::error::HarnessError;
use crate::hashicorp_aws::HashicorpAws;
use crate::modal::LocalModal;
use crate::provider::Provider;
use crate::run::{self, present};
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// One test's world. The servers are shared by the tests of a process; the account is this test's.
#[derive(Debug)]
pub struct World {
    /// The account, through boto3: how a test looks at what the provider did.
    pub aws: AwsAccount,
    core: Core,
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
        Self::with_account_of(AWS.get_or_init(|| shared_aws("aws", LocalAws::start)))
    }

    /// A world whose AWS evaluates policies: for callers and for the Lambda functions it runs.
    ///
    /// # Panics
    /// When the servers do not start: every test would fail.
    pub fn enforcing_policies() -> Self {
        static AWS: OnceLock<SharedAws> = OnceLock::new();
        Self::with_account_of(
            AWS.get_or_init(|| shared_aws("aws-auth", LocalAws::enforcing_policies)),
        )
    }

    fn with_account_of(aws: &SharedAws) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(111_122_220_001);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        Self { aws: aws.driver.account(account.to_string()), core: present(Core::choose()) }
    }

    /// The local Modal, with every app of `tests/acceptance/modal/apps` deployed, and of examples.
    ///
    /// # Panics
    /// When it does not start.
    pub fn modal(&self) -> &'static LocalModal {
        static MODAL: OnceLock<LocalModal> = OnceLock::new();
        MODAL.get_or_init(|| {
            let workspace = Workspace::here();
            let apps = apps(&workspace);
            present(LocalModal::start(&workspace, &apps, &log("modal")))
        })
    }

    /// The same world, for another Terraform than the one that all tests run.
    #[must_use]
    pub fn on(self, core: Core) -> Self {
        Self { core, ..self }
    }

    /// A folder with this `main.tf`. Terraform runs in it with this world's AWS in its environment.
    ///
    /// # Panics
    /// When there is no provider, or no Terraform.
    pub fn config(&self, main: &str) -> Config {
        Config::new(self.terraform().with_override(), self.environment()).with_main(main)
    }

    /// The same, where Terraform also finds a provider under another address, such as
    /// `hashicorp/aws`. This checkout's program stands there: enough for a state that names that
    /// provider and has nothing left for it to do, which Terraform wants installed all the same.
    ///
    /// # Panics
    /// When there is no provider, or no Terraform.
    pub fn config_beside(&self, source: &str, main: &str) -> Config {
        let workspace = Workspace::here();
        let other = present(Provider::built(&workspace, source, "terraform-provider-modal"));
        let providers = [present(Provider::modal(&workspace)), other];
        let terraform = Terraform::hosting(self.core, &providers).with_override();
        Config::new(terraform, self.environment()).with_main(main)
    }

    /// The same, with the provider installed by `terraform init`.
    ///
    /// # Panics
    /// When there is no provider, or no Terraform.
    pub fn config_with_init(&self, main: &str) -> Config {
        Config::new(self.terraform(), self.environment()).with_main(main)
    }

    /// A copy of one of the repository's folders of HCL, such as `examples/complete/s3-to-modal`,
    /// with the provider installed by `terraform init`.
    ///
    /// # Panics
    /// When there is no such folder, no provider, or no Terraform.
    pub fn config_of(&self, folder: &str) -> Config {
        let config = Config::new(self.terraform(), self.environment());
        present(config.with_copy_of(&Workspace::here().file(folder)))
    }

    /// The same, for HCL that needs `hashicorp/aws` too, written for version 5 and later, whose
    /// provider then talks to this world's AWS.
    ///
    /// # Panics
    /// When there is no such folder, no provider, or no Terraform.
    pub fn config_with_hashicorp_aws(&self, version: HashicorpAws, folder: &str) -> Config {
        let workspace = Workspace::here();
        let terraform = present(version.beside(&self.terraform(), &workspace));
        let config = Config::new(terraform, self.environment());
        let config = present(config.with_copy_of(&workspace.file(folder)));
        let main = workspace.file(folder).join("main.tf");
        let main = present(fs::read_to_string(main).map_err(HarnessError::io("read HCL")));
        config.write("main.tf", &version.hcl(&main));
        config.write("aws_override.tf", &version.provider_block(self.aws.endpoint()));
        config
    }

    /// Terraform with this checkout's provider.
    fn terraform(&self) -> Terraform {
        Terraform::hosting(self.core, &[present(Provider::modal(&Workspace::here()))])
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

fn shared_aws(
    name: &str,
    start: fn(&Workspace, &Path) -> Result<LocalAws, HarnessError>,
) -> SharedAws {
    let workspace = Workspace::here();
    let server = present(start(&workspace, &log(name)));
    let driver_log = log(&format!("{name}-driver"));
    let driver = present(AwsDriver::start(&workspace, server.endpoint(), &driver_log));
    SharedAws { _server: server, driver: Arc::new(driver) }
}

/// Examples whose app has a name that no test's own app has.
const EXAMPLES: [&str; 3] = ["http-inference", "nightly-job", "queue-worker"];

/// The apps that tests call, one a file, and those of examples.
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
    let example = |name| workspace.file(&format!("examples/complete/{name}/app.py"));
    apps.extend(EXAMPLES.map(example));
    apps
}

fn log(name: &str) -> PathBuf {
    run::folder().join(format!("{name}.log"))
}
