//! The framework as a process: `tests/tiny`, started and called as Terraform would. And in this
//! process: what its RPCs make of bytes that nobody should send.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test waits for a process")]
#![cfg(unix)]

mod client;
mod decoders;
mod handshake;
mod log;
mod messages;
#[path = "../mutation.rs"]
mod mutation;
mod panics;
mod process;
mod record;
mod requests;
mod shutdown;
mod signals;
#[path = "../tiny/mod.rs"]
mod tiny;
mod tls;
mod wire;
