//! `modal_bridge_trigger`: what calls a bridge.

mod bad_values;
mod event_rule;
mod events;
mod fired;
mod http_api;
mod s3;
mod schedule;
mod sns;

use acceptance::World;
use serde_json::{Value, json};

pub(crate) use self::events::post;
use crate::bridge::bridge;

/// Where the one trigger of a test stands.
const TRIGGER: &str = "modal_bridge_trigger.this";

/// A bridge named `thumbnails`, and a trigger of it with this block.
fn trigger(block: &str) -> String {
    bridge("")
        + &format!(
            "resource \"modal_bridge_trigger\" \"this\" {{\n  \
               bridge_name = modal_bridge_function.this.name\n{block}\n}}\n"
        )
}

/// The statements of the bridge's policy, without their random names.
fn statements(world: &World) -> Vec<Value> {
    let request = json!({"FunctionName": "thumbnails"});
    let Ok(answer) = world.aws.try_call("lambda", "get_policy", request) else {
        return Vec::new();
    };
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

/// Takes the trigger's permission away.
fn take_permission(world: &World) {
    for statement in statements(world) {
        let request = json!({"FunctionName": "thumbnails", "StatementId": statement["Sid"]});
        world.aws.call("lambda", "remove_permission", request);
    }
}
