//! Calls that nobody waits for.

use tonic::Status;

use super::*;

#[tokio::test]
async fn spawn_sends_pickled_arguments_and_returns_the_call_id() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());

    assert_eq!(client.spawn(&function, &args(), soon()).await, Ok("fc-1".into()));

    let [mut sent] = modal.requests::<m::FunctionMapRequest>("FunctionMap").try_into().unwrap();
    assert_eq!(sent.function_id, "fu-1");
    assert_eq!(sent.function_call_type, m::FunctionCallType::Unary as i32);
    let asynchronous = m::FunctionCallInvocationType::Async as i32;
    assert_eq!(sent.function_call_invocation_type, asynchronous);
    let input = sent.pipelined_inputs.remove(0).input;
    assert_eq!(input.as_ref().unwrap().data_format, PICKLE);
    // Python: pickle.loads(…) == (({"key": "cat.png"}, {"width": 128}), {})
    assert_eq!(
        sent_args(input),
        b"\x80\x02(}(X\x03\0\0\0keyX\x07\0\0\0cat.pngu}(X\x05\0\0\0widthJ\x80\0\0\0ut}\x86."
    );
}

#[tokio::test]
async fn spawn_goes_to_the_control_plane_even_when_there_is_an_input_plane() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let routed = m::FunctionHandleMetadata {
        input_plane_url: Some("http://127.0.0.1:1".into()),
        ..handle()
    };
    let function = function(&modal, &client, routed).await.unwrap();
    modal.answer("FunctionMap", mapped());
    client.spawn(&function, &args(), soon()).await.unwrap();
}

#[tokio::test]
async fn spawn_needs_no_cbor() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let old = m::FunctionHandleMetadata {
        supported_input_formats: vec![],
        supported_output_formats: vec![],
        ..handle()
    };
    let function = function(&modal, &client, old).await.unwrap();
    modal.answer("FunctionMap", mapped());
    client.spawn(&function, &args(), soon()).await.unwrap();
}

#[tokio::test]
async fn an_input_that_was_not_taken_is_sent_again() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", m::FunctionMapResponse { pipelined_inputs: vec![], ..mapped() });
    modal.answer("FunctionPutInputs", m::FunctionPutInputsResponse { inputs: vec![taken("j")] });

    assert_eq!(client.spawn(&function, &args(), soon()).await, Ok("fc-1".into()));
    let sent = &modal.requests::<m::FunctionPutInputsRequest>("FunctionPutInputs")[0];
    assert_eq!((&*sent.function_id, &*sent.function_call_id), ("fu-1", "fc-1"));
    let first = &modal.requests::<m::FunctionMapRequest>("FunctionMap")[0];
    assert_eq!(sent.inputs, first.pipelined_inputs);
}

#[tokio::test]
async fn a_full_queue_is_throttling() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", m::FunctionMapResponse { pipelined_inputs: vec![], ..mapped() });
    modal.answer("FunctionPutInputs", m::FunctionPutInputsResponse { inputs: vec![] });
    let error = client.spawn(&function, &args(), soon()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Modal is throttling: FunctionPutInputs answered: the function's queue is full (fc-1)"
    );

    modal.fail("FunctionMap", Status::resource_exhausted("2000 pending inputs, retry later"));
    let error = client.spawn(&function, &args(), soon()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Modal is throttling: FunctionMap answered: 2000 pending inputs, retry later"
    );
}

#[tokio::test]
async fn a_caller_s_own_key_is_that_of_every_try_and_of_no_other_call() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.fail("FunctionMap", tonic::Status::unavailable("lost"));
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionMap", mapped());
    let args = args();
    let input = Input { idempotency_key: Some("key-1"), ..Input::from(&args) };
    client.spawn(&function, input, soon()).await.unwrap();
    client.spawn(&function, &args, soon()).await.unwrap();
    let keys = modal.headers("FunctionMap", "x-idempotency-key");
    assert_eq!((keys[0].as_deref(), keys[1].as_deref()), (Some("key-1"), Some("key-1")));
    assert!(!["key-1", ""].contains(&keys[2].as_deref().unwrap()));
    assert_ne!(modal.headers("FunctionGet", "x-idempotency-key")[0].as_deref(), Some("key-1"));
}

#[tokio::test]
async fn keyword_arguments_stand_beside_the_positional_ones() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    let kwargs = serde_json::Map::from_iter([("context".to_owned(), json!({}))]);
    let args = [json!(null)];
    client.spawn(&function, Input { kwargs, ..Input::from(&args) }, soon()).await.unwrap();
    let [mut sent] = modal.requests::<m::FunctionMapRequest>("FunctionMap").try_into().unwrap();
    let sent = sent_args(sent.pipelined_inputs.remove(0).input);
    assert_eq!(sent, b"\x80\x02(Nt}(X\x07\0\0\0context}(uu\x86.");
}
