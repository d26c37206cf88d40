//! Calls whose result is waited for, by the control plane.

use modal_client::CallId;

use super::*;

#[tokio::test]
async fn remote_sends_cbor_polls_and_reads_the_result() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionGetOutputs", still_running());
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.id(), CallId::FunctionCall("fc-1".into()));
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    let [mut sent] = modal.requests::<m::FunctionMapRequest>("FunctionMap").try_into().unwrap();
    let synchronous = m::FunctionCallInvocationType::Sync as i32;
    assert_eq!(sent.function_call_invocation_type, synchronous);
    let input = sent.pipelined_inputs.remove(0).input;
    assert_eq!(input.as_ref().unwrap().data_format, CBOR);
    assert_eq!(sent_args(input), b"\x82\x82\xa1\x63key\x67cat.png\xa1\x65width\x18\x80\xa0");

    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    let poll = &polls[0];
    assert_eq!((&*poll.function_call_id, &*poll.last_entry_id), ("fc-1", "0-0"));
    assert!(poll.clear_on_success);
    assert_eq!((poll.max_values, &poll.input_jwts[..]), (1, &["jwt-1".to_owned()][..]));
    assert!((19.0..=20.0).contains(&poll.timeout), "{}", poll.timeout);
}

#[tokio::test]
async fn a_function_that_cannot_answer_in_cbor_is_refused_before_it_runs() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let old = m::FunctionHandleMetadata { supported_input_formats: vec![PICKLE], ..handle() };
    let function = function(&modal, &client, old).await.unwrap();
    let error = client.remote(&function, &args(), soon()).await.unwrap_err();
    expect_test::expect![[
        r#""render" was deployed by a Modal client that cannot answer in CBOR; redeploy it with modal >= 1.2 to call it by remote"#
    ]]
    .assert_eq(&error.to_string());
    assert_eq!(modal.rpcs(), ["FunctionGet"]);
}

#[tokio::test]
async fn a_call_that_modal_failed_is_given_back_to_it_with_the_newest_token() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    for jwt in ["jwt-2", "jwt-3"] {
        modal.answer("FunctionGetOutputs", outputs(result(6, "lost worker", None)));
        modal.answer(
            "FunctionRetryInputs",
            m::FunctionRetryInputsResponse { input_jwts: vec![jwt.into()] },
        );
    }
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    let retries = modal.requests::<m::FunctionRetryInputsRequest>("FunctionRetryInputs");
    assert_eq!(retries[0].function_call_jwt, "call-jwt");
    let said = |n: usize| (&*retries[n].inputs[0].input_jwt, retries[n].inputs[0].retry_count);
    assert_eq!((said(0), said(1)), (("jwt-1", 1), ("jwt-2", 2)));
    let first = &modal.requests::<m::FunctionMapRequest>("FunctionMap")[0].pipelined_inputs[0];
    assert_eq!(retries[1].inputs[0].input, first.input);
    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert_eq!(polls[2].input_jwts, ["jwt-3"]);
}

#[tokio::test]
async fn a_call_that_modal_keeps_failing_is_given_back_eight_times() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    for _ in 0..8 {
        modal.answer("FunctionGetOutputs", outputs(result(6, "", None)));
        modal.answer("FunctionRetryInputs", m::FunctionRetryInputsResponse { input_jwts: vec![] });
    }
    modal.answer("FunctionGetOutputs", outputs(result(6, "preempted", None)));

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let error = call.result(soon()).await.unwrap_err();
    assert_eq!(error, ModalError::Internal { status: 6, exception: "preempted".into() });
}

#[tokio::test]
async fn out_of_time_the_call_can_be_cancelled() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.hang("FunctionGetOutputs");
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let error = call.result(Instant::now() + Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error, ModalError::DeadlineExceeded { rpc: "FunctionGetOutputs" });

    modal.answer("FunctionCallCancel", ());
    assert_eq!(call.cancel(soon()).await, Ok(true));
    let [cancel] = &modal.requests::<m::FunctionCallCancelRequest>("FunctionCallCancel")[..] else {
        panic!()
    };
    assert_eq!((&*cancel.function_call_id, cancel.terminate_containers), ("fc-1", false));
}

#[tokio::test]
async fn a_result_that_expired_is_not_waited_for() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionGetOutputs", still_running());
    modal.answer(
        "FunctionGetOutputs",
        m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 0 },
    );
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let error = call.result(soon()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Modal's FunctionGetOutputs found nothing: the result has expired"
    );
}

#[tokio::test]
async fn a_call_that_modal_failed_in_the_last_moment_is_not_over() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionGetOutputs", outputs(result(6, "lost worker", None)));
    modal.hang("FunctionRetryInputs");
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let soon = Instant::now() + Duration::from_millis(300);
    let late = ModalError::DeadlineExceeded { rpc: "FunctionRetryInputs" };
    assert_eq!(call.result(soon).await, Err(late));

    // Who wants to know how it ended, to be sure that it was cancelled, learns that it has not.
    modal.answer("FunctionGetOutputs", outputs(result(6, "lost worker", None)));
    assert_eq!(call.ended(Duration::ZERO, super::soon()).await, Ok(None));
}
