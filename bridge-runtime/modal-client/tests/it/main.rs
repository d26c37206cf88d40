//! The client against a Modal whose answers each test queues: real gRPC, real HTTP, on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blobs;
mod connection;
mod existing_calls;
mod input_plane;
mod lookup;
mod outcomes;
mod remote;
mod spawn;
mod tls;
mod user_retries;
mod workspace;

use std::time::{Duration, SystemTime};

use loopback::Modal;
use modal_client::{Client, Config, Credentials, Function, FunctionRef, Input, ModalError};
use modal_proto as m;
use serde_json::{Value, json};
use tokio::time::Instant;

const SUCCESS: i32 = m::generic_result::GenericStatus::Success as i32;
const CBOR: i32 = m::DataFormat::Cbor as i32;
const PICKLE: i32 = m::DataFormat::Pickle as i32;

fn config(modal: &Modal) -> Config {
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    let clock = SystemTime::now;
    Config::new(modal.url(), "terraform-provider-modal", "0.0.0", clock)
        .with_retry_delays(Duration::from_millis(1), Duration::from_millis(2))
}

fn client(modal: &Modal) -> Client {
    Client::new(config(modal), Credentials::new("ak-1", "as-1")).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn render() -> FunctionRef {
    named("render")
}

fn named(function: &str) -> FunctionRef {
    FunctionRef {
        environment: "main".into(),
        app: "thumbnails".into(),
        function: function.into(),
        app_version: None,
    }
}

/// The event and the parameters of every test that does not care.
fn args() -> [Value; 2] {
    [json!({ "key": "cat.png" }), json!({ "width": 128 })]
}

fn handle() -> m::FunctionHandleMetadata {
    m::FunctionHandleMetadata {
        function_name: "render".into(),
        function_type: m::function::FunctionType::Function.into(),
        supported_input_formats: vec![PICKLE, CBOR],
        supported_output_formats: vec![PICKLE, CBOR],
        ..Default::default()
    }
}

fn found(handle: m::FunctionHandleMetadata) -> m::FunctionGetResponse {
    m::FunctionGetResponse {
        function_id: "fu-1".into(),
        handle_metadata: Some(handle),
        server_warnings: vec![],
    }
}

/// A function with this handle, looked up.
async fn function(
    modal: &Modal,
    client: &Client,
    handle: m::FunctionHandleMetadata,
) -> Result<Function, ModalError> {
    modal.answer("FunctionGet", found(handle));
    client.function(&render(), soon()).await
}

fn mapped() -> m::FunctionMapResponse {
    m::FunctionMapResponse {
        function_call_id: "fc-1".into(),
        pipelined_inputs: vec![taken("jwt-1")],
        function_call_jwt: "call-jwt".into(),
        ..Default::default()
    }
}

fn taken(jwt: &str) -> m::FunctionPutInputsResponseItem {
    m::FunctionPutInputsResponseItem { idx: 0, input_id: "in-1".into(), input_jwt: jwt.into() }
}

fn result(status: i32, exception: &str, data: Option<&[u8]>) -> m::FunctionGetOutputsItem {
    m::FunctionGetOutputsItem {
        result: Some(m::GenericResult {
            status,
            exception: exception.into(),
            data_oneof: data.map(|data| m::generic_result::DataOneof::Data(data.to_vec().into())),
            ..Default::default()
        }),
        input_id: "in-1".into(),
        data_format: CBOR,
        retry_count: 0,
    }
}

fn outputs(output: m::FunctionGetOutputsItem) -> m::FunctionGetOutputsResponse {
    m::FunctionGetOutputsResponse { outputs: vec![output], num_unfinished_inputs: 0 }
}

fn still_running() -> m::FunctionGetOutputsResponse {
    m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 1 }
}

/// `{"ok": true}`.
const OK: &[u8] = b"\xa1\x62ok\xf5";

fn sent_args(input: Option<m::FunctionInput>) -> Vec<u8> {
    match input.unwrap().args_oneof.unwrap() {
        m::function_input::ArgsOneof::Args(bytes) => bytes.to_vec(),
        m::function_input::ArgsOneof::ArgsBlobId(id) => panic!("sent as blob {id}"),
    }
}

fn sent_blob_id(input: Option<m::FunctionInput>) -> String {
    match input.unwrap().args_oneof.unwrap() {
        m::function_input::ArgsOneof::Args(bytes) => panic!("sent inline, {} bytes", bytes.len()),
        m::function_input::ArgsOneof::ArgsBlobId(id) => id,
    }
}
