//! What goes wrong at Modal, at random.

use std::sync::Arc;

use serde_json::{Value, json};

use super::chance::Chance;
use super::modal::Modal;
use super::pause;

pub(super) const UNAVAILABLE: &str = "UNAVAILABLE";
pub(super) const THROTTLED: &str = "RESOURCE_EXHAUSTED with a retry policy";
pub(super) const EXHAUSTED: &str = "RESOURCE_EXHAUSTED without one";
pub(super) const START_LOST: &str = "answer to a call's start lost";
pub(super) const POLL_LOST: &str = "answer to a poll lost";
pub(super) const SLOW: &str = "slow answer";
pub(super) const WORKER_LOST: &str = "INTERNAL_FAILURE result";
pub(super) const DROPPED: &str = "connection dropped";

/// Each kind of fault.
pub(super) const KINDS: [&str; 8] =
    [UNAVAILABLE, THROTTLED, EXHAUSTED, START_LOST, POLL_LOST, SLOW, WORKER_LOST, DROPPED];

/// A function of a plane, and the RPCs that start a call there and ask for its result.
#[derive(Clone, Copy)]
pub(super) struct Plane {
    pub(super) function: &'static str,
    start: &'static str,
    poll: &'static str,
}

pub(super) const CONTROL: Plane =
    Plane { function: "note", start: "FunctionMap", poll: "FunctionGetOutputs" };
pub(super) const INPUT: Plane =
    Plane { function: "note_by_input_plane", start: "AttemptStart", poll: "AttemptAwait" };

/// Fault after fault, each kind as often as any other, until aborted.
pub(super) async fn unleash(modal: Arc<Modal>, plane: Plane, mut chance: Chance) {
    let mut kinds = KINDS;
    loop {
        chance.shuffle(&mut kinds);
        for kind in kinds {
            // Faults that wait for a call must not pile up until no call is left without one.
            if chance.percent(40) {
                modal.calm();
            }
            modal.strike(&fault(kind, plane, &mut chance));
            pause(chance.millis(30, 150)).await;
        }
    }
}

fn fault(kind: &str, Plane { start, poll, .. }: Plane, chance: &mut Chance) -> Value {
    let rpc = chance.one(&[start, start, poll, "FunctionGet"]);
    let times = 1 + chance.below(5);
    let mut fault = match kind {
        UNAVAILABLE => json!({"rpc": rpc, "code": "UNAVAILABLE", "times": times}),
        THROTTLED => json!({
            "rpc": rpc, "code": "RESOURCE_EXHAUSTED", "times": times, "retry_after_secs": 0.2,
        }),
        EXHAUSTED => json!({"rpc": rpc, "code": "RESOURCE_EXHAUSTED"}),
        START_LOST => {
            json!({"rpc": start, "code": "UNAVAILABLE", "after": true, "times": times})
        }
        POLL_LOST => json!({
            "rpc": poll, "code": "UNAVAILABLE", "after": true, "times": times,
        }),
        SLOW => json!({"rpc": rpc, "delay_seconds": chance.millis(200, 2500).as_secs_f64()}),
        WORKER_LOST => json!({"output": "INTERNAL_FAILURE", "times": times}),
        _ => json!({"rpc": rpc, "drop": true, "after": chance.percent(50)}),
    };
    fault["name"] = kind.into();
    fault
}
