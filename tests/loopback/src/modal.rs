//! A Modal server whose answers a test queues.
//!
//! A call that no answer is queued for fails, and fails the test; so does an answer that nobody
//! asked for. Both show when the server is dropped.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hyper_util::service::TowerToHyperService;
use modal_proto::modal_client_server::{ModalClient, ModalClientServer};
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::listener::Listener;

/// Control plane or input plane: both are the same service.
pub struct Modal {
    listener: Listener,
    script: Script,
}

#[derive(Clone, Default)]
struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    queued: HashMap<&'static str, VecDeque<Answer>>,
    standing: HashMap<&'static str, Result<Vec<u8>, Status>>,
    calls: Vec<Recorded>,
    unexpected: Vec<&'static str>,
}

struct Answer {
    after: Duration,
    outcome: Result<Vec<u8>, Status>,
    trailers: MetadataMap,
}

/// A call that came in.
struct Recorded {
    rpc: &'static str,
    headers: MetadataMap,
    message: Vec<u8>,
}

impl Modal {
    pub async fn start() -> Self {
        let script = Script::default();
        let server = ModalClientServer::new(script.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        Self { listener: Listener::start(TowerToHyperService::new(server)).await, script }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address)
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.listener.address.to_string()
    }

    /// Queues an answer for an RPC, given by its name.
    pub fn answer(&self, rpc: &'static str, message: impl Message) {
        self.answer_after(rpc, Duration::ZERO, message);
    }

    /// An answer that takes its time.
    pub fn answer_after(&self, rpc: &'static str, after: Duration, message: impl Message) {
        let outcome = Ok(message.encode_to_vec());
        self.queue(rpc, Answer { after, outcome, trailers: MetadataMap::new() });
    }

    /// An answer with something beside it.
    pub fn answer_with(&self, rpc: &'static str, trailers: MetadataMap, message: impl Message) {
        let outcome = Ok(message.encode_to_vec());
        self.queue(rpc, Answer { after: Duration::ZERO, outcome, trailers });
    }

    /// From now on, answers every call of an RPC that nothing is queued for.
    pub fn always(&self, rpc: &'static str, outcome: Result<impl Message, Status>) {
        let outcome = outcome.map(|message| message.encode_to_vec());
        self.state().standing.insert(rpc, outcome);
    }

    /// Queues a refusal.
    pub fn fail(&self, rpc: &'static str, status: Status) {
        let trailers = MetadataMap::new();
        self.queue(rpc, Answer { after: Duration::ZERO, outcome: Err(status), trailers });
    }

    /// Takes the call, and never answers it.
    pub fn hang(&self, rpc: &'static str) {
        self.answer_after(rpc, Duration::from_secs(3600), ());
    }

    /// Breaks every connection; the server stays up.
    pub fn close_connections(&self) {
        self.listener.close_connections();
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.listener.accepted()
    }

    /// The names of the calls that came, in order.
    pub fn rpcs(&self) -> Vec<&'static str> {
        self.state().calls.iter().map(|call| call.rpc).collect()
    }

    /// The messages that came for an RPC, in order.
    pub fn requests<M: Message + Default>(&self, rpc: &str) -> Vec<M> {
        let state = self.state();
        let calls = state.calls.iter().filter(|call| call.rpc == rpc);
        calls.map(|call| M::decode(&call.message[..]).unwrap()).collect()
    }

    /// A header of every call of an RPC, in order.
    pub fn headers(&self, rpc: &str, name: &str) -> Vec<Option<String>> {
        let state = self.state();
        let calls = state.calls.iter().filter(|call| call.rpc == rpc);
        let text = |call: &Recorded| Some(call.headers.get(name)?.to_str().unwrap().to_owned());
        calls.map(text).collect()
    }

    fn queue(&self, rpc: &'static str, answer: Answer) {
        self.state().queued.entry(rpc).or_default().push_back(answer);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.script.0.lock().unwrap()
    }
}

