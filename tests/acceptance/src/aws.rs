//! The local AWS: `tests/acceptance/aws/server.py`.

use std::path::Path;
use std::process::Command;

use crate::error::HarnessError;
use crate::server::{Server, field};
use crate::surroundings::neutral;
use crate::workspace::Workspace;

/// A running local AWS. It ends when dropped, with the Lambda functions that it executes.
#[derive(Debug)]
pub struct LocalAws {
    server: Server,
    endpoint: String,
}

impl LocalAws {
    /// Starts one that lets every caller do everything.
    pub fn start(workspace: &Workspace, log: &Path) -> Result<Self, HarnessError> {
        Self::start_with(workspace, log, &[])
    }

    /// Starts one that evaluates IAM policies for callers and for Lambda functions.
    pub fn enforcing_policies(workspace: &Workspace, log: &Path) -> Result<Self, HarnessError> {
        Self::start_with(workspace, log, &["--auth"])
    }

    fn start_with(
        workspace: &Workspace,
        log: &Path,
        arguments: &[&str],
    ) -> Result<Self, HarnessError> {
        let mut command = Command::new(workspace.python()?);
        neutral(&mut command)
            .arg(workspace.file("tests/acceptance/aws/server.py"))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let (server, greeting) = Server::start("the local AWS", command, log)?;
        let endpoint = field(&greeting, "endpoint", "the local AWS")?;
        Ok(Self { server, endpoint })
    }

    /// What goes into `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.server.id()
    }
}
