//! What was passed on already, remembered in a DynamoDB table, so that no event is passed on twice.
//!
//! An item stands for an event: first locked, then with the call that Modal took for it, at last with
//! the answer. Who meets a locked item waits; who meets a call waits for its result instead of
//! starting another; who meets an answer gives it again. A lock without a call ends with the
//! invocation that made it, for a process that died must not keep its event from being passed on.

mod item;
mod table;

pub(crate) use table::{Begun, Lock, Table};
