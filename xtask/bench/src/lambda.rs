//! A program in Lambda's place: started, fed with events, and watched.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use loopback::{Outcome, RuntimeApi};
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::timeout;

use crate::error::Error;
use crate::group::Group;
use crate::launch::Start;
use crate::process;
use crate::stage::{CALL_ID, REGION, SECRET_ARN};

/// How long a program may take for anything. A limited peer takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether an invocation waits for the Modal function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Spawn,
    Remote,
}

impl Mode {
    pub(crate) const BOTH: [Self; 2] = [Self::Spawn, Self::Remote];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::Remote => "remote",
        }
    }

    /// What a program answers.
    fn answer(self) -> Value {
        let response = match self {
            Self::Spawn => json!({ "function_call_id": CALL_ID }),
            Self::Remote => json!({ "result": { "ok": true } }),
        };
        json!({ "status": "Success", "response": response })
    }
}

/// Something that can stand in Lambda's place.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) words: Vec<OsString>,
    /// Beside what Lambda sets.
    pub(crate) environment: Vec<(String, OsString)>,
    pub(crate) folder: PathBuf,
    pub(crate) kind: Kind,
}

/// What a program does with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ours.
    Bridge,
    /// Somebody else's, which does the same.
    Peer {
        /// It keeps what it made for the next event.
        tuned: bool,
    },
    /// Answers without a call.
    Floor,
}

/// Where a program runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// Modal and Secrets Manager.
    pub(crate) url: &'a str,
    /// The certificate that the servers' are signed with.
    pub(crate) certificate: &'a Path,
    pub(crate) logs: &'a Path,
}

/// A running program.
pub(crate) struct Lambda {
    pub(crate) name: String,
    mode: Mode,
    checked: bool,
    api: RuntimeApi,
    child: Child,
    id: u32,
    log: PathBuf,
    group: Option<Group>,
    /// From the start to the first question for an event.
    pub(crate) init: Duration,
    cpu_before: Duration,
}

impl Lambda {
    /// Starts it, and waits until it asks for an event. It has all the CPU it can get, as in Lambda's
    /// init phase.
    pub(crate) async fn start(
        program: &Program,
        mode: Mode,
        surroundings: Surroundings<'_>,
    ) -> Result<Self, Error> {
        let api = RuntimeApi::start().await;
        let group = Group::create();
        let log = surroundings.logs.join(format!("{}-{}.log", program.name, mode.name()));
        let start = Start {
            words: program.words.clone(),
            environment: environment(program, mode, surroundings, &api.address()),
            folder: program.folder.clone(),
            log: log.clone(),
        };
        let ready = start.prepare(group.as_ref()).await?;
        let cpu_before = group.as_ref().and_then(Group::cpu).unwrap_or_default();
        let started = Instant::now();
        let child = ready.go().await?;
        let id = child.id().unwrap_or_default();
        let (name, checked) = (program.name.clone(), program.kind != Kind::Floor);
        let init = Duration::ZERO;
        let mut lambda = Self { name, mode, checked, api, child, id, log, group, init, cpu_before };
        tokio::select! {
            () = lambda.api.initialized() => lambda.init = started.elapsed(),
            ended = timeout(PATIENCE, lambda.child.wait()) => {
                return Err(lambda.failed(&format!("did not ask for an event: {ended:?}")));
            }
        }
        Ok(lambda)
    }

    /// From now on, this much of one CPU.
    pub(crate) fn limit(&self, share: f64) -> Result<(), Error> {
        self.group.as_ref().map_or(Ok(()), |group| group.limit(Some(share)))
    }

    /// Whether [`limit`](Self::limit) limits.
    pub(crate) fn can_be_limited(&self) -> bool {
        self.group.is_some()
    }

    /// Sends an event, looks at the answer, and says how long the program had it.
    pub(crate) async fn invoke(&mut self, event: &str) -> Result<Duration, Error> {
        let answer = self.ask(event).await?;
        match answer {
            (Outcome::Response(answer), took) if !self.checked || answer == self.mode.answer() => {
                Ok(took)
            }
            (wrong, _) => Err(self.failed(&format!("answered {wrong:?}"))),
        }
    }

    /// Sends an event, whatever the answer is.
    pub(crate) async fn ask(&mut self, event: &str) -> Result<(Outcome, Duration), Error> {
        let asked = tokio::select! {
            answer = self.api.invoke_timed(event.to_owned(), PATIENCE) => answer.ok_or("no answer".into()),
            ended = timeout(PATIENCE, self.child.wait()) => Err(format!("ended: {ended:?}")),
        };
        asked.map_err(|reason: String| self.failed(&reason))
    }

    /// The CPU time that it has had.
    pub(crate) fn cpu(&self) -> Duration {
        match self.group.as_ref().and_then(Group::cpu) {
            Some(cpu) => cpu.saturating_sub(self.cpu_before),
            None => process::cpu(self.id).unwrap_or_default(),
        }
    }

    /// The most memory that it has had at once, in MiB.
    pub(crate) fn peak_memory(&self) -> f64 {
        process::peak_memory(self.id).unwrap_or_default()
    }

    pub(crate) fn open_files(&self) -> usize {
        process::open_files(self.id).unwrap_or_default()
    }

    /// Ends it, and waits for its end, so that it disturbs nobody.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        self.child.kill().await.map_err(Error::io("end a program"))
    }

    fn failed(&self, reason: &str) -> Error {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(30)..].join("\n");
        Error::Unusable(format!("{} ({}) {reason}\n{last}", self.name, self.mode.name()))
    }
}

/// What Lambda sets, what says where the servers are, and what the program wants beside.
fn environment(
    program: &Program,
    mode: Mode,
    surroundings: Surroundings<'_>,
    api: &str,
) -> Vec<(String, OsString)> {
    let certificate = surroundings.certificate.as_os_str();
    let texts = [
        ("AWS_LAMBDA_RUNTIME_API", api),
        ("AWS_LAMBDA_FUNCTION_NAME", "bridge"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bridge"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_SESSION_TOKEN", "session-1"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", surroundings.url),
        ("MODAL_INTEGRATION_PATTERN", mode.name()),
        ("MODAL_APP_NAME", "thumbnails"),
        ("MODAL_ENVIRONMENT_NAME", "main"),
        ("MODAL_FUNCTION_NAME", "render"),
        ("MODAL_SECRET_ARN", SECRET_ARN),
        ("MODAL_SERVER_URL", surroundings.url),
        ("PARAMETERS", r#"{"width":128}"#),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("HOME", "/tmp"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ];
    let texts = texts.map(|(name, value)| (name.to_owned(), OsString::from(value)));
    let files = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "AWS_CA_BUNDLE"];
    let files = files.map(|name| (name.to_owned(), certificate.to_owned()));
    texts.into_iter().chain(files).chain(program.environment.iter().cloned()).collect()
}
