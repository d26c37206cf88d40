//! The tiny provider as a process of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value as Json;
use tempfile::TempDir;
use tfplugin_proto::tfplugin5 as wire;
use tokio::time::sleep;
use tonic::transport::Channel;

use crate::client::{Address, CERTIFICATE, Server};
use crate::requests::Settings;
use crate::wire::{Call, PATIENCE, diagnostics, read};

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// A provider that has said where it is. Ends with the test.
pub(crate) struct Process {
    child: Child,
    /// Kept open: a closed pipe would be a signal of its own.
    stdout: BufReader<ChildStdout>,
    pub(crate) server: Server,
    dir: TempDir,
}

/// The provider's program, in a folder for temporary files of its own, with Terraform's variables.
pub(crate) fn command(dir: &TempDir) -> Command {
    let mut command = Command::new(PROGRAM);
    command.envs(variables(dir)).stderr(fs::File::create(dir.path().join("stderr")).unwrap());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    command
}

/// What Terraform sets.
pub(crate) fn variables(dir: &TempDir) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("TF_PLUGIN_MAGIC_COOKIE", COOKIE.to_owned()),
        ("PLUGIN_PROTOCOL_VERSIONS", "5,6".to_owned()),
        ("PLUGIN_MIN_PORT", "10000".to_owned()),
        ("PLUGIN_MAX_PORT", "25000".to_owned()),
        ("PLUGIN_CLIENT_CERT", CERTIFICATE.to_owned()),
        ("TF_LOG_PROVIDER", "debug".to_owned()),
        ("TMPDIR", dir.path().display().to_string()),
    ])
}

/// How long a process that is to end may take. Far below Terraform's two seconds.
pub(crate) const SOON: Duration = Duration::from_millis(500);

/// The tiny provider's program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-tiny");

impl Process {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let command = command(&dir);
        Self::from_command(command, dir)
    }

    /// Starts `command`, and reads the handshake.
    pub(crate) fn from_command(mut command: Command, dir: TempDir) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let fields: Vec<_> = line.strip_suffix('\n').unwrap().split('|').collect();
        let ["1", "5", network, location, "grpc", certificate] = fields[..] else {
            panic!("not a handshake: {line}");
        };
        let address = match network {
            "unix" => Address::Unix(location.into()),
            "tcp" => Address::Tcp(location.parse().unwrap()),
            _ => panic!("not a network: {line}"),
        };
        let certificate = STANDARD_NO_PAD.decode(certificate).unwrap();
        let certificate = (!certificate.is_empty()).then(|| certificate.into());
        Self { child, stdout, server: Server { address, certificate }, dir }
    }

    /// Starts `command` as a developer does, and reads what to attach Terraform with.
    pub(crate) fn debugged(mut command: Command, dir: TempDir) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.ends_with("'\n") {
            assert_ne!(stdout.read_line(&mut said).unwrap(), 0, "{said}");
        }
        let (_, variable) = said.split_once("TF_REATTACH_PROVIDERS='").unwrap();
        let variable: Json = serde_json::from_str(variable.trim_end_matches("'\n")).unwrap();
        let provider = &variable["registry.terraform.io/acme/tiny"];
        assert_eq!(provider["Pid"], child.id());
        assert_eq!(provider["Addr"]["Network"], "unix");
        let address = Address::Unix(provider["Addr"]["String"].as_str().unwrap().into());
        Self { child, stdout, server: Server { address, certificate: None }, dir }
    }

    /// The folder for temporary files, and for notes.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// A provider whose block says `settings`, with the process's folder, where there is a note
    /// "old"; and Terraform's connection to it.
    pub(crate) async fn configured(settings: Settings<'_>) -> (Self, Channel) {
        let process = Self::start();
        fs::write(process.folder().join("old.note"), "text").unwrap();
        let channel = process.server.channel().await;
        let settings = Settings { folder: Some(process.folder()), ..settings };
        let answer = settings.configure().send(channel.clone()).await.unwrap();
        assert_eq!(diagnostics("Configure", &answer), []);
        (process, channel)
    }

    /// Whether it still answers.
    pub(crate) async fn serves(&mut self) -> bool {
        let schema = Call::new("GetSchema", &wire::get_provider_schema::Request {});
        let answer = schema.send(self.server.channel().await).await;
        let served = answer.is_ok_and(|answer| {
            let schema: wire::get_provider_schema::Response = read(&answer[0]);
            schema.resource_schemas.contains_key("tiny_note")
        });
        served && self.is_running()
    }

    /// Waits until the log has `count` lines with `text`.
    pub(crate) async fn until_it_says(&self, text: &str, count: usize) {
        let start = Instant::now();
        while self.stderr().lines().filter(|line| line.contains(text)).count() < count {
            assert!(start.elapsed() < PATIENCE, "{}", self.stderr());
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// As a terminal does it: to the process and all of its group.
    pub(crate) fn signal_group(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end, and for what else was said on standard output until then.
    pub(crate) fn ended(&mut self, within: Duration) -> (ExitStatus, String) {
        let start = Instant::now();
        while start.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut rest = String::new();
                self.stdout.read_to_string(&mut rest).unwrap();
                return (status, rest);
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("the provider did not end within {within:?}");
    }

    /// Everything that was said on standard error so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(self.dir.path().join("stderr")).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
