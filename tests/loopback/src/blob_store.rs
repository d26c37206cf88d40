//! Modal's blob store: PUT and GET on presigned URLs, and S3's joining of parts.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use md5::{Digest, Md5};

use crate::HttpServer;

/// Keeps what is put into it under the URL's path.
pub struct BlobStore {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    blobs: HashMap<String, Bytes>,
    failures: VecDeque<StatusCode>,
}

impl BlobStore {
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let answer = shared.lock().unwrap().answer(&request);
            async move { answer }
        })
        .await;
        Self { server, state }
    }

    /// A URL that a blob can be put to and read from.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}?signature=secret", self.server.url())
    }

    pub fn put(&self, name: &str, content: impl Into<Bytes>) {
        self.state.lock().unwrap().blobs.insert(format!("/{name}"), content.into());
    }

    pub fn get(&self, name: &str) -> Option<Bytes> {
        self.state.lock().unwrap().blobs.get(&format!("/{name}")).cloned()
    }

    /// The next request is answered so; several calls queue up.
    pub fn fail(&self, status: StatusCode) {
        self.state.lock().unwrap().failures.push_back(status);
    }

    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.server.requests()
    }
}

impl State {
    fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let answer = Response::builder();
        if let Some(status) = self.failures.pop_front() {
            return answer.status(status).body(Bytes::new()).unwrap();
        }
        let path = request.uri().path().to_owned();
        match *request.method() {
            Method::PUT => {
                let etag = format!("\"{}\"", hex(&Md5::digest(request.body())));
                self.blobs.insert(path, request.body().clone());
                answer.header("etag", etag).body(Bytes::new()).unwrap()
            }
            Method::GET => match self.blobs.get(&path) {
                Some(content) => answer.body(content.clone()).unwrap(),
                None => answer.status(StatusCode::NOT_FOUND).body(Bytes::new()).unwrap(),
            },
            // As S3 names what was joined: the digest of the parts' digests, and their number.
            Method::POST => {
                let xml = String::from_utf8_lossy(request.body());
                let etags: Vec<_> = xml.split("<ETag>\"").skip(1).map(|rest| &rest[..32]).collect();
                let digests: Vec<u8> = etags.iter().flat_map(|etag| unhex(etag)).collect();
                let etag = format!("{}-{}", hex(&Md5::digest(digests)), etags.len());
                let body = format!("<CompleteMultipartUploadResult><ETag>\"{etag}\"</ETag>");
                answer.body(body.into()).unwrap()
            }
            _ => answer.status(StatusCode::METHOD_NOT_ALLOWED).body(Bytes::new()).unwrap(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}
