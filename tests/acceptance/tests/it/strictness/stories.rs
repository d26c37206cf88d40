//! One mistake of a provider, met by Terraform and by the checker in the same story.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use acceptance::{Config, Core, Workspace};
use checker::{Action, Connection, ImportTarget, Move, Object, Refusal};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};

use crate::tiny::broken;

/// What is being done when the mistake is made.
#[derive(Clone, Copy)]
pub(super) enum Story {
    /// The provider is looked at.
    Schema,
    Plan,
    Apply,
    /// A note that is there is refreshed.
    Refresh,
    /// A note that is there is to change.
    Change,
    Destroy,
    Import,
    Move,
    Data,
    Open,
    Call,
    List,
    Invoke,
}

const NOTE: &str = r#"
resource "tiny_note" "this" {
  name      = "first"
  text      = "alpha"
  pin       = "1234"
  secret_wo = "hush"
  labels    = { a = "b" }

  line {
    text = "x"
  }
}
"#;

const CHANGED: &str = r#"
resource "tiny_note" "this" {
  name = "first"
  text = "beta"
}
"#;

const IMPORT: &str = r#"
import {
  to = tiny_note.this
  id = "first"
}

resource "tiny_note" "this" {
  name = "first"
  text = "alpha"
}
"#;

const SCRAP: &str = r#"
resource "tiny_scrap" "this" {
  name = "first"
  text = "alpha"
}
"#;

const MOVED: &str = r#"
moved {
  from = tiny_scrap.this
  to   = tiny_note.this
}

resource "tiny_note" "this" {
  name = "first"
  text = "alpha"
}
"#;

const DATA: &str = "data \"tiny_note\" \"this\" {\n  name = \"first\"\n}\n";

const OPEN: &str = "ephemeral \"tiny_key\" \"this\" {\n  name = \"drawer\"\n}\n";

const CALL: &str = "output \"joined\" {\n  value = provider::tiny::join(\"-\", \"a\", \"b\")\n}\n";

const LIST: &str = r#"
list "tiny_note" "this" {
  provider         = tiny
  include_resource = true
}
"#;

const INVOKE: &str = r#"
action "tiny_shred" "this" {
  config {
    name = "first"
  }
}
"#;

/// What Terraform says, without line breaks; and whether it goes on.
pub(super) fn terraform(fault: &str, story: Story) -> (bool, String) {
    let prepare = |main: &str| {
        let config = broken(Core::V1_15, "none", main);
        config.apply();
        config
    };
    let faulty = |config: Config| config.with_env("TINY_FAULT", fault);
    let fresh = |main: &str| broken(Core::V1_15, fault, main);
    let with_note = |main: &str| {
        let config = fresh(main);
        std::fs::write(config.directory().join("first.note"), "alpha").unwrap();
        config
    };
    let apply = ["apply", "-auto-approve", "-no-color"].as_slice();
    let plan = ["plan", "-no-color"].as_slice();
    let (config, arguments) = match story {
        Story::Schema | Story::Plan => (fresh(NOTE), plan),
        Story::Apply => (fresh(NOTE), apply),
        Story::Refresh => (faulty(prepare(NOTE)), plan),
        Story::Change => {
            let config = prepare(NOTE);
            config.rewrite(CHANGED);
            (faulty(config), plan)
        }
        Story::Destroy => {
            (faulty(prepare(NOTE)), ["destroy", "-auto-approve", "-no-color"].as_slice())
        }
        Story::Import => (with_note(IMPORT), plan),
        Story::Move => {
            let config = prepare(SCRAP);
            config.rewrite(MOVED);
            (faulty(config), plan)
        }
        Story::Data => (with_note(DATA), plan),
        Story::Open => (fresh(OPEN), apply),
        Story::Call => (fresh(CALL), plan),
        Story::List => {
            let config = with_note("");
            config.write("notes.tfquery.hcl", LIST);
            (config, ["query", "-no-color"].as_slice())
        }
        Story::Invoke => {
            let invoke = ["apply", "-auto-approve", "-no-color", "-invoke=action.tiny_shred.this"];
            let finished = with_note(INVOKE).run(&invoke);
            return (finished.succeeded(), in_one_line(&finished.output));
        }
    };
    let finished = config.run(arguments);
    (finished.succeeded(), in_one_line(&finished.output))
}

