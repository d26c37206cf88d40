//! What goes wrong at Modal, at random.

use std::sync::Arc;

use serde_json::{Value, json};

use super::chance::Chance;
use super::modal::Modal;
use super::pause;

const RPCS: &[&str] = &["FunctionMap", "FunctionMap", "FunctionGetOutputs", "FunctionGet"];

/// Fault after fault, until aborted.
pub(super) async fn unleash(modal: Arc<Modal>, mut chance: Chance) {
    loop {
        // Faults that wait for a call must not pile up until no call is left without one.
        if chance.percent(40) {
            modal.calm();
        }
        modal.strike(&fault(&mut chance));
        pause(chance.millis(30, 150)).await;
    }
}

fn fault(chance: &mut Chance) -> Value {
    let rpc = chance.one(RPCS);
    let times = 1 + chance.below(5);
    match chance.below(8) {
        0 => json!({"name": "UNAVAILABLE", "rpc": rpc, "code": "UNAVAILABLE", "times": times}),
        1 => json!({
            "name": "RESOURCE_EXHAUSTED with a policy", "rpc": rpc, "code": "RESOURCE_EXHAUSTED",
            "times": times, "retry_after_secs": 0.2,
        }),
        2 => json!({
            "name": "RESOURCE_EXHAUSTED without one", "rpc": rpc, "code": "RESOURCE_EXHAUSTED",
        }),
        3 => json!({
            "name": "answer to FunctionMap lost", "rpc": "FunctionMap", "code": "UNAVAILABLE",
            "after": true, "times": times,
        }),
        4 => json!({
            "name": "answer to FunctionGetOutputs lost", "rpc": "FunctionGetOutputs",
            "code": "UNAVAILABLE", "after": true, "times": times,
        }),
        5 => {
            let seconds = chance.millis(200, 2500).as_secs_f64();
            json!({"name": "slow answer", "rpc": rpc, "delay_seconds": seconds})
        }
        6 => json!({"name": "INTERNAL_FAILURE", "output": "INTERNAL_FAILURE", "times": times}),
        _ => {
            let after = chance.percent(50);
            json!({"name": "connection dropped", "rpc": rpc, "drop": true, "after": after})
        }
    }
}
