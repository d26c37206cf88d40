//! A local Modal of the driver's own: its faults are nobody else's.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use acceptance::Workspace;
use serde_json::Value;

use super::pause;

pub(super) struct Modal {
    pub(super) url: String,
    admin: String,
    /// Ends when its standard input does.
    process: Child,
}

impl Modal {
    /// With one of the apps of `tests/acceptance/modal/apps`.
    pub(super) fn start(app: &str, arguments: &[&str]) -> Self {
        let workspace = Workspace::here();
        let folder = workspace.file("tests/acceptance/modal");
        let mut process = Command::new(workspace.python().unwrap())
            .arg(folder.join("server.py"))
            .arg("--app")
            .arg(folder.join(format!("apps/{app}.py")))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let greeting: Value = serde_json::from_str(&line).unwrap();
        let url = |name: &str| greeting[name].as_str().unwrap().to_owned();
        Self { url: url("server_url"), admin: url("admin_url"), process }
    }

    pub(super) fn strike(&self, fault: &Value) {
        self.ask("POST", "/faults", &fault.to_string());
    }

    /// No faults from now on.
    pub(super) fn calm(&self) {
        self.ask("DELETE", "/faults", "");
    }

    /// How often each fault happened.
    pub(super) fn struck(&self) -> Value {
        self.ask("GET", "/faults", "")
    }

    /// How often a call was asked for.
    pub(super) fn asked(&self) -> usize {
        let rpcs = self.ask("GET", "/rpcs", "");
        rpcs.as_array().unwrap().iter().filter(|rpc| *rpc == "FunctionMap").count()
    }

    /// All calls, when none runs any more.
    pub(super) async fn finished(&self) -> Vec<Value> {
        self.finished_of("/calls").await
    }

    /// The last calls, when none of them runs any more.
    pub(super) async fn last(&self, count: usize) -> Vec<Value> {
        self.finished_of(&format!("/calls?last={count}")).await
    }

    async fn finished_of(&self, path: &str) -> Vec<Value> {
        for _ in 0..6000 {
            let calls = self.calls(path);
            if calls.iter().all(|call| call["status"] != "PENDING" && call["status"] != "RUNNING") {
                return calls;
            }
            pause(Duration::from_millis(20)).await;
        }
        panic!("calls still run");
    }

    fn calls(&self, path: &str) -> Vec<Value> {
        self.ask("GET", path, "").as_array().unwrap().clone()
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let host = self.admin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut stream = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            match line.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap();
                }
                Some(_) => {}
                None if line.trim().is_empty() => break,
                None => assert!(line.contains(" 20"), "{method} {path}: {line}"),
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap_or_default()
    }
}

impl Drop for Modal {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}
