//! The program itself, as Lambda starts it.

use std::process::Stdio;

use http::StatusCode;
use loopback::{BlobStore, Outcome, RuntimeApi};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::*;

/// A started `bootstrap`, and the Runtime API that feeds it.
struct Lambda {
    api: RuntimeApi,
    program: Child,
}

impl Lambda {
    async fn start(vars: BTreeMap<&'static str, String>) -> Self {
        let api = RuntimeApi::start().await;
        let program = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .envs(vars)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { api, program }
    }

    async fn invoke(&self, event: &str) -> Outcome {
        self.api.invoke(event.to_owned(), Duration::from_secs(20)).await
    }

    /// Ends the program, and returns all that it wrote.
    async fn log(mut self) -> String {
        self.program.start_kill().unwrap();
        let mut log = String::new();
        self.program.stdout.take().unwrap().read_to_string(&mut log).await.unwrap();
        self.program.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
        log
    }
}

fn error(error_type: &str, error_message: &str) -> Outcome {
    Outcome::Error(json!({
        "errorType": error_type,
        "errorMessage": error_message,
        "retryable": false,
    }))
}

#[tokio::test]
async fn it_is_ready_before_the_first_event_and_logs_facts_only() {
    let world = World::start().await;
    let mut warning = MetadataMap::new();
    warning.insert("x-modal-warning", "pip%20is%20old%2C%20%C3%BCbrigens".parse().unwrap());
    world.modal.answer_with("FunctionGet", warning, found(handle()));
    let lambda = Lambda::start(world.vars(Mode::Remote)).await;
    lambda.api.initialized().await;
    assert_eq!(world.modal.rpcs(), ["FunctionGet"]);

    let event = include_str!("events/s3.json");
    world.returns(1, "", Some(OK));
    assert_eq!(lambda.invoke(event).await, Outcome::Response(success(json!({ "ok": true }))));
    world.returns(2, "ValueError('hush')", None);
    let raised = "the Modal function raised ValueError('hush') (function call fc-1)";
    let Outcome::Error(mut said) = lambda.invoke(event).await else { panic!() };
    assert_eq!(said.as_object_mut().unwrap().remove("function_call_id"), Some(json!("fc-1")));
    assert_eq!(Outcome::Error(said), error("ModalRemoteError", raised));
    world.returns(1, "", Some(b"\xf9\x7e\x00"));
    assert_eq!(lambda.invoke(event).await, Outcome::Response(success(json!(null))));

    let log = lambda.log().await;
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut lines: Vec<Value> = lines.filter(|line: &Value| line["_aws"].is_null()).collect();
    assert_eq!(lines.len(), 5, "{log}");
    let first = lines.remove(0);
    assert_eq!(first["level"], "WARN");
    assert_eq!(first["message"], "FunctionGet: Modal warns: pip is old, übrigens");
    assert_eq!(lines[0]["aws_request_id"], "00000000-0000-4000-8000-000000000001");
    assert_eq!(lines[0]["modal_url"], "https://modal.com/id/fc-1");
    assert_eq!((&lines[0]["cold_start"], &lines[1]["cold_start"]), (&json!(true), &json!(false)));
    assert_eq!(lines[0]["input_bytes"], event.len());
    assert_eq!(lines[1]["error_type"], "ModalRemoteError");
    let warning = "the function's result: 1 NaN or infinite numbers became null";
    assert_eq!(lines[2]["message"], warning);
    for secret in ["hush", "as-1", "wJalrXUtnFEMI", "session-1"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[tokio::test]
async fn spawn_through_the_program_takes_large_events_by_the_blob_store() {
    let world = World::start().await;
    let store = BlobStore::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    world.modal.answer(
        "BlobCreate",
        m::BlobCreateResponse {
            blob_ids: vec!["bl-1".into()],
            upload_types_oneof: Some(m::blob_create_response::UploadTypesOneof::UploadUrls(
                m::UploadUrlList { items: vec![store.url("in")] },
            )),
            ..Default::default()
        },
    );
    store.fail(StatusCode::INTERNAL_SERVER_ERROR);
    world.modal.answer("FunctionMap", mapped());
    // As large as Lambda's events get.
    let event = json!({ "body": "x".repeat(6 << 20) }).to_string();
    assert_eq!(lambda.invoke(&event).await, Outcome::Response(spawned("fc-1")));
    assert!(store.get("in").unwrap().len() > 6 << 20);
}

#[tokio::test]
async fn remote_through_the_program_takes_large_results_from_the_blob_store() {
    let world = World::start().await;
    let store = BlobStore::start().await;
    store.put("out", [b"\x7a\x00\x30\x00\x00".as_slice(), &vec![b'y'; 3 << 20]].concat());
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Remote)).await;
    world.modal.answer("FunctionMap", mapped());
    let mut answer = outputs(1, "", None);
    let id = m::generic_result::DataOneof::DataBlobId("bl-out".into());
    answer.outputs[0].result.as_mut().unwrap().data_oneof = Some(id);
    world.modal.answer("FunctionGetOutputs", answer);
    world.modal.answer("BlobGet", m::BlobGetResponse { download_url: store.url("out") });
    let Outcome::Response(answer) = lambda.invoke("{}").await else { panic!() };
    assert_eq!(answer["response"]["result"].as_str().unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn a_token_that_is_wrong_at_first_is_read_again_and_the_event_succeeds() {
    let world = World::start().await;
    world.secrets.hold("ak-old", "as-old");
    for _ in 0..2 {
        world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    }
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    lambda.api.initialized().await;

    world.secrets.hold("ak-1", "as-1");
    world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(lambda.invoke("{}").await, Outcome::Response(spawned("fc-1")));
}

#[tokio::test]
async fn a_modal_that_restarts_between_two_events_costs_no_error() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(lambda.invoke("{}").await, Outcome::Response(spawned("fc-1")));
    world.modal.close_connections();
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(lambda.invoke("{}").await, Outcome::Response(spawned("fc-1")));
}

#[tokio::test]
async fn the_program_stays_up_through_events_it_cannot_pass_on() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let refused = error("BridgePayloadTooLarge", "the event is nested deeper than 128 levels");
    assert_eq!(lambda.invoke(&deep).await, refused);
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(lambda.invoke("null").await, Outcome::Response(spawned("fc-1")));
}

#[tokio::test]
async fn a_bridge_that_is_configured_wrong_says_so_in_every_invocation() {
    let world = World::start().await;
    let mut vars = world.vars(Mode::Spawn);
    vars.insert("PARAMETERS", "{".into());
    let lambda = Lambda::start(vars).await;
    let refused = error(
        "BridgeConfigError",
        r#"environment variable PARAMETERS is "{"; expected a JSON object"#,
    );
    assert_eq!(lambda.invoke("{}").await, refused);
    assert_eq!(lambda.invoke("{}").await, refused);
    let log = lambda.log().await;
    assert_eq!(log.matches(r#""error_type":"BridgeConfigError""#).count(), 2, "{log}");
}
