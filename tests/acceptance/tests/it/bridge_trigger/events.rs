//! What AWS itself fires, all the way to functions that Modal's runtime executes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::World;
use serde_json::{Value, json};

use crate::bridge::with_token;

/// How long Modal may take for a call: its first one starts a container.
const PATIENCE: Duration = Duration::from_secs(60);

const WIRED: &str = r#"
resource "modal_bridge_function" "render" {
  name                = "render-by-trigger"
  app_name            = "thumbnails"
  modal_function_name = "render"
  mode                = "remote"
  params              = jsonencode({ width = 32 })
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
}

resource "modal_bridge_trigger" "render" {
  bridge_name = modal_bridge_function.render.arn

  s3 {
    bucket = "pictures-by-trigger"
    events = ["s3:ObjectCreated:*"]
    prefix = "uploads/"
    suffix = ".png"
  }
}

resource "modal_bridge_function" "answer" {
  name                = "answer-by-trigger"
  app_name            = "requests"
  modal_function_name = "answer"
  mode                = "remote"
  params              = jsonencode({ name = "a bridge" })
  response_format     = "result" # status, headers and body are the function's
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"
}

resource "modal_bridge_trigger" "answer" {
  bridge_name = modal_bridge_function.answer.name

  http_api {
    route_key = "POST /things"
  }
}
"#;

#[test]
fn an_object_and_a_request_come_to_modal() {
    let world = World::start();
    world.aws.call("s3", "create_bucket", json!({"Bucket": "pictures-by-trigger"}));
    let config = with_token(&world, WIRED);
    config.apply();
    config.plan().assert_empty();

    // Three objects, one of which the trigger is for.
    for key in ["other/cat.png", "uploads/cat.txt", "uploads/cat.png"] {
        let object = json!({"Bucket": "pictures-by-trigger", "Key": key, "Body": "a cat"});
        world.aws.call("s3", "put_object", object);
    }
    let of_the_bucket = |calls: &[Value]| -> Vec<Value> {
        let ours = calls.iter().filter(|call| {
            let source = call["result"]["source"].as_str().unwrap_or_default();
            source.starts_with("s3://pictures-by-trigger/")
        });
        ours.cloned().collect()
    };
    let deadline = Instant::now() + PATIENCE;
    while of_the_bucket(&world.modal().calls().unwrap()).is_empty() {
        assert!(Instant::now() < deadline, "{:#?}", world.modal().calls());
        thread::sleep(Duration::from_millis(100));
    }

    // What a request asks for, and how it is answered, is between the caller and Modal.
    let endpoint = config.resource("modal_bridge_trigger.answer").unwrap()["api_endpoint"].clone();
    let (status, headers, body) =
        post(&world, endpoint.as_str().unwrap(), "/things", r#"{"make":"tea"}"#);
    assert_eq!(status, 201, "{headers} {body}");
    assert!(headers.contains("x-made-by: a bridge"), "{headers}");
    assert!(headers.contains("content-type: application/json"), "{headers}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({"made": "tea", "path": "/things"}));
    let (status, ..) = post(&world, endpoint.as_str().unwrap(), "/others", "{}");
    assert_eq!(status, 404);

    let calls = world.modal().calls().unwrap();
    let calls = of_the_bucket(&calls);
    assert_eq!(calls.len(), 1, "{calls:#?}");
    assert_eq!(calls[0]["result"]["source"], "s3://pictures-by-trigger/uploads/cat.png");
    assert_eq!(calls[0]["result"]["thumbnail"], "uploads/thumbnails/cat-32.png");
    config.destroy();
}

/// Asks an API: status, headers in lower case, and body. The local AWS knows an API by its host name,
/// and whose it is by who seems to have signed.
pub(crate) fn post(world: &World, endpoint: &str, path: &str, body: &str) -> (u16, String, String) {
    let host = endpoint.split_once("://").unwrap().1;
    let server = world.aws.endpoint().split_once("://").unwrap().1;
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let signer = format!("{}/20260101/us-east-1/execute-api/aws4_request", world.aws.id());
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={signer}, SignedHeaders=host, Signature=0\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let status = status.split(' ').nth(1).unwrap().parse().unwrap();
    (status, headers.to_lowercase(), body.to_owned())
}
