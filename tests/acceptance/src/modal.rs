//! The local Modal: `tests/acceptance/modal/server.py`, whose containers run Modal's own runtime.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::HarnessError;
use crate::http;
use crate::server::{Server, field};
use crate::surroundings::neutral;
use crate::workspace::Workspace;

/// A running local Modal with some apps deployed. It ends when dropped, with its containers.
#[derive(Debug)]
pub struct LocalModal {
    server: Server,
    server_url: String,
    admin_url: String,
    workspace_id: String,
}

impl LocalModal {
    /// The one token that it accepts.
    pub const TOKEN_ID: &str = "ak-demo";
    /// The secret of that token.
    pub const TOKEN_SECRET: &str = "as-demo";

    /// Starts it with these files' apps deployed to the environment `main`.
    pub fn start(
        workspace: &Workspace,
        apps: &[PathBuf],
        log: &Path,
    ) -> Result<Self, HarnessError> {
        Self::start_beside(None, workspace, apps, log)
    }

    /// The same, for functions that use this AWS: its endpoint is in their environment.
    pub fn start_beside(
        aws_endpoint: Option<&str>,
        workspace: &Workspace,
        apps: &[PathBuf],
        log: &Path,
    ) -> Result<Self, HarnessError> {
        let mut command = Command::new(workspace.python()?);
        neutral(&mut command)
            .arg(workspace.file("tests/acceptance/modal/server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        for app in apps {
            command.arg("--app").arg(app);
        }
        if let Some(endpoint) = aws_endpoint {
            command.arg("--container-env").arg(format!("AWS_ENDPOINT_URL={endpoint}"));
        }
        let (server, greeting) = Server::start("the local Modal", command, log)?;
        let server_url = field(&greeting, "server_url", "the local Modal")?;
        let admin_url = field(&greeting, "admin_url", "the local Modal")?;
        let workspace_id = field(&greeting, "workspace_id", "the local Modal")?;
        Ok(Self { server, server_url, admin_url, workspace_id })
    }

    /// What goes into `modal_server_url`.
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// The workspace that its tokens name: another one each time.
    pub fn workspace_id(&self) -> &str {
        &self.workspace_id
    }

    /// The function calls that it has had, oldest first: `function_call_id`, `app`, `function`,
    /// `invocation`, `plane`, `status` and, where it is plain data, `result`.
    pub fn calls(&self) -> Result<Vec<Value>, HarnessError> {
        self.list("/calls")
    }

    /// The names of the RPCs that it has served, oldest first.
    pub fn rpcs(&self) -> Result<Vec<Value>, HarnessError> {
        self.list("/rpcs")
    }

    /// Makes an RPC fail: `{"rpc": "FunctionMap", "code": "UNAVAILABLE", "times": 1}`.
    pub fn fail(&self, fault: &Value) -> Result<(), HarnessError> {
        http::request("POST", &self.admin_url, "/faults", Some(fault)).map(drop)
    }

    /// Accepts these tokens from now on, id to secret, and no other.
    pub fn accept(&self, tokens: &Value) -> Result<(), HarnessError> {
        http::request("PUT", &self.admin_url, "/tokens", Some(tokens)).map(drop)
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.server.id()
    }

    fn list(&self, path: &str) -> Result<Vec<Value>, HarnessError> {
        match http::request("GET", &self.admin_url, path, None)? {
            Value::Array(list) => Ok(list),
            other => Err(HarnessError::BadAnswer {
                program: "the local Modal",
                answer: other.to_string(),
            }),
        }
    }
}
