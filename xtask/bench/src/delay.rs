//! A network with a round-trip time, between programs and a server of this machine.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::error::Error;

/// Passes bytes on, each way half a round trip later. TCP's own handshake is the kernel's, and takes no
/// time here.
pub(crate) struct Delay {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Delay {
    pub(crate) async fn before(server: SocketAddr, round_trip: Duration) -> Result<Self, Error> {
        let attempt = || "listen on 127.0.0.1".to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::io(attempt()))?;
        let address = listener.local_addr().map_err(Error::io(attempt()))?;
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connection(client, server, round_trip / 2));
            }
        });
        Ok(Self { address, accepting })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Delay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(client: TcpStream, server: SocketAddr, way: Duration) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    // Only the delay may delay.
    let _slower = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pass(from_client, to_server, way);
    let back = pass(from_server, to_client, way);
    tokio::join!(there, back);
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, way: Duration) {
    let (sender, mut on_the_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let sending = async move {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            let arrives = Instant::now() + way;
            if sender.send((arrives, bytes[..length].to_vec())).is_err() {
                return;
            }
        }
    };
    let arriving = async move {
        while let Some((arrives, bytes)) = on_the_way.recv().await {
            sleep_until(arrives).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ended = to.shutdown().await;
    };
    tokio::join!(sending, arriving);
}
