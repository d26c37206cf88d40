//! Events of several records, called one by one.

use bridge_contract::BatchMode;
use expect_test::expect;

use super::events::sent_json;
use super::*;

fn one_by_one(record_concurrency: u32) -> Options {
    Options { batch_mode: BatchMode::Record, record_concurrency, ..Options::default() }
}

/// Messages of a queue: names and groups.
fn queue(arn: &str, messages: &[(&str, &str)]) -> String {
    let records: Vec<_> = messages
        .iter()
        .map(|(id, group)| {
            json!({
                "messageId": id,
                "body": id,
                "attributes": { "MessageGroupId": group, "ApproximateReceiveCount": "2" },
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
            })
        })
        .collect();
    json!({ "Records": records }).to_string()
}

fn standard(ids: &[&str]) -> String {
    let messages: Vec<_> = ids.iter().map(|id| (*id, "g")).collect();
    queue("arn:aws:sqs:eu-west-1:111122223333:jobs", &messages)
}

fn kinesis(numbers: &[&str]) -> String {
    let records: Vec<_> = numbers
        .iter()
        .map(|n| {
            json!({
                "eventSource": "aws:kinesis",
                "eventID": format!("shardId-0:{n}"),
                "eventSourceARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
                "kinesis": { "sequenceNumber": n },
            })
        })
        .collect();
    json!({ "Records": records }).to_string()
}

fn raises(world: &World, exception: &str) {
    world.modal.answer("FunctionMap", mapped());
    world.modal.answer("FunctionGetOutputs", outputs(2, exception, None));
}

