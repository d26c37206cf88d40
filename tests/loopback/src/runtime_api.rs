//! Lambda's Runtime API, as a program in `bootstrap` meets it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

use crate::HttpServer;

/// Hands out events one by one, and collects what comes back.
pub struct RuntimeApi {
    server: HttpServer,
    events: mpsc::UnboundedSender<Event>,
    asked: watch::Receiver<u32>,
    next_id: Mutex<u32>,
}

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Response(Value),
    /// The whole body: `errorType`, `errorMessage`, and what else the program said.
    Error(Value),
}

struct Event {
    id: String,
    body: Bytes,
    deadline_ms: u128,
    done: oneshot::Sender<Done>,
}

/// What an invocation came to, and when the program had the event and gave its answer.
struct Done {
    outcome: Outcome,
    took: Duration,
}

/// An event that the program has.
struct Running {
    done: oneshot::Sender<Done>,
    since: Instant,
}

struct Shared {
    events: AsyncMutex<mpsc::UnboundedReceiver<Event>>,
    running: Mutex<HashMap<String, Running>>,
    asked: watch::Sender<u32>,
}

/// A trace that is sampled.
const TRACE: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=1";

impl RuntimeApi {
    pub async fn start() -> Self {
        let (events, queue) = mpsc::unbounded_channel();
        let (asked_sender, asked) = watch::channel(0);
        let shared = Arc::new(Shared {
            events: AsyncMutex::new(queue),
            running: Mutex::default(),
            asked: asked_sender,
        });
        let server = HttpServer::start(move |request| {
            let shared = Arc::clone(&shared);
            async move { shared.answer(&request).await }
        })
        .await;
        Self { server, events, asked, next_id: Mutex::new(1) }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Waits until the program has asked for its first event: its init phase is over.
    pub async fn initialized(&self) {
        self.asked.clone().wait_for(|asked| *asked > 0).await.unwrap();
    }

    /// Sends an event, and waits for what the program makes of it.
    pub async fn invoke(&self, event: impl Into<Bytes>, timeout: Duration) -> Outcome {
        self.invoke_timed(event, timeout).await.expect("the program answered this event").0
    }

    /// The same, and how long the program had the event: from the answer that handed it out to the
    /// request that brought the outcome. `None` when the server ended meanwhile.
    pub async fn invoke_timed(
        &self,
        event: impl Into<Bytes>,
        timeout: Duration,
    ) -> Option<(Outcome, Duration)> {
        let id = {
            let mut next_id = self.next_id.lock().unwrap();
            *next_id += 1;
            format!("00000000-0000-4000-8000-{:012}", *next_id - 1)
        };
        let deadline_ms = (now() + timeout).as_millis();
        let (done, outcome) = oneshot::channel();
        let event = Event { id, body: event.into(), deadline_ms, done };
        self.events.send(event).expect("the server runs");
        outcome.await.ok().map(|done| (done.outcome, done.took))
    }
}

impl Shared {
    async fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().trim_start_matches("/2018-06-01/runtime/").to_owned();
        let parts: Vec<_> = path.split('/').collect();
        match (request.method(), &parts[..]) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                let value = serde_json::from_slice(request.body()).expect("a response is JSON");
                self.finish(id, Outcome::Response(value))
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                let error = serde_json::from_slice(request.body()).expect("an error is JSON");
                self.finish(id, Outcome::Error(error))
            }
            _ => respond(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Bytes> {
        self.asked.send_modify(|asked| *asked += 1);
        let Some(event) = self.events.lock().await.recv().await else {
            return respond(StatusCode::GONE);
        };
        let running = Running { done: event.done, since: Instant::now() };
        self.running.lock().unwrap().insert(event.id.clone(), running);
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:bridge";
        Response::builder()
            .header("lambda-runtime-aws-request-id", event.id)
            .header("lambda-runtime-deadline-ms", event.deadline_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", arn)
            .header("lambda-runtime-trace-id", TRACE)
            // Whoever calls the function by hand writes what they like here.
            .header("lambda-runtime-client-context", r#"{"custom":{"n":7}}"#)
            .header("content-type", "application/json")
            .body(event.body)
            .unwrap()
    }

    fn finish(&self, id: &str, outcome: Outcome) -> Response<Bytes> {
        match self.running.lock().unwrap().remove(id) {
            Some(Running { done, since }) => {
                // The test may have stopped waiting.
                let _gone = done.send(Done { outcome, took: since.elapsed() });
                respond(StatusCode::ACCEPTED)
            }
            None => respond(StatusCode::BAD_REQUEST),
        }
    }
}

fn respond(status: StatusCode) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::new()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a deadline is a time of day on this protocol")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
