//! HTTP requests get an HTTP answer, whatever happens.

use bridge_contract::ResponseFormat;
use expect_test::{Expect, expect};

use super::*;

const REQUEST: &str = include_str!("events/api_gateway_v2.json");

async fn check(world: &World, mode: Mode, expected: Expect) {
    let invocation = within(Duration::from_secs(20));
    let handled = world.bridge(mode).handle(REQUEST, &invocation).await;
    assert!(handled.reports[0].error.is_some(), "a failure is logged and counted");
    expected.assert_eq(&handled.answer.unwrap().to_string());
}

#[tokio::test]
async fn an_exception_is_a_bad_gateway_with_the_call() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(2, "ValueError('no')", None);
    check(&world, Mode::Remote, expect![[r#"{"statusCode":502,"isBase64Encoded":false,"headers":{"content-type":"application/json","x-modal-function-call-id":"fc-1"},"body":"{\"errorType\":\"ModalRemoteError\",\"errorMessage\":\"the Modal function raised ValueError('no') (function call fc-1)\",\"retryable\":false,\"function_call_id\":\"fc-1\"}"}"#]]).await;
}

#[tokio::test]
async fn a_function_s_timeout_is_a_gateway_timeout() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(4, "", None);
    check(&world, Mode::Remote, expect![[r#"{"statusCode":504,"isBase64Encoded":false,"headers":{"content-type":"application/json","x-modal-function-call-id":"fc-1"},"body":"{\"errorType\":\"ModalTimeout\",\"errorMessage\":\"the Modal function ran into its own timeout (function call fc-1)\",\"retryable\":false,\"function_call_id\":\"fc-1\"}"}"#]]).await;
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let world = World::start().await;
    world.finds_the_function();
    // Longer than this invocation has.
    world.modal.fail("FunctionMap", throttling(90.5));
    check(&world, Mode::Spawn, expect![[r#"{"statusCode":429,"isBase64Encoded":false,"headers":{"content-type":"application/json","retry-after":"91"},"body":"{\"errorType\":\"ModalThrottled\",\"errorMessage\":\"Modal is throttling: FunctionMap answered: slow down\",\"retryable\":true}"}"#]]).await;
}

#[tokio::test]
async fn a_request_nested_too_deep_is_too_large_and_a_message_is_not_lost() {
    let world = World::start().await;
    let options = Options { response_format: ResponseFormat::Http, ..Options::default() };
    let bridge = world.bridge_with(Mode::Spawn, options);
    let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
    let request = REQUEST.replacen('{', &format!(r#"{{"deep":{deep},"#), 1);
    let answer = handle_event(&bridge, &request).await.unwrap();
    expect![[r#"{"statusCode":413,"isBase64Encoded":false,"headers":{"content-type":"application/json"},"body":"{\"errorType\":\"BridgePayloadTooLarge\",\"errorMessage\":\"the event is nested deeper than 128 levels\",\"retryable\":false}"}"#]]
    .assert_eq(&answer.to_string());
    for other in [include_str!("events/sqs.json"), "{}"] {
        let event = other.replacen('{', &format!(r#"{{"deep":{deep},"#), 1).replace(",}", "}");
        let error = handle_event(&bridge, &event).await.unwrap_err();
        assert_eq!(error.error_type(), "BridgePayloadTooLarge");
    }
    let error = handle_event(&bridge, "secret").await.unwrap_err();
    expect!["BridgeEventError: the event is not JSON"].assert_eq(&shown(&error));
}

#[tokio::test]
async fn a_bridge_that_is_configured_wrong_says_nothing_of_it_to_the_internet() {
    let world = World::start().await;
    world.secrets.hold("token-id", "placeholder");
    check(&world, Mode::Spawn, expect![[r#"{"statusCode":500,"isBase64Encoded":false,"headers":{"content-type":"application/json"},"body":"{\"errorType\":\"InternalError\",\"errorMessage\":\"the request could not be handled\",\"retryable\":false}"}"#]]).await;
}

#[tokio::test]
async fn a_result_too_large_is_a_bad_gateway() {
    let world = World::start().await;
    world.finds_the_function();
    let large = [b"\x7a\x00\x70\x00\x00".as_slice(), &vec![b'x'; 7 << 20]].concat();
    world.returns(1, "", Some(&large));
    let answer = handle_event(&world.bridge(Mode::Remote), REQUEST).await.unwrap();
    assert_eq!(answer["statusCode"], 502);
}

#[tokio::test]
async fn who_wants_errors_gets_errors() {
    let world = World::start().await;
    for response_format in [ResponseFormat::Envelope, ResponseFormat::Result] {
        let options = Options { response_format, ..Options::default() };
        let bridge = world.bridge_with(Mode::Remote, options);
        world.finds_the_function();
        world.returns(2, "ValueError('no')", None);
        assert!(handle_event(&bridge, REQUEST).await.is_err());
    }
    let options = Options { response_format: ResponseFormat::Http, ..Options::default() };
    let bridge = world.bridge_with(Mode::Remote, options);
    world.finds_the_function();
    world.returns(2, "ValueError('no')", None);
    assert_eq!(handle_event(&bridge, "{}").await.unwrap()["statusCode"], 502);
}
