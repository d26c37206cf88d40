//! Why a message was executed more than once.
//!
//! A message that was executed in two calls needs a reason for all but the last of them, and an input
//! that ran twice needs one as well. Each reason is something that the local Modal or the driver saw,
//! of that very call.

use serde_json::Value;

use super::chaos::{KINDS, WORKER_LOST};
use super::fleet::{Cut, OUT_OF_TIME, Turn};

pub(super) const MODAL_AGAIN: &str = "Modal ran the input again";
pub(super) const ANSWER_LOST: &str = "the accepting answer was lost";
pub(super) const CUT: &str = "the bridge ended, and nobody else knew of the call";
pub(super) const CANCELLED: &str = "Modal lost the worker, and the next try was cancelled in time";
pub(super) const STOPPED: &str = "the function was stopped between its work and its answer";
/// Each way.
pub(super) const WAYS: [&str; 5] = [MODAL_AGAIN, CANCELLED, STOPPED, ANSWER_LOST, CUT];

/// What an execution is excused by: a fault, and how it came to that.
pub(super) type Reason = (&'static str, &'static str);

/// Why a call that ran so many times was not the last one for its message.
pub(super) fn reason(call: &Value, ran: usize, turns: &[Turn]) -> Option<Reason> {
    let turn = &turns[turn_of(call, turns)];
    // To Modal and to the bridge, none of its runs came to an end.
    if call["status"] == "TERMINATED" {
        match ran.checked_sub(failures(call)) {
            None | Some(0) => return Some((WORKER_LOST, CANCELLED)),
            Some(1) => return Some((OUT_OF_TIME, STOPPED)),
            Some(_) => {}
        }
    }
    if call["confirmed_at"].is_null() && !call["confirmation_lost"].is_null() {
        let fault = call["confirmation_lost"].as_str().unwrap();
        let fault = KINDS.into_iter().find(|kind| *kind == fault);
        return Some((fault.unwrap(), ANSWER_LOST));
    }
    let cut = turn.cut.as_ref().filter(|cut| !is_known(call, cut));
    cut.map(|cut| (cut.cause, CUT))
}

/// Whether the table has this call by the name by which it can be asked for.
fn is_known(call: &Value, cut: &Cut) -> bool {
    let name = if call["plane"] == "input" { "attempt" } else { "function_call_id" };
    cut.known.contains(call[name].as_str().unwrap())
}

/// What tells the reader of a failure why there were two calls.
pub(super) fn two_calls(message: &str, call: &Value, next: &Value, turns: &[Turn]) -> String {
    format!("{message} ran again: {}, and then {}", seen(call, turns), seen(next, turns))
}

/// What tells the reader of a failure what became of a call.
pub(super) fn seen(call: &Value, turns: &[Turn]) -> String {
    let of = |name: &str| call[name].to_string();
    let number = turn_of(call, turns);
    let (turn, id) = (&turns[number], call["function_call_id"].as_str().unwrap());
    let since = |name: &str| call[name].as_f64().map(|time| time - turn.started);
    let ended = match &turn.cut {
        None => "ended".to_owned(),
        Some(cut) if is_known(call, cut) => format!("was cut: {}, the table knew", cut.cause),
        Some(cut) => format!("was cut: {}, the table did not know", cut.cause),
    };
    format!(
        "{id} of delivery {number} at {:.3?}, {:.3?} (lost: {}), {} after {}, the delivery {ended}",
        since("created_at"),
        since("confirmed_at"),
        of("confirmation_lost"),
        of("status"),
        of("tries"),
    )
}

/// The delivery in which a call was made.
fn turn_of(call: &Value, turns: &[Turn]) -> usize {
    turns.iter().rposition(|turn| turn.started <= created(call)).unwrap()
}

/// How often Modal lost a worker while it was at work on this call.
pub(super) fn failures(call: &Value) -> usize {
    let tries = call["tries"].as_array().unwrap().iter();
    tries.filter(|status| *status == "INTERNAL_FAILURE").count()
}

pub(super) fn created(call: &Value) -> f64 {
    call["created_at"].as_f64().unwrap()
}
