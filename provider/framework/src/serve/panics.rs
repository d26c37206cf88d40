//! A panic is a bug of ours: it fails the call that met it, and the process lives on.

use std::future::poll_fn;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tower::{Layer, Service};

/// Writes panics as Go does: Terraform shows them after a line that starts with `panic: `.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let _ = write!(io::stderr().lock(), "panic: {info}\n\n");
    }));
}

/// Turns a panic inside a call into that call's failure. Without it the client would read
/// "Request cancelled", which sounds as if somebody had asked for it.
#[derive(Debug, Clone)]
pub(super) struct CatchPanics;

impl<S> Layer<S> for CatchPanics {
    type Service = Caught<S>;

    fn layer(&self, inner: S) -> Caught<S> {
        Caught(inner)
    }
}

/// A service whose calls cannot panic.
#[derive(Debug, Clone)]
pub(super) struct Caught<S>(S);

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Caught<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answer<S::Error> {
        let mut call = Box::pin(self.0.call(request));
        Box::pin(poll_fn(move |cx| {
            // What the call left half done is dropped with it.
            panic::catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))).unwrap_or_else(|_| {
                let message = "the provider hit a bug; what it says of it starts with \"panic: \"";
                Poll::Ready(Ok(Status::internal(message).into_http()))
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::Code;
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn a_panic_outside_the_providers_code_is_the_calls_status() {
        let broken = service_fn(async |_: Request<Body>| -> Result<Response<Body>, Infallible> {
            panic!("a decoder has a bug")
        });
        let answer = CatchPanics.layer(broken).call(Request::new(Body::empty())).await.unwrap();
        let status = Status::from_header_map(answer.headers()).unwrap();
        assert_eq!(status.code(), Code::Internal);
        assert_eq!(
            status.message(),
            r#"the provider hit a bug; what it says of it starts with "panic: ""#
        );
    }
}
