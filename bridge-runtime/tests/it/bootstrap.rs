//! The program itself, as Lambda starts it.

use std::process::Stdio;

use http::StatusCode;
use loopback::{BlobStore, Outcome, RuntimeApi};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use tonic::metadata::MetadataMap;

use super::*;

/// Lines of the log, as JSON.
pub(crate) fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A started `bootstrap`, and the Runtime API that feeds it.
pub(crate) struct Lambda {
    pub(crate) api: RuntimeApi,
    program: Child,
}

impl Lambda {
    pub(crate) async fn start(vars: BTreeMap<&'static str, String>) -> Self {
        let api = RuntimeApi::start().await;
        let program = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .envs(vars)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bridge")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { api, program }
    }

    pub(crate) async fn invoke(&self, event: &str) -> Outcome {
        self.api.invoke(event.to_owned(), Duration::from_secs(20)).await
    }

    /// The most memory that the program has had at once, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        let status = format!("/proc/{}/status", self.program.id().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends the program, and returns all that it wrote.
    pub(crate) async fn log(mut self) -> String {
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
    let mut lines = lines(&log);
    lines.retain(|line| line["_aws"].is_null());
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
    world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
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
    let request = include_str!("events/api_gateway_v2.json");
    let Outcome::Response(answer) = lambda.invoke(request).await else { panic!() };
    assert_eq!(answer["statusCode"], 500);
    let log = lambda.log().await;
    assert!(!answer.to_string().contains("PARAMETERS"), "{answer}");
    let lines = lines(&log);
    assert_eq!(lines.len(), 2, "{log}");
    for (number, line) in (1..).zip(&lines) {
        assert_eq!(line["error_type"], "BridgeConfigError");
        let id = format!("00000000-0000-4000-8000-{number:012}");
        assert_eq!(line["aws_request_id"], id.as_str());
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    }
}

#[tokio::test]
async fn an_error_tells_a_state_machine_the_call_and_whether_to_try_again() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Remote)).await;
    world.returns(6, "preempted", None);
    let Outcome::Error(body) = lambda.invoke("{}").await else { panic!() };
    expect_test::expect![[r#"{"errorType":"ModalInternalError","errorMessage":"Modal could not run the function (status 6): preempted (function call fc-1)","retryable":true,"function_call_id":"fc-1"}"#]]
    .assert_eq(&body.to_string());
}

#[tokio::test]
async fn a_program_that_was_frozen_finds_its_connection_dead_and_no_event_fails() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    lambda.api.initialized().await;
    let signal = |name: &str| {
        let pid = lambda.program.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    for _ in 0..2 {
        signal("-STOP");
        // While it is stopped it cannot notice.
        world.modal.close_connections();
        signal("-CONT");
        world.modal.answer("FunctionMap", mapped());
        assert_eq!(lambda.invoke("{}").await, Outcome::Response(spawned("fc-1")));
    }
}

#[tokio::test]
async fn the_log_holds_metrics_and_the_event_of_who_asks_for_it() {
    let world = World::start().await;
    world.finds_the_function();
    let mut vars = world.vars(Mode::Spawn);
    vars.insert("MODAL_BRIDGE_LOG_EVENT", "true".into());
    let lambda = Lambda::start(vars).await;
    world.modal.answer("FunctionMap", mapped());
    lambda.invoke(include_str!("events/api_gateway_v2.json")).await;
    let log = lambda.log().await;
    assert!(!log.contains("hush"), "{log}");
    let lines = lines(&log);
    let event: Value = serde_json::from_str(lines[0]["event"].as_str().unwrap()).unwrap();
    assert_eq!(event["headers"]["authorization"], "***");
    assert_eq!(event["routeKey"], "POST /render");
    assert_eq!(lines[1]["source"], "aws:apigateway");
    assert_eq!((&lines[2]["ModalCalls"], &lines[2]["SecretFetch"]), (&json!(1), &json!(0)));
    assert_eq!(lines[2]["Bridge"], "bridge");
}

#[tokio::test]
async fn lambda_s_level_says_what_is_written() {
    for (level, successes, tracebacks) in [("ERROR", 0, 0), ("DEBUG", 1, 1)] {
        let world = World::start().await;
        world.finds_the_function();
        let mut vars = world.vars(Mode::Remote);
        vars.insert("AWS_LAMBDA_LOG_LEVEL", level.into());
        vars.insert("MODAL_BRIDGE_METRICS", "false".into());
        let lambda = Lambda::start(vars).await;
        world.returns(1, "", Some(OK));
        lambda.invoke("{}").await;
        world.modal.answer("FunctionMap", mapped());
        let mut raised = outputs(2, "ValueError('x')", None);
        raised.outputs[0].result.as_mut().unwrap().traceback = "Traceback: line 7".into();
        world.modal.answer("FunctionGetOutputs", raised);
        lambda.invoke("{}").await;
        let log = lambda.log().await;
        let count = |text: &str| log.matches(text).count();
        assert_eq!(count(r#""outcome":"success""#), successes, "{log}");
        assert_eq!(count("line 7"), tracebacks, "{log}");
        assert_eq!(count(r#""error_type":"ModalRemoteError""#), 1, "{log}");
    }
}

#[tokio::test]
async fn a_sampled_trace_gets_a_subsegment_from_the_daemon() {
    let world = World::start().await;
    world.finds_the_function();
    let daemon = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut vars = world.vars(Mode::Spawn);
    vars.insert("AWS_XRAY_DAEMON_ADDRESS", daemon.local_addr().unwrap().to_string());
    let lambda = Lambda::start(vars).await;
    world.modal.answer("FunctionMap", mapped());
    lambda.invoke("{}").await;
    let mut datagram = vec![0; 65_536];
    let length = daemon.recv(&mut datagram).await.unwrap();
    let text = String::from_utf8(datagram[..length].to_vec()).unwrap();
    let (header, subsegment) = text.split_once('\n').unwrap();
    assert_eq!(header, r#"{"format":"json","version":1}"#);
    let subsegment: Value = serde_json::from_str(subsegment).unwrap();
    assert_eq!(subsegment["parent_id"], "fedcba9876543210");
    assert_eq!(subsegment["annotations"]["function_call_id"], "fc-1");
}
