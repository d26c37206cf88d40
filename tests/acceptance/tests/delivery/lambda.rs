//! A bridge as Lambda runs it: `bootstrap` in a process of its own, which a Runtime API feeds.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{self, Stdio};

use acceptance::{LocalModal, Workspace, World};
use loopback::RuntimeApi;
use serde_json::json;
use tokio::process::{Child, Command};

use super::modal::Modal;

/// What a bridge meets: a local AWS with a token in it, and a local Modal with one app.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) modal: Modal,
    app: &'static str,
    secret: String,
}

/// How a bridge is configured.
pub(super) struct Bridge {
    variables: BTreeMap<String, String>,
    log: PathBuf,
}

/// One that runs, and what feeds it.
pub(super) struct Process {
    pub(super) api: RuntimeApi,
    child: Child,
}

impl Stage {
    /// With one of the apps of `tests/acceptance/modal/apps`.
    pub(super) fn set(app: &'static str, modal_arguments: &[&str]) -> Self {
        let world = World::start();
        let token = json!({
            "MODAL_TOKEN_ID": LocalModal::TOKEN_ID,
            "MODAL_TOKEN_SECRET": LocalModal::TOKEN_SECRET,
        });
        let secret = json!({"Name": "modal", "SecretString": token.to_string()});
        let secret = world.aws.call("secretsmanager", "create_secret", secret);
        let secret = secret["ARN"].as_str().unwrap().to_owned();
        Self { world, modal: Modal::start(app, modal_arguments), app, secret }
    }

    /// A bridge to a function of the app.
    pub(super) fn bridge(&self, mode: &str, function: &str) -> Bridge {
        let log = Workspace::here().scratch().join(format!("run-{}", process::id()));
        let bridge = Bridge {
            variables: self.world.environment(),
            log: log.join(format!("{}-{function}-{mode}.log", self.app)),
        };
        bridge
            .with("MODAL_INTEGRATION_PATTERN", mode)
            .with("MODAL_APP_NAME", self.app)
            .with("MODAL_ENVIRONMENT_NAME", "main")
            .with("MODAL_FUNCTION_NAME", function)
            .with("MODAL_SECRET_ARN", &self.secret)
            .with("MODAL_SERVER_URL", &self.modal.url)
    }
}

impl Bridge {
    pub(super) fn with(mut self, variable: &str, value: impl Into<String>) -> Self {
        self.variables.insert(variable.to_owned(), value.into());
        self
    }

    pub(super) async fn start(&self) -> Process {
        let api = RuntimeApi::start().await;
        let program = Workspace::here().program("bootstrap").unwrap();
        fs::create_dir_all(self.log.parent().unwrap()).unwrap();
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(program)
            .env_clear()
            .envs(&self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Process { api, child }
    }
}

impl Process {
    /// Stops it where it stands; `false` for one that is gone.
    pub(super) fn freeze(&self) -> bool {
        self.signal("-STOP")
    }

    pub(super) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Ends it without a warning. One that had ended by itself has a bug.
    pub(super) async fn kill(mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "bootstrap ended by itself");
        self.child.kill().await.unwrap();
    }

    fn signal(&self, name: &str) -> bool {
        let Some(id) = self.child.id() else { return false };
        let sent = std::process::Command::new("kill").args([name, &id.to_string()]).status();
        sent.is_ok_and(|status| status.success())
    }
}
