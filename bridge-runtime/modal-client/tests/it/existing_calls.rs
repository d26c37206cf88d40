//! Calls that another process started: looked at, waited for, cancelled.

use modal_client::{CallId, CallState, Jwts, Ticket};
use tonic::Status;

use super::*;

const FAILURE: i32 = m::generic_result::GenericStatus::Failure as i32;

fn fc_1() -> Ticket {
    Ticket { call: CallId::FunctionCall("fc-1".into()), jwts: None }
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
    let mut call = client.resume(&function, &fc_1(), None).unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    modal.answer("FunctionGetOutputs", outputs(result(6, "preempted", None)));
    let mut call = client.resume(&function, &fc_1(), None).unwrap();
    let lost = ModalError::Internal { status: 6, exception: "preempted".into() };
    assert_eq!(call.result(soon()).await, Err(lost));

    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| !poll.clear_on_success), "the result stays");

    let nothing = m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 0 };
    modal.answer("FunctionGetOutputs", nothing);
    let mut call = client.resume(&function, &fc_1(), None).unwrap();
    assert!(matches!(call.result(soon()).await, Err(ModalError::Gone { .. })), "it has expired");

    let attempt = Ticket { call: CallId::Attempt("at-1".into()), jwts: None };
    assert!(matches!(client.resume(&function, &attempt, None), Err(ModalError::Gone { .. })));
}

#[tokio::test]
async fn who_takes_a_call_over_gives_it_back_with_what_its_starter_left() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    let args = args();
    let ticket = client.remote(&function, &args, soon()).await.unwrap().ticket();

    // Its starter gave it back twice.
    let lost = || m::FunctionGetOutputsItem { retry_count: 2, ..result(6, "lost worker", None) };
    modal.answer("FunctionGetOutputs", outputs(lost()));
    let input_jwts = vec!["jwt-4".into()];
    modal.answer("FunctionRetryInputs", m::FunctionRetryInputsResponse { input_jwts });
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));
    let mut call = client.resume(&function, &ticket, Some((&args).into())).unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));
    assert_eq!(call.attempts(), 4);
    let jwts = Jwts { call: "call-jwt".into(), input: "jwt-4".into() };
    assert_eq!(call.ticket(), Ticket { jwts: Some(jwts), ..ticket });

    let [retry] = &modal.requests::<m::FunctionRetryInputsRequest>("FunctionRetryInputs")[..]
    else {
        panic!()
    };
    assert_eq!(retry.function_call_jwt, "call-jwt");
    assert_eq!((&*retry.inputs[0].input_jwt, retry.inputs[0].retry_count), ("jwt-1", 3));
    let [map] = &modal.requests::<m::FunctionMapRequest>("FunctionMap")[..] else { panic!() };
    assert_eq!(retry.inputs[0].input, map.pipelined_inputs[0].input);
    // Until it has given the call back, it does not know which try is the last.
    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    let polls = polls.into_iter().map(|poll| poll.input_jwts).collect::<Vec<_>>();
    assert_eq!(polls, [vec![], vec!["jwt-4".to_owned()]]);
}

#[tokio::test]
async fn a_call_that_modal_does_not_take_back_has_failed() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    let jwts = Some(Jwts { call: "call-jwt".into(), input: "jwt-1".into() });
    let (ticket, args) = (Ticket { jwts, ..fc_1() }, args());
    for refusal in [
        Status::unauthenticated("the jwt has expired"),
        Status::invalid_argument("the input does not belong to this function call"),
        Status::not_found("no such input"),
    ] {
        modal.answer("FunctionGetOutputs", outputs(result(6, "lost worker", None)));
        modal.fail("FunctionRetryInputs", refusal);
        let mut call = client.resume(&function, &ticket, Some((&args).into())).unwrap();
        let lost = ModalError::Internal { status: 6, exception: "lost worker".into() };
        assert_eq!(call.result(soon()).await, Err(lost));
    }
    // What may go better later says nothing of the call.
    modal.answer("FunctionGetOutputs", outputs(result(6, "lost worker", None)));
    modal.fail("FunctionRetryInputs", Status::resource_exhausted("the queue is full"));
    let mut call = client.resume(&function, &ticket, Some((&args).into())).unwrap();
    assert!(matches!(call.result(soon()).await, Err(ModalError::Throttled { .. })));
}
