//! `bootstrap`, the program Lambda starts: wires the environment and the clock to the bridge.

use std::env;
use std::time::SystemTime;

use bridge_runtime::{Bridge, invoke};
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    bridge_runtime::install(clock);

    // A bridge that cannot work says so in every invocation, where practitioners look, and not by
    // an init phase that crashes.
    let bridge = Bridge::from_env(variable, clock);
    if let Ok(bridge) = &bridge {
        bridge.warm_up().await;
    }

    let bridge = &bridge;
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| invoke(bridge, event));
    Runtime::new(serve).run().await
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "this is where the clock comes in")]
fn clock() -> SystemTime {
    SystemTime::now()
}
