//! A server in a child process: it tells in one line of JSON where it listens, and lives as long as
//! its standard input stays open.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::{HarnessError, tail};

const TIME_TO_START: Duration = Duration::from_secs(90);
const TIME_TO_END: Duration = Duration::from_secs(15);

/// Ends when dropped, with all that it started. It ends too when this process is killed, because
/// the operating system then closes its standard input.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Server {
    /// Starts it and waits for its line.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        log: &Path,
    ) -> Result<(Self, Value), HarnessError> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder).map_err(HarnessError::io("make the folder of the logs"))?;
        }
        let log_file = File::create(log).map_err(HarnessError::io("create a server's log"))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            // A Ctrl-C reaches Terraform first; what it then undoes still needs the server.
            .process_group(0)
            .spawn()
            .map_err(HarnessError::io(format!("start {name}")))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let server = Self { child, stdin };

        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            // Reads on after the first line, so that the server never waits for a reader.
            for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
                let Ok(line) = line else { break };
                let _ = sender.send(line);
            }
        });
        let not_started = |reason: String| HarnessError::NotStarted {
            name: name.to_owned(),
            reason,
            log: tail(log),
        };
        let line = receiver.recv_timeout(TIME_TO_START).map_err(|error| {
            not_started(match error {
                mpsc::RecvTimeoutError::Timeout => "it said nothing in 90 seconds".to_owned(),
                mpsc::RecvTimeoutError::Disconnected => "it ended at once".to_owned(),
            })
        })?;
        let greeting = serde_json::from_str(&line)
            .map_err(|_| not_started(format!("its first line is no JSON: {line}")))?;
        Ok((server, greeting))
    }

    /// The process, for a test that looks whether it ended.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let deadline = Instant::now() + TIME_TO_END;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A string of a server's greeting.
pub(crate) fn field(
    greeting: &Value,
    name: &str,
    program: &'static str,
) -> Result<String, HarnessError> {
    greeting[name]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| HarnessError::BadAnswer { program, answer: greeting.to_string() })
}
