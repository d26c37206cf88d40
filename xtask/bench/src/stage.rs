//! What a bridge meets beside Lambda: Modal and Secrets Manager, over TLS, in one server that answers
//! at once or after a latency, and tells what it was asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use loopback::proto as m;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::error::Error;

pub(crate) const SECRET_ARN: &str =
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-x1Y2z3";
pub(crate) const REGION: &str = "eu-west-1";
const FUNCTION_ID: &str = "fu-1";
/// What a spawn answers with.
pub(crate) const CALL_ID: &str = "fc-1";
const RPCS: &str = "/modal.client.ModalClient/";
/// A token that does not expire in this century: `{"alg":"none"}`, `{"exp":4102444800}`.
const AUTH_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.x";
/// `{"ok": true}` in CBOR.
const RESULT: &[u8] = b"\xa1\x62ok\xf5";

/// The server.
pub(crate) struct Stage {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    answers: BTreeMap<&'static str, Bytes>,
    asked: Mutex<BTreeMap<String, usize>>,
    connections: AtomicUsize,
    latency: Mutex<Duration>,
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

impl Stage {
    pub(crate) async fn start(authority: &Authority) -> Result<Self, Error> {
        let attempt = || "listen on 127.0.0.1".to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::io(attempt()))?;
        let address = listener.local_addr().map_err(Error::io(attempt()))?;
        let shared = Arc::new(Shared { answers: answers(), ..Shared::default() });
        let accepting = tokio::spawn(accept(listener, authority.acceptor()?, Arc::clone(&shared)));
        Ok(Self { address, accepting, shared })
    }

    /// Modal and Secrets Manager alike.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often each RPC, and `GetSecretValue`, was asked for since the last look.
    pub(crate) fn asked(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut lock(&self.shared.asked))
    }

    /// How many connections were made since the last look.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.swap(0, Ordering::SeqCst)
    }

    /// How long Modal takes for a function call from now on.
    pub(crate) fn set_latency(&self, latency: Duration) {
        *lock(&self.shared.latency) = latency;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Or an answer in two pieces would wait for the other side's acknowledgement.
        let _slower = stream.set_nodelay(true);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(shared.answer(request).await) }
            });
            // A program that ends closes its connections as it likes.
            let _ended = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        match parts.uri.path().strip_prefix(RPCS) {
            Some(rpc) => self.rpc(rpc, &body).await,
            None => self.secret(&parts.headers),
        }
    }

    async fn rpc(&self, rpc: &str, body: &[u8]) -> Response<Body> {
        let known = self.answers.get(rpc).filter(|_| rpc != "FunctionMap" || calls_right(body));
        let Some(answer) = known else {
            self.count(&format!("{rpc} with something unexpected"));
            return grpc(Bytes::new(), "3");
        };
        self.count(rpc);
        let latency = *lock(&self.latency);
        if rpc == "FunctionMap" && !latency.is_zero() {
            #[expect(clippy::disallowed_methods, reason = "a server that takes its time")]
            tokio::time::sleep(latency).await;
        }
        grpc(answer.clone(), "0")
    }

    /// `GetSecretValue`, where it is asked as SigV4 wants it.
    fn secret(&self, headers: &HeaderMap) -> Response<Body> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scope = format!("/{REGION}/secretsmanager/aws4_request");
        let signed = header("authorization")
            .is_some_and(|text| text.starts_with("AWS4-HMAC-SHA256 ") && text.contains(&scope));
        let target = header("x-amz-target").unwrap_or_default();
        let (status, body) = if signed && target == "secretsmanager.GetSecretValue" {
            self.count("GetSecretValue");
            let token = json!({ "MODAL_TOKEN_ID": "ak-1", "MODAL_TOKEN_SECRET": "as-1" });
            let secret = json!({
                "ARN": SECRET_ARN,
                "Name": "modal",
                "VersionId": "00000000-0000-4000-8000-000000000001",
                "SecretString": token.to_string(),
            });
            (StatusCode::OK, secret)
        } else {
            self.count("a request that is not as it should be");
            (StatusCode::BAD_REQUEST, json!({ "__type": "InvalidSignatureException" }))
        };
        let mut answer = Response::new(Full::new(body.to_string().into()).boxed_unsync());
        *answer.status_mut() = status;
        let kind = HeaderValue::from_static("application/x-amz-json-1.1");
        answer.headers_mut().insert("content-type", kind);
        answer
    }

    fn count(&self, what: &str) {
        *lock(&self.asked).entry(what.to_owned()).or_default() += 1;
    }
}

/// Whether it calls the function with one input.
fn calls_right(body: &[u8]) -> bool {
    let message = body.get(5..).map(m::FunctionMapRequest::decode);
    matches!(message, Some(Ok(message))
        if message.function_id == FUNCTION_ID && message.pipelined_inputs.len() == 1)
}

fn grpc(message: Bytes, status: &'static str) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    let trailers = async move { Some(Ok(trailers)) };
    let mut answer = Response::new(Full::new(message).with_trailers(trailers).boxed_unsync());
    answer.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    answer
}

/// What each RPC answers, in gRPC's frame.
fn answers() -> BTreeMap<&'static str, Bytes> {
    let formats = vec![m::DataFormat::Pickle as i32, m::DataFormat::Cbor as i32];
    let handle = m::FunctionHandleMetadata {
        function_name: "render".into(),
        function_type: m::function::FunctionType::Function.into(),
        supported_input_formats: formats.clone(),
        supported_output_formats: formats,
        ..Default::default()
    };
    let found = m::FunctionGetResponse {
        function_id: FUNCTION_ID.into(),
        handle_metadata: Some(handle),
        server_warnings: vec![],
    };
    // The function's definition, with one ranked function in it, without which Modal's own Python
    // client refuses the answer. The bridge does not read it.
    let definition = b"\x2a\x07\x92\x01\x04\x08\x01\x12\x00".as_slice();
    let mapped = m::FunctionMapResponse {
        function_call_id: CALL_ID.into(),
        pipelined_inputs: vec![m::FunctionPutInputsResponseItem {
            idx: 0,
            input_id: "in-1".into(),
            input_jwt: "jwt".into(),
        }],
        ..Default::default()
    };
    let data = m::generic_result::DataOneof::Data(RESULT.into());
    let result = m::GenericResult { status: 1, data_oneof: Some(data), ..Default::default() };
    let outputs = m::FunctionGetOutputsResponse {
        outputs: vec![m::FunctionGetOutputsItem {
            result: Some(result),
            input_id: "in-1".into(),
            data_format: m::DataFormat::Cbor as i32,
            retry_count: 0,
        }],
        num_unfinished_inputs: 0,
    };
    let token = m::AuthTokenGetResponse { token: AUTH_TOKEN.into() };
    BTreeMap::from([
        ("AuthTokenGet", framed(&token.encode_to_vec())),
        ("FunctionGet", framed(&[&found.encode_to_vec(), definition].concat())),
        ("FunctionGetOutputs", framed(&outputs.encode_to_vec())),
        ("FunctionMap", framed(&mapped.encode_to_vec())),
    ])
}

/// Not compressed, its length, and the message.
fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], message].concat().into()
}
