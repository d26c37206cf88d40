//! A panic in a provider's code is an answer: a diagnostic that says whose mistake it is. What was
//! there before is not lost, and the process lives.

use tfplugin_proto::tfplugin5 as wire;
use tfplugin_proto::tfplugin5::diagnostic::Severity;

use crate::process::Process;
use crate::requests::{Example, Settings, examples};
use crate::wire::{Call, diagnostics, read, value};

/// The diagnostic is the one error, and the log says where it was.
fn assert_bug(call: &Call, answer: &[Vec<u8>], process: &Process, message: &str) {
    let found = diagnostics(&call.rpc, answer);
    let [bug] = &found[..] else { panic!("{}: {found:?}", call.rpc) };
    assert_eq!(bug.severity(), Severity::Error);
    // A function has one text for all.
    let text = format!("{}\n{}", bug.summary, bug.detail);
    assert!(text.contains("The provider hit a bug"), "{}: {text}", call.rpc);
    assert!(text.contains("This is a mistake in the provider"), "{}: {text}", call.rpc);
    assert!(!text.contains(message), "a panic's message may hold anything: {text}");
    let log = process.stderr();
    assert!(log.lines().any(|line| line.starts_with("panic: ")), "{log}");
    assert!(log.contains(message), "{log}");
}

#[tokio::test]
async fn in_every_operation_it_is_a_diagnostic_and_the_process_lives() {
    let operations = examples(&Settings::default());
    for operation in operations.iter().filter_map(|example| example.operation) {
        let settings = Settings { panic_in: Some(operation), ..Settings::default() };
        let (mut process, channel) = Process::configured(settings).await;
        for Example { call, operation: begun } in examples(&Settings::default()) {
            let answer = call.send(channel.clone()).await.unwrap();
            if begun == Some(operation) {
                assert_bug(&call, &answer, &process, &format!("{operation} has a bug"));
                assert_prior_is_kept(&call, &answer);
            } else {
                assert_eq!(diagnostics(&call.rpc, &answer), [], "{operation}: {}", call.rpc);
            }
        }
        assert!(process.serves().await, "{operation}");
    }
}

/// What was there before the call is still there, as far as state goes.
fn assert_prior_is_kept(call: &Call, answer: &[Vec<u8>]) {
    let (prior, now) = match call.rpc.as_str() {
        "ReadResource" => (
            read::<wire::read_resource::Request>(&call.request).current_state,
            read::<wire::read_resource::Response>(&answer[0]).new_state,
        ),
        "PlanResourceChange" => (
            read::<wire::plan_resource_change::Request>(&call.request).prior_state,
            read::<wire::plan_resource_change::Response>(&answer[0]).planned_state,
        ),
        "ApplyResourceChange" => (
            read::<wire::apply_resource_change::Request>(&call.request).prior_state,
            read::<wire::apply_resource_change::Response>(&answer[0]).new_state,
        ),
        _ => return,
    };
    let (prior, now) = (prior.unwrap().msgpack, now.unwrap().msgpack);
    let unpacked = |bytes: &[u8]| rmpv::decode::read_value(&mut &bytes[..]).unwrap();
    assert_eq!(sorted(unpacked(&prior)), sorted(unpacked(&now)), "{}", call.rpc);
}

/// A map's members in the order of their names, which means nothing.
fn sorted(value: rmpv::Value) -> rmpv::Value {
    match value {
        rmpv::Value::Map(mut members) => {
            members.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
            rmpv::Value::Map(members)
        }
        other => other,
    }
}

#[tokio::test]
async fn after_something_was_created_it_is_in_the_answer() {
    let settings = Settings { panic_in: Some("tiny_note after create"), ..Settings::default() };
    let (process, channel) = Process::configured(settings).await;
    let mut examples = examples(&Settings::default()).into_iter();
    let create = examples.find(|example| example.operation == Some("tiny_note create")).unwrap();

    let answer = create.call.send(channel).await.unwrap();

    assert_bug(&create.call, &answer, &process, "tiny_note after create has a bug");
    let applied: wire::apply_resource_change::Response = read(&answer[0]);
    assert_ne!(applied.new_state, value(&serde_json::Value::Null));
    assert!(process.folder().join("new.note").exists());
}

#[tokio::test]
async fn in_a_function_it_is_the_functions_error() {
    let (mut process, channel) = Process::configured(Settings::default()).await;
    let arguments = ["panic", "a"].map(|text| value(&text.into()).unwrap()).to_vec();
    let request = wire::call_function::Request { name: "join".to_owned(), arguments };
    let call = Call::new("CallFunction", &request);

    let answer = call.send(channel).await.unwrap();

    assert_bug(&call, &answer, &process, "join has a bug");
    assert!(process.serves().await);
}

#[tokio::test]
async fn in_a_validation_it_is_a_diagnostic() {
    let (mut process, channel) = Process::configured(Settings::default()).await;
    let config = serde_json::json!({
        "name": "new", "text": "panic", "length": null, "secret_wo": null,
        "secret_wo_version": null, "colour": null, "labels": null, "pin": null, "line": [],
    });
    let request = wire::validate_resource_type_config::Request {
        type_name: "tiny_note".to_owned(),
        config: value(&config),
        client_capabilities: None,
    };
    let call = Call::new("ValidateResourceTypeConfig", &request);

    let answer = call.send(channel).await.unwrap();

    assert_bug(&call, &answer, &process, "validation has a bug");
    assert!(process.serves().await);
}
