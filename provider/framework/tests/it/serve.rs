//! A provider's life, from the handshake to its end, over real sockets.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use expect_test::expect;
use rustix::process::Signal;
use serde_json::Value as Json;
use tfplugin_proto::plugin::Empty;
use tfplugin_proto::plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin_proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin_proto::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin_proto::tfplugin5::provider_client::ProviderClient;
use tfplugin_proto::tfplugin5::{
    DynamicValue, apply_resource_change, configure, get_provider_schema, prepare_provider_config,
    stop,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::client::{Identity, Server};
use crate::process::{self, PROGRAM, Process};

/// How long a process that is to end may take. Far below Terraform's two seconds.
const SOON: Duration = Duration::from_millis(500);

async fn provider(process: &Process) -> ProviderClient<Channel> {
    ProviderClient::new(process.server.channel().await).max_decoding_message_size(usize::MAX)
}

async fn schema_version(client: &mut ProviderClient<Channel>) -> Vec<String> {
    let answer = client.get_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
    answer.resource_schemas.into_keys().collect()
}

/// To create a timer that runs for so many seconds: 127 at most.
fn create(seconds: i8) -> apply_resource_change::Request {
    let timer = |rang: &[u8]| {
        let object = [b"\x82\xa4rang", rang, b"\xa7seconds", &seconds.to_be_bytes()].concat();
        Some(DynamicValue { msgpack: object, json: Vec::new() })
    };
    apply_resource_change::Request {
        type_name: "tiny_timer".to_owned(),
        prior_state: Some(DynamicValue { msgpack: b"\xc0".to_vec(), json: Vec::new() }),
        planned_state: timer(b"\xd4\0\0"),
        config: timer(b"\xc0"),
        ..Default::default()
    }
}

fn configure(note: &str) -> configure::Request {
    let length = u32::try_from(note.len()).unwrap().to_be_bytes();
    let msgpack = [b"\x81\xa4note\xdb", length.as_slice(), note.as_bytes()].concat();
    let config = Some(DynamicValue { msgpack, json: Vec::new() });
    configure::Request { terraform_version: "1.11.4".to_owned(), config, ..Default::default() }
}

#[tokio::test]
async fn terraform_gets_the_schema_over_mutual_tls_and_http_2() {
    let process = Process::start();

    let connection = process.server.tls(Identity::Terraform).await.unwrap();
    assert_eq!(connection.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));

    let mut client = provider(&process).await;
    assert_eq!(schema_version(&mut client).await, ["tiny_timer"]);
}

