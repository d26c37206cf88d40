//! Who may connect. A provider holds credentials, and any local process can reach its socket.

use std::time::Duration;

use expect_test::expect;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::client::{Identity, Server};
use crate::process::Process;

/// How a client that speaks HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// What a client reads once it has connected and spoken: a byte, or why there is none.
async fn answer(server: &Server, identity: Identity, protocols: &[&str]) -> Result<u8, String> {
    let speak = async {
        let mut connection = server.tls(identity, protocols).await?;
        // The server may have hung up already; what it said before is still to be read.
        let _ = connection.write_all(PREFACE).await;
        connection.read_u8().await
    };
    let answer = timeout(Duration::from_secs(5), speak).await.unwrap();
    answer.map_err(|error| error.to_string())
}

#[tokio::test]
async fn http_2_is_agreed_on_as_terraform_1_12_and_later_demand() {
    let process = Process::start();
    for protocols in [["h2"].as_slice(), &["http/1.1", "h2"]] {
        let connection = process.server.tls(Identity::Terraform, protocols).await.unwrap();
        assert_eq!(connection.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    }
}

#[tokio::test]
async fn a_client_that_names_no_protocol_is_served_and_one_that_lacks_http_2_is_not() {
    let process = Process::start();
    // gRPC in Go before 1.67, as in Terraform 1.11, says nothing of what it speaks.
    answer(&process.server, Identity::Terraform, &[]).await.unwrap();

    let refusal = answer(&process.server, Identity::Terraform, &["http/1.1"]).await.unwrap_err();
    expect!["received fatal alert: NoApplicationProtocol"].assert_eq(&refusal);
}

#[tokio::test]
async fn whoever_is_not_terraform_is_refused() {
    let mut process = Process::start();
    let server = process.server.clone();
    let refusal = async |identity| answer(&server, identity, &["h2"]).await.unwrap_err();

    expect!["received fatal alert: CertificateRequired"]
        .assert_eq(&refusal(Identity::Nobody).await);
    expect!["received fatal alert: AccessDenied"].assert_eq(&refusal(Identity::Stranger).await);
    expect!["received fatal alert: DecryptError"].assert_eq(&refusal(Identity::Thief).await);

    assert!(process.serves().await);
}

#[tokio::test]
async fn whoever_does_not_speak_tls_is_refused() {
    let mut process = Process::start();
    let mut connection = process.server.connect().await.unwrap();
    connection.write_all(PREFACE).await.unwrap();
    let mut said = Vec::new();
    let end = timeout(Duration::from_secs(5), connection.read_to_end(&mut said)).await.unwrap();
    // An alert at most, and then nothing.
    assert!(said.len() < 10, "{end:?}: {said:?}");
    assert!(process.serves().await);
}

#[tokio::test]
async fn a_client_that_stalls_keeps_nobody_waiting() {
    let mut process = Process::start();
    let _silent = process.server.connect().await.unwrap();
    assert!(process.serves().await);
}
