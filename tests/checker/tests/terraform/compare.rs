//! A story, told to Terraform and to the checker.

use std::fs;
use std::path::Path;
use std::process;

use acceptance::{Core as Version, Terraform};
use checker::{Object, Refusal, Type, UNKNOWN, Value};
use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5::provider_server::ProviderServer;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::fake::{Fake, thing_type, unwired, wired};

/// Makes a provider: each of the two gets its own.
pub(crate) type Make = Box<dyn Fn() -> Fake>;

/// Providers and configurations one after the other: each applies the configuration to what the one
/// before has left. Null destroys.
pub(crate) struct Story {
    chapters: Vec<(Make, Json)>,
}

impl Story {
    /// Begins with this provider and this configuration.
    pub(crate) fn new(make: impl Fn() -> Fake + 'static, config: Json) -> Self {
        Self { chapters: vec![(Box::new(make), config)] }
    }

    /// Then this provider with this configuration.
    pub(crate) fn then(mut self, make: impl Fn() -> Fake + 'static, config: Json) -> Self {
        self.chapters.push((Box::new(make), config));
        self
    }

    /// Asserts that both say the same, `errors` in number.
    pub(crate) fn agree(&self, errors: usize) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut terraform = runtime.block_on(self.told_to_terraform());
        let mut checker = runtime.block_on(self.told_to_the_checker());
        terraform.sort();
        checker.sort();
        assert_eq!(checker, terraform, "the checker, and Terraform");
        assert_eq!(checker.len(), errors, "{checker:#?}");
    }

    async fn told_to_the_checker(&self) -> Vec<(String, String)> {
        match self.lived().await {
            Ok(()) => Vec::new(),
            Err(refusal @ Refusal::Broken(_)) => {
                let breaches = refusal.breaches().iter();
                breaches.map(|breach| (breach.summary.clone(), breach.detail.clone())).collect()
            }
            Err(other) => vec![("not a breach".to_owned(), other.to_string())],
        }
    }

    async fn lived(&self) -> Result<(), Refusal> {
        let mut object: Option<Object> = None;
        for (make, config) in &self.chapters {
            let core = make().connection().connect().await?;
            core.configure(json!({})).await?;
            if let Some(stored) = &object {
                object = core.refresh("tiny_thing", stored).await?;
            }
            object = match (config, &object) {
                (Json::Null, Some(stored)) => {
                    let planned = core.plan_destroy("tiny_thing", stored).await?;
                    core.apply_as_planned(&planned).await.done()?
                }
                (config, stored) => {
                    let planned = core.plan("tiny_thing", stored.as_ref(), config).await?;
                    core.apply(&planned, learned(config)).await.done()?
                }
            };
        }
        Ok(())
    }

    async fn told_to_terraform(&self) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        for (make, config) in &self.chapters {
            let said = run(folder.path(), make(), config).await;
            if !said.is_empty() {
                return said;
            }
        }
        Vec::new()
    }
}

/// Terraform 1.15.5, or what the machine has where PyPI has none for it.
pub(crate) fn version() -> Version {
    if Version::packaged_for_this_machine() { Version::V1_15 } else { Version::Installed }
}

/// The configuration when what was unknown is known.
fn learned(config: &Json) -> Json {
    match config {
        Json::String(text) if text == UNKNOWN => json!("learned"),
        Json::Array(elements) => elements.iter().map(learned).collect(),
        Json::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), learned(value))).collect()
        }
        other => other.clone(),
    }
}

/// The configuration as Terraform reads it: unknown is what a resource has not decided yet.
fn written(config: &Json) -> Json {
    match config {
        Json::String(text) if text == UNKNOWN => json!("${terraform_data.unknown.id}"),
        Json::Array(elements) => elements.iter().map(written).collect(),
        Json::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), written(value))).collect()
        }
        other => other.clone(),
    }
}

