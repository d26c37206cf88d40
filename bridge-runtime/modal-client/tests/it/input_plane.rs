//! Calls whose handle names an input plane.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use modal_client::{CallId, Progress, Ticket};
use tonic::Status;

use super::*;

fn routed(input_plane: &Modal) -> m::FunctionHandleMetadata {
    m::FunctionHandleMetadata {
        input_plane_url: Some(input_plane.url()),
        input_plane_region: Some("eu-west".into()),
        ..handle()
    }
}

fn started(token: &str) -> m::AttemptStartResponse {
    m::AttemptStartResponse { attempt_token: token.into(), retry_policy: None }
}

fn at_1() -> Ticket {
    Ticket { call: CallId::Attempt("at-1".into()), jwts: None }
}

fn auth_token() -> m::AuthTokenGetResponse {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"exp":4102444800}"#);
    m::AuthTokenGetResponse { token: format!("e30.{payload}.c2ln") }
}

#[tokio::test]
async fn remote_starts_and_awaits_an_attempt_there() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    modal.answer("AuthTokenGet", auth_token());
    plane.answer("AttemptStart", started("at-1"));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output: None });
    let output = Some(result(SUCCESS, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.id(), CallId::Attempt("at-1".into()));
    assert_eq!(call.id().to_string(), "attempt at-1");
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    // One token for all calls.
    assert_eq!(modal.rpcs(), ["FunctionGet", "AuthTokenGet"]);
    let token = Some(auth_token().token);
    assert_eq!(plane.headers("AttemptStart", "x-modal-auth-token")[0], token);
    assert_eq!(plane.headers("AttemptAwait", "x-modal-auth-token"), [token.clone(), token]);
    let region = plane.headers("AttemptAwait", "x-modal-input-plane-region");
    assert_eq!(region[0].as_deref(), Some("eu-west"));
    let secret = plane.headers("AttemptStart", "x-modal-token-secret");
    assert_eq!(secret[0].as_deref(), Some("as-1"));

    let [mut start] = plane.requests::<m::AttemptStartRequest>("AttemptStart").try_into().unwrap();
    assert_eq!(start.function_id, "fu-1");
    let input = start.input.take().unwrap().input;
    assert_eq!(input.as_ref().unwrap().data_format, CBOR);
    let waits = plane.requests::<m::AttemptAwaitRequest>("AttemptAwait");
    assert_eq!(waits[1].attempt_token, "at-1");
}

#[tokio::test]
async fn a_call_that_modal_failed_becomes_a_new_attempt() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    modal.answer("AuthTokenGet", auth_token());
    plane.answer("AttemptStart", started("at-1"));
    let output = Some(result(6, "lost worker", None));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    plane.answer("AttemptRetry", m::AttemptRetryResponse { attempt_token: "at-2".into() });
    let output = Some(result(SUCCESS, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));
    assert_eq!(call.id(), CallId::Attempt("at-2".into()));

    let [retry] = &plane.requests::<m::AttemptRetryRequest>("AttemptRetry")[..] else { panic!() };
    let [start] = &plane.requests::<m::AttemptStartRequest>("AttemptStart")[..] else { panic!() };
    assert_eq!(retry.attempt_token, "at-1");
    assert_eq!(retry.input, start.input);
}

#[tokio::test]
async fn an_attempt_that_another_process_started_is_waited_for() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    modal.answer("AuthTokenGet", auth_token());
    for _ in 0..2 {
        plane.answer("AttemptAwait", m::AttemptAwaitResponse { output: None });
    }
    let output = Some(result(SUCCESS, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    let mut call = client.resume(&function, &at_1(), None).unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));
}

/// Its starter died before it could tell anybody the new name.
#[tokio::test]
async fn an_attempt_that_was_given_back_is_found_by_giving_it_back_as_before() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    modal.answer("AuthTokenGet", auth_token());
    plane.answer("AttemptStart", started("at-1"));
    let output = Some(result(6, "lost worker", None));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    let renamed = || m::AttemptRetryResponse { attempt_token: "at-2".into() };
    plane.answer("AttemptRetry", renamed());
    let args = args();
    let mut starter = client.remote(&function, &args, soon()).await.unwrap();
    let ticket = starter.ticket();
    assert_eq!(starter.advance(soon()).await, Ok(Progress::GivenBack));

    let void = || Status::not_found("No attempt with this token found.");
    plane.fail("AttemptAwait", void());
    plane.answer("AttemptRetry", renamed());
    let output = Some(result(SUCCESS, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    let mut heir = client.resume(&function, &ticket, Some((&args).into())).unwrap();
    assert_eq!(heir.result(soon()).await, Ok(json!({ "ok": true })));
    assert_eq!(heir.id(), CallId::Attempt("at-2".into()));
    let retries = plane.requests::<m::AttemptRetryRequest>("AttemptRetry");
    assert_eq!(retries[0], retries[1]);
    let keys = plane.headers("AttemptRetry", "x-idempotency-key");
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0].as_ref().unwrap().len(), 36);

    // Who shares the call with its starter leaves that to the starter, and a plane that knows the
    // attempt no more has the last word.
    plane.fail("AttemptAwait", void());
    let mut guest = client.resume(&function, &ticket, None).unwrap();
    assert!(matches!(guest.result(soon()).await, Err(ModalError::Gone { .. })));
    plane.fail("AttemptAwait", void());
    plane.fail("AttemptRetry", void());
    let mut heir = client.resume(&function, &ticket, Some((&args).into())).unwrap();
    let error = heir.result(soon()).await.unwrap_err();
    assert!(matches!(error, ModalError::Gone { rpc: "AttemptAwait", .. }), "{error}");
}

#[tokio::test]
async fn an_auth_token_that_the_plane_refuses_is_fetched_anew() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    for _ in 0..3 {
        modal.answer("AuthTokenGet", auth_token());
    }
    let expired = || Status::unauthenticated("the auth token has expired");
    plane.fail("AttemptStart", expired());
    plane.answer("AttemptStart", started("at-1"));
    plane.fail("AttemptAwait", expired());
    let output = Some(result(SUCCESS, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.result(soon()).await, Ok(json!({ "ok": true })));

    // Once: what a new one does not help is an error.
    plane.fail("AttemptStart", expired());
    modal.answer("AuthTokenGet", auth_token());
    plane.fail("AttemptStart", expired());
    let error = client.remote(&function, &args(), soon()).await.unwrap_err();
    assert!(matches!(error, ModalError::Unauthenticated { .. }), "{error}");
}

#[tokio::test]
async fn nothing_cancels_an_attempt() {
    let (modal, plane) = (Modal::start().await, Modal::start().await);
    let client = client(&modal);
    let function = function(&modal, &client, routed(&plane)).await.unwrap();
    modal.answer("AuthTokenGet", auth_token());
    plane.answer("AttemptStart", started("at-1"));
    let call = client.remote(&function, &args(), soon()).await.unwrap();
    assert_eq!(call.cancel(soon()).await, Ok(false));
}

#[tokio::test]
async fn an_input_plane_in_cleartext_is_refused() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let routed = m::FunctionHandleMetadata {
        input_plane_url: Some("http://input.modal.example".into()),
        ..handle()
    };
    let function = function(&modal, &client, routed).await.unwrap();
    let error = client.remote(&function, &args(), soon()).await.unwrap_err();
    expect_test::expect![[
        r#"cannot call Modal at "http://input.modal.example": http:// would send the token in cleartext; it is accepted for loopback only"#
    ]]
    .assert_eq(&error.to_string());
}
