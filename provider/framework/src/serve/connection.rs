//! From sockets to connections that the gRPC server takes: accepted, and secured.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::listener::Listener;

/// How long a client may take to prove who it is.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// A pause after a socket could not be accepted: out of file descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A stream of bytes, both ways.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// One client's connection.
pub(super) struct Connection(Box<dyn Io>);

/// Accepts for ever. With `tls`, a client that fails the handshake is never seen by the server, and
/// one that stalls in it keeps nobody else waiting.
pub(super) fn accept(
    listener: Listener,
    tls: Option<Arc<ServerConfig>>,
) -> ReceiverStream<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        let mut pause = time::interval(ACCEPT_PAUSE);
        loop {
            let socket = tokio::select! {
                socket = listener.accept() => socket,
                () = sender.closed() => return,
            };
            match socket {
                Ok(socket) => {
                    let (sender, tls) = (sender.clone(), tls.clone());
                    tokio::spawn(async move {
                        match secure(socket, tls).await {
                            // The server ended meanwhile: nobody is left to tell.
                            Ok(connection) => drop(sender.send(Ok(connection)).await),
                            Err(error) => tracing::warn!(%error, "refused a connection"),
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    pause.reset();
                    pause.tick().await;
                }
            }
        }
    });
    ReceiverStream::new(receiver)
}

async fn secure(socket: Box<dyn Io>, tls: Option<Arc<ServerConfig>>) -> io::Result<Connection> {
    let Some(tls) = tls else { return Ok(Connection(socket)) };
    let handshake = TlsAcceptor::from(tls).accept(socket);
    Ok(Connection(Box::new(time::timeout(TLS_TIMEOUT, handshake).await??)))
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
