//! What RPCs make of bytes that are no request, or are one that Terraform would not send: an answer
//! each time. What the requests begin with are those of `requests.rs` and those that Terraform sent
//! once, in `tests/corpus/rpc`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::Path;
use std::sync::{LazyLock, Once};

use proptest::prelude::*;
use proptest::sample::Index;
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use tempfile::TempDir;
use tf_framework::testing;
use tfplugin_proto::tfplugin5 as wire;
use tfplugin_proto::tfplugin5::DynamicValue;
use tfplugin_proto::tfplugin5::diagnostic::Severity;
use tfplugin_proto::tfplugin5::provider_server::{Provider, ProviderServer};
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, Status};

use crate::mutation::{self, Mutation, mutated};
use crate::requests::{Settings, examples, stop};
use crate::tiny::Tiny;
use crate::wire::{Call, diagnostics, is_request, read, value};

/// Every kind of request, with the recorded ones.
static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let settings = Settings::default();
    let mut calls: Vec<_> = examples(&settings).into_iter().map(|example| example.call).collect();
    calls.extend([settings.configure(), stop(), state_as_json()]);
    calls.extend(recorded());
    calls
});

/// One of them.
fn call(number: Index) -> &'static Call {
    &CALLS[number.index(CALLS.len())]
}

/// Terraform may send JSON where it mostly sends msgpack.
fn state_as_json() -> Call {
    let state = br#"{"name":"old","text":"text","length":4,"labels":{"a":"b"},"line":[]}"#;
    let request = wire::read_resource::Request {
        type_name: "tiny_note".to_owned(),
        current_state: Some(DynamicValue { msgpack: Vec::new(), json: state.to_vec() }),
        ..Default::default()
    };
    Call::new("ReadResource", &request)
}

/// `tests/corpus/rpc`: a folder for each RPC.
fn recorded() -> Vec<Call> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/rpc");
    let mut calls = Vec::new();
    for rpc in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        for request in fs::read_dir(rpc.path()).unwrap().map(|entry| entry.unwrap()) {
            let rpc = rpc.file_name().into_string().unwrap();
            calls.push(Call { rpc, request: fs::read(request.path()).unwrap() });
        }
    }
    calls.sort_by(|a, b| (&a.rpc, &a.request).cmp(&(&b.rpc, &b.request)));
    calls
}

/// A provider that was configured, with a note "old".
struct Served<S: Provider> {
    server: ProviderServer<S>,
    runtime: Runtime,
    _folder: TempDir,
}

fn served() -> Served<impl Provider> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.note"), "text").unwrap();
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let server = ProviderServer::new(testing::service(Tiny));
    let settings = Settings { folder: Some(folder.path()), ..Settings::default() };
    let answer = runtime.block_on(settings.configure().send(server.clone())).unwrap();
    assert_eq!(diagnostics("Configure", &answer), []);
    Served { server, runtime, _folder: folder }
}

impl<S: Provider> Served<S> {
    fn send(&self, call: &Call) -> Result<Vec<Vec<u8>>, Status> {
        self.runtime.block_on(call.send(self.server.clone()))
    }
}

thread_local! {
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// How often this thread has panicked so far: all of a call's tasks run on it, those among them that
/// nobody waits for.
fn panics() -> usize {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            usual(info);
        }));
    });
    PANICS.get()
}

/// Sends `call`. It is answered, by a status only where it is no request at all; and where it failed,
/// what was there before still is.
fn survives(call: &Call) -> Result<(), TestCaseError> {
    let before = panics();
    let answer = served().send(call);
    prop_assert_eq!(panics(), before, "{} panicked", &call.rpc);
    let answer = match answer {
        Ok(answer) => answer,
        Err(status) => {
            prop_assert_eq!(status.code(), Code::Internal, "{}", &status);
            prop_assert!(!is_request(&call.rpc, &call.request), "{}: {}", &call.rpc, status);
            return Ok(());
        }
    };
    // A list may be empty; all else says something.
    prop_assert!(!answer.is_empty() || call.rpc == "ListResource");
    let found = diagnostics(&call.rpc, &answer);
    for found in &found {
        prop_assert!(found.severity() != Severity::Invalid, "Terraform drops {:?}", found);
    }
    if found.iter().any(|found| found.severity() == Severity::Error) {
        let (prior, now) = states(call, &answer);
        prop_assert!(is_null(prior.as_ref()) || !is_null(now.as_ref()), "lost: {:?}", prior);
    }
    Ok(())
}

/// What there was, and what there is by the answer, where an RPC is about that.
fn states(call: &Call, answer: &[Vec<u8>]) -> (Option<DynamicValue>, Option<DynamicValue>) {
    match call.rpc.as_str() {
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
        _ => (None, None),
    }
}

/// As Terraform sees it: what is not there is null.
fn is_null(state: Option<&DynamicValue>) -> bool {
    state.is_none_or(|state| match state.msgpack.first() {
        Some(first) => *first == 0xc0,
        None => state.json.is_empty() || state.json == b"null",
    })
}

