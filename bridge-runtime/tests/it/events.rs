//! Each kind of event, as AWS documents it: it reaches the function as it was delivered, and gets the
//! answer that its sender reads.

use bridge_contract::BatchMode;

use super::*;

macro_rules! fixtures {
    ($($name:literal),+ $(,)?) => {
        [$((
            $name,
            include_str!(concat!("events/", $name, ".json")),
            include_str!(concat!("answers/", $name, ".json")),
        )),+]
    };
}

/// Name, event, expected answers.
const EVENTS: [(&str, &str, &str); 14] = fixtures![
    "s3",
    "sqs",
    "sqs_fifo",
    "sns",
    "event_bridge",
    "schedule",
    "scheduler",
    "kinesis",
    "dynamodb_stream",
    "api_gateway_v1",
    "api_gateway_v2",
    "function_url",
    "alb",
    "step_functions",
];

/// The arguments of a call, in CBOR or pickle.
pub(crate) fn sent(world: &World, call: usize) -> bytes::Bytes {
    let calls = world.modal.requests::<m::FunctionMapRequest>("FunctionMap");
    let input = calls[call].pipelined_inputs[0].input.clone().unwrap();
    match input.args_oneof.unwrap() {
        m::function_input::ArgsOneof::Args(bytes) => bytes,
        m::function_input::ArgsOneof::ArgsBlobId(id) => panic!("sent as blob {id}"),
    }
}

/// The arguments of a `remote`, as JSON text.
pub(crate) fn sent_json(world: &World, call: usize) -> String {
    let sent: ciborium::Value = ciborium::from_reader(&sent(world, call)[..]).unwrap();
    json_text(&sent)
}

#[tokio::test]
async fn each_event_is_passed_on_as_it_came_and_answered_as_its_sender_reads() {
    for batch_mode in [BatchMode::Batch, BatchMode::Record] {
        let world = World::start().await;
        let options = Options { batch_mode, ..Options::default() };
        let bridge = world.bridge_with(Mode::Remote, options);
        world.finds_the_function();
        for (call, (name, event, expected)) in EVENTS.into_iter().enumerate() {
            world.returns(1, "", Some(OK));
            let invocation = within(Duration::from_secs(20));
            let handled = bridge.handle(event, &invocation).await;
            let expected: Value = serde_json::from_str(expected).unwrap();
            let want = &expected[batch_mode.to_string()]["remote"];
            assert_eq!(&handled.answer.unwrap(), want, "{name}");
            assert_eq!(handled.reports[0].source.name(), expected["source"], "{name}");

            // [[event, params], {}]: the event's keys in their order, its floats as floats.
            let event: Value = serde_json::from_str(event).unwrap();
            let want = format!("[[{event},{{\"width\":128}}],{{}}]");
            assert_eq!(sent_json(&world, call), want, "{name}");
        }
        assert_eq!(world.secrets.reads(), 1, "the token is read once");
        let tokens = world.modal.headers("FunctionMap", "x-modal-token-id");
        assert_eq!(tokens[3].as_deref(), Some("ak-1"));
    }
}

#[tokio::test]
async fn each_event_that_is_spawned_is_answered_with_the_call_id() {
    for batch_mode in [BatchMode::Batch, BatchMode::Record] {
        let world = World::start().await;
        let options = Options { batch_mode, ..Options::default() };
        let bridge = world.bridge_with(Mode::Spawn, options);
        world.finds_the_function();
        for (name, event, expected) in EVENTS {
            world.modal.answer("FunctionMap", mapped());
            let expected: Value = serde_json::from_str(expected).unwrap();
            let want = &expected[batch_mode.to_string()]["spawn"];
            assert_eq!(&handle_event(&bridge, event).await.unwrap(), want, "{name}");
        }
        let text = String::from_utf8_lossy(&sent(&world, 0)).into_owned();
        assert!(text.contains("uploads/h%C3%A4user+am+see.png"));
    }
}

#[tokio::test]
async fn a_function_that_wants_to_know_gets_the_context() {
    let world = World::start().await;
    world.finds_the_function();
    let options = Options { pass_context: true, ..Options::default() };
    let bridge = world.bridge_with(Mode::Remote, options);
    world.returns(1, "", Some(OK));
    handle_event(&bridge, include_str!("events/sqs.json")).await.unwrap();
    world.returns(1, "", Some(OK));
    handle_event(&bridge, "null").await.unwrap();
    let sent: Value = serde_json::from_str(&sent_json(&world, 0)).unwrap();
    expect_test::expect![[r#"{"context":{"aws_request_id":"req-1","function_arn":"arn:aws:lambda:eu-west-1:111122223333:function:bridge","source":"aws:sqs","receive_count":1,"xray_trace_id":"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"}}"#]]
    .assert_eq(&sent[1].to_string());
    let sent: Value = serde_json::from_str(&sent_json(&world, 1)).unwrap();
    assert_eq!(sent[1]["context"]["receive_count"], Value::Null);
    assert_eq!(sent[1]["context"]["source"], "invoke");
}

/// CBOR as JSON text, by another way than the client's own.
fn json_text(value: &ciborium::Value) -> String {
    use ciborium::Value as Cbor;
    match value {
        Cbor::Array(items) => {
            format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(","))
        }
        Cbor::Map(entries) => {
            let entry = |(k, v): &(Cbor, Cbor)| format!("{}:{}", json_text(k), json_text(v));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Cbor::Text(text) => json!(text).to_string(),
        Cbor::Integer(int) => i128::from(*int).to_string(),
        Cbor::Float(float) => json!(float).to_string(),
        Cbor::Bool(bool) => bool.to_string(),
        Cbor::Null => "null".into(),
        other => panic!("{other:?}"),
    }
}