#[tokio::test]
async fn a_batch_in_one_call_lets_the_function_say_what_failed() {
    let world = World::start().await;
    world.finds_the_function();
    // {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    let said = b"\xa1\x71batchItemFailures\x81\xa1\x6eitemIdentifier\x63m-2";
    world.returns(1, "", Some(said));
    let answer = handle_event(&world.bridge(Mode::Remote), &standard(&["m-1", "m-2"])).await;
    expect![[r#"{"status":"PartialFailure","response":{"result":{"batchItemFailures":[{"itemIdentifier":"m-2"}]}},"batchItemFailures":[{"itemIdentifier":"m-2"}]}"#]]
    .assert_eq(&answer.unwrap().to_string());
}

#[tokio::test]
async fn a_batch_that_is_done_is_not_repeated_for_a_result_that_cannot_be_carried() {
    let world = World::start().await;
    world.finds_the_function();
    let bridge = world.bridge(Mode::Remote);
    let large = [b"\x7a\x00\x70\x00\x00".as_slice(), &vec![b'x'; 7 << 20]].concat();
    let larger = [b"\x7a\x01\x10\x00\x00".as_slice(), &vec![b'x'; 17 << 20]].concat();
    let set = b"\xd9\x01\x02\x81\x01".as_slice();
    // {"at": a date, "batchItemFailures": [{"itemIdentifier": "m-2"}]}
    let date = b"\xa2\x62at\xd9\x03\xec\x6a2026-01-01\x71batchItemFailures\x81\xa1\x6eitemIdentifier\x63m-2";
    for result in [&large, &larger, set, date] {
        world.returns(1, "", Some(result));
        let handled =
            bridge.handle(&standard(&["m-1", "m-2"]), &within(Duration::from_secs(20))).await;
        let failed = usize::from(result == date);
        assert_eq!(handled.reports[0].records_failed, failed);
        let failures = handled.answer.unwrap()["batchItemFailures"].clone();
        assert_eq!(failures.as_array().map_or(0, Vec::len), failed);
    }

    let one_by_one = world.bridge_with(Mode::Remote, one_by_one(1));
    world.finds_the_function();
    world.returns(1, "", Some(set));
    world.returns(1, "", Some(date));
    let answer = handle_event(&one_by_one, &standard(&["m-1", "m-2"])).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([{ "itemIdentifier": "m-2" }]));
}

#[tokio::test]
async fn each_record_is_an_event_of_its_own_and_a_failed_one_is_delivered_again() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(1, "", Some(OK));
    raises(&world, "ValueError('2')");
    world.returns(1, "", Some(OK));
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let invocation = within(Duration::from_secs(20));
    let handled = bridge.handle(&standard(&["m-1", "m-2", "m-3"]), &invocation).await;
    expect![[r#"{"status":"PartialFailure","response":{"results":[{"ok":true},null,{"ok":true}]},"batchItemFailures":[{"itemIdentifier":"m-2"}]}"#]]
    .assert_eq(&handled.answer.unwrap().to_string());

    let want = json!([[serde_json::from_str::<Value>(&standard(&["m-2"])).unwrap(), { "width": 128 }], {}]);
    let sent: Value = serde_json::from_str(&sent_json(&world, 1)).unwrap();
    assert_eq!(sent, want);
    let failed: Vec<_> = handled.reports.iter().map(|report| report.error.is_some()).collect();
    assert_eq!((failed, handled.reports[0].records), (vec![false, true, false], 1));
}

#[tokio::test]
async fn a_queue_of_which_everything_fails_is_an_error_of_the_first_one_s_type() {
    let world = World::start().await;
    world.finds_the_function();
    raises(&world, "ValueError('1')");
    raises(&world, "ValueError('2')");
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let error = handle_event(&bridge, &standard(&["m-1", "m-2"])).await.unwrap_err();
    expect!["ModalRemoteError: 2 of 2 records failed; the first: the Modal function raised ValueError('1') (function call fc-1)"]
        .assert_eq(&shown(&error));
}

#[tokio::test]
async fn the_rest_of_a_failed_group_is_reported_and_not_called() {
    let world = World::start().await;
    world.finds_the_function();
    let arn = "arn:aws:sqs:eu-west-1:111122223333:jobs.fifo";
    let messages = [("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"), ("a3", "a")];
    // Group a: a1 done, a2 raises. Group b: both done.
    world.returns(1, "", Some(OK));
    raises(&world, "ValueError('a2')");
    world.returns(1, "", Some(OK));
    world.returns(1, "", Some(OK));
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let answer = handle_event(&bridge, &queue(arn, &messages)).await.unwrap();
    expect![[r#"[{"itemIdentifier":"a2"},{"itemIdentifier":"a3"}]"#]]
        .assert_eq(&answer["batchItemFailures"].to_string());
    assert_eq!(world.modal.requests::<m::FunctionMapRequest>("FunctionMap").len(), 4);
    let order: Vec<_> = (0..4)
        .map(|n| {
            let sent: Value = serde_json::from_str(&sent_json(&world, n)).unwrap();
            sent[0][0]["Records"][0]["messageId"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(order, ["a1", "a2", "b1", "b2"]);
}

#[tokio::test]
async fn a_record_that_its_function_returns_as_failed_is_delivered_again() {
    let world = World::start().await;
    world.finds_the_function();
    let arn = "arn:aws:sqs:eu-west-1:111122223333:jobs.fifo";
    // {"batchItemFailures": [{"itemIdentifier": "a2"}]}
    let said = b"\xa1\x71batchItemFailures\x81\xa1\x6eitemIdentifier\x62a2";
    world.returns(1, "", Some(OK));
    world.returns(1, "", Some(said));
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let event = queue(arn, &[("a1", "a"), ("a2", "a"), ("a3", "a")]);
    let handled = bridge.handle(&event, &within(Duration::from_secs(20))).await;
    expect![[r#"{"status":"PartialFailure","response":{"results":[{"ok":true},null,null]},"batchItemFailures":[{"itemIdentifier":"a2"},{"itemIdentifier":"a3"}]}"#]]
    .assert_eq(&handled.answer.unwrap().to_string());
    expect![
        "ModalRemoteError: the Modal function says that the record failed (function call fc-1)"
    ]
    .assert_eq(&shown(handled.reports[1].error.as_ref().unwrap()));
}

#[tokio::test]
async fn a_stream_stops_at_its_first_failure() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(1, "", Some(OK));
    raises(&world, "ValueError('2')");
    let bridge = world.bridge_with(Mode::Remote, one_by_one(10));
    let answer = handle_event(&bridge, &kinesis(&["1", "2", "3"])).await.unwrap();
    expect![[r#"{"status":"PartialFailure","response":{"results":[{"ok":true},null,null]},"batchItemFailures":[{"itemIdentifier":"2"}]}"#]]
    .assert_eq(&answer.to_string());
}

#[tokio::test]
async fn records_that_time_did_not_suffice_for_are_reported_and_never_dropped() {
    let world = World::start().await;
    world.finds_the_function();
    world.returns(1, "", Some(OK));
    world.modal.answer("FunctionMap", mapped());
    world.modal.hang("FunctionGetOutputs");
    world.modal.answer("FunctionCallCancel", ());
    world.modal.answer("FunctionGetOutputs", outputs(3, "", None));
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let invocation = within(Duration::from_millis(1500));
    let event = standard(&["m-1", "m-2", "m-3", "m-4"]);
    let answer = bridge.handle(&event, &invocation).await.answer.unwrap();
    expect![[r#"[{"itemIdentifier":"m-2"},{"itemIdentifier":"m-3"},{"itemIdentifier":"m-4"}]"#]]
        .assert_eq(&answer["batchItemFailures"].to_string());
    assert!(tokio::time::Instant::now() < invocation.deadline.killed);
}

#[tokio::test]
async fn records_of_a_standard_queue_are_at_modal_at_the_same_time() {
    let world = World::start().await;
    world.finds_the_function();
    for _ in 0..5 {
        world.modal.answer_after("FunctionMap", Duration::from_millis(300), mapped());
    }
    let bridge = world.bridge_with(Mode::Spawn, one_by_one(5));
    let started = tokio::time::Instant::now();
    let answer = handle_event(&bridge, &standard(&["1", "2", "3", "4", "5"])).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    assert_eq!(answer["response"], json!({ "function_call_ids": vec!["fc-1"; 5] }));
}

#[tokio::test]
async fn a_notification_whose_parts_cannot_be_told_apart_fails_as_one() {
    let world = World::start().await;
    world.finds_the_function();
    let record = |key: &str| {
        json!({
            "eventSource": "aws:s3",
            "s3": { "bucket": { "name": "b" }, "object": { "key": key, "sequencer": "1" } },
        })
    };
    let event = json!({ "Records": [record("1"), record("2")] }).to_string();
    raises(&world, "ValueError('1')");
    world.returns(1, "", Some(OK));
    let bridge = world.bridge_with(Mode::Remote, one_by_one(1));
    let error = handle_event(&bridge, &event).await.unwrap_err();
    expect!["ModalRemoteError: 1 of 2 records failed; the first: the Modal function raised ValueError('1') (function call fc-1)"]
        .assert_eq(&shown(&error));
}

#[tokio::test]
async fn records_without_a_name_are_calls_of_their_own() {
    let world = World::start().await;
    world.finds_the_function();
    let record = json!({ "eventSource": "aws:s3", "eventName": "ObjectTagging:Put" });
    let event = json!({ "Records": [record, record] }).to_string();
    for _ in 0..2 {
        world.modal.answer("FunctionMap", mapped());
    }
    let bridge = world.bridge_with(Mode::Spawn, one_by_one(1));
    handle_event(&bridge, &event).await.unwrap();
    let keys = world.modal.headers("FunctionMap", "x-idempotency-key");
    assert_ne!(keys[0], keys[1], "a Modal that knows keys would run one of them");
}

#[tokio::test]
async fn what_is_delivered_again_is_known_by_its_key_where_it_may_be_the_same_call() {
    let world = World::start().await;
    world.finds_the_function();
    let (spawn, remote) = (world.bridge(Mode::Spawn), world.bridge(Mode::Remote));
    for _ in 0..2 {
        world.modal.answer("FunctionMap", mapped());
        handle_event(&spawn, &standard(&["m-1"])).await.unwrap();
    }
    world.finds_the_function();
    let again = standard(&["m-1"])
        .replace(r#""ApproximateReceiveCount":"2""#, r#""ApproximateReceiveCount":"3""#);
    for event in [standard(&["m-1"]), standard(&["m-1"]), again] {
        world.returns(1, "", Some(OK));
        handle_event(&remote, &event).await.unwrap();
    }
    let keys = world.modal.headers("FunctionMap", "x-idempotency-key");
    assert_eq!(keys[0], keys[1], "a spawn that comes again was not confirmed");
    assert_eq!(keys[2], keys[3], "the same delivery");
    assert_ne!(keys[3], keys[4], "a remote that comes again has failed before");
    assert_ne!(keys[0], keys[2]);
}