/// What a client reads once it has connected and spoken.
async fn refusal(server: &Server, identity: Identity) -> String {
    let speak = async {
        let mut connection = server.tls(identity).await?;
        // The server may have hung up already; what it said before is still to be read.
        let _ = connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        connection.read_u8().await
    };
    match timeout(Duration::from_secs(5), speak).await.unwrap() {
        Ok(byte) => panic!("was answered: {byte}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn whoever_is_not_terraform_is_refused() {
    let process = Process::start();
    let server = &process.server;

    expect!["received fatal alert: CertificateRequired"]
        .assert_eq(&refusal(server, Identity::Nobody).await);
    expect!["received fatal alert: AccessDenied"]
        .assert_eq(&refusal(server, Identity::Stranger).await);
    expect!["received fatal alert: DecryptError"]
        .assert_eq(&refusal(server, Identity::Thief).await);

    assert_eq!(schema_version(&mut provider(&process).await).await, ["tiny_timer"]);
}

#[tokio::test]
async fn a_client_that_stalls_keeps_nobody_waiting() {
    let process = Process::start();
    let _silent = tokio::net::UnixStream::connect(&process.server.socket).await.unwrap();
    assert_eq!(schema_version(&mut provider(&process).await).await, ["tiny_timer"]);
}

#[tokio::test]
async fn a_message_of_5_mb_passes() {
    let process = Process::start();
    let config = configure(&"x".repeat(5_000_000)).config;

    let request = prepare_provider_config::Request { config };
    let answer = provider(&process).await.prepare_provider_config(request).await.unwrap();

    assert_eq!(answer.into_inner().diagnostics, []);
}

#[tokio::test]
async fn the_health_that_go_plugin_asks_for_is_serving() {
    let process = Process::start();
    let mut health = HealthClient::new(process.server.channel().await);
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    assert_eq!(health.check(request).await.unwrap().into_inner().status().as_str_name(), "SERVING");
}

#[tokio::test]
async fn after_shutdown_the_process_ends_at_once_and_leaves_nothing() {
    let mut process = Process::start();
    let channel = process.server.channel().await;
    // As Terraform does: both streams are open until the end.
    let stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
    let offers = tokio_stream::pending();
    let broker = GrpcBrokerClient::new(channel.clone()).start_stream(offers).await.unwrap();

    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();

    let (status, rest) = process.ended(SOON);
    assert_eq!(status.code(), Some(0));
    assert_eq!(rest, "", "standard output belongs to the handshake");
    assert!(!process.server.socket.exists());
    assert!(stdio.into_inner().message().await.unwrap().is_none());
    assert!(broker.into_inner().message().await.unwrap().is_none());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_call_under_way() {
    let mut process = Process::start();
    let mut client = provider(&process).await;
    client.configure(configure("")).await.unwrap();
    let call = tokio::spawn(async move { client.apply_resource_change(create(100)).await });
    until_stderr_says(&process, "the timer runs").await;

    let channel = process.server.channel().await;
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();

    process.ended(SOON);
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn ctrl_c_is_left_to_terraform_whose_stop_cancels_what_runs() {
    let mut process = Process::start();
    let mut client = provider(&process).await;
    client.configure(configure("")).await.unwrap();
    let mut other = client.clone();
    let call = tokio::spawn(async move { other.apply_resource_change(create(100)).await });
    until_stderr_says(&process, "the timer runs").await;

    process.signal(Signal::INT);
    process.signal(Signal::HUP);
    sleep(Duration::from_millis(100)).await;
    assert!(!call.is_finished());

    client.stop(stop::Request {}).await.unwrap();
    let answer = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The timer was stopped");
    assert!(answer.new_state.is_some(), "what exists is still told");
    assert_eq!(schema_version(&mut client).await, ["tiny_timer"]);
    assert!(process.is_running());
}

#[tokio::test]
async fn the_first_sigterm_stops_work_and_the_second_ends_the_process() {
    let mut process = Process::start();
    let mut client = provider(&process).await;
    client.configure(configure("")).await.unwrap();
    let call = tokio::spawn(async move { client.apply_resource_change(create(100)).await });
    until_stderr_says(&process, "the timer runs").await;

    process.signal(Signal::TERM);
    let answer = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The timer was stopped");
    assert!(process.is_running());

    process.signal(Signal::TERM);
    process.ended(SOON);
    assert!(!process.server.socket.exists());
}

#[tokio::test]
async fn a_panic_fails_its_call_and_no_other() {
    let process = Process::start();
    let mut client = provider(&process).await;
    client.configure(configure("")).await.unwrap();

    let status = client.apply_resource_change(create(-1)).await.unwrap_err();

    assert_eq!(status.code(), tonic::Code::Internal);
    expect![[r#"the provider hit a bug; what it says of it starts with "panic: ""#]]
        .assert_eq(status.message());
    let stderr = process.stderr();
    assert!(stderr.lines().any(|line| line.starts_with("panic: ")), "{stderr}");
    assert!(stderr.contains("a timer cannot run backwards"), "{stderr}");
    assert_eq!(schema_version(&mut client).await, ["tiny_timer"]);
}

#[tokio::test]
async fn the_log_is_hclogs_and_holds_nothing_below_its_level() {
    let process = Process::start();
    provider(&process).await.configure(configure("")).await.unwrap();

    let stderr = process.stderr();
    let lines: Vec<Json> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let configured = lines.iter().find(|line| line["@message"] == "configured").unwrap();
    assert_eq!(configured["@level"], "info");
    assert_eq!(configured["@module"], "terraform_provider_tiny");
    assert_eq!(configured["terraform_version"], "1.11.4");
    assert!(lines.iter().all(|line| line["@level"] != "trace"), "{stderr}");
    // Other crates' logs hold what they send.
    assert!(!stderr.contains("h2."), "{stderr}");
}

#[tokio::test]
async fn when_terraform_dies_the_provider_ends() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The colon keeps the shell from becoming the provider.
    command.args(["-c", "\"$0\"; :"]).arg(PROGRAM).envs(process::variables(&dir));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let terraform = Process::from_command(command, dir);
    let mut client = provider(&terraform).await;
    assert_eq!(schema_version(&mut client).await, ["tiny_timer"]);

    terraform.signal(Signal::KILL);

    let start = Instant::now();
    while terraform.server.socket.exists() {
        assert!(start.elapsed() < Duration::from_secs(5), "the provider outlives Terraform");
        sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn whoever_starts_it_by_hand_is_told_what_it_is() {
    let output = Command::new(PROGRAM).env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    expect![[r#"
        This binary is a plugin. These are not meant to be executed directly.
        Please execute the program that consumes these plugins, which will
        load any plugins automatically
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).unwrap());
}

#[test]
fn a_client_certificate_that_is_none_ends_the_process_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let output = process::command(&dir).env("PLUGIN_CLIENT_CERT", "none").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let stderr = std::fs::read_to_string(dir.path().join("stderr")).unwrap();
    assert_eq!(stderr, "PLUGIN_CLIENT_CERT holds no certificate in PEM form\n");
}

#[tokio::test]
async fn without_a_client_certificate_there_is_no_tls() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(&dir);
    command.env_remove("PLUGIN_CLIENT_CERT");
    let process = Process::from_command(command, dir);
    assert!(process.server.certificate.is_none());
    assert_eq!(schema_version(&mut provider(&process).await).await, ["tiny_timer"]);
}

#[tokio::test]
async fn a_developer_attaches_terraform_and_ends_it_with_ctrl_c() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(&dir);
    command.arg("-debug").env_remove("TF_PLUGIN_MAGIC_COOKIE");
    let mut process = Process::debugged(command, dir);
    assert_eq!(schema_version(&mut provider(&process).await).await, ["tiny_timer"]);

    process.signal(Signal::INT);

    process.ended(SOON);
    assert!(!process.server.socket.exists());
}

async fn until_stderr_says(process: &Process, text: &str) {
    let start = Instant::now();
    while !process.stderr().contains(text) {
        assert!(start.elapsed() < Duration::from_secs(5), "{}", process.stderr());
        sleep(Duration::from_millis(5)).await;
    }
}
