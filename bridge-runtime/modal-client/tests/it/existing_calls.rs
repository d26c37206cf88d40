//! Calls that another process started: looked at, waited for, cancelled.

use modal_client::{CallId, CallState};

use super::*;

const FAILURE: i32 = m::generic_result::GenericStatus::Failure as i32;

fn fc_1() -> CallId {
    CallId::FunctionCall("fc-1".into())
}

#[tokio::test]
async fn a_call_runs_then_has_a_result_that_stays_and_expires_in_the_end() {
    let modal = Modal::start().await;
    let client = client(&modal);
    modal.answer("FunctionGetOutputs", still_running());
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "KeyError('x')", None)));
    let nothing = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 0 };
    modal.answer("FunctionGetOutputs", nothing);
    let mut states = Vec::new();
    for _ in 0..4 {
        states.push(client.call_state("fc-1", Duration::from_secs(7), soon()).await.unwrap());
    }
    let raised = ModalError::Raised { exception: "KeyError('x')".into(), traceback: String::new() };
    let want = [
        CallState::Running,
        CallState::Succeeded(Some(json!({ "ok": true }))),
        CallState::Failed(raised),
        CallState::Expired,
    ];
    assert_eq!(states, want);
    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| !poll.clear_on_success && poll.timeout == 7.0));
    assert!(polls.iter().all(|poll| poll.input_jwts.is_empty()));
}

#[tokio::test]
async fn a_spawned_call_s_result_is_a_pickle_that_nobody_reads() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let pickled = m::FunctionGetOutputsItem {
        data_format: PICKLE,
        ..result(SUCCESS, "", Some(b"\x80\x04N."))
    };
    modal.answer("FunctionGetOutputs", outputs(pickled));
    let state = client.call_state("fc-1", Duration::ZERO, soon()).await;
    assert_eq!(state, Ok(CallState::Succeeded(None)));
}

#[tokio::test]
async fn a_call_that_another_process_started_is_waited_for_and_never_given_back() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionGetOutputs", still_running());
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));
    let mut call = client.resume(&function, &fc_1()).unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    modal.answer("FunctionGetOutputs", outputs(result(6, "preempted", None)));
    let mut call = client.resume(&function, &fc_1()).unwrap();
    let lost = ModalError::Internal { status: 6, exception: "preempted".into() };
    assert_eq!(call.result(soon()).await, Err(lost));

    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| !poll.clear_on_success), "the result stays");

    let nothing = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 0 };
    modal.answer("FunctionGetOutputs", nothing);
    let mut call = client.resume(&function, &fc_1()).unwrap();
    assert!(matches!(call.result(soon()).await, Err(ModalError::Gone { .. })), "it has expired");

    let attempt = CallId::Attempt("at-1".into());
    assert!(matches!(client.resume(&function, &attempt), Err(ModalError::Gone { .. })));
}
