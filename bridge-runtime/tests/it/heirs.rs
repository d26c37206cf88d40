//! A call whose starter has gone: who comes next takes it over, alone, and gives it back to Modal where
//! Modal failed it.

use std::sync::atomic::{AtomicU64, Ordering};

use bridge_contract::OnTimeout;

use super::*;
use crate::idempotency::{MESSAGE, Tabled, options};

/// A clock that can be set ahead of what a starter had locked.
macro_rules! clock {
    ($ahead:ident, $clock:ident) => {
        static $ahead: AtomicU64 = AtomicU64::new(0);
        fn $clock() -> SystemTime {
            now() + Duration::from_secs($ahead.load(Ordering::Relaxed))
        }
    };
}

fn started() -> m::FunctionMapResponse {
    m::FunctionMapResponse { function_call_jwt: "call-jwt".into(), ..mapped() }
}

fn given_back(jwt: &str) -> m::FunctionRetryInputsResponse {
    m::FunctionRetryInputsResponse { input_jwts: vec![jwt.into()] }
}

fn lost() -> m::FunctionGetOutputsResponse {
    outputs(6, "lost worker", None)
}

/// Modal takes the call back under this name, and carries it out.
fn carried_out_under(tabled: &Tabled, jwt: &str) {
    tabled.modal.answer("FunctionRetryInputs", given_back(jwt));
    tabled.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
}

fn abandon() -> Options {
    Options { on_timeout: OnTimeout::Abandon, ..options() }
}

/// Starts a call on the control plane, and runs out of time.
async fn start(tabled: &Tabled, bridge: &Bridge) {
    tabled.modal.answer("FunctionMap", started());
    tabled.modal.hang("FunctionGetOutputs");
    let short = within(Duration::from_millis(1000));
    assert!(bridge.handle(MESSAGE, &short).await.answer.is_err());
}

fn retries(tabled: &Tabled) -> Vec<m::FunctionRetryInputsRequest> {
    tabled.modal.requests("FunctionRetryInputs")
}

#[tokio::test]
async fn a_call_that_modal_failed_when_its_starter_had_gone_is_given_back_and_no_other_is_made() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Remote, abandon(), clock));
    start(&tabled, &bridges[0]).await;
    assert_eq!(tabled.table.attribute("call_jwt").as_deref(), Some("call-jwt"));
    assert_eq!(tabled.table.attribute("input_jwt").as_deref(), Some("jwt"));

    // It gives the call back, and runs out of time as well.
    AHEAD.store(25, Ordering::Relaxed);
    tabled.modal.answer("FunctionGetOutputs", lost());
    tabled.modal.answer("FunctionRetryInputs", given_back("jwt-2"));
    tabled.modal.hang("FunctionGetOutputs");
    let short = within(Duration::from_millis(1000));
    assert!(bridges[1].handle(MESSAGE, &short).await.answer.is_err());
    assert_eq!(retries(&tabled)[0].function_call_jwt, "call-jwt");
    assert_eq!(retries(&tabled)[0].inputs[0].input_jwt, "jwt");
    assert_eq!(tabled.table.attribute("input_jwt").as_deref(), Some("jwt-2"));

    AHEAD.store(50, Ordering::Relaxed);
    tabled.modal.answer("FunctionGetOutputs", lost());
    carried_out_under(&tabled, "jwt-3");
    let handled = bridges[0].handle(MESSAGE, &within(Duration::from_secs(20))).await;
    assert_eq!(handled.answer.unwrap(), success(json!({ "ok": true })));
    assert!(handled.reports[0].duplicate);
    assert_eq!(retries(&tabled)[1].inputs[0].input_jwt, "jwt-2");
    let [map] = &tabled.modal.requests::<m::FunctionMapRequest>("FunctionMap")[..] else {
        panic!("a call was made anew")
    };
    assert_eq!(retries(&tabled)[1].inputs[0].input, map.pipelined_inputs[0].input);
    // What is over is not to be given back, and what it would take is nobody's business any more.
    assert_eq!(tabled.table.attribute("call_jwt"), None);
    assert_eq!(tabled.table.attribute("input_jwt"), None);
}

