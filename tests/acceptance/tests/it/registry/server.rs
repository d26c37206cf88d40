//! A web server of files that a test made, plain or with TLS: what a static registry is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Files by their path, `/…`.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Serves them until the process ends; returns the server's address, such as `127.0.0.1:1234`.
pub(super) fn serve(files: Files) -> String {
    start(files, None)
}

/// The same over TLS, as `localhost:…`, and the certificate to trust.
pub(super) fn serve_tls(files: Files) -> (String, String) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let authority = Issuer::new(params, key);

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let own = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key)
            .unwrap();
    let address = start(files, Some(Arc::new(config)));
    (address.replace("127.0.0.1", "localhost"), certificate)
}

fn start(files: Files, tls: Option<Arc<ServerConfig>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let files = Arc::new(files);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (files, tls) = (Arc::clone(&files), tls.clone());
            thread::spawn(move || match tls {
                Some(config) => {
                    let connection = ServerConnection::new(config).unwrap();
                    answer(StreamOwned::new(connection, client), &files)
                }
                None => answer(client, &files),
            });
        }
    });
    address
}

/// Answers one request. A client that goes away in the middle is no fault of the test.
fn answer(client: impl Read + Write, files: &Files) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    client.read_line(&mut request)?;
    let mut header = String::from("…");
    while !header.trim().is_empty() {
        header.clear();
        client.read_line(&mut header)?;
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match files.get(path) {
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", b"".as_slice()),
    };
    let kind = if path.ends_with(".zip") { "application/zip" } else { "application/json" };
    let length = body.len();
    let client = client.get_mut();
    write!(
        client,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    client.write_all(body)?;
    client.flush()
}
