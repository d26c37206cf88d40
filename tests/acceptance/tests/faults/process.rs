//! The provider's own process, started as Terraform starts it, and spoken to as Terraform speaks.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use acceptance::{Workspace, World};
use checker::{Connection, Core};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::UnixStream;
use tonic::transport::Endpoint;

use crate::SECRET_KEY;

/// What says to a provider that Terraform started it.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A provider that ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    socket: PathBuf,
    folder: TempDir,
}

impl Process {
    /// The provider with little patience, whose AWS is at `endpoint` and has the world's account.
    pub(crate) fn start(world: &World, endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let program = Workspace::here().program("examples/impatient").unwrap();
        let mut child = Command::new(program)
            .env_clear()
            .envs(world.environment())
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
            .env("TF_LOG_PROVIDER", "TRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        // Version and version of the protocol, kind of network, address, kind of protocol.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let socket = line.split('|').nth(3).unwrap_or_else(|| panic!("no handshake: {line}"));
        Self { child, socket: socket.into(), folder }
    }

    /// Terraform's core in miniature, connected and with the provider not yet configured.
    pub(crate) async fn connect(&self) -> Core {
        let socket = self.socket.clone();
        let connector = tower::service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let channel = endpoint.connect_with_connector(connector).await.unwrap();
        let connection =
            Connection::over(channel).address("registry.terraform.io/modal-bridge/modal");
        connection.connect().await.unwrap()
    }

    /// The same, with the provider configured.
    pub(crate) async fn core(&self) -> Core {
        let core = self.connect().await;
        core.configure(settings()).await.unwrap();
        core
    }

    /// All that it has said on standard error.
    pub(crate) fn log(&self) -> String {
        read(&self.folder.path().join("log"))
    }
}

/// The provider block of all cells. Three attempts are enough to see that there are more than one.
pub(crate) fn settings() -> serde_json::Value {
    json!({ "max_retries": 3, "skip_region_validation": true })
}

fn read(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
