//! Modal's client protocol: generated code, and nothing else.
//!
//! `proto/modal.proto` is the source; `tests/generated.rs` keeps the code in step with it.

#[rustfmt::skip]
#[path = "generated/modal.client.rs"]
mod generated;

pub use generated::*;
