//! The bridge: a Lambda that calls a Modal function with each event it gets.
//!
//! Decide, call, report: `event` says what an event is, `batch` which of its records may go at the
//! same time, `answer` what Lambda gets; `bridge` is the effect between them. `session` has what is
//! kept between invocations, `idempotency` what is kept between events; `aws` is all that knows AWS's
//! APIs, `observe` all that a practitioner sees of a call afterwards.

mod answer;
mod aws;
mod batch;
mod bridge;
mod context;
mod control;
mod deadline;
mod error;
mod event;
mod hex;
mod http_client;
mod idempotency;
mod memory;
mod observe;
mod runtime_api;
mod session;
mod token;

pub use answer::{MAX_ANSWER, Outcome};
pub use aws::AwsAccess;
pub use bridge::{Bridge, Handled, Invocation};
pub use control::Control;
pub use deadline::Deadline;
pub use error::{BridgeError, Fate};
pub use event::{Delivery, Event, Identity, Record, Source};
pub use observe::{Level, Report, install};
pub use runtime_api::{ServeError, serve};
pub use token::TokenSource;

/// The bridge's only wait.
pub(crate) async fn wait(delay: std::time::Duration) {
    #[expect(clippy::disallowed_methods, reason = "this is the crate's waiter")]
    tokio::time::sleep(delay).await;
}
