//! What was passed on already, remembered in a DynamoDB table, so that no event is passed on twice.
//!
//! An item stands for an event: first locked, then with the call that Modal took for it, at last with
//! the answer. Who meets a locked item waits; who meets a call waits for its result instead of
//! starting another; who meets an answer gives it again. A lock without a call ends with the
//! invocation that made it, for a process that died must not keep its event from being passed on.
//! Who meets a call whose lock has ended takes it over, alone: then it may give the call back to Modal
//! where Modal failed it. What Modal wants to see for that stands beside the call as long as it runs.
//!
//! A table that cannot be used is an error as long as nothing was called. Afterwards it is none: an
//! error would have the event delivered and passed on again. Instead, that Modal took the call is
//! written again and again until the invocation has to end, and the answer waits for it. If even then
//! the table does not know, the answer is the one it would have been, and a line of the log names the
//! call. Then, as after a process that died between Modal's acceptance and the table's write, a
//! repeated event is passed on again once the lock has ended, with the idempotency key of before.
//!
//! A call whose result cannot be read is done like any other: its first answer may be an error, and a
//! duplicate is told its name.

mod item;
mod table;

pub(crate) use table::{Begun, Lock, Table};
