//! An event of each source, as AWS documents it, to a function that Modal's runtime executes: what the
//! function got, and what the sender reads.

use loopback::Outcome;
use serde_json::{Map, Value, json};

use super::lambda::Process;
use super::{TIMEOUT, block_on, quiet};

const BATCH_MODE: &str = "MODAL_BRIDGE_BATCH_MODE";

/// The same files that the bridge's own tests read.
macro_rules! fixtures {
    ($($name:literal),+ $(,)?) => {
        [$(Fixture {
            name: $name,
            event: include_str!(
                concat!("../../../../bridge-runtime/tests/it/events/", $name, ".json")
            ),
            answers: include_str!(
                concat!("../../../../bridge-runtime/tests/it/answers/", $name, ".json")
            ),
        }),+]
    };
}

const FIXTURES: [Fixture; 14] = fixtures![
    "s3",
    "sqs",
    "sqs_fifo",
    "sns",
    "event_bridge",
    "schedule",
    "scheduler",
    "kinesis",
    "dynamodb_stream",
    "api_gateway_v1",
    "api_gateway_v2",
    "function_url",
    "alb",
    "step_functions",
];

/// Sources of several records, and the parts of a record that tell it from others.
const RECORDS: &[(&str, &[&str])] = &[
    ("s3", &["/s3/object/sequencer"]),
    ("sqs", &["/messageId"]),
    ("sqs_fifo", &["/messageId"]),
    ("sns", &["/Sns/MessageId"]),
    ("kinesis", &["/kinesis/sequenceNumber", "/eventID"]),
    ("dynamodb_stream", &["/dynamodb/SequenceNumber", "/eventID"]),
];

struct Fixture {
    name: &'static str,
    event: &'static str,
    answers: &'static str,
}

impl Fixture {
    fn named(name: &str) -> &'static Self {
        FIXTURES.iter().find(|fixture| fixture.name == name).unwrap()
    }

    fn event(&self) -> Value {
        serde_json::from_str(self.event).unwrap()
    }

    fn answers(&self) -> Value {
        serde_json::from_str(self.answers).unwrap()
    }

    /// An event of three such records. Their identities are these words.
    fn of_three(&self, words: [&str; 3]) -> Value {
        let (_, parts) = RECORDS.iter().find(|(name, _)| *name == self.name).unwrap();
        let record = &self.event()["Records"][0];
        let records = words.map(|word| {
            let mut record = record.clone();
            for part in *parts {
                *record.pointer_mut(part).unwrap() = word.into();
            }
            record
        });
        json!({ "Records": records })
    }
}

impl Process {
    async fn answer(&self, event: &Value) -> Value {
        match self.api.invoke(event.to_string(), TIMEOUT).await {
            Outcome::Response(answer) => answer,
            Outcome::Error(error) => panic!("{error} to {event}"),
        }
    }

    async fn error(&self, event: &Value) -> Value {
        match self.api.invoke(event.to_string(), TIMEOUT).await {
            Outcome::Response(answer) => panic!("{answer} to {event}"),
            Outcome::Error(error) => error,
        }
    }
}