/// What the checker says.
pub(super) async fn checker(fault: &str, story: Story) -> Result<(), Refusal> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let provider = Provider::start(fault);
    match story {
        Story::Schema => provider.core(path).await.map(drop),
        Story::Plan => {
            let core = provider.core(path).await?;
            core.plan("tiny_note", None, note()).await.map(drop)
        }
        Story::Apply => {
            let core = provider.core(path).await?;
            let planned = core.plan("tiny_note", None, note()).await?;
            core.apply_as_planned(&planned).await.done().map(drop)
        }
        Story::Refresh => {
            let object = existing(path).await;
            let core = provider.core(path).await?;
            if let Some(identity) = &object.identity {
                let version = core.resource("tiny_note").identity.as_ref().unwrap().version;
                let identity = json!({ "name": text(&identity.attribute("name")) });
                core.upgrade_identity("tiny_note", version, &identity).await?;
            }
            core.refresh("tiny_note", &object).await.map(drop)
        }
        Story::Change => {
            let object = existing(path).await;
            let core = provider.core(path).await?;
            let changed = json!({ "name": "first", "text": "beta" });
            core.plan("tiny_note", Some(&object), changed).await.map(drop)
        }
        Story::Destroy => {
            let object = existing(path).await;
            let core = provider.core(path).await?;
            let planned = core.plan_destroy("tiny_note", &object).await?;
            assert_eq!(planned.action, Action::Delete);
            core.apply_as_planned(&planned).await.done().map(drop)
        }
        Story::Import => {
            write_note(path);
            let core = provider.core(path).await?;
            core.import("tiny_note", &ImportTarget::id("first")).await.map(drop)
        }
        Story::Move => {
            let core = provider.core(path).await?;
            core.move_state(&scrap()).await.map(drop)
        }
        Story::Data => {
            write_note(path);
            let core = provider.core(path).await?;
            core.read_data_source("tiny_note", json!({ "name": "first" })).await.map(drop)
        }
        Story::Open => {
            let core = provider.core(path).await?;
            core.open("tiny_key", json!({ "name": "drawer" })).await.map(drop)
        }
        Story::Call => {
            let core = provider.core(path).await?;
            core.call_function("join", &[json!("-"), json!("a"), json!("b")]).await.map(drop)
        }
        Story::List => {
            write_note(path);
            let core = provider.core(path).await?;
            core.list("tiny_note", json!({}), true, 10).await.map(drop)
        }
        Story::Invoke => {
            write_note(path);
            let core = provider.core(path).await?;
            core.invoke_action("tiny_shred", json!({ "name": "first" })).await.map(drop)
        }
    }
}

/// [`NOTE`] as JSON.
fn note() -> Json {
    json!({
        "name": "first",
        "text": "alpha",
        "pin": "1234",
        "secret_wo": "hush",
        "labels": { "a": "b" },
        "line": [{ "text": "x" }],
    })
}

fn scrap() -> Move {
    Move {
        source_provider_address: ADDRESS.to_owned(),
        source_type_name: "tiny_scrap".to_owned(),
        source_schema_version: 0,
        source_state: json!({ "name": "first", "text": "alpha" }),
        source_private: Vec::new(),
        source_identity: None,
        target_type_name: "tiny_note".to_owned(),
    }
}

/// The note, made by a provider without a mistake.
async fn existing(folder: &Path) -> Object {
    let provider = Provider::start("none");
    let core = provider.core(folder).await.unwrap();
    let planned = core.plan("tiny_note", None, note()).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

fn write_note(folder: &Path) {
    std::fs::write(folder.join("first.note"), "alpha").unwrap();
}

fn text(value: &checker::Value) -> String {
    match value {
        checker::Value::String(text) => text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

/// Text as it is without the line breaks that fit it to a terminal.
pub(super) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ADDRESS: &str = "registry.terraform.io/acme/tiny";

/// The broken provider, attached to as a developer does.
struct Provider {
    child: Child,
    _stdin: ChildStdin,
    socket: PathBuf,
}

impl Provider {
    fn start(fault: &str) -> Self {
        let program = Workspace::here().program("examples/terraform-provider-broken").unwrap();
        let mut child = Command::new(program)
            .arg("-debug")
            .env("TINY_FAULT", fault)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let json = lines.map(Result::unwrap).find_map(|line| {
            let (_, json) = line.split_once("TF_REATTACH_PROVIDERS='")?;
            serde_json::from_str::<Json>(json.strip_suffix('\'')?).ok()
        });
        let socket = json.unwrap()[ADDRESS]["Addr"]["String"].as_str().unwrap().into();
        let _stdin = child.stdin.take().unwrap();
        Self { child, _stdin, socket }
    }

    /// Terraform's core in miniature, connected and with the provider configured.
    async fn core(&self, folder: &Path) -> Result<checker::Core, Refusal> {
        let connection = Connection::over(self.channel().await).address(ADDRESS);
        let core = connection.connect().await?;
        core.configure(json!({ "folder": folder })).await?;
        Ok(core)
    }

    async fn channel(&self) -> Channel {
        let socket = self.socket.clone();
        let connector = tower::service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        endpoint.connect_with_connector(connector).await.unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