impl Drop for Modal {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let state = self.state();
        let unasked: Vec<_> =
            state.queued.iter().filter(|(_, left)| !left.is_empty()).map(|(rpc, _)| *rpc).collect();
        let unexpected = state.unexpected.clone();
        drop(state);
        assert!(unexpected.is_empty(), "calls that no answer was queued for: {unexpected:?}");
        assert!(unasked.is_empty(), "answers that nobody asked for: {unasked:?}");
    }
}

impl Script {
    async fn serve<Q: Message, A: Message + Default>(
        &self,
        rpc: &'static str,
        request: Request<Q>,
    ) -> Result<Response<A>, Status> {
        let answer = {
            let mut state = self.0.lock().unwrap();
            state.calls.push(Recorded {
                rpc,
                headers: request.metadata().clone(),
                message: request.get_ref().encode_to_vec(),
            });
            let answer = state.queued.get_mut(rpc).and_then(VecDeque::pop_front);
            let answer = answer.or_else(|| {
                let outcome = state.standing.get(rpc)?.clone();
                Some(Answer { after: Duration::ZERO, outcome, trailers: MetadataMap::new() })
            });
            if answer.is_none() {
                state.unexpected.push(rpc);
            }
            // A code that no client tries again, so that the test fails at once.
            answer.ok_or_else(|| Status::failed_precondition(format!("unexpected {rpc}")))?
        };
        if !answer.after.is_zero() {
            #[expect(clippy::disallowed_methods, reason = "a server that takes its time")]
            tokio::time::sleep(answer.after).await;
        }
        let message = answer.outcome?;
        let mut response = Response::new(A::decode(&message[..]).unwrap());
        *response.metadata_mut() = answer.trailers;
        Ok(response)
    }
}

macro_rules! serve {
    ($($method:ident, $rpc:literal, $request:ty => $answer:ty;)*) => {
        #[tonic::async_trait]
        impl ModalClient for Script {
            $(
                async fn $method(
                    &self,
                    request: Request<$request>,
                ) -> Result<Response<$answer>, Status> {
                    self.serve($rpc, request).await
                }
            )*
        }
    };
}

use modal_proto as m;

serve! {
    app_get_by_deployment_name, "AppGetByDeploymentName",
        m::AppGetByDeploymentNameRequest => m::AppGetByDeploymentNameResponse;
    attempt_await, "AttemptAwait", m::AttemptAwaitRequest => m::AttemptAwaitResponse;
    attempt_retry, "AttemptRetry", m::AttemptRetryRequest => m::AttemptRetryResponse;
    attempt_start, "AttemptStart", m::AttemptStartRequest => m::AttemptStartResponse;
    auth_token_get, "AuthTokenGet", m::AuthTokenGetRequest => m::AuthTokenGetResponse;
    blob_create, "BlobCreate", m::BlobCreateRequest => m::BlobCreateResponse;
    blob_get, "BlobGet", m::BlobGetRequest => m::BlobGetResponse;
    environment_list, "EnvironmentList", () => m::EnvironmentListResponse;
    function_call_cancel, "FunctionCallCancel", m::FunctionCallCancelRequest => ();
    function_get, "FunctionGet", m::FunctionGetRequest => m::FunctionGetResponse;
    function_get_outputs, "FunctionGetOutputs",
        m::FunctionGetOutputsRequest => m::FunctionGetOutputsResponse;
    function_map, "FunctionMap", m::FunctionMapRequest => m::FunctionMapResponse;
    function_put_inputs, "FunctionPutInputs",
        m::FunctionPutInputsRequest => m::FunctionPutInputsResponse;
    function_retry_inputs, "FunctionRetryInputs",
        m::FunctionRetryInputsRequest => m::FunctionRetryInputsResponse;
    token_info_get, "TokenInfoGet", m::TokenInfoGetRequest => m::TokenInfoGetResponse;
}
