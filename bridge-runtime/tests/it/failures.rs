//! What an invocation fails with, in the words that its caller reads.

use bridge_contract::OnTimeout;
use expect_test::{Expect, expect};
use http::StatusCode;

use super::*;

async fn check(world: &World, mode: Mode, expected: Expect) {
    let error = handle_event(&world.bridge(mode), "{}").await.unwrap_err();
    expected.assert_eq(&shown(&error));
}

#[tokio::test]
async fn an_exception_comes_back_in_python_s_words_with_the_call() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(2, r#"ValueError("bad event")"#, None);
    check(&world, Mode::Remote, expect![[r#"ModalRemoteError: the Modal function raised ValueError("bad event") (function call fc-1)"#]]).await;
}

#[tokio::test]
async fn a_web_function_is_refused() {
    let world = World::start().await;
    let web = m::FunctionHandleMetadata { web_url: "https://x.modal.run".into(), ..handle() };
    world.modal.answer("FunctionGet", found(web));
    check(&world, Mode::Spawn, expect![[r#"ModalIncompatibleFunction: "render" is a web function: call it by HTTP at https://x.modal.run"#]]).await;
}

#[tokio::test]
async fn a_generator_is_refused() {
    let world = World::start().await;
    let generator = m::function::FunctionType::Generator.into();
    let generator = m::FunctionHandleMetadata { function_type: generator, ..handle() };
    world.modal.answer("FunctionGet", found(generator));
    check(
        &world,
        Mode::Remote,
        expect![[
            r#"ModalIncompatibleFunction: "render" is a generator, which the bridge cannot call"#
        ]],
    )
    .await;
}

#[tokio::test]
async fn a_placeholder_is_said_and_looked_at_again_next_time() {
    let world = World::start().await;
    world.secrets.hold("token-id", "cb6f2a1d");
    let bridge = world.bridge(Mode::Spawn);
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    expect![[r#"ModalTokenNotConfigured: the token secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-x1Y2z3 still holds the placeholder; put a Modal token into it, as {"MODAL_TOKEN_ID": "ak-…", "MODAL_TOKEN_SECRET": "as-…"}"#]].assert_eq(&shown(&error));

    world.secrets.hold("ak-1", "as-1");
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&bridge, "{}").await.unwrap(), spawned("fc-1"));
}

#[tokio::test]
async fn a_secret_that_may_not_be_read_is_said_in_aws_s_words() {
    let world = World::start().await;
    world.secrets.fail(
        StatusCode::BAD_REQUEST,
        "AccessDeniedException",
        "User is not authorized to perform: secretsmanager:GetSecretValue",
    );
    check(&world, Mode::Spawn, expect![[r#"BridgeSecretError: cannot read the Modal token from arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-x1Y2z3: Secrets Manager answered AccessDeniedException: User is not authorized to perform: secretsmanager:GetSecretValue (AWS request id req-1)"#]]).await;
    assert_eq!(world.secrets.reads(), 1);
}

#[tokio::test]
async fn a_secret_that_holds_something_else_is_not_quoted() {
    let world = World::start().await;
    for secret in ["hush", r#"{"token":"hush"}"#, r#"["hush"]"#] {
        world.secrets.hold_text(secret);
        check(&world, Mode::Spawn, expect![[r#"BridgeSecretError: cannot read the Modal token from arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal-x1Y2z3: expected a JSON object with MODAL_TOKEN_ID and MODAL_TOKEN_SECRET"#]]).await;
    }
}

#[tokio::test]
async fn secrets_manager_is_asked_again_after_a_failure_of_its_own() {
    let world = World::start().await;
    world.secrets.fail(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceError", "oops");
    world.secrets.fail(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded");
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&world.bridge(Mode::Spawn), "{}").await.unwrap(), spawned("fc-1"));
    assert_eq!(world.secrets.reads(), 3);
}

#[tokio::test]
async fn a_missing_function_is_named() {
    let world = World::start().await;
    world.modal.fail("FunctionGet", Status::not_found("?"));
    world.modal.fail("EnvironmentList", Status::permission_denied("no"));
    check(&world, Mode::Spawn, expect![[r#"ModalFunctionNotFound: Modal has no function "render" in app "thumbnails", environment "main""#]]).await;
}

#[tokio::test]
async fn out_of_time_the_call_is_cancelled_and_named() {
    let world = World::start().await;
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    world.modal.hang("FunctionGetOutputs");
    world.modal.answer("FunctionCallCancel", ());
    // Terminated.
    world.modal.answer("FunctionGetOutputs", outputs(3, "", None));
    let invocation = within(Duration::from_millis(1200));
    let bridge = world.bridge(Mode::Remote);
    let error = bridge.handle("{}", &invocation).await.answer.unwrap_err();
    expect![[r#"BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which was cancelled"#]].assert_eq(&shown(&error));
    assert!(tokio::time::Instant::now() < invocation.deadline.killed);
}

#[tokio::test]
async fn a_call_that_ended_just_before_it_was_cancelled_has_its_result() {
    let world = World::start().await;
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    world.modal.hang("FunctionGetOutputs");
    world.modal.answer("FunctionCallCancel", ());
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    let invocation = within(Duration::from_millis(1200));
    let answer = world.bridge(Mode::Remote).handle("{}", &invocation).await.answer;
    assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
    let polls = world.modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls[1].timeout < 0.25, "there is no time to wait");
}

#[tokio::test]
async fn out_of_time_a_call_that_is_to_be_abandoned_runs_on() {
    let world = World::start().await;
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    world.modal.hang("FunctionGetOutputs");
    let options = Options { on_timeout: OnTimeout::Abandon, ..Options::default() };
    let bridge = world.bridge_with(Mode::Remote, options);
    let invocation = within(Duration::from_millis(1000));
    let error = bridge.handle("{}", &invocation).await.answer.unwrap_err();
    expect![[r#"BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which runs on, as on_timeout = "abandon" says"#]].assert_eq(&shown(&error));
    assert!(!world.modal.rpcs().contains(&"FunctionCallCancel"));
}

#[tokio::test]
async fn modal_s_throttling_is_waited_for_within_the_time_that_is_left() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Spawn);
    world.finds_the_function();
    world.modal.fail("FunctionMap", throttling(0.3));
    world.modal.fail("FunctionMap", throttling(0.3));
    world.modal.answer("FunctionMap", mapped());
    let started = tokio::time::Instant::now();
    assert_eq!(handle_event(&bridge, "{}").await.unwrap(), spawned("fc-1"));
    assert!(started.elapsed() >= Duration::from_millis(600));

    world.modal.fail("FunctionMap", throttling(30.0));
    let started = tokio::time::Instant::now();
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    expect!["ModalThrottled: Modal is throttling: FunctionMap answered: slow down"]
        .assert_eq(&shown(&error));
    assert!(started.elapsed() < Duration::from_secs(5), "what cannot succeed is not waited for");
}

#[tokio::test]
async fn a_cancellation_that_hangs_does_not_cost_the_answer() {
    let world = World::start().await;
    world.finds_the_function();
    world.modal.answer("FunctionMap", mapped());
    world.modal.hang("FunctionGetOutputs");
    world.modal.hang("FunctionCallCancel");
    let invocation = within(Duration::from_millis(1200));
    let bridge = world.bridge(Mode::Remote);
    let error = bridge.handle("{}", &invocation).await.answer.unwrap_err();
    expect![[r#"BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which runs on: it could not be cancelled"#]].assert_eq(&shown(&error));
    assert!(tokio::time::Instant::now() < invocation.deadline.killed);
}

#[tokio::test]
async fn a_result_that_lambda_would_refuse_is_an_error() {
    let world = World::start().await;
    world.finds_the_function();
    let large = [b"\x7a\x00\x70\x00\x00".as_slice(), &vec![b'x'; 7 << 20]].concat();
    world.returns(1, "", Some(&large));
    check(&world, Mode::Remote, expect!["BridgePayloadTooLarge: the answer has 7340077 bytes, and Lambda takes at most 6291456; let the function store its result and return where it is (function call fc-1)"]).await;
}

#[tokio::test]
async fn a_deeply_nested_result_is_answered_and_a_deeper_one_refused() {
    let world = World::start().await;
    let bridge = world.bridge(Mode::Remote);
    world.finds_the_function();
    let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
    world.returns(1, "", Some(&nested(250)));
    let answer = handle_event(&bridge, "{}").await.unwrap();
    assert_eq!(answer.to_string().matches('[').count(), 250);
    world.returns(1, "", Some(&nested(300)));
    let error = handle_event(&bridge, "{}").await.unwrap_err();
    expect!["ModalResultError: the function's result is nested too deeply (function call fc-1)"]
        .assert_eq(&shown(&error));
}

#[tokio::test]
async fn an_input_plane_s_attempt_is_named_where_there_is_no_call_id() {
    let world = World::start().await;
    let plane = Modal::start().await;
    let routed = m::FunctionHandleMetadata {
        input_plane_url: Some(plane.url()),
        input_plane_region: Some("eu-west".into()),
        ..handle()
    };
    world.modal.answer("FunctionGet", found(routed));
    world.modal.answer("AuthTokenGet", m::AuthTokenGetResponse { token: "jwt".into() });
    plane.answer(
        "AttemptStart",
        m::AttemptStartResponse { attempt_token: "at-1".into(), retry_policy: None },
    );
    let failed = Some(output(2, "KeyError('x')", None));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output: failed });
    check(
        &world,
        Mode::Remote,
        expect!["ModalRemoteError: the Modal function raised KeyError('x') (attempt at-1)"],
    )
    .await;
}

#[tokio::test]
async fn a_modal_that_cannot_be_reached_is_named_with_what_to_look_at() {
    let world = World::start().await;
    let World { modal, secrets } = world;
    let vars = World { modal: Modal::start().await, secrets };
    let mut config = vars.config(Mode::Spawn);
    config.server_url = Some(modal.url());
    drop(modal);
    let env = vars.vars(Mode::Spawn);
    let access = AwsAccess::from_env(|name| env.get(name).cloned());
    let bridge = Bridge::new(config, access, now).unwrap();
    let error = shown(&handle_event(&bridge, "{}").await.unwrap_err());
    assert!(error.starts_with("BridgeConnectError: cannot reach Modal at 127.0.0.1: "), "{error}");
    assert!(
        error.ends_with("a Lambda in a VPC needs a NAT gateway or another way to the internet")
    );
}