/// The errors of Terraform where `fake` is the provider.
async fn run(folder: &Path, fake: Fake, config: &Json) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::builder().add_service(ProviderServer::new(fake));
    let serving = tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let provider = json!({ "example.com/acme/tiny": {
        "Protocol": "grpc",
        "ProtocolVersion": 5,
        "Pid": process::id(),
        "Test": true,
        "Addr": { "Network": "tcp", "String": address },
    } });
    let mut arguments = vec!["apply", "-json", "-auto-approve"];
    if config.is_null() {
        arguments.push("-destroy");
    } else {
        let main = json!({
            "terraform": {
                "required_providers": { "tiny": { "source": "example.com/acme/tiny" } },
            },
            "resource": {
                "tiny_thing": { "a": written(config) },
                "terraform_data": { "unknown": {} },
            },
        });
        fs::write(folder.join("main.tf.json"), main.to_string()).unwrap();
    }
    let terraform = Terraform::hosting(version(), &[]).with_override();
    let mut command = terraform.command(folder, &arguments);
    command.env("TF_REATTACH_PROVIDERS", provider.to_string());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    serving.abort();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let diagnostics = said.map(|said| said["diagnostic"].clone());
    let errors: Vec<_> = diagnostics
        .filter(|diagnostic| diagnostic["severity"] == "error")
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
            (text("summary"), text("detail"))
        })
        .collect();
    assert_eq!(output.status.success(), errors.is_empty(), "{text}");
    errors
}

/// A provider that plans for a wanted object what `spoil` makes of the good plan.
pub(crate) fn planning(spoil: fn(Value) -> Value) -> impl Fn() -> Fake {
    move || {
        Fake::new().plan_resource_change(move |request, mut answer| {
            if !unwired(request.config.as_ref(), &thing_type()).is_null() {
                let planned = unwired(answer.planned_state.as_ref(), &thing_type());
                answer.planned_state = Some(wired(&spoil(planned), &thing_type()));
            }
            answer
        })
    }
}

/// A provider that applies what `spoil` makes of the good result.
pub(crate) fn applying(spoil: fn(Value) -> Value) -> impl Fn() -> Fake {
    move || {
        Fake::new().apply_resource_change(move |_, mut answer| {
            let applied = unwired(answer.new_state.as_ref(), &thing_type());
            answer.new_state = Some(wired(&spoil(applied), &thing_type()));
            answer
        })
    }
}

/// A provider that reads what `spoil` makes of the state.
pub(crate) fn reading(spoil: fn(Value) -> Value) -> impl Fn() -> Fake {
    move || {
        Fake::new().read_resource(move |_, mut answer| {
            let read = unwired(answer.new_state.as_ref(), &thing_type());
            answer.new_state = Some(wired(&spoil(read), &thing_type()));
            answer
        })
    }
}

/// `thing` with another value for a top-level attribute or block.
pub(crate) fn top(thing: Value, name: &str, part: Value) -> Value {
    let Value::Object(mut parts) = thing else { return thing };
    parts.insert(name.to_owned(), part);
    Value::Object(parts)
}

/// The type of what is in a block of any name.
pub(crate) fn block_type() -> Type {
    Type::object([("port", Type::Number), ("rid", Type::String)])
}

/// A block.
pub(crate) fn block(port: i64, rid: Value) -> Value {
    Value::object([("port", Value::integer(port)), ("rid", rid)])
}

/// Text that is not known.
pub(crate) fn unknown() -> Value {
    Value::unknown(Type::String)
}

/// A configuration with nothing but what is required.
pub(crate) fn small() -> Json {
    json!({ "name": "alpha" })
}

/// A configuration with a bit of everything.
pub(crate) fn full() -> Json {
    json!({
        "name": "alpha",
        "note": "e\u{301}",
        "tags": { "a": "1" },
        "ports": [443, 80],
        "any": { "deep": [true, 1.5, 1_234_567, 0.1] },
        "secret": "s",
        "rule": [{ "port": 1 }, {}],
        "tag": [{ "port": 1 }, { "port": 2 }],
        "zone": { "x": { "port": 3 } },
        "one": { "port": 4 },
        "free": [{ "value": 1 }, { "value": ["x"] }, {}],
    })
}
