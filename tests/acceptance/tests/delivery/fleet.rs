//! Bridge processes as Lambda has them: one event at a time, killed when they take too long, and at
//! random killed or frozen besides.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use loopback::{Outcome, RuntimeApi};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::chance::Chance;
use super::queue::Queue;
use super::{now, pause, unix};

/// Concurrent executions of one function.
const PROCESSES: usize = 3;
const BATCH: usize = 10;

/// How a bridge is configured.
pub(super) struct Bridge {
    pub(super) mode: &'static str,
    pub(super) app: &'static str,
    pub(super) function: &'static str,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) secret: String,
    pub(super) modal_url: String,
    /// Whose calls are abandoned to be waited for by the next delivery; without one they are cancelled.
    pub(super) table: Option<String>,
    /// Where the function notes what it did.
    pub(super) notes: PathBuf,
}

/// The processes of a bridge, and the queue that feeds them.
pub(super) struct Fleet {
    pub(super) bridge: Bridge,
    pub(super) queue: Queue,
    chance: Mutex<Chance>,
    pub(super) losses: Mutex<Losses>,
}

/// What the driver did to processes.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) killed: usize,
    pub(super) frozen: usize,
    pub(super) timed_out: usize,
    pub(super) last_error: Option<String>,
    /// When a process died that was at work on a message, in seconds since 1970.
    pub(super) died_with: HashMap<String, Vec<f64>>,
}

/// One that runs, and the Runtime API that feeds it.
pub(super) struct Process {
    pub(super) api: RuntimeApi,
    child: Child,
}

/// What befalls a process while it is at work.
enum Blow {
    None,
    Kill(Duration),
    Freeze(Duration, Duration),
}

impl Bridge {
    pub(super) async fn start(&self) -> Process {
        let api = RuntimeApi::start().await;
        let program = env::current_exe().unwrap();
        let program = program.parent().unwrap().parent().unwrap().join("bootstrap");
        assert!(program.exists(), "cargo build -p bridge-runtime makes {}", program.display());
        let mut command = Command::new(program);
        command.env_clear();
        if let Some(table) = &self.table {
            command
                .env("MODAL_BRIDGE_ON_TIMEOUT", "abandon")
                .env("MODAL_BRIDGE_IDEMPOTENCY_TABLE", table);
        }
        let child = command
            .envs(&self.variables)
            .env("MODAL_INTEGRATION_PATTERN", self.mode)
            .env("MODAL_APP_NAME", self.app)
            .env("MODAL_ENVIRONMENT_NAME", "main")
            .env("MODAL_FUNCTION_NAME", self.function)
            .env("MODAL_SECRET_ARN", &self.secret)
            .env("PARAMETERS", json!({"file": self.notes}).to_string())
            .env("MODAL_SERVER_URL", &self.modal_url)
            .env("MODAL_BRIDGE_BATCH_MODE", "record")
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Process { api, child }
    }
}

impl Process {
    fn signal(&self, name: &str) {
        if let Some(id) = self.child.id() {
            // One that has just ended cannot be signalled.
            let _gone = std::process::Command::new("kill").args([name, &id.to_string()]).status();
        }
    }
}

impl Fleet {
    pub(super) fn new(bridge: Bridge, queue: Queue, chance: Chance) -> Self {
        Self { bridge, queue, chance: Mutex::new(chance), losses: Mutex::default() }
    }

    pub(super) fn left(&self) -> usize {
        self.queue.left()
    }

    /// What a batch failed with, last.
    pub(super) fn last_error(&self) -> Option<String> {
        self.losses.lock().unwrap().last_error.clone()
    }

    /// Until the queue is empty.
    pub(super) async fn deliver(&self, lambda_timeout: Duration) {
        let [one, two, three] = [(); PROCESSES].map(|()| self.work(lambda_timeout));
        tokio::join!(one, two, three);
    }

    async fn work(&self, lambda_timeout: Duration) {
        let mut process = self.bridge.start().await;
        while self.queue.left() > 0 {
            let Some((event, ids)) = self.queue.receive(BATCH) else {
                pause(Duration::from_millis(20)).await;
                continue;
            };
            let blow = self.blow();
            let answer = {
                let invoke = process.api.invoke(event.to_string(), lambda_timeout);
                let invoke = timeout(lambda_timeout + Duration::from_millis(100), invoke);
                tokio::pin!(invoke);
                match blow {
                    Blow::None => invoke.await.ok(),
                    Blow::Kill(after) => timeout(after, invoke).await.ok().and_then(Result::ok),
                    Blow::Freeze(after, during) => match timeout(after, &mut invoke).await {
                        Ok(answer) => answer.ok(),
                        Err(_) => {
                            process.signal("-STOP");
                            pause(during).await;
                            process.signal("-CONT");
                            invoke.await.ok()
                        }
                    },
                }
            };
            match answer {
                Some(Outcome::Response(answer)) => self.queue.delete(&ids, &failed(&answer)),
                Some(Outcome::Error(error)) => {
                    self.losses.lock().unwrap().last_error = Some(error.to_string());
                }
                None => {
                    process.child.kill().await.unwrap();
                    self.died(&blow, ids);
                    process = self.bridge.start().await;
                }
            }
        }
    }

    fn died(&self, blow: &Blow, ids: Vec<String>) {
        let mut losses = self.losses.lock().unwrap();
        match blow {
            Blow::Kill(_) => losses.killed += 1,
            _ => losses.timed_out += 1,
        }
        for id in ids {
            losses.died_with.entry(id).or_default().push(unix(now()));
        }
    }

    fn blow(&self) -> Blow {
        let mut chance = self.chance.lock().unwrap();
        match chance.below(100) {
            0..8 => Blow::Kill(chance.millis(0, 600)),
            8..16 => {
                self.losses.lock().unwrap().frozen += 1;
                Blow::Freeze(chance.millis(0, 300), chance.millis(200, 3000))
            }
            _ => Blow::None,
        }
    }
}

fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|each| each["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}