#[test]
fn every_rpc_of_the_protocol_has_an_example_and_each_is_answered_without_fault() {
    let protocol = include_str!("../../../../proto/tfplugin/proto/tfplugin5.proto");
    let rpcs: BTreeSet<_> = protocol
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc ")?.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(rpcs.len(), 28);
    assert_eq!(CALLS.iter().map(|call| call.rpc.clone()).collect::<BTreeSet<_>>(), rpcs);

    for call in examples(&Settings::default()).into_iter().map(|example| example.call) {
        let answer = served().send(&call).unwrap();
        assert_eq!(diagnostics(&call.rpc, &answer), [], "{}", call.rpc);
    }
    for call in &*CALLS {
        survives(call).unwrap();
    }
}

#[test]
fn what_terraform_sent_is_read() {
    for call in recorded() {
        let answer = served().send(&call).unwrap();
        for found in diagnostics(&call.rpc, &answer) {
            // That a note is not there, say; but no fault in what was sent.
            assert_ne!(found.summary, "The provider hit a bug", "{}: {}", call.rpc, found.detail);
        }
    }
}

#[test]
fn a_state_that_cannot_be_read_is_the_answer_byte_for_byte() {
    let state = || Some(DynamicValue { msgpack: b"\x81\xa4name\xc4".to_vec(), json: Vec::new() });
    let read_request = wire::read_resource::Request {
        type_name: "tiny_note".to_owned(),
        current_state: state(),
        ..Default::default()
    };
    let plan = wire::plan_resource_change::Request {
        type_name: "tiny_note".to_owned(),
        prior_state: state(),
        config: value(&serde_json::json!({})),
        ..Default::default()
    };
    let apply = wire::apply_resource_change::Request {
        type_name: "tiny_note".to_owned(),
        prior_state: state(),
        planned_state: value(&serde_json::Value::Null),
        ..Default::default()
    };
    for call in [
        Call::new("ReadResource", &read_request),
        Call::new("PlanResourceChange", &plan),
        Call::new("ApplyResourceChange", &apply),
    ] {
        let answer = served().send(&call).unwrap();
        assert_eq!(diagnostics(&call.rpc, &answer).len(), 1, "{}", call.rpc);
        assert_eq!(states(&call, &answer), (state(), state()), "{}", call.rpc);
    }
}

/// Changes one field, and writes its length anew: what is wrong is the field alone, and no decoder of
/// messages sees to it.
fn with_a_field_gone_wrong(request: &[u8], field: Index, steps: Vec<Mutation>) -> Vec<u8> {
    let (mut rest, mut fields) = (request, Vec::new());
    while !rest.is_empty() {
        let (tag, wire_type) = decode_key(&mut rest).unwrap();
        let before = rest;
        let payload = if wire_type == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut rest).unwrap()).unwrap();
            rest.split_off(..length).unwrap()
        } else {
            decode_varint(&mut rest).unwrap();
            &before[..before.len() - rest.len()]
        };
        fields.push((tag, wire_type, payload.to_vec()));
    }
    let delimited = fields.iter_mut().filter(|(_, kind, _)| *kind == WireType::LengthDelimited);
    let mut delimited: Vec<_> = delimited.collect();
    if let Some((.., payload)) = (!delimited.is_empty())
        .then(|| field.index(delimited.len()))
        .and_then(|number| delimited.get_mut(number))
    {
        *payload = match DynamicValue::decode(payload.as_slice()) {
            Ok(DynamicValue { msgpack, json }) if json.is_empty() => {
                let msgpack = mutation::apply(steps, msgpack, &[]);
                DynamicValue { msgpack, json }.encode_to_vec()
            }
            _ => mutation::apply(steps, payload.clone(), &[]),
        };
    }
    let mut request = Vec::new();
    for (tag, wire_type, payload) in fields {
        encode_key(tag, wire_type, &mut request);
        if wire_type == WireType::LengthDelimited {
            encode_varint(payload.len().try_into().unwrap(), &mut request);
        }
        request.extend(payload);
    }
    request
}

/// The call, and not one that leads out of the folder of notes: a path is one step away from a name.
fn within_the_folder(rpc: &str, mut request: Vec<u8>) -> Call {
    for byte in &mut request {
        if *byte == b'/' {
            *byte = b':';
        }
    }
    Call { rpc: rpc.to_owned(), request }
}

proptest! {
    #[test]
    fn requests_gone_wrong_are_answered(
        (number, request) in mutated(CALLS.iter().map(|call| call.request.clone()).collect()),
    ) {
        survives(&within_the_folder(&CALLS[number].rpc, request))?;
    }

    #[test]
    fn requests_with_a_value_gone_wrong_are_answered(
        number: Index,
        field: Index,
        steps in mutation::steps(),
    ) {
        let Call { rpc, request } = call(number);
        survives(&within_the_folder(rpc, with_a_field_gone_wrong(request, field, steps)))?;
    }

    #[test]
    fn requests_of_another_rpc_are_answered(rpc: Index, request: Index) {
        survives(&within_the_folder(&call(rpc).rpc, call(request).request.clone()))?;
    }

    #[test]
    fn any_bytes_are_answered(rpc: Index, request: Vec<u8>) {
        survives(&within_the_folder(&call(rpc).rpc, request))?;
    }
}
