//! Each kind of event reaches the function as AWS delivered it, on every path.

use super::*;

const EVENTS: [(&str, &str); 4] = [
    ("s3", include_str!("events/s3.json")),
    ("sqs", include_str!("events/sqs.json")),
    ("http_api", include_str!("events/http_api.json")),
    ("event_bridge", include_str!("events/event_bridge.json")),
];

fn sent(world: &World, call: usize) -> bytes::Bytes {
    let calls = world.modal.requests::<m::FunctionMapRequest>("FunctionMap");
    let input = calls[call].pipelined_inputs[0].input.clone().unwrap();
    match input.args_oneof.unwrap() {
        m::function_input::ArgsOneof::Args(bytes) => bytes,
        m::function_input::ArgsOneof::ArgsBlobId(id) => panic!("sent as blob {id}"),
    }
}

#[tokio::test]
async fn remote_passes_the_event_and_answers_with_the_result() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Remote);
    world.finds_the_function();
    for (call, (name, event)) in EVENTS.into_iter().enumerate() {
        world.returns(1, "", Some(OK));
        let answer = handle_event(&bridge, event).await.unwrap();
        assert_eq!(answer, success(json!({ "ok": true })), "{name}");

        // [[event, params], {}]: the event's keys in their order, its floats as floats.
        let sent = sent(&world, call);
        let sent: ciborium::Value = ciborium::from_reader(&sent[..]).unwrap();
        let event: Value = serde_json::from_str(event).unwrap();
        let want = format!("[[{event},{{\"width\":128}}],{{}}]");
        assert_eq!(json_text(&sent), want, "{name}");
    }
    assert_eq!(world.secrets.reads(), 1, "the token is read once");
    assert_eq!(world.modal.headers("FunctionMap", "x-modal-token-id")[3].as_deref(), Some("ak-1"));
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

#[tokio::test]
async fn spawn_answers_with_the_call_id() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.finds_the_function();
    for (name, event) in EVENTS {
        world.modal.answer("FunctionMap", mapped());
        assert_eq!(handle_event(&bridge, event).await.unwrap(), spawned("fc-1"), "{name}");
    }
    let text = String::from_utf8_lossy(&sent(&world, 0)).into_owned();
    assert!(text.contains("uploads/h%C3%A4user+am+see.png"));
}
