//! With a table, no event is passed on twice: what the table says in each case, and what is called.

use std::sync::atomic::{AtomicU64, Ordering};

use bridge_contract::{BatchMode, Idempotency, OnTimeout};
use expect_test::expect;
use http::StatusCode;

use super::*;
use crate::dynamodb::DynamoDb;

pub(crate) const MESSAGE: &str = include_str!("events/sqs.json");

/// The servers that a bridge with a table meets.
pub(crate) struct Tabled {
    world: World,
    pub(crate) table: DynamoDb,
}

impl std::ops::Deref for Tabled {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

pub(crate) fn options() -> Options {
    let idempotency =
        Idempotency { table: "done".into(), key_path: None, ttl_seconds: Idempotency::TTL_SECONDS };
    Options { idempotency: Some(idempotency), ..Options::default() }
}

impl Tabled {
    pub(crate) async fn start() -> Self {
        Self { world: World::start().await, table: DynamoDb::start().await }
    }

    fn bridge(&self, mode: Mode) -> Bridge {
        self.bridge_with(mode, options())
    }

    fn bridge_with(&self, mode: Mode, options: Options) -> Bridge {
        self.bridge_at(mode, options, now)
    }

    /// Each bridge is a process of its own: the table is all that they share.
    pub(crate) fn bridge_at(
        &self,
        mode: Mode,
        options: Options,
        clock: fn() -> SystemTime,
    ) -> Bridge {
        self.world.finds_the_function();
        self.bridge_of(mode, options, clock)
    }

    /// Whatever function it finds.
    pub(crate) fn bridge_of(
        &self,
        mode: Mode,
        options: Options,
        clock: fn() -> SystemTime,
    ) -> Bridge {
        let mut vars = self.world.vars(mode);
        vars.insert("AWS_ENDPOINT_URL_DYNAMODB", self.table.url());
        vars.insert("AWS_REGION", "eu-west-1".into());
        let access = AwsAccess::from_env(|name| vars.get(name).cloned());
        Bridge::new(self.world.config_with(mode, options), access, clock).unwrap()
    }

    pub(crate) fn calls(&self) -> usize {
        self.modal.requests::<m::FunctionMapRequest>("FunctionMap").len()
    }

    fn keys(&self) -> Vec<String> {
        self.modal.headers("FunctionMap", "x-idempotency-key").into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn a_duplicate_of_a_spawn_gets_its_call_id_and_calls_nothing() {
    let tabled = Tabled::start().await;
    let (one, other) = (tabled.bridge(Mode::Spawn), tabled.bridge(Mode::Spawn));
    tabled.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&one, MESSAGE).await.unwrap(), spawned("fc-1"));
    assert_eq!(handle_event(&one, MESSAGE).await.unwrap(), spawned("fc-1"));
    let handled = other.handle(MESSAGE, &within(Duration::from_secs(20))).await;
    assert_eq!(handled.answer.unwrap(), spawned("fc-1"));
    assert!(handled.reports[0].duplicate);
    assert_eq!(tabled.calls(), 1);
    let status = tabled.table.attribute("status");
    assert_eq!(status.as_deref(), Some("COMPLETED"));
    assert_eq!(tabled.table.attribute("id").unwrap().len(), 64, "a hash, and nothing of the event");
}

#[tokio::test]
async fn a_duplicate_of_a_remote_gets_the_result_that_was_kept() {
    let tabled = Tabled::start().await;
    let (one, other) = (tabled.bridge(Mode::Remote), tabled.bridge(Mode::Remote));
    tabled.returns(1, "", Some(OK));
    for bridge in [&one, &other, &one] {
        let answer = handle_event(bridge, MESSAGE).await.unwrap();
        assert_eq!(answer, success(json!({ "ok": true })));
    }
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_deeply_nested_result_is_kept_like_any_other() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    tabled.returns(1, "", Some(&[vec![0x81; 250], vec![0]].concat()));
    let answer = handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(answer.to_string().matches('[').count(), 250);
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), answer);
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_result_too_large_to_keep_leaves_the_call_s_name() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    let large = [b"\x7a\x00\x06\x00\x00".as_slice(), &vec![b'x'; 6 << 16]].concat();
    tabled.returns(1, "", Some(&large));
    assert!(handle_event(&bridge, MESSAGE).await.unwrap().to_string().len() > 6 << 16);
    let again = handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(again, spawned("fc-1"));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_that_failed_is_called_again_and_is_another_call() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    tabled.returns(2, "ValueError('1')", None);
    assert!(handle_event(&bridge, MESSAGE).await.is_err());
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("FAILED"));
    tabled.returns(1, "", Some(OK));
    handle_event(&bridge, MESSAGE).await.unwrap();
    let keys = tabled.keys();
    assert_ne!(keys[0], keys[1], "a Modal that knows keys would answer with the old failure");
}

