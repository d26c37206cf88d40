//! The bridge: a Lambda that calls a Modal function with each event it gets.
//!
//! Decide, call, report: `handler` says which call an event asks for and what answer an outcome
//! makes; `session` has what is kept between invocations; `token` is all that knows AWS's API.

mod bridge;
mod deadline;
mod error;
mod handler;
mod log;
mod session;
mod token;

pub use bridge::{Bridge, Invocation, invoke};
pub use deadline::Deadline;
pub use error::BridgeError;
pub use handler::{Call, MAX_ANSWER, Outcome, call_for, parse_event, reply_for};
pub use log::{Record, install, write};
pub use token::{AwsAccess, TokenSource};
