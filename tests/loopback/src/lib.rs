//! Servers on loopback that tests share: a scripted Modal, its blob store, a Lambda Runtime API; and
//! a network on the way to them.
//!
//! They know the protocols and none of our code. Each listens on a port of 127.0.0.1 that the system
//! chooses, and ends when it is dropped.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod blob_store;
mod http_server;
mod listener;
mod modal;
mod network;
mod runtime_api;

pub use blob_store::BlobStore;
pub use http_server::HttpServer;
pub use modal::Modal;
/// The messages that [`Modal`] is asked and answers with.
pub use modal_proto as proto;
pub use network::Network;
pub use runtime_api::{Outcome, RuntimeApi};
/// How [`Modal`] refuses.
pub use tonic::{Code, Status};
