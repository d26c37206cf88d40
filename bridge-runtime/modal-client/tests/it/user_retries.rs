//! What a function's author wrote as `retries=` is carried out by whoever waits for it.

use super::*;

const FAILURE: i32 = m::generic_result::GenericStatus::Failure as i32;
const TIMEOUT: i32 = m::generic_result::GenericStatus::Timeout as i32;
const TERMINATED: i32 = m::generic_result::GenericStatus::Terminated as i32;

/// Waits no longer than the least there is: a second.
fn policy(retries: u32) -> m::FunctionRetryPolicy {
    m::FunctionRetryPolicy {
        retries,
        initial_delay_ms: 10,
        backoff_coefficient: 1.0,
        max_delay_ms: 60_000,
    }
}

fn mapped_with(retries: u32) -> m::FunctionMapResponse {
    m::FunctionMapResponse {
        retry_policy: Some(policy(retries)),
        sync_client_retries_enabled: true,
        ..mapped()
    }
}

fn given_back() -> m::FunctionRetryInputsResponse {
    m::FunctionRetryInputsResponse { input_jwts: vec!["jwt-2".into()] }
}

#[tokio::test]
async fn a_failure_and_a_timeout_are_tried_again_as_often_as_the_author_said() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped_with(2));
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "ValueError('1')", None)));
    modal.answer("FunctionRetryInputs", given_back());
    modal.answer("FunctionGetOutputs", outputs(result(TIMEOUT, "", None)));
    modal.answer("FunctionRetryInputs", given_back());
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));

    let started = Instant::now();
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));
    assert_eq!(call.attempts(), 3);
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    let retries = modal.requests::<m::FunctionRetryInputsRequest>("FunctionRetryInputs");
    assert_eq!(retries.iter().map(|r| r.inputs[0].retry_count).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn the_last_failure_is_the_answer() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped_with(1));
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "ValueError('1')", None)));
    modal.answer("FunctionRetryInputs", given_back());
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "ValueError('2')", None)));
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let error = call.result(soon()).await.unwrap_err();
    assert_eq!(error.to_string(), "the Modal function raised ValueError('2')");
}

#[tokio::test]
async fn who_was_cancelled_and_who_may_not_retry_are_not_tried_again() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped_with(5));
    modal.answer("FunctionGetOutputs", outputs(result(TERMINATED, "", None)));
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.result(soon()).await, Err(ModalError::Cancelled { exception: String::new() }));

    let by_the_server =
        m::FunctionMapResponse { sync_client_retries_enabled: false, ..mapped_with(5) };
    modal.answer("FunctionMap", by_the_server);
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "ValueError('1')", None)));
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert!(matches!(call.result(soon()).await, Err(ModalError::Raised { .. })));
}

#[tokio::test]
async fn a_retry_that_the_deadline_would_overtake_is_none() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped_with(5));
    modal.answer("FunctionGetOutputs", outputs(result(FAILURE, "ValueError('1')", None)));
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let soon = Instant::now() + Duration::from_millis(800);
    assert!(matches!(call.result(soon).await, Err(ModalError::Raised { .. })));
    assert!(Instant::now() < soon);
}
