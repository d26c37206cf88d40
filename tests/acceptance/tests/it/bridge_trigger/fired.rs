//! A bridge whose trigger AWS fires, and what the function in Modal has got then.

use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, World};
use serde_json::Value;

use crate::bridge::with_token;

/// How long an event may be under way: Modal's first call starts a container.
const PATIENCE: Duration = Duration::from_secs(90);

const WIRED: &str = r#"
resource "modal_bridge_function" "this" {
  name                = "thumbnails"
  app_name            = "thumbnails"
  modal_function_name = "echo"
  mode                = "remote"
  params              = jsonencode({ of = "TEST" })
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
}

resource "modal_bridge_trigger" "this" {
  bridge_name = modal_bridge_function.this.name
BLOCK
}
"#;

/// A trigger with this block, of a bridge that tells Modal which test it belongs to.
pub(super) fn wired(world: &World, test: &str, block: &str) -> Config {
    with_token(world, &WIRED.replace("TEST", test).replace("BLOCK", block))
}

/// The events that the function in Modal has had of the bridge of this test, oldest first.
pub(super) fn events(world: &World, test: &str) -> Vec<Value> {
    let calls = world.modal().calls().unwrap();
    let ours = calls.into_iter().filter(|call| call["result"]["params"]["of"] == test);
    ours.map(|mut call| call["result"]["event"].take()).collect()
}

/// The same, as soon as there is one.
pub(super) fn first_events(world: &World, test: &str) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = events(world, test);
        if !found.is_empty() {
            return found;
        }
        assert!(Instant::now() < deadline, "{:#?}", world.modal().calls());
        thread::sleep(Duration::from_millis(200));
    }
}
