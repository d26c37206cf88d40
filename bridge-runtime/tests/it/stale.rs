//! What is kept between invocations, and what replaces it when it has gone stale.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use bridge_contract::BatchMode;

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
    world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    assert_eq!(shown(&error), "ModalAuthError: Modal refused the token: Token ID is malformed");
    assert_eq!(world.secrets.reads(), 2);

    world.secrets.hold("ak-2", "as-2");
    world.modal.fail("FunctionGet", Status::unauthenticated("Token ID is malformed"));
    world.finds_the_function();
    spawns(&world, &bridge).await;
}

fn refused() -> Status {
    Status::unauthenticated("the token was revoked")
}

#[tokio::test]
async fn a_token_replaced_while_a_result_is_waited_for_is_read_again_and_the_call_is_the_same() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Remote);
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    let after = Duration::from_millis(200);
    let running = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 1 };
    world.modal.answer_after("FunctionGetOutputs", after, running);
    world.modal.fail("FunctionGetOutputs", refused());
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    let (answer, ()) = tokio::join!(handle_event(&bridge, "{}"), async {
        while !world.modal.rpcs().contains(&"FunctionGetOutputs") {
            tokio::task::yield_now().await;
        }
        world.secrets.hold("ak-2", "as-2");
    });
    assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
    assert_eq!(
        world.modal.rpcs()[1..],
        ["FunctionMap", "FunctionGetOutputs", "FunctionGetOutputs", "FunctionGetOutputs"]
    );
    let ids = world.modal.headers("FunctionGetOutputs", "x-modal-token-id");
    assert_eq!(ids, ["ak-1", "ak-1", "ak-2"].map(|id| Some(id.to_owned())));
    let polls = world.modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| poll.function_call_id == "fc-1"));
}

#[tokio::test]
async fn a_token_replaced_while_an_attempt_is_waited_for_is_read_again_and_the_attempt_is_the_same()
{
    let world = World::start().await;
    let plane = Modal::start().await;
    let bridge = world.bridge(Mode::Remote);
    let routed = m::FunctionHandleMetadata {
        input_plane_url: Some(plane.url()),
        input_plane_region: Some("eu-west".into()),
        ..handle()
    };
    world.modal.answer("FunctionGet", found(routed));
    let token = |token: &str| m::AuthTokenGetResponse { token: token.into() };
    world.modal.answer("AuthTokenGet", token("jwt-1"));
    let started = m::AttemptStartResponse { attempt_token: "at-1".into(), retry_policy: None };
    plane.answer("AttemptStart", started);
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output: None });
    plane.fail("AttemptAwait", refused());
    world.modal.fail("AuthTokenGet", refused());
    world.modal.answer("AuthTokenGet", token("jwt-2"));
    let output = Some(output(1, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    let (answer, ()) = tokio::join!(handle_event(&bridge, "{}"), async {
        while !plane.rpcs().contains(&"AttemptStart") {
            tokio::task::yield_now().await;
        }
        world.secrets.hold("ak-2", "as-2");
    });
    assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
    assert_eq!(plane.rpcs(), ["AttemptStart", "AttemptAwait", "AttemptAwait", "AttemptAwait"]);
    let last = |name| plane.headers("AttemptAwait", name).pop().unwrap();
    assert_eq!(last("x-modal-auth-token").as_deref(), Some("jwt-2"));
    assert_eq!(last("x-modal-token-id").as_deref(), Some("ak-2"));
}

#[tokio::test]
async fn a_token_that_was_not_replaced_while_a_result_is_waited_for_is_an_error_with_the_call() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Remote);
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    world.modal.fail("FunctionGetOutputs", refused());
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    assert_eq!(
        shown(&error),
        "ModalAuthError: Modal refused the token: the token was revoked (function call fc-1)"
    );
    assert_eq!(world.secrets.reads(), 2);
}

#[tokio::test]
async fn many_calls_whose_token_was_replaced_read_it_once() {
    let world = World::start().await;
    let options = Options { batch_mode: BatchMode::Record, ..Options::default() };
    let bridge = world.bridge_with(Mode::Remote, options);
    world.finds_the_function();
    let record = |id: &str| json!({ "eventSource": "aws:sqs", "messageId": id });
    let records = ["1", "2", "3"].map(record);
    let event = json!({ "Records": records }).to_string();
    for _ in 0..3 {
        world.modal.answer("FunctionMap", mapped());
        world.modal.fail("FunctionGetOutputs", refused());
    }
    for _ in 0..3 {
        world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    }
    let (answer, ()) = tokio::join!(handle_event(&bridge, &event), async {
        while !world.modal.rpcs().contains(&"FunctionMap") {
            tokio::task::yield_now().await;
        }
        world.secrets.hold("ak-2", "as-2");
    });
    assert_eq!(answer.unwrap()["batchItemFailures"], json!([]));
    assert_eq!(world.secrets.reads(), 2);
}
