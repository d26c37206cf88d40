//! `bootstrap`, the program Lambda starts: wires the environment and the clock to the bridge.

use std::convert::Infallible;
use std::env;
use std::time::SystemTime;

use bridge_runtime::{Bridge, Level, ServeError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<Infallible, ServeError> {
    bridge_runtime::install(clock, Level::from_env(variable));

    let bridge = Bridge::from_env(variable, clock);
    if let Ok(bridge) = &bridge {
        bridge.warm_up().await;
    }
    let api = variable("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    bridge_runtime::serve(bridge, api, clock).await
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "this is where the clock comes in")]
fn clock() -> SystemTime {
    SystemTime::now()
}
