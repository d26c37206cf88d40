//! The examples that are whole: applied as they stand, with the app beside them deployed, and
//! called.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::http::{self, Answer};
use acceptance::{Config, LocalModal, Workspace, World, host_architecture};
use serde_json::{Value, json};

/// How long an event may be under way: a schedule's first minute passes, and Modal's first call starts
/// a container.
const PATIENCE: Duration = Duration::from_secs(150);

#[test]
fn the_queue_worker_works_off_a_queue() {
    let world = World::start();
    let attributes = json!({"VisibilityTimeout": "360"});
    let queue = json!({"QueueName": "jobs", "Attributes": attributes});
    let queue = world.aws.call("sqs", "create_queue", queue)["QueueUrl"].take();
    let arn = format!("arn:aws:sqs:us-east-1:{}:jobs", world.aws.id());
    let config = example(&world, "queue-worker").with_env("TF_VAR_queue_arn", arn);
    config.apply();
    config.plan().assert_empty();

    // The number is of this very test.
    let job = world.aws.id();
    let body = json!({"id": job, "text": "four words are here"}).to_string();
    world.aws.call("sqs", "send_message", json!({"QueueUrl": queue, "MessageBody": body}));

    let result = result_of(&world, "queue-worker", |result| result["job"] == job);
    assert_eq!(result, json!({"job": job, "words": 4, "language": "en"}));
    let count = json!({"QueueUrl": queue, "AttributeNames": ["All"]});
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = world.aws.call("sqs", "get_queue_attributes", count.clone());
        let left = &left["Attributes"];
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        if names.iter().all(|name| left[name] == "0") {
            break;
        }
        assert!(Instant::now() < deadline, "the message is still there: {left}");
        thread::sleep(Duration::from_millis(200));
    }
    config.destroy();
}

#[test]
fn the_nightly_job_is_started_when_its_time_has_come() {
    let world = World::start();
    world.aws.call("sqs", "create_queue", json!({"QueueName": "failures"}));
    let arn = format!("arn:aws:sqs:us-east-1:{}:failures", world.aws.id());
    let config = example(&world, "nightly-job").with_env("TF_VAR_failures_queue_arn", arn);
    let config = config.with_env("TF_VAR_expression", "rate(1 minute)");
    config.apply();
    config.plan().assert_empty();

    let result = result_of(&world, "nightly-job", |result| result["made"] == "daily");
    assert_eq!(result, json!({"made": "daily", "sent_to": ["team@example.com"]}));
    config.destroy();
}

#[test]
fn the_http_api_answers_as_the_class_in_modal_does() {
    let world = World::start();
    let config = example(&world, "http-inference");
    config.apply();
    config.plan().assert_empty();
    let post = |body: &Value| post(&world, &config, body);

    let answer = post(&json!({"text": "I love this great thing"}));
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, said), (200, json!({"score": 2, "model": "words-1"})));
    assert_eq!(answer.header("content-type"), Some("application/json"));

    let answer = post(&json!({"words": 1}));
    assert_eq!(answer.status, 400, "{answer:?}");
    config.destroy();
}

#[test]
fn the_rag_backend_remembers_in_a_table_without_keys() {
    let world = World::start();
    let app = Workspace::here().file("examples/complete/rag-backend/app.py");
    let log = Workspace::here().scratch().join(format!("modal-of-{}.log", world.aws.id()));
    let endpoint = Some(world.aws.endpoint());
    let modal = LocalModal::start_beside(endpoint, &Workspace::here(), &[app], &log).unwrap();
    let keys = [("chat", "S", "HASH"), ("at", "N", "RANGE")];
    world.aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": "chats",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": keys.map(|(name, kind, _)| json!({"AttributeName": name, "AttributeType": kind})),
            "KeySchema": keys.map(|(name, _, role)| json!({"AttributeName": name, "KeyType": role})),
        }),
    );
    let table = format!("arn:aws:dynamodb:us-east-1:{}:table/chats", world.aws.id());
    let config = example(&world, "rag-backend")
        .with_env("TF_VAR_table_arn", table)
        .with_env("TF_VAR_modal_server_url", modal.server_url());
    config.apply();
    config.plan().assert_empty();

    for earlier in 0..2 {
        let question = json!({"chat": "one", "question": "what is a bridge"});
        let answer = post(&world, &config, &question);
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        let expected = "A bridge is a Lambda function that calls a Modal function.";
        assert_eq!(
            (answer.status, said),
            (200, json!({"answer": expected, "asked_before": earlier}))
        );
    }
    let kept = world.aws.call("dynamodb", "scan", json!({"TableName": "chats"}));
    assert_eq!(kept["Items"][0]["question"]["S"], "what is a bridge", "{kept}");
    config.destroy();
}

/// Asks the API of an example, at its output `url`.
fn post(world: &World, config: &Config, body: &Value) -> Answer {
    let url = config.output("url");
    let (host, path) = url.as_str().unwrap().split_once("://").unwrap().1.split_once('/').unwrap();
    // The local AWS knows an API by its host name, and whose it is by who seems to have signed.
    let signer = format!("{}/20260101/us-east-1/execute-api/aws4_request", world.aws.id());
    let signed = format!("AWS4-HMAC-SHA256 Credential={signer}, SignedHeaders=host, Signature=0");
    let headers =
        [("Host", host), ("Authorization", &signed), ("Content-Type", "application/json")];
    let path = format!("/{path}");
    http::send("POST", world.aws.endpoint(), &path, &headers, &body.to_string()).unwrap()
}

#[test]
fn every_whole_example_is_in_the_list_of_examples() {
    let list = fs::read_to_string(Workspace::here().file("examples/README.md")).unwrap();
    for example in fs::read_dir(Workspace::here().file("examples/complete")).unwrap() {
        let name = example.unwrap().file_name().into_string().unwrap();
        assert!(list.contains(&format!("](complete/{name})")), "{name} is not listed");
    }
}

/// An example in a folder of its own, with the variables that all of them have.
fn example(world: &World, name: &str) -> Config {
    world
        .config_of(&format!("examples/complete/{name}"))
        .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
        .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET)
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_architecture", host_architecture())
}

/// What a function of an app answered, once a call has the answer that is waited for.
fn result_of(world: &World, app: &str, is_ours: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let calls = world.modal().calls().unwrap();
        let mut of_app = calls.into_iter().filter(|call| call["app"] == app);
        if let Some(mut call) = of_app.find(|call| is_ours(&call["result"])) {
            return call["result"].take();
        }
        assert!(Instant::now() < deadline, "{:#?}", world.modal().calls());
        thread::sleep(Duration::from_millis(200));
    }
}
