//! Over TLS, a server proves who it is, or gets no token.

use std::sync::Arc;

use loopback::BlobStore;
use m::blob_create_response::UploadTypesOneof;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

/// A TLS server with a certificate that nobody vouches for. Reports how many bytes of each
/// connection it could decrypt.
async fn impostor() -> (String, mpsc::UnboundedReceiver<usize>) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (report, reports) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let read = match acceptor.accept(stream).await {
                Ok(mut stream) => stream.read(&mut [0; 64]).await.unwrap_or(0),
                Err(_) => 0,
            };
            if report.send(read).is_err() {
                return;
            }
        }
    });
    (url, reports)
}

#[tokio::test]
async fn a_server_with_an_unknown_certificate_is_refused() {
    let (url, mut reports) = impostor().await;
    let modal = Modal::start().await;
    let mut config = config(&modal);
    config.server_url = url;
    let client = Client::new(config, Credentials::new("ak-1", "as-1")).unwrap();
    let error = client.function(&render(), soon()).await.unwrap_err();
    assert!(matches!(error, ModalError::Connect { .. }), "{error}");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert_eq!(reports.recv().await, Some(0), "nothing was sent");
}

#[tokio::test]
async fn a_blob_store_with_an_unknown_certificate_is_refused() {
    let (url, mut reports) = impostor().await;
    let modal = Modal::start().await;
    let store = BlobStore::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    // The second place does: that it is tried shows what became of the first.
    let urls = m::UploadUrlList { items: vec![url, store.url("a")] };
    modal.answer(
        "BlobCreate",
        m::BlobCreateResponse {
            blob_ids: vec!["bl-1".into(), "bl-2".into()],
            upload_types_oneof: Some(UploadTypesOneof::UploadUrls(urls)),
            ..Default::default()
        },
    );
    modal.answer("FunctionMap", mapped());
    client.spawn(&function, &[json!("x".repeat(9000))], soon()).await.unwrap();
    assert_eq!(reports.recv().await, Some(0), "nothing was sent");
    assert!(store.get("a").is_some());
}

#[tokio::test]
async fn a_blob_store_in_cleartext_is_refused() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    let urls = m::UploadUrlList { items: vec!["http://store.example/a?signature=x".into()] };
    modal.answer(
        "BlobCreate",
        m::BlobCreateResponse {
            blob_ids: vec!["bl-1".into()],
            upload_types_oneof: Some(UploadTypesOneof::UploadUrls(urls)),
            ..Default::default()
        },
    );
    let error = client.spawn(&function, &[json!("x".repeat(9000))], soon()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Modal's blob store: upload failed: store.example is not addressed by https"
    );
}
