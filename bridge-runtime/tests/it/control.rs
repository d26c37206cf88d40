//! Questions about a call, to the bridge itself: what a state machine asks in a loop.

use expect_test::expect;

use super::*;

fn question(operation: &str) -> String {
    json!({ "modal_bridge": { "operation": operation, "function_call_id": "fc-9" } }).to_string()
}

#[tokio::test]
async fn a_call_is_running_then_has_its_result_and_is_gone_in_the_end() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    let nothing = |unfinished| m::FunctionGetOutputsResponse {
        outputs: vec![],
        num_unfinished_inputs: unfinished,
    };
    world.modal.answer("FunctionGetOutputs", nothing(1));
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    world.modal.answer("FunctionGetOutputs", nothing(0));
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(handle_event(&bridge, &question("get")).await.unwrap().to_string());
    }
    expect![[r#"
        {"status":"Success","response":{"function_call_id":"fc-9","state":"running"}}
        {"status":"Success","response":{"function_call_id":"fc-9","result":{"ok":true},"state":"succeeded"}}
        {"status":"Success","response":{"function_call_id":"fc-9","state":"expired"}}"#]]
    .assert_eq(&answers.join("\n"));
    assert_eq!(world.modal.rpcs(), ["FunctionGetOutputs"; 3], "no function is looked up");
}

#[tokio::test]
async fn a_call_that_failed_fails_the_question_as_remote_would() {
    let world = World::start().await;
    world.modal.answer("FunctionGetOutputs", outputs(2, "KeyError('x')", None));
    let error = handle_event(&world.bridge(Mode::Spawn), &question("get")).await.unwrap_err();
    expect!["ModalRemoteError: the Modal function raised KeyError('x') (function call fc-9)"]
        .assert_eq(&shown(&error));
}

#[tokio::test]
async fn a_call_is_cancelled_unless_it_had_ended() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Remote);
    let running = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 1 };
    let terminated = outputs(3, "", None);
    for (after, state) in [
        (running, "cancelled"),
        (terminated, "cancelled"),
        (outputs(1, "", Some(OK)), "ended"),
        (outputs(2, "KeyError('x')", None), "ended"),
    ] {
        world.modal.answer("FunctionCallCancel", ());
        world.modal.answer("FunctionGetOutputs", after);
        let answer = handle_event(&bridge, &question("cancel")).await.unwrap();
        assert_eq!(answer["response"], json!({ "function_call_id": "fc-9", "state": state }));
    }
    let cancels = world.modal.requests::<m::FunctionCallCancelRequest>("FunctionCallCancel");
    assert_eq!(cancels[0].function_call_id, "fc-9");
}

#[tokio::test]
async fn a_question_waits_as_long_as_it_says() {
    let world = World::start().await;
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    let question = json!({ "modal_bridge": {
        "operation": "get", "function_call_id": "fc-9", "timeout": 3,
    }});
    handle_event(&world.bridge(Mode::Spawn), &question.to_string()).await.unwrap();
    let polls = world.modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert_eq!((polls[0].timeout, polls[0].clear_on_success), (3.0, false));
}

#[tokio::test]
async fn a_call_that_modal_does_not_know_and_a_question_that_is_none_are_errors() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    let status = Status::not_found("No Function Call with ID 'fc-9' found.");
    world.modal.fail("FunctionGetOutputs", status);
    let error = handle_event(&bridge, &question("get")).await.unwrap_err();
    expect!["ModalFunctionNotFound: Modal's FunctionGetOutputs found nothing: No Function Call with ID 'fc-9' found. (function call fc-9)"]
        .assert_eq(&shown(&error));
    let error = handle_event(&bridge, &question("pause")).await.unwrap_err();
    expect![[r#"BridgeConfigError: the control event needs an operation: "get" or "cancel""#]]
        .assert_eq(&shown(&error));
}

#[tokio::test]
async fn a_token_that_was_replaced_is_read_again_for_a_question_too() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    let running = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 1 };
    world.modal.answer("FunctionGetOutputs", running);
    handle_event(&bridge, &question("get")).await.unwrap();
    world.secrets.hold("ak-2", "as-2");
    world.modal.fail("FunctionGetOutputs", Status::unauthenticated("revoked"));
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    handle_event(&bridge, &question("get")).await.unwrap();
    assert_eq!(world.secrets.reads(), 2);
}