#[tokio::test]
async fn a_batch_of_which_the_function_says_what_failed_is_called_again() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    // {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    let said = b"\xa1\x71batchItemFailures\x81\xa1\x6eitemIdentifier\x63m-1";
    tabled.returns(1, "", Some(said));
    let answer = handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([{ "itemIdentifier": "m-1" }]));
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("FAILED"));
    tabled.returns(1, "", Some(OK));
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), success(json!({ "ok": true })));
    let keys = tabled.keys();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_call_that_may_have_been_taken_is_called_again_as_the_same_call() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Spawn);
    tabled.modal.fail("FunctionMap", Status::permission_denied("odd"));
    assert!(handle_event(&bridge, MESSAGE).await.is_err());
    tabled.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), spawned("fc-1"));
    let keys = tabled.keys();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_call_that_outlasted_its_lambda_is_waited_for_by_the_next_one() {
    let tabled = Tabled::start().await;
    let abandon = Options { on_timeout: OnTimeout::Abandon, ..options() };
    let bridge = tabled.bridge_with(Mode::Remote, abandon);
    tabled.modal.answer("FunctionMap", mapped());
    tabled.modal.hang("FunctionGetOutputs");
    let short = within(Duration::from_millis(1000));
    let error = bridge.handle(MESSAGE, &short).await.answer.unwrap_err();
    expect![[r#"BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which runs on, as on_timeout = "abandon" says"#]]
    .assert_eq(&shown(&error));

    tabled.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    let handled = bridge.handle(MESSAGE, &within(Duration::from_secs(20))).await;
    assert_eq!(handled.answer.unwrap(), success(json!({ "ok": true })));
    assert!(handled.reports[0].duplicate);
    assert_eq!(tabled.calls(), 1);
    let polls = tabled.modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| !poll.clear_on_success), "a result that may be lost stays");
    // And from now on it is answered without asking Modal.
    assert!(handle_event(&bridge, MESSAGE).await.is_ok());
}

#[tokio::test]
async fn an_attempt_that_was_given_back_to_modal_is_known_by_its_new_name() {
    let tabled = Tabled::start().await;
    let plane = Modal::start().await;
    let routed = m::FunctionHandleMetadata {
        input_plane_url: Some(plane.url()),
        input_plane_region: Some("eu-west".into()),
        ..handle()
    };
    tabled.modal.answer("FunctionGet", found(routed));
    tabled.modal.answer("AuthTokenGet", m::AuthTokenGetResponse { token: "jwt".into() });
    let bridge = tabled.bridge_of(Mode::Remote, options(), now);
    let started = m::AttemptStartResponse { attempt_token: "at-1".into(), retry_policy: None };
    plane.answer("AttemptStart", started);
    let lost = Some(output(6, "lost worker", None));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output: lost });
    plane.answer("AttemptRetry", m::AttemptRetryResponse { attempt_token: "at-2".into() });
    plane.hang("AttemptAwait");
    let short = within(Duration::from_millis(1500));
    assert!(bridge.handle(MESSAGE, &short).await.answer.is_err());
    assert_eq!(tabled.table.attribute("attempt").as_deref(), Some("at-2"));

    let output = Some(output(1, "", Some(OK)));
    plane.answer("AttemptAwait", m::AttemptAwaitResponse { output });
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), success(json!({ "ok": true })));
    let awaited = plane.requests::<m::AttemptAwaitRequest>("AttemptAwait");
    assert_eq!(awaited.last().unwrap().attempt_token, "at-2");
}

