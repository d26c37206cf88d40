//! The way to a provider: straight into its service, or over a connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use tfplugin_proto::tfplugin5::provider_server::{Provider, ProviderServer};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, StdError};
use tonic::transport::Channel;

/// As much as Terraform's own servers take.
const LARGEST_MESSAGE: usize = 256 << 20;

type Call = dyn Fn(http::Request<Body>) -> BoxFuture<http::Response<Body>, StdError> + Send + Sync;

/// Carries requests of the generated client.
#[derive(Clone)]
pub(super) struct Transport(Arc<Call>);

impl Transport {
    /// Requests go into the generated server around `service`, without a socket.
    pub(super) fn in_process(service: impl Provider) -> Self {
        let server = ProviderServer::new(service)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        Self(Arc::new(move |request| {
            let mut server = server.clone();
            Box::pin(async move { server.call(request).await.map_err(StdError::from) })
        }))
    }

    /// Requests go over `channel`.
    pub(super) fn channel(channel: Channel) -> Self {
        Self(Arc::new(move |request| {
            let mut channel = channel.clone();
            Box::pin(async move {
                poll_fn(|context| channel.poll_ready(context)).await?;
                channel.call(request).await.map_err(StdError::from)
            })
        }))
    }
}

impl Service<http::Request<Body>> for Transport {
    type Response = http::Response<Body>;
    type Error = StdError;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        (self.0)(request)
    }
}
