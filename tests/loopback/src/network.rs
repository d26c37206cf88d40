//! A network between clients and a server, whose connections can die without a word.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Passes bytes on, until dropped.
pub struct Network {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    accepted: AtomicUsize,
    /// Connections that came before this many had come are swallowed.
    swallowed: AtomicUsize,
}

impl Network {
    /// To `127.0.0.1:port`.
    pub async fn to(server: &str) -> Self {
        let server: SocketAddr = server.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = shared.accepted.fetch_add(1, Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(Arc::clone(&shared), number, from_client, to_server));
                tokio::spawn(pass(Arc::clone(&shared), number, from_server, to_client));
            }
        });
        Self { address, accepting, state }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, whatever is sent on the connections that there are is taken, and comes nowhere.
    /// New ones work.
    pub fn swallow(&self) {
        let accepted = self.state.accepted.load(Ordering::SeqCst);
        self.state.swallowed.store(accepted, Ordering::SeqCst);
    }

    /// How many connections came.
    pub fn connections(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(
    state: Arc<State>,
    number: usize,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let swallowed = number < state.swallowed.load(Ordering::SeqCst);
        if !swallowed && to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
    if number < state.swallowed.load(Ordering::SeqCst) {
        // One side has gone, and the other does not learn of it.
        std::future::pending::<()>().await;
    }
}