#[tokio::test]
async fn a_duplicate_does_not_end_a_call_that_its_starter_may_give_back_to_modal() {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    fn clock() -> SystemTime {
        now() + Duration::from_secs(AHEAD.load(Ordering::Relaxed))
    }
    let tabled = Tabled::start().await;
    let abandon = Options { on_timeout: OnTimeout::Abandon, ..options() };
    let bridge = tabled.bridge_at(Mode::Remote, abandon, clock);
    // As a starter leaves the table that is still at work: locked for 20 s, with a call.
    let long = within(Duration::from_secs(20));
    let give_up = tokio::time::Instant::now() + Duration::from_millis(400);
    let starter = Invocation { deadline: Deadline { give_up, ..long.deadline }, ..long };
    tabled.modal.answer("FunctionMap", mapped());
    tabled.modal.hang("FunctionGetOutputs");
    assert!(bridge.handle(MESSAGE, &starter).await.answer.is_err());

    // Another process, of a bridge that cancels: this call is not its own.
    let cancels = tabled.bridge_at(Mode::Remote, options(), clock);
    tabled.modal.hang("FunctionGetOutputs");
    let short = within(Duration::from_millis(1200));
    let error = cancels.handle(MESSAGE, &short).await.answer.unwrap_err();
    expect!["BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which runs on for the invocation that started it"]
        .assert_eq(&shown(&error));

    let failed = || tabled.modal.answer("FunctionGetOutputs", outputs(6, "preempted", None));
    failed();
    assert!(handle_event(&bridge, MESSAGE).await.is_err());
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("INPROGRESS"));
    assert_eq!(tabled.table.attribute("function_call_id").as_deref(), Some("fc-1"));

    AHEAD.store(25, Ordering::Relaxed);
    failed();
    assert!(handle_event(&bridge, MESSAGE).await.is_err());
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("FAILED"));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn two_processes_that_start_in_the_same_moment_do_not_share_a_lock() {
    fn stopped() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }
    let tabled = Tabled::start().await;
    let bridges = [0; 2].map(|_| tabled.bridge_at(Mode::Spawn, options(), stopped));
    // Both locks end now, at the same tick of a clock that stands still.
    let long = within(Duration::from_secs(20));
    let start = tokio::time::Instant::now();
    let give_up = start + Duration::from_millis(1500);
    let short = Invocation { deadline: Deadline { give_up, killed: start }, ..long };
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(300), mapped());
    let (one, other) =
        tokio::join!(bridges[0].handle(MESSAGE, &short), bridges[1].handle(MESSAGE, &short));
    let mut answers = [one.answer, other.answer];
    answers.sort_by_key(Result::is_err);
    assert_eq!(answers[0].as_ref().unwrap(), &spawned("fc-1"));
    expect!["BridgeIdempotencyError: another invocation is at work on the same event; nothing was called"]
        .assert_eq(&shown(answers[1].as_ref().unwrap_err()));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_that_was_cancelled_in_the_end_is_called_again() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    tabled.modal.answer("FunctionMap", mapped());
    tabled.modal.hang("FunctionGetOutputs");
    tabled.modal.answer("FunctionCallCancel", ());
    tabled.modal.answer("FunctionGetOutputs", outputs(3, "", None));
    assert!(bridge.handle(MESSAGE, &within(Duration::from_millis(1000))).await.answer.is_err());
    tabled.returns(1, "", Some(OK));
    handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(tabled.calls(), 2);
}

#[tokio::test]
async fn a_call_that_was_cancelled_is_over_when_it_has_stopped_and_not_before() {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    fn clock() -> SystemTime {
        now() + Duration::from_secs(AHEAD.load(Ordering::Relaxed))
    }
    let nothing = || m::FunctionGetOutputsResponse { outputs: vec![], num_unfinished_inputs: 1 };
    for (stopped, calls) in [(outputs(1, "", Some(OK)), 1), (outputs(3, "", None), 2)] {
        AHEAD.store(0, Ordering::Relaxed);
        let tabled = Tabled::start().await;
        let bridge = tabled.bridge_at(Mode::Remote, options(), clock);
        tabled.modal.answer("FunctionMap", mapped());
        tabled.modal.hang("FunctionGetOutputs");
        tabled.modal.answer("FunctionCallCancel", ());
        tabled.modal.answer("FunctionGetOutputs", nothing());
        let error = bridge.handle(MESSAGE, &within(Duration::from_millis(1000))).await.answer;
        expect!["BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call fc-1, which was cancelled"]
            .assert_eq(&shown(&error.unwrap_err()));
        assert_eq!(tabled.table.attribute("function_call_id").as_deref(), Some("fc-1"));

        // The next delivery sees how it ended, and calls at once if it did not return.
        AHEAD.store(25, Ordering::Relaxed);
        tabled.modal.answer("FunctionGetOutputs", stopped);
        if calls == 2 {
            tabled.returns(1, "", Some(OK));
        }
        let answer = handle_event(&bridge, MESSAGE).await;
        assert_eq!(answer.unwrap(), success(json!({ "ok": true })));
        assert_eq!(tabled.calls(), calls);
    }
}

