//! Modal functions over gRPC: look up, spawn, remote.
//!
//! Knows Modal, and neither AWS nor Lambda nor the process environment: whoever makes a [`Client`]
//! passes the server's address, the credentials and a clock. Every call has a deadline. No type of
//! the wire is in a public signature.

mod auth_token;
mod blob;
mod client;
mod credentials;
mod description;
mod error;
mod function;
mod headers;
mod http;
mod invocation;
mod payload;
mod retry;
mod rpc;
mod workspace;

pub use client::{Client, Clock, Config};
pub use credentials::Credentials;
pub use description::{Argument, DataFormat, FunctionDescription, FunctionKind, InputPlane};
pub use error::{ModalError, PlainPart};
pub use function::{Function, FunctionRef};
pub use invocation::{CallId, CallState, Input, Invocation, Jwts, Progress, Ticket};
pub use workspace::{Identity, TokenInfo};
