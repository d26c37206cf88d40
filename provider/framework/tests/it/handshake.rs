//! How a provider is started: what it is told, and the line that it answers.

use std::fs;
use std::process::{Command, Output};

use expect_test::expect;
use rustix::process::Signal;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::client::Address;
use crate::process::{self, PROGRAM, Process, SOON};

#[tokio::test]
async fn terraform_gets_the_schema_over_mutual_tls_on_a_unix_socket_in_the_temporary_folder() {
    let mut process = Process::start();
    assert_eq!(process.server.socket().parent(), Some(process.folder()));
    assert!(process.server.certificate.is_some());
    assert!(process.serves().await);
}

#[tokio::test]
async fn without_a_client_certificate_there_is_no_tls() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(&dir);
    command.env_remove("PLUGIN_CLIENT_CERT");
    let mut process = Process::from_command(command, dir);
    assert!(process.server.certificate.is_none());
    assert!(process.serves().await);
}

#[tokio::test]
async fn the_health_that_go_plugin_asks_for_is_serving() {
    let process = Process::start();
    let mut health = HealthClient::new(process.server.channel().await);
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    assert_eq!(health.check(request).await.unwrap().into_inner().status().as_str_name(), "SERVING");
}

/// Started without a handshake.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"", "standard output belongs to the handshake");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn whoever_starts_it_by_hand_or_with_another_cookie_is_told_what_it_is() {
    let want = expect![[r#"
        This binary is a plugin. These are not meant to be executed directly.
        Please execute the program that consumes these plugins, which will
        load any plugins automatically
    "#]];
    let mut by_hand = Command::new(PROGRAM);
    want.assert_eq(&refused(&by_hand.env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap()));

    let dir = tempfile::tempdir().unwrap();
    for cookie in ["", "D602BF8F470BC67CA7FAA0386276BBDD4330EFAF76D1A219CB4D6991CA9872B2", "1"] {
        let mut command = Command::new(PROGRAM);
        command.envs(process::variables(&dir)).env("TF_PLUGIN_MAGIC_COOKIE", cookie);
        want.assert_eq(&refused(&command.output().unwrap()));
    }
}

#[test]
fn a_client_certificate_that_is_none_ends_the_process_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let output = process::command(&dir).env("PLUGIN_CLIENT_CERT", "none").output().unwrap();
    refused(&output);
    let stderr = fs::read_to_string(dir.path().join("stderr")).unwrap();
    assert_eq!(stderr, "PLUGIN_CLIENT_CERT holds no certificate in PEM form\n");
}

/// go-plugin's rule (server.go `protocolVersion`): a plugin that has none of the versions says its own
/// lowest one, and the client tells its user which versions there would have been.
#[tokio::test]
async fn whatever_versions_terraform_knows_the_answer_is_5() {
    for versions in ["4", "6,7", "5", "7,6,5", "", "five"] {
        let dir = tempfile::tempdir().unwrap();
        let mut command = process::command(&dir);
        command.env("PLUGIN_PROTOCOL_VERSIONS", versions);
        // Reads the version from the line.
        Process::from_command(command, dir);
    }
}

#[tokio::test]
async fn a_temporary_folder_with_too_long_a_path_means_tcp_on_loopback_and_tls_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("x".repeat(120));
    fs::create_dir(&long).unwrap();
    let mut command = process::command(&dir);
    command.env("TMPDIR", &long).envs([("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]);

    let mut process = Process::from_command(command, dir);

    let Address::Tcp(address) = process.server.address else { panic!("a unix socket") };
    assert!(address.ip().is_loopback(), "{address}");
    assert!((10_000..=25_000).contains(&address.port()), "{address}");
    assert!(process.server.certificate.is_some());
    assert!(process.serves().await);
}

#[tokio::test]
async fn a_folder_for_sockets_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let sockets = dir.path().join("sockets");
    fs::create_dir(&sockets).unwrap();
    let mut command = process::command(&dir);
    command.env("PLUGIN_UNIX_SOCKET_DIR", &sockets);
    let mut process = Process::from_command(command, dir);
    assert_eq!(process.server.socket().parent(), Some(sockets.as_path()));
    assert!(process.serves().await);
}

#[tokio::test]
async fn a_developer_attaches_terraform_and_ends_it_with_ctrl_c() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = process::command(&dir);
    command.arg("-debug").env_remove("TF_PLUGIN_MAGIC_COOKIE");
    let mut process = Process::debugged(command, dir);
    assert!(process.serves().await);

    process.signal(Signal::INT);

    process.ended(SOON);
    assert!(!process.server.socket().exists());
}
