//! go-plugin's own services, which stand beside the provider on the same connection.

use std::future::pending;

use tfplugin_proto::plugin::grpc_broker_server::GrpcBroker;
use tfplugin_proto::plugin::grpc_controller_server::GrpcController;
use tfplugin_proto::plugin::grpc_stdio_server::GrpcStdio;
use tfplugin_proto::plugin::{ConnInfo, Empty, StdioData};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, async_trait};

/// What Terraform opens at once and then leaves open: both streams carry nothing, and end with the
/// process. (Standard output is drained by go-plugin itself, and the log has its own way.)
#[derive(Debug, Clone)]
pub(super) struct Services {
    /// Cancelled once the process is to end.
    pub(super) end: CancellationToken,
}

impl Services {
    /// A stream without a message, which ends when `while_open` does or the process is to end.
    fn silent<T: Send + 'static>(
        &self,
        while_open: impl Future<Output = ()> + Send + 'static,
    ) -> Response<ReceiverStream<Result<T, Status>>> {
        let (sender, receiver) = mpsc::channel(1);
        let end = self.end.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = while_open => {}
                () = sender.closed() => {}
            }
        });
        Response::new(ReceiverStream::new(receiver))
    }
}

#[async_trait]
impl GrpcController for Services {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.end.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[async_trait]
impl GrpcStdio for Services {
    type StreamStdioStream = ReceiverStream<Result<StdioData, Status>>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(self.silent(pending()))
    }
}

#[async_trait]
impl GrpcBroker for Services {
    type StartStreamStream = ReceiverStream<Result<ConnInfo, Status>>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let mut offers = request.into_inner();
        Ok(self.silent(async move { while let Some(Ok(_)) = offers.next().await {} }))
    }
}