#[tokio::test]
async fn a_process_that_died_before_its_call_was_taken_locks_no_longer_than_its_time() {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    fn clock() -> SystemTime {
        now() + Duration::from_secs(AHEAD.load(Ordering::Relaxed))
    }
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge_at(Mode::Spawn, options(), clock);
    tabled.modal.answer("FunctionMap", mapped());
    handle_event(&bridge, MESSAGE).await.unwrap();
    // As a process leaves it that is killed here: locked for its 20 s, and no call.
    tabled.table.put("status", json!({ "S": "INPROGRESS" }));
    tabled.table.remove("function_call_id");

    let error = bridge.handle(MESSAGE, &within(Duration::from_millis(1200))).await.answer;
    expect!["BridgeIdempotencyError: another invocation is at work on the same event; nothing was called"]
        .assert_eq(&shown(&error.unwrap_err()));
    assert_eq!(tabled.calls(), 1);

    AHEAD.store(25, Ordering::Relaxed);
    tabled.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), spawned("fc-1"));
}

#[tokio::test]
async fn an_answer_is_remembered_as_long_as_the_practitioner_says() {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    fn clock() -> SystemTime {
        now() + Duration::from_secs(AHEAD.load(Ordering::Relaxed))
    }
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge_at(Mode::Spawn, options(), clock);
    tabled.modal.answer("FunctionMap", mapped());
    handle_event(&bridge, MESSAGE).await.unwrap();
    AHEAD.store(86_400 - 60, Ordering::Relaxed);
    tabled.finds_the_function();
    handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(tabled.calls(), 1);
    AHEAD.store(86_400 + 60, Ordering::Relaxed);
    tabled.finds_the_function();
    tabled.modal.answer("FunctionMap", mapped());
    handle_event(&bridge, MESSAGE).await.unwrap();
    assert_eq!(tabled.calls(), 2);
    let keys = tabled.keys();
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_table_that_is_down_is_an_error_before_anything_is_called() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Spawn);
    tabled.table.refuse(3, StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
    let error = handle_event(&bridge, MESSAGE).await.unwrap_err();
    expect!["BridgeIdempotencyError: cannot use the idempotency table done: DynamoDB answered InternalServerError: no (AWS request id req-d); nothing was called"]
        .assert_eq(&shown(&error));
    tabled.table.refuse(1, StatusCode::BAD_REQUEST, "ResourceNotFoundException");
    let error = handle_event(&bridge, MESSAGE).await.unwrap_err();
    expect!["BridgeIdempotencyError: cannot use the idempotency table done: DynamoDB answered ResourceNotFoundException: no (AWS request id req-d); nothing was called"]
        .assert_eq(&shown(&error));
    assert_eq!(tabled.calls(), 0);
}

#[tokio::test]
async fn a_table_that_fails_after_the_call_does_not_cost_the_answer() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(200), mapped());
    tabled.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    let invocation = within(Duration::from_secs(20));
    let (handled, ()) = tokio::join!(bridge.handle(MESSAGE, &invocation), async {
        while tabled.table.writes() == 0 {
            tokio::task::yield_now().await;
        }
        tabled.table.refuse(2, StatusCode::BAD_REQUEST, "AccessDeniedException");
    });
    assert_eq!(handled.answer.unwrap(), success(json!({ "ok": true })));
}

/// Has the table fail so, from the moment that it is locked.
async fn fails_once_locked(tabled: &Tabled, times: usize) {
    while tabled.table.writes() == 0 {
        tokio::task::yield_now().await;
    }
    tabled.table.refuse(times, StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
}

#[tokio::test]
async fn what_modal_took_is_written_when_the_table_is_back() {
    let tabled = Tabled::start().await;
    let (one, other) = (tabled.bridge(Mode::Spawn), tabled.bridge(Mode::Spawn));
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(200), mapped());
    let invocation = within(Duration::from_secs(20));
    let (handled, ()) =
        tokio::join!(one.handle(MESSAGE, &invocation), fails_once_locked(&tabled, 5));
    assert_eq!(handled.answer.unwrap(), spawned("fc-1"));
    assert_eq!(tabled.table.attribute("status").as_deref(), Some("COMPLETED"));
    assert_eq!(handle_event(&other, MESSAGE).await.unwrap(), spawned("fc-1"));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_table_that_does_not_come_back_fails_nothing_that_modal_took() {
    static AHEAD: AtomicU64 = AtomicU64::new(0);
    fn clock() -> SystemTime {
        now() + Duration::from_secs(AHEAD.load(Ordering::Relaxed))
    }
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge_at(Mode::Spawn, options(), clock);
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(200), mapped());
    let short = within(Duration::from_millis(1500));
    let (handled, ()) =
        tokio::join!(bridge.handle(MESSAGE, &short), fails_once_locked(&tabled, 1000));
    assert_eq!(handled.answer.unwrap(), spawned("fc-1"), "an error would have it repeated");
    assert!(tokio::time::Instant::now() < short.deadline.killed);

    // The table knows of a lock alone. Once that has ended, the event is passed on as the same call.
    tabled.table.refuse_no_more();
    AHEAD.store(25, Ordering::Relaxed);
    tabled.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), spawned("fc-1"));
    let keys = tabled.keys();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
}