#[tokio::test]
async fn of_two_who_find_a_call_without_its_starter_one_gives_it_back() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 3].map(|_| tabled.bridge_at(Mode::Remote, abandon(), clock));
    start(&tabled, &bridges[0]).await;

    AHEAD.store(25, Ordering::Relaxed);
    // Both find it failed; the one who may not give it back leaves it as it is.
    for _ in 0..2 {
        tabled.modal.answer_after("FunctionGetOutputs", Duration::from_millis(300), lost());
    }
    carried_out_under(&tabled, "jwt-2");
    let long = within(Duration::from_secs(20));
    let (one, other) =
        tokio::join!(bridges[1].handle(MESSAGE, &long), bridges[2].handle(MESSAGE, &long));
    let mut answers = [one.answer, other.answer];
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers[0], Ok(success(json!({ "ok": true }))));
    assert_eq!(answers[1].as_ref().unwrap_err().error_type(), "ModalInternalError");
    assert_eq!((tabled.calls(), retries(&tabled).len()), (1, 1));
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("COMPLETED"));
}

#[tokio::test]
async fn who_waits_for_another_s_call_takes_it_over_when_that_one_is_gone() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Remote, abandon(), clock));
    start(&tabled, &bridges[0]).await;

    // The starter's time ends while it waits.
    let locked_until = now() + Duration::from_secs(300);
    let locked_until = locked_until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
    tabled.table.put("locked_until", json!({ "N": locked_until.to_string() }));
    tabled.modal.answer_after("FunctionGetOutputs", Duration::from_millis(300), lost());
    tabled.modal.answer("FunctionGetOutputs", lost());
    carried_out_under(&tabled, "jwt-2");
    let long = within(Duration::from_secs(20));
    let (handled, ()) = tokio::join!(bridges[1].handle(MESSAGE, &long), async {
        until(tokio::time::Instant::now() + Duration::from_millis(200)).await;
        AHEAD.store(600, Ordering::Relaxed);
    });
    assert_eq!(handled.answer.unwrap(), success(json!({ "ok": true })));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_take_over_whose_answer_was_lost_is_known_as_one_s_own() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Remote, abandon(), clock));
    start(&tabled, &bridges[0]).await;

    AHEAD.store(25, Ordering::Relaxed);
    // The first look says whose the call is, and changes nothing.
    tabled.table.lose_answers_after(1, 1);
    tabled.modal.answer("FunctionGetOutputs", lost());
    carried_out_under(&tabled, "jwt-2");
    let answer = handle_event(&bridges[1], MESSAGE).await;
    assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_that_modal_failed_before_it_could_be_cancelled_is_given_back_by_the_next() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Remote, options(), clock));
    tabled.modal.answer("FunctionMap", started());
    tabled.modal.hang("FunctionGetOutputs");
    tabled.modal.answer("FunctionCallCancel", ());
    tabled.modal.answer("FunctionGetOutputs", lost());
    let short = within(Duration::from_millis(1000));
    assert!(bridges[0].handle(MESSAGE, &short).await.answer.is_err());
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("INPROGRESS"));

    AHEAD.store(25, Ordering::Relaxed);
    tabled.modal.answer("FunctionGetOutputs", lost());
    carried_out_under(&tabled, "jwt-2");
    let answer = handle_event(&bridges[1], MESSAGE).await;
    assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_that_modal_does_not_take_back_is_made_anew_and_nobody_is_stuck() {
    clock!(AHEAD, clock);
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Remote, abandon(), clock));
    start(&tabled, &bridges[0]).await;

    AHEAD.store(25, Ordering::Relaxed);
    tabled.modal.answer("FunctionGetOutputs", lost());
    tabled.modal.fail("FunctionRetryInputs", Status::unauthenticated("the jwt has expired"));
    let error = handle_event(&bridges[1], MESSAGE).await.unwrap_err();
    assert_eq!(error.error_type(), "ModalInternalError");
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("FAILED"));
    assert_eq!(tabled.table.attribute("call_jwt"), None);
    tabled.modal.answer("FunctionMap", started());
    tabled.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    assert!(handle_event(&bridges[1], MESSAGE).await.is_ok());
    assert_eq!(tabled.calls(), 2);
}
