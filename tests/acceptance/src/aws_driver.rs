//! How tests and the demo act in AWS, and look into it, independently of our own code: boto3 in a
//! child process, one line of JSON a call.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::error::HarnessError;
use crate::http;
use crate::surroundings::neutral;
use crate::workspace::Workspace;

/// The region of every test and of the demo.
const REGION: &str = "us-east-1";

/// AWS's refusal of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: AWS answered {code} ({status}): {message}")]
pub struct AwsFault {
    /// Service and operation as boto3 names them: `iam.get_role`.
    pub operation: String,
    /// AWS's code: `NoSuchEntity`.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// The HTTP status.
    pub status: u64,
}

/// The credentials of somebody who assumed a role.
#[derive(Clone, Debug)]
pub struct Session(Value);

/// boto3, talking to one endpoint. Its process ends when this is dropped.
#[derive(Debug)]
pub struct AwsDriver {
    endpoint: String,
    process: Mutex<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    /// Its end is what tells the process to go.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl AwsDriver {
    /// Starts boto3 for this endpoint.
    pub fn start(workspace: &Workspace, endpoint: &str, log: &Path) -> Result<Self, HarnessError> {
        let log = File::create(log).map_err(HarnessError::io("create the AWS driver's log"))?;
        let mut command = Command::new(workspace.python()?);
        neutral(&mut command)
            .arg(workspace.file("tests/acceptance/aws/client.py"))
            .arg(endpoint)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0);
        let mut child = command.spawn().map_err(HarnessError::io("start the AWS driver"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let Some(stdout) = stdout else {
            return Err(HarnessError::BadAnswer {
                program: "the AWS driver",
                answer: String::new(),
            });
        };
        let process = Process { child, stdin, stdout: BufReader::new(stdout) };
        Ok(Self { endpoint: endpoint.to_owned(), process: Mutex::new(process) })
    }

    /// One of the endpoint's accounts. The local AWS has them all: any 12 digits.
    pub fn account(self: &Arc<Self>, id: impl Into<String>) -> AwsAccount {
        AwsAccount { driver: Arc::clone(self), id: id.into() }
    }

    fn exchange(&self, request: &Value) -> Result<Value, HarnessError> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answer = String::new();
        let Process { stdin, stdout, .. } = &mut *process;
        if let Some(stdin) = stdin {
            writeln!(stdin, "{request}").map_err(HarnessError::io("ask the AWS driver"))?;
        }
        stdout.read_line(&mut answer).map_err(HarnessError::io("read from the AWS driver"))?;
        serde_json::from_str(&answer)
            .map_err(|_| HarnessError::BadAnswer { program: "the AWS driver", answer })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// One AWS account, seen through boto3.
#[derive(Clone, Debug)]
pub struct AwsAccount {
    driver: Arc<AwsDriver>,
    id: String,
}

impl AwsAccount {
    /// Its 12 digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region that calls go to.
    pub fn region(&self) -> &str {
        REGION
    }

    /// Where it answers.
    pub fn endpoint(&self) -> &str {
        &self.driver.endpoint
    }

    /// Calls an operation by boto3's names, as in `try_call("iam", "get_role", …)`.
    pub fn try_call(
        &self,
        service: &str,
        operation: &str,
        parameters: Value,
    ) -> Result<Value, HarnessError> {
        self.try_call_as(None, service, operation, parameters)
    }

    /// The same, signed with the credentials of a session.
    pub fn try_call_as(
        &self,
        session: Option<&Session>,
        service: &str,
        operation: &str,
        parameters: Value,
    ) -> Result<Value, HarnessError> {
        let mut request = json!({
            "account": self.id,
            "region": REGION,
            "service": service,
            "operation": operation,
            "parameters": parameters,
        });
        if let Some(session) = session {
            request["access_key"] = session.0["AccessKeyId"].clone();
            request["secret_key"] = session.0["SecretAccessKey"].clone();
            request["session_token"] = session.0["SessionToken"].clone();
        }
        let mut answer = self.driver.exchange(&request)?;
        if let Some(ok) = answer.get_mut("ok") {
            return Ok(ok.take());
        }
        let error = &answer["error"];
        Err(HarnessError::Aws(AwsFault {
            operation: format!("{service}.{operation}"),
            code: error["code"].as_str().unwrap_or_default().to_owned(),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            status: error["status"].as_u64().unwrap_or_default(),
        }))
    }

    /// Assumes a role with a web identity token, as code in a container of Modal does.
    pub fn try_assume(&self, role: &str, token: &str) -> Result<Session, HarnessError> {
        let request = json!({
            "RoleArn": format!("arn:aws:iam::{}:role/{role}", self.id),
            "RoleSessionName": "test",
            "WebIdentityToken": token,
        });
        let mut answer = self.try_call("sts", "assume_role_with_web_identity", request)?;
        Ok(Session(answer["Credentials"].take()))
    }

    /// Calls an operation that a test expects to work.
    ///
    /// # Panics
    /// When it does not.
    pub fn call(&self, service: &str, operation: &str, parameters: Value) -> Value {
        self.try_call(service, operation, parameters).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Calls an operation that a test expects AWS to refuse.
    ///
    /// # Panics
    /// When AWS does not.
    pub fn refusal(&self, service: &str, operation: &str, parameters: Value) -> AwsFault {
        match self.try_call(service, operation, parameters) {
            Err(HarnessError::Aws(fault)) => fault,
            Err(error) => panic!("{error}"),
            Ok(answer) => panic!("{service}.{operation} was expected to be refused: {answer}"),
        }
    }

    /// Sets knobs of the local AWS for this account, such as `role_propagation_seconds`.
    pub fn try_set_knobs(&self, knobs: &Value) -> Result<(), HarnessError> {
        let mut body = knobs.clone();
        body["account"] = self.id.as_str().into();
        http::request("POST", self.endpoint(), "/_overlay/knobs", Some(&body)).map(drop)
    }

    /// The same, for a test.
    ///
    /// # Panics
    /// When the local AWS does not take them.
    pub fn set_knobs(&self, knobs: &Value) {
        self.try_set_knobs(knobs).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The actions that this account has been asked for, oldest first: `iam:CreateRole`.
    ///
    /// # Panics
    /// When the local AWS does not tell.
    pub fn calls(&self) -> Vec<String> {
        let path = format!("/_overlay/calls?account={}", self.id);
        let calls = http::request("GET", self.endpoint(), &path, None);
        let calls = calls.unwrap_or_else(|error| panic!("{error}"));
        let calls = calls.as_array().into_iter().flatten();
        calls.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}
