//! What the log says of an invocation, line by line, as CloudWatch gets it.

use loopback::Outcome;

use super::bootstrap::{Lambda, lines};
use super::dynamodb::DynamoDb;
use super::*;

const MESSAGE: &str = include_str!("events/sqs.json");

/// The lines of calls and warnings, and the metrics.
async fn log(lambda: Lambda) -> (Vec<Value>, Vec<Value>) {
    let lines = lines(&lambda.log().await);
    lines.into_iter().partition(|line| line["_aws"].is_null())
}

#[tokio::test]
async fn an_event_that_is_no_text_is_one_line_with_the_type_of_its_error() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    for event in [&b"\xff\xfe{}"[..], b"{", b"\"\xc3\x28\""] {
        let Outcome::Error(body) = lambda.api.invoke(event.to_vec(), Duration::from_secs(20)).await
        else {
            panic!()
        };
        assert_eq!(body["errorType"], "BridgeEventError");
    }
    let (calls, metrics) = log(lambda).await;
    assert_eq!((calls.len(), metrics.len()), (3, 6));
    for (line, id) in calls.iter().zip(1..) {
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["error_type"], "BridgeEventError");
        assert_eq!(line["aws_request_id"], format!("00000000-0000-4000-8000-{id:012}"));
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    assert_eq!(metrics[0]["ModalErrors"], 1);
}

#[tokio::test]
async fn records_that_come_again_are_counted_whoever_says_so() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Remote)).await;
    let id = serde_json::from_str::<Value>(MESSAGE).unwrap()["Records"][0]["messageId"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(id.len(), 36);
    let said = [b"\xa1\x71batchItemFailures\x81\xa1\x6eitemIdentifier\x78\x24", id.as_bytes()];
    world.returns(1, "", Some(&said.concat()));
    lambda.invoke(MESSAGE).await;
    let (calls, metrics) = log(lambda).await;
    assert_eq!(
        (&calls[0]["level"], &calls[0]["outcome"]),
        (&json!("WARN"), &json!("partial_failure"))
    );
    assert_eq!(calls[0]["records_failed"], 1);
    assert_eq!((&metrics[0]["RecordsFailed"], &metrics[0]["ModalErrors"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn records_that_were_not_called_are_failed_records() {
    let world = World::start().await;
    world.finds_the_function();
    let mut vars = world.vars(Mode::Remote);
    vars.insert("MODAL_BRIDGE_BATCH_MODE", "record".into());
    let lambda = Lambda::start(vars).await;
    let record =
        |n: &str| json!({ "eventSource": "aws:kinesis", "kinesis": { "sequenceNumber": n } });
    world.returns(1, "", Some(OK));
    world.returns(2, "ValueError('2')", None);
    let records = ["1", "2", "3", "4"].map(record);
    lambda.invoke(&json!({ "Records": records }).to_string()).await;
    let (calls, metrics) = log(lambda).await;
    assert_eq!(metrics[0]["RecordsFailed"], 3);
    assert_eq!((&metrics[0]["ModalCalls"], &metrics[0]["ModalErrors"]), (&json!(2), &json!(1)));
    let warning = calls.iter().find(|line| line["level"] == "WARN").unwrap();
    assert_eq!(warning["message"], "2 of 4 records were not called");
    assert_eq!(warning["aws_request_id"], "00000000-0000-4000-8000-000000000001");
}

#[tokio::test]
async fn a_table_that_knows_not_of_a_call_is_a_line_that_names_it_and_a_duplicate_is_no_call() {
    let world = World::start().await;
    let table = DynamoDb::start().await;
    let mut vars = world.vars(Mode::Spawn);
    vars.insert("AWS_ENDPOINT_URL_DYNAMODB", table.url());
    vars.insert("AWS_REGION", "eu-west-1".into());
    vars.insert("MODAL_BRIDGE_IDEMPOTENCY_TABLE", "done".into());
    world.finds_the_function();
    let lambda = Lambda::start(vars).await;
    world.modal.answer("FunctionMap", mapped());
    for _ in 0..2 {
        assert_eq!(lambda.invoke(MESSAGE).await, Outcome::Response(spawned("fc-1")));
    }
    world.modal.answer_after("FunctionMap", Duration::from_millis(200), mapped());
    let other = MESSAGE.replace("messageId\": \"", "messageId\": \"x");
    assert_ne!(other, MESSAGE);
    let (outcome, ()) =
        tokio::join!(lambda.api.invoke(other, Duration::from_millis(1500)), async {
            while table.writes() < 3 {
                tokio::task::yield_now().await;
            }
            table.refuse(1000, http::StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError");
        });
    assert_eq!(outcome, Outcome::Response(spawned("fc-1")));
    let (calls, metrics) = log(lambda).await;
    let sums = |name: &str| -> Vec<u64> {
        metrics.iter().map(|line| line[name].as_u64().unwrap()).collect()
    };
    assert_eq!((sums("ModalCalls"), sums("Duplicate")), (vec![1, 0, 1], vec![0, 1, 0]));
    assert_eq!(metrics[1].get("ModalLatency"), None);
    let warning = calls.iter().find(|line| line["level"] == "WARN").unwrap();
    expect_test::expect!["the idempotency table done does not know of function call fc-1, so a repeated event may be passed on again: DynamoDB answered InternalServerError: no (AWS request id req-d)"].assert_eq(warning["message"].as_str().unwrap());
    assert_eq!(warning["aws_request_id"], "00000000-0000-4000-8000-000000000003");
}

#[tokio::test]
async fn a_question_to_the_bridge_has_no_latency_of_a_call() {
    let world = World::start().await;
    world.finds_the_function();
    let lambda = Lambda::start(world.vars(Mode::Spawn)).await;
    world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
    lambda.invoke(r#"{"modal_bridge":{"operation":"get","function_call_id":"fc-9"}}"#).await;
    let (calls, metrics) = log(lambda).await;
    assert_eq!(
        (&calls[0]["source"], &calls[0]["function_call_id"]),
        (&json!("control"), &json!("fc-9"))
    );
    assert_eq!(metrics[0].get("ModalLatency"), None);
    assert_eq!(metrics[0]["ModalCalls"], 0);
}

#[tokio::test]
async fn metrics_pass_lambda_s_filter_whatever_its_level() {
    for (level, want) in [("", "INFO"), ("DEBUG", "INFO"), ("WARN", "WARN"), ("ERROR", "ERROR")] {
        let world = World::start().await;
        world.finds_the_function();
        let mut vars = world.vars(Mode::Spawn);
        vars.insert("AWS_LAMBDA_LOG_LEVEL", level.into());
        let lambda = Lambda::start(vars).await;
        world.modal.answer("FunctionMap", mapped());
        lambda.invoke("{}").await;
        let (_, metrics) = log(lambda).await;
        assert_eq!(metrics[0]["level"], want);
        assert!(metrics[0]["time"].as_str().unwrap().ends_with('Z'), "{}", metrics[0]);
    }
}
