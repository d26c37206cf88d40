//! The bridge against a loopback Modal, Secrets Manager and Runtime API: real gRPC, real HTTP, and
//! the program that Lambda starts.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod batches;
mod bootstrap;
mod control;
mod dynamodb;
mod events;
mod failures;
mod heirs;
mod hostile;
mod http_requests;
mod idempotency;
mod observability;
mod secrets_manager;
mod stale;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bridge_contract::{BridgeConfig, Mode, Options};
use bridge_runtime::{AwsAccess, Bridge, BridgeError, Deadline, Invocation};
use loopback::Modal;
use loopback::proto as m;
use prost::Message;
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::secrets_manager::SecretsManager;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-x1Y2z3";
const PICKLE: i32 = m::DataFormat::Pickle as i32;
const CBOR: i32 = m::DataFormat::Cbor as i32;
/// `{"ok": true}`.
const OK: &[u8] = b"\xa1\x62ok\xf5";

/// The servers that a bridge meets.
struct World {
    modal: Modal,
    secrets: SecretsManager,
}

impl World {
    /// With a good token in Secrets Manager.
    async fn start() -> Self {
        let secrets = SecretsManager::start().await;
        secrets.hold("ak-1", "as-1");
        Self { modal: Modal::start().await, secrets }
    }

    fn config(&self, mode: Mode) -> BridgeConfig {
        self.config_with(mode, Options::default())
    }

    fn config_with(&self, mode: Mode, options: Options) -> BridgeConfig {
        BridgeConfig {
            mode,
            app: "thumbnails".into(),
            environment: "main".into(),
            function: "render".into(),
            params: serde_json::from_str(r#"{"width":128}"#).unwrap(),
            secret_arn: ARN.into(),
            server_url: Some(self.modal.url()),
            options,
        }
    }

    /// What Lambda's environment holds.
    fn vars(&self, mode: Mode) -> BTreeMap<&'static str, String> {
        let mut vars = self.config(mode).to_vars();
        vars.insert("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into());
        vars.insert("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI".into());
        vars.insert("AWS_SESSION_TOKEN", "session-1".into());
        vars.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets.url());
        vars
    }

    fn bridge(&self, mode: Mode) -> Bridge {
        self.bridge_with_clock(mode, now)
    }

    fn bridge_with(&self, mode: Mode, options: Options) -> Bridge {
        let vars = self.vars(mode);
        let access = AwsAccess::from_env(|name| vars.get(name).cloned());
        Bridge::new(self.config_with(mode, options), access, now).unwrap()
    }

    fn bridge_with_clock(&self, mode: Mode, clock: fn() -> SystemTime) -> Bridge {
        let vars = self.vars(mode);
        let access = AwsAccess::from_env(|name| vars.get(name).cloned());
        Bridge::new(self.config(mode), access, clock).unwrap()
    }

    /// Modal answers a lookup with a function like any other.
    fn finds_the_function(&self) {
        self.modal.answer("FunctionGet", found(handle()));
    }

    fn returns(&self, status: i32, exception: &str, data: Option<&[u8]>) {
        self.modal.answer("FunctionMap", mapped());
        self.modal.answer("FunctionGetOutputs", outputs(status, exception, data));
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock itself")]
fn now() -> SystemTime {
    SystemTime::now()
}

async fn until(time: tokio::time::Instant) {
    tokio::time::sleep_until(time).await;
}

fn within(timeout: Duration) -> Invocation {
    Invocation {
        request_id: "req-1".into(),
        trace_id: Some("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".into()),
        function_arn: "arn:aws:lambda:eu-west-1:111122223333:function:bridge".into(),
        deadline: Deadline::new(now(), now() + timeout),
    }
}

async fn handle_event(bridge: &Bridge, event: &str) -> Result<Value, BridgeError> {
    bridge.handle(event, &within(Duration::from_secs(20))).await.answer
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

fn mapped() -> m::FunctionMapResponse {
    m::FunctionMapResponse {
        function_call_id: "fc-1".into(),
        pipelined_inputs: vec![m::FunctionPutInputsResponseItem {
            idx: 0,
            input_id: "in-1".into(),
            input_jwt: "jwt".into(),
        }],
        ..Default::default()
    }
}

fn outputs(status: i32, exception: &str, data: Option<&[u8]>) -> m::FunctionGetOutputsResponse {
    m::FunctionGetOutputsResponse {
        outputs: vec![output(status, exception, data)],
        num_unfinished_inputs: 0,
    }
}

fn output(status: i32, exception: &str, data: Option<&[u8]>) -> m::FunctionGetOutputsItem {
    let data = data.map(|data| m::generic_result::DataOneof::Data(data.to_vec().into()));
    m::FunctionGetOutputsItem {
        result: Some(m::GenericResult {
            status,
            exception: exception.into(),
            data_oneof: data,
            ..Default::default()
        }),
        input_id: "in-1".into(),
        data_format: CBOR,
        retry_count: 0,
    }
}

/// How Modal asks a client to wait.
fn throttling(retry_after_secs: f32) -> Status {
    let any = prost_types::Any {
        type_url: "type.googleapis.com/modal.client.RPCRetryPolicy".into(),
        value: m::RpcRetryPolicy { retry_after_secs }.encode_to_vec(),
    };
    let details = m::RpcStatus { code: 8, message: "slow down".into(), details: vec![any] };
    let details = details.encode_to_vec().into();
    Status::with_details(Code::ResourceExhausted, "slow down", details)
}

/// `errorType: errorMessage`, as Lambda's caller sees them.
fn shown(error: &BridgeError) -> String {
    format!("{}: {error}", error.error_type())
}

fn success(result: Value) -> Value {
    json!({ "status": "Success", "response": { "result": result } })
}

fn spawned(id: &str) -> Value {
    json!({ "status": "Success", "response": { "function_call_id": id } })
}
