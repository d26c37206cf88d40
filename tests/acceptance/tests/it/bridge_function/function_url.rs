//! The URL of a bridge: what it is in AWS, and what an HTTP client gets.

use acceptance::World;
use acceptance::http::{self, Answer};
use expect_test::expect;
use serde_json::{Value, json};

use super::changed;
use super::triggers::statements;
use crate::bridge::{ADDRESS, bridge, with_token};

const OPEN: &str = r#"
  function_url {
    authorization_type = "NONE"

    cors {
      allow_origins = ["https://example.com"]
      allow_methods = ["GET", "POST"]
      max_age       = 60
    }
  }
  allowed_trigger {
    statement_id = "uploads"
    service      = "s3"
    source_arn   = "arn:aws:s3:::uploads"
  }
"#;

#[test]
fn a_url_is_opened_narrowed_and_taken_away_with_its_permissions() {
    let world = World::start();
    let config = world.config(&bridge(OPEN));
    config.apply();
    config.plan().assert_empty();
    let found = url_config(&world).unwrap();
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!(found["FunctionUrl"], state["url"]);
    let id = state["url_id"].as_str().unwrap();
    assert_eq!(state["url"], format!("https://{id}.lambda-url.us-east-1.on.aws/"));
    assert_eq!((&found["AuthType"], &found["InvokeMode"]), (&json!("NONE"), &json!("BUFFERED")));
    let cors = json!({
        "AllowCredentials": false,
        "AllowHeaders": [],
        "AllowMethods": ["GET", "POST"],
        "AllowOrigins": ["https://example.com"],
        "ExposeHeaders": [],
        "MaxAge": 60,
    });
    assert_eq!(found["Cors"], cors);
    expect![[r#"
        {"Sid":"FunctionURLAllowPublicAccess","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}
        {"Sid":"FunctionURLInvokeAllowPublicAccess","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}
        {"Sid":"uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::uploads"},"StringEquals":{"AWS:SourceAccount":"(account)"}}}"#]].assert_eq(&statements(&world));

    // What somebody else changes is put back: the URL, or one of the statements.
    let aws = &world.aws;
    let request = json!({"FunctionName": "thumbnails", "AuthType": "AWS_IAM", "Cors": {}});
    aws.call("lambda", "update_function_url_config", request);
    assert_eq!(healed(&config), json!(["function_url"]));
    let first =
        json!({"FunctionName": "thumbnails", "StatementId": "FunctionURLAllowPublicAccess"});
    aws.call("lambda", "remove_permission", first);
    assert_eq!(healed(&config), json!(["function_url"]));
    aws.call("lambda", "delete_function_url_config", json!({"FunctionName": "thumbnails"}));
    assert_eq!(healed(&config), json!(["function_url", "url", "url_id"]));

    let before = url_config(&world).unwrap();
    config.replace("\"NONE\"", "\"AWS_IAM\"\n    invoke_mode        = \"BUFFERED\"");
    let plan = config.plan();
    assert!(plan.change(ADDRESS)["after"]["url"].is_string(), "the URL stays: {plan}");
    config.apply_planned();
    config.plan().assert_empty();
    let found = url_config(&world).unwrap();
    assert_eq!(found["AuthType"], "AWS_IAM");
    assert_eq!(found["FunctionUrl"], before["FunctionUrl"]);
    expect![[r#"{"Sid":"uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::uploads"},"StringEquals":{"AWS:SourceAccount":"(account)"}}}"#]].assert_eq(&statements(&world));

    config.replace("\"AWS_IAM\"", "\"NONE\"");
    config.apply();
    config.plan().assert_empty();
    assert_eq!(statements(&world).lines().count(), 3);
    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(url_config(&world), None);
    assert_eq!(statements(&world), "none");

    config.rewrite(&bridge(OPEN));
    config.apply();
    config.destroy();
}

/// The attributes by which the plan puts something right, once it has.
#[track_caller]
fn healed(config: &acceptance::Config) -> Value {
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let change = plan.change(ADDRESS);
    let mut names: Vec<_> = changed(change).as_object().unwrap().keys().cloned().collect();
    let unknown = change["after_unknown"].as_object().unwrap().iter();
    names.extend(unknown.filter(|(_, value)| **value == true).map(|(name, _)| name.clone()));
    names.sort();
    names.dedup();
    config.apply_planned();
    config.plan().assert_empty();
    json!(names)
}

fn url_config(world: &World) -> Option<Value> {
    let request = json!({"FunctionName": "thumbnails"});
    world.aws.try_call("lambda", "get_function_url_config", request).ok()
}

const SITES: &str = r#"
resource "modal_bridge_function" "sites" {
  for_each = {
    open   = { function = "echo", mode = "remote", access = "NONE" }
    later  = { function = "echo", mode = "spawn", access = "NONE" }
    fails  = { function = "raise_error", mode = "remote", access = "NONE" }
    closed = { function = "echo", mode = "remote", access = "AWS_IAM" }
    stream = { function = "echo", mode = "remote", access = "NONE", format = "result", invoke = "RESPONSE_STREAM" }
  }
  name                = each.key
  app_name            = "thumbnails"
  modal_function_name = each.value.function
  mode                = each.value.mode
  response_format     = try(each.value.format, null)
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"

  function_url {
    authorization_type = each.value.access
    invoke_mode        = try(each.value.invoke, null)
    cors {
      allow_origins = ["https://example.com"]
    }
  }
}

output "ids" {
  value = { for name, site in modal_bridge_function.sites : name => site.url_id }
}
"#;

#[test]
fn http_clients_get_what_the_modal_function_answers() {
    let world = World::start();
    let config = with_token(&world, SITES);
    config.apply();
    let ids = |name: &str| {
        let address = format!("modal_bridge_function.sites[{name:?}]");
        config.resource(&address).unwrap()["url_id"].as_str().unwrap().to_owned()
    };
    let post = |name: &str| -> Answer {
        let host = format!("{}.lambda-url.us-east-1.on.aws", ids(name));
        let headers = [
            ("Host", host.as_str()),
            ("Content-Type", "application/json"),
            ("Origin", "https://example.com"),
        ];
        let body = r#"{"n": 1}"#;
        http::send("POST", world.aws.endpoint(), "/render?width=2", &headers, body).unwrap()
    };

    let answer = post("open");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("x-modal-function-call-id").is_some_and(|id| id.starts_with("fc-")));
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://example.com"));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["status"], "Success");
    // What the Modal function was called with.
    let event = &body["response"]["result"]["event"];
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["rawPath"], "/render");
    assert_eq!(event["queryStringParameters"], json!({"width": "2"}));
    assert_eq!(event["body"], r#"{"n": 1}"#);

    let answer = post("later");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let id = body["response"]["function_call_id"].as_str().unwrap();
    assert_eq!((answer.status, answer.header("x-modal-function-call-id")), (202, Some(id)));

    let answer = post("fails");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (answer.status, &body["errorType"]),
        (502, &json!("ModalRemoteError")),
        "{answer:?}"
    );

    let answer = post("closed");
    assert_eq!((answer.status, answer.body.as_str()), (403, r#"{"Message":"Forbidden"}"#));

    // Each of the two statements is needed.
    for id in ["FunctionURLAllowPublicAccess", "FunctionURLInvokeAllowPublicAccess"] {
        let statement = json!({"FunctionName": "open", "StatementId": id});
        world.aws.call("lambda", "remove_permission", statement);
        assert_eq!(post("open").status, 403);
        config.apply();
        assert_eq!(post("open").status, 200);
    }

    // Lambda reads no status from a stream: the whole answer is the body.
    let answer = post("stream");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &body["event"]["rawPath"]), (200, &json!("/render")), "{answer:?}");
    config.destroy();
}
