//! What is kept between invocations, and what replaces it when it has gone stale.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::*;

/// A clock that a test moves: each test has its own.
macro_rules! clock {
    ($name:ident, $ahead:ident) => {
        static $ahead: AtomicU64 = AtomicU64::new(0);
        fn $name() -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(1_800_000_000 + $ahead.load(Ordering::Relaxed))
        }
    };
}

async fn spawns(world: &World, bridge: &Bridge) {
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(bridge, "{}").await.unwrap(), spawned("fc-1"));
}

#[tokio::test]
async fn a_warm_spawn_is_one_call() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.finds_the_function();
    bridge.warm_up().await;
    assert_eq!(world.modal.rpcs(), ["FunctionGet"]);
    spawns(&world, &bridge).await;
    spawns(&world, &bridge).await;
    assert_eq!(world.modal.rpcs(), ["FunctionGet", "FunctionMap", "FunctionMap"]);
    assert_eq!(world.secrets.reads(), 1);
}

#[tokio::test]
async fn what_fails_while_warming_up_is_tried_again_by_the_first_event() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.modal.fail("FunctionGet", Status::permission_denied("not yet"));
    bridge.warm_up().await;
    world.finds_the_function();
    spawns(&world, &bridge).await;
}

#[tokio::test]
async fn a_function_is_looked_up_again_after_a_minute_and_a_token_after_five() {
    clock!(clock, AHEAD);
    let world = World::start().await;
    let bridge = world.bridge_with_clock(Mode::Spawn, clock);
    world.finds_the_function();
    spawns(&world, &bridge).await;

    AHEAD.store(59, Ordering::Relaxed);
    spawns(&world, &bridge).await;
    AHEAD.store(60, Ordering::Relaxed);
    world.finds_the_function();
    spawns(&world, &bridge).await;
    assert_eq!(world.secrets.reads(), 1);

    AHEAD.store(300, Ordering::Relaxed);
    world.finds_the_function();
    spawns(&world, &bridge).await;
    assert_eq!(world.secrets.reads(), 2);
}

#[tokio::test]
async fn a_function_that_was_deployed_anew_is_found_again() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.finds_the_function();
    spawns(&world, &bridge).await;

    world.modal.fail("FunctionMap", Status::not_found("No Function with ID 'fu-1' found."));
    world.finds_the_function();
    spawns(&world, &bridge).await;
    // Once: a function that is gone again is an error.
    world.modal.fail("FunctionMap", Status::not_found("gone"));
    world.finds_the_function();
    world.modal.fail("FunctionMap", Status::not_found("gone"));
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    assert_eq!(shown(&error), "ModalFunctionNotFound: Modal's FunctionMap found nothing: gone");
}

#[tokio::test]
async fn a_token_that_was_replaced_is_read_again() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.finds_the_function();
    spawns(&world, &bridge).await;

    world.secrets.hold("ak-2", "as-2");
    world.modal.fail("FunctionMap", Status::unauthenticated("revoked"));
    world.finds_the_function();
    spawns(&world, &bridge).await;
    let ids = world.modal.headers("FunctionMap", "x-modal-token-id");
    assert_eq!(ids.last().unwrap().as_deref(), Some("ak-2"));
}

#[tokio::test]
async fn a_wrong_token_is_read_again_once_and_then_said() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    for _ in 0..2 {
        world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    }
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    assert_eq!(shown(&error), "ModalAuthError: Modal refused the token: Token ID is malformed");
    assert_eq!(world.secrets.reads(), 2);

    world.secrets.hold("ak-2", "as-2");
    world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    world.finds_the_function();
    spawns(&world, &bridge).await;
}