#[tokio::test]
async fn a_table_that_is_down_takes_no_time_from_waiting_for_the_result() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(100), mapped());
    let output = outputs(1, "", Some(OK));
    tabled.modal.answer_after("FunctionGetOutputs", Duration::from_millis(100), output);
    let invocation = within(Duration::from_secs(20));
    let (handled, ()) =
        tokio::join!(bridge.handle(MESSAGE, &invocation), fails_once_locked(&tabled, 3));
    assert_eq!(handled.answer.unwrap(), success(json!({ "ok": true })));
    assert!(handled.reports[0].duration < Duration::from_secs(2));
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), success(json!({ "ok": true })));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_that_the_table_was_not_told_of_is_written_down_when_its_lambda_ends() {
    let tabled = Tabled::start().await;
    let abandon = Options { on_timeout: OnTimeout::Abandon, ..options() };
    let bridge = tabled.bridge_with(Mode::Remote, abandon);
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(100), mapped());
    tabled.modal.hang("FunctionGetOutputs");
    let short = within(Duration::from_millis(1500));
    let refuse = async {
        fails_once_locked(&tabled, 1000).await;
        crate::until(short.deadline.give_up).await;
        tabled.table.refuse_no_more();
    };
    let (handled, ()) = tokio::join!(bridge.handle(MESSAGE, &short), refuse);
    assert_eq!(handled.answer.unwrap_err().error_type(), "BridgeDeadlineExceeded");
    assert_eq!(tabled.table.attribute("function_call_id").as_deref(), Some("fc-1"));

    tabled.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), success(json!({ "ok": true })));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_call_whose_result_cannot_be_read_is_done_and_not_called_again() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Remote);
    // A set.
    tabled.returns(1, "", Some(b"\xd9\x01\x02\x81\x01"));
    let event = include_str!("events/s3.json");
    let error = handle_event(&bridge, event).await.unwrap_err();
    assert_eq!(error.error_type(), "ModalResultError");
    // Lambda tries an asynchronous event again.
    assert_eq!(handle_event(&bridge, event).await.unwrap(), spawned("fc-1"));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_known_as_one_s_own() {
    let tabled = Tabled::start().await;
    let bridge = tabled.bridge(Mode::Spawn);
    tabled.table.lose_answers(1);
    tabled.modal.answer("FunctionMap", mapped());
    assert_eq!(handle_event(&bridge, MESSAGE).await.unwrap(), spawned("fc-1"));
    assert_eq!(tabled.calls(), 1);
}

#[tokio::test]
async fn two_records_with_one_name_are_one_call() {
    let tabled = Tabled::start().await;
    let idempotency =
        Idempotency { table: "done".into(), key_path: Some("body.order".into()), ttl_seconds: 60 };
    let options = Options {
        idempotency: Some(idempotency),
        batch_mode: BatchMode::Record,
        ..Options::default()
    };
    let bridge = tabled.bridge_with(Mode::Spawn, options);
    let record = |id: &str, body: &str| {
        let mut event: Value = serde_json::from_str(MESSAGE).unwrap();
        let record = &mut event["Records"][0];
        record["messageId"] = id.into();
        record["body"] = body.into();
        record.clone()
    };
    let order = r#"{"order":17}"#;
    let event =
        json!({ "Records": [record("m-1", order), record("m-2", order), record("m-3", "{}")] });
    tabled.modal.answer_after("FunctionMap", Duration::from_millis(100), mapped());
    let answer = handle_event(&bridge, &event.to_string()).await.unwrap();
    expect![[r#"{"status":"PartialFailure","response":{"function_call_ids":["fc-1","fc-1",null]},"batchItemFailures":[{"itemIdentifier":"m-3"}]}"#]]
    .assert_eq(&answer.to_string());
    assert_eq!(tabled.calls(), 1);
}