/// An expected answer, with the result and the call of this invocation.
fn filled(expected: &Value, result: &Value, call: &Value) -> Value {
    match expected {
        ok if *ok == json!({"ok": true}) => result.clone(),
        Value::String(text) if text == "fc-1" => call.clone(),
        // The body of an HTTP answer.
        Value::String(text) if text.starts_with('{') => {
            let body = serde_json::from_str(text).unwrap();
            filled(&body, result, call).to_string().into()
        }
        Value::Array(items) => items.iter().map(|item| filled(item, result, call)).collect(),
        Value::Object(entries) => {
            let entry =
                |(name, value): (&String, &Value)| (name.clone(), filled(value, result, call));
            Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[test]
fn each_event_reaches_its_function_as_it_came_and_gets_the_answer_that_its_sender_reads() {
    let stage = quiet();
    let params = json!({"width": 128});
    block_on(async {
        for (mode, format) in [("remote", "DATA_FORMAT_CBOR"), ("spawn", "DATA_FORMAT_PICKLE")] {
            for batch_mode in ["batch", "record"] {
                let bridge = stage.bridge(mode, "echo").with("PARAMETERS", params.to_string());
                let bridge = bridge.with(BATCH_MODE, batch_mode).start().await;
                for fixture in &FIXTURES {
                    let at = format!("{} by {mode}, {batch_mode}", fixture.name);
                    let event = fixture.event();
                    let answer = bridge.answer(&event).await;
                    let call = stage.modal.last(1).await.remove(0);

                    // Texts, so that the order of keys counts.
                    let args = json!([event, params]).to_string();
                    assert_eq!(call["args"].to_string(), args, "{at}");
                    assert_eq!(call["kwargs"], json!({}), "{at}");
                    let result = json!({"event": event, "params": params});
                    assert_eq!(call["result"].to_string(), result.to_string(), "{at}");
                    assert_eq!(
                        (&call["invocation"], &call["input_format"]),
                        (&json!(mode), &json!(format))
                    );

                    let expected = &fixture.answers()[batch_mode][mode];
                    let expected = filled(expected, &result, &call["function_call_id"]);
                    assert_eq!(answer, expected, "{at}");
                }
            }
        }
    });
}

/// There is no call id there, so none is in the answer.
#[test]
fn each_event_reaches_a_function_of_the_input_plane() {
    let stage = quiet();
    block_on(async {
        let bridge = stage.bridge("remote", "by_input_plane").start().await;
        for fixture in &FIXTURES {
            let event = fixture.event();
            let answer = bridge.answer(&event).await;
            let call = stage.modal.last(1).await.remove(0);
            assert_eq!(call["plane"], "input", "{}", fixture.name);
            let result = json!({"event": event, "params": {}, "plane": "input"});
            assert_eq!(call["result"].to_string(), result.to_string(), "{}", fixture.name);

            let mut expected = filled(&fixture.answers()["batch"]["remote"], &result, &json!(null));
            if let Some(headers) = expected.get_mut("headers") {
                let headers = headers.as_object_mut().unwrap();
                headers.remove("x-modal-function-call-id").unwrap();
            }
            assert_eq!(answer, expected, "{}", fixture.name);
        }
    });
}

#[test]
fn a_function_that_wants_to_know_is_told_who_asks() {
    let stage = quiet();
    block_on(async {
        for mode in ["remote", "spawn"] {
            let bridge = stage.bridge(mode, "echo").with("MODAL_BRIDGE_PASS_CONTEXT", "true");
            let bridge = bridge.start().await;
            for (number, fixture) in FIXTURES.iter().enumerate() {
                bridge.answer(&fixture.event()).await;
                let call = stage.modal.last(1).await.remove(0);
                let queue = ["sqs", "sqs_fifo"].contains(&fixture.name);
                let context = json!({
                    "aws_request_id": format!("00000000-0000-4000-8000-{:012}", number + 1),
                    "function_arn": "arn:aws:lambda:us-east-1:111122223333:function:bridge",
                    "source": fixture.answers()["source"],
                    "receive_count": queue.then_some(1),
                    "xray_trace_id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=1",
                });
                assert_eq!(call["kwargs"], json!({"context": context}), "{}", fixture.name);
                assert_eq!(call["result"]["context"], context, "{}", fixture.name);
                assert_eq!(call["result"]["event"], fixture.event(), "{}", fixture.name);
            }
        }
    });
}

#[test]
fn each_record_is_a_call_and_a_batch_is_one_as_the_practitioner_wants() {
    let stage = quiet();
    block_on(async {
        for mode in ["remote", "spawn"] {
            let record = stage.bridge(mode, "echo").with(BATCH_MODE, "record").start().await;
            let batch = stage.bridge(mode, "echo").start().await;
            for (name, _) in RECORDS {
                let event = Fixture::named(name).of_three(["one", "two", "three"]);
                let whole = batch.answer(&event).await;
                let call = stage.modal.last(1).await.remove(0);
                assert_eq!(call["args"][0].to_string(), event.to_string(), "{name}");
                assert_eq!(whole["status"], "Success", "{name}");

                let records = event["Records"].as_array().unwrap();
                let alone: Vec<_> =
                    records.iter().map(|record| json!({ "Records": [record] })).collect();
                let answer = record.answer(&event).await;
                let calls = stage.modal.last(3).await;
                let event_of = |id: &Value| {
                    let call = calls.iter().find(|call| call["function_call_id"] == *id);
                    call.unwrap()["args"][0].to_string()
                };
                // In the order of the records, whatever came back first.
                let response = &answer["response"];
                let each: Vec<_> = match mode {
                    "remote" => {
                        let results = response["results"].as_array().unwrap().iter();
                        results.map(|result| result["event"].to_string()).collect()
                    }
                    _ => response["function_call_ids"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(event_of)
                        .collect(),
                };
                assert_eq!(each, alone.iter().map(Value::to_string).collect::<Vec<_>>(), "{name}");
                assert_eq!(answer["status"], "Success", "{name}");
                let failures = (!["s3", "sns"].contains(name)).then(|| json!([]));
                assert_eq!(answer.get("batchItemFailures"), failures.as_ref(), "{name}");
            }
        }
    });
}

#[test]
fn a_record_that_its_function_refuses_comes_again_as_its_source_has_it() {
    let stage = quiet();
    let picky = |mode: &str| {
        let params = json!({"refused": "refused"}).to_string();
        stage.bridge("remote", "picky").with("PARAMETERS", params).with(BATCH_MODE, mode)
    };
    block_on(async {
        let record = picky("record").start().await;
        let three = ["one", "refused", "three"];
        for (name, failures, called) in [
            ("sqs", json!([{"itemIdentifier": "refused"}]), 3),
            // The rest of its group has to wait.
            ("sqs_fifo", json!([{"itemIdentifier": "refused"}, {"itemIdentifier": "three"}]), 2),
            ("kinesis", json!([{"itemIdentifier": "refused"}]), 2),
            ("dynamodb_stream", json!([{"itemIdentifier": "refused"}]), 2),
        ] {
            let before = stage.modal.asked();
            let answer = record.answer(&Fixture::named(name).of_three(three)).await;
            assert_eq!(answer["status"], "PartialFailure", "{name}");
            assert_eq!(answer["batchItemFailures"], failures, "{name}");
            assert_eq!(stage.modal.asked() - before, called, "{name}");
        }
        // Nobody reads which of them failed.
        for name in ["s3", "sns"] {
            let error = record.error(&Fixture::named(name).of_three(three)).await;
            assert_eq!(error["errorType"], "ModalRemoteError", "{name}: {error}");
        }
        let all = ["refused", "refused too", "refused as well"];
        let error = record.error(&Fixture::named("sqs").of_three(all)).await;
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.starts_with("3 of 3 records failed; the first: "), "{error}");

        let batch = picky("batch").start().await;
        let error = batch.error(&Fixture::named("sqs").of_three(three)).await;
        assert_eq!(error["errorType"], "ModalRemoteError", "{error}");
        let params = json!({"refused": "refused", "says": true}).to_string();
        let says = picky("batch").with("PARAMETERS", params).start().await;
        let answer = says.answer(&Fixture::named("sqs").of_three(three)).await;
        let failures = json!([{"itemIdentifier": "refused"}]);
        assert_eq!(
            answer,
            json!({
                "status": "PartialFailure",
                "response": {"result": {"batchItemFailures": failures}},
                "batchItemFailures": failures,
            })
        );
    });
}

#[test]
fn a_request_that_fails_is_answered_with_whose_fault_it_is() {
    let stage = quiet();
    block_on(async {
        let raises = stage.bridge("remote", "raise_error").start().await;
        let nowhere = stage.bridge("remote", "nowhere").start().await;
        let echo = stage.bridge("remote", "echo").start().await;
        let times_out = stage.bridge("remote", "times_out").start().await;
        let answer = times_out.answer(&Fixture::named("alb").event()).await;
        assert_eq!(answer["statusDescription"], "504 Gateway Timeout", "{answer}");
        for name in ["api_gateway_v1", "api_gateway_v2", "function_url", "alb"] {
            let event = Fixture::named(name).event();
            let throttle = json!({"rpc": "FunctionMap", "code": "RESOURCE_EXHAUSTED"});
            for (bridge, status, error_type) in [
                (&raises, 502, "ModalRemoteError"),
                (&echo, 429, "ModalThrottled"),
                // What is wrong with the bridge is nobody's business outside.
                (&nowhere, 500, "InternalError"),
            ] {
                if status == 429 {
                    stage.modal.strike(&throttle);
                }
                let answer = bridge.answer(&event).await;
                assert_eq!(answer["statusCode"], status, "{name}: {answer}");
                let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
                assert_eq!(body["errorType"], error_type, "{name}: {body}");
                assert!(!body.to_string().contains("nowhere"), "{name}: {body}");
                let wait = answer["headers"].get("retry-after");
                assert_eq!(wait.is_some(), status == 429, "{name}: {answer}");
            }
        }
    });
}

#[test]
fn a_state_machine_asks_for_a_call_that_it_started_and_ends_it() {
    let stage = quiet();
    block_on(async {
        let bridge = stage.bridge("spawn", "slow").start().await;
        let start = async |seconds: f64| {
            let answer = bridge.answer(&json!({"seconds": seconds})).await;
            answer["response"]["function_call_id"].clone()
        };
        let ask = |operation: &str, id: &Value| json!({"modal_bridge": {"operation": operation, "function_call_id": id}});
        let said = |id: &Value, state: &str| json!({"status": "Success", "response": {"function_call_id": id, "state": state}});
        let short = start(0.0).await;
        stage.modal.last(1).await;
        assert_eq!(bridge.answer(&ask("get", &short)).await, said(&short, "succeeded"));

        let long = start(60.0).await;
        assert_eq!(bridge.answer(&ask("get", &long)).await, said(&long, "running"));
        assert_eq!(bridge.answer(&ask("cancel", &long)).await, said(&long, "cancelled"));
        let call = stage.modal.last(1).await.remove(0);
        assert_eq!((&call["function_call_id"], &call["status"]), (&long, &json!("TERMINATED")));
        let error = bridge.error(&ask("get", &long)).await;
        assert_eq!(error["function_call_id"], long, "{error}");
        assert_eq!(error["errorType"], "ModalRemoteError", "{error}");
    });
}
