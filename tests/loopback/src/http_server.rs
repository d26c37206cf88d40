//! An HTTP server whose answers a test decides, and which remembers what it was asked.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;

use crate::listener::Listener;

/// Serves until dropped.
pub struct HttpServer {
    listener: Listener,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
}

type Answer = Pin<Box<dyn Future<Output = Response<Bytes>> + Send>>;

impl HttpServer {
    /// `answer` sees each request with its whole body.
    pub async fn start<F>(answer: impl Fn(Request<Bytes>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response<Bytes>> + Send + 'static,
    {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answer: Arc<dyn Fn(Request<Bytes>) -> Answer + Send + Sync> =
            Arc::new(move |request| Box::pin(answer(request)));
        let service = service_fn(move |request: Request<Incoming>| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                let request = Request::from_parts(parts, body);
                seen.lock().unwrap().push(request.clone());
                Ok::<_, Infallible>(answer(request).await.map(Full::new))
            }
        });
        Self { listener: Listener::start(service).await, requests }
    }

    /// Without a scheme: `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.listener.address.to_string()
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address)
    }

    /// What came, in order.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }
}
