//! A port on loopback, and the connections to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves until dropped.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
    connections: Arc<Mutex<Connections>>,
}

#[derive(Default)]
struct Connections {
    open: Vec<JoinHandle<()>>,
    accepted: usize,
}

impl Listener {
    /// Speaks HTTP/1 or HTTP/2, whichever the other side begins with.
    pub(crate) async fn start<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(Connections::default()));
        let accepted = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                let connection = tokio::spawn(async move {
                    let connection = Builder::new(TokioExecutor::new());
                    // A client that goes away is no failure of the test.
                    let _ended = connection.serve_connection(TokioIo::new(stream), service).await;
                });
                let mut connections = accepted.lock().unwrap();
                connections.accepted += 1;
                connections.open.push(connection);
            }
        });
        Self { address, accepting, connections }
    }

    /// How many connections came, open or not.
    pub(crate) fn accepted(&self) -> usize {
        self.connections.lock().unwrap().accepted
    }

    /// Closes every connection; new ones are still accepted.
    pub(crate) fn close_connections(&self) {
        for connection in self.connections.lock().unwrap().open.drain(..) {
            connection.abort();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
        self.close_connections();
    }
}
