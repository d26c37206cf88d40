use serde_json::{Value as Json, json};

use super::*;
use crate::aws::testing::{Answer, FakeAws, from_request, json as answer, json_error, waiter};

const APIS: &str = "POST /v2/apis";

fn gateway(aws: &FakeAws) -> ApiGateway {
    ApiGateway::new(Client::new(&aws.config()), waiter())
}

fn settings() -> ApiSettings {
    ApiSettings { name: "uploads".to_owned(), cors: None }
}

fn busy() -> Answer {
    json_error(429, "TooManyRequestsException", "Rate exceeded")
}

/// The list of all, with one that has the nonce that was sent last.
fn listed_with_ours(aws: &FakeAws) -> Answer {
    let script = aws.clone();
    from_request(move |_| {
        let asked: Json = serde_json::from_str(&script.asked(APIS)).unwrap();
        let api = |id: &str, tags: &Json| json!({ "apiId": id, "name": "uploads", "tags": tags });
        let theirs = json!({ CREATE_NONCE: "theirs" });
        answer(200, json!({ "items": [api("theirs", &theirs), api("ours", &asked["tags"])] }))
    })
}

#[tokio::test]
async fn after_a_lost_answer_no_second_api_is_made() {
    let aws = FakeAws::new();
    aws.answer(APIS, Answer::Lost);
    aws.answer("GET /v2/apis", listed_with_ours(&aws));
    assert_eq!(gateway(&aws).create_api(&settings(), &Tags::new()).await.unwrap(), "ours");
    aws.assert_done();
}

#[tokio::test]
async fn what_was_not_made_is_asked_for_again() {
    let aws = FakeAws::new();
    aws.answer(APIS, busy());
    aws.answer(APIS, Answer::Lost);
    aws.answer("GET /v2/apis", answer(200, json!({ "items": [] })));
    aws.answer(APIS, answer(201, json!({ "apiId": "ours" })));
    assert_eq!(gateway(&aws).create_api(&settings(), &Tags::new()).await.unwrap(), "ours");
    aws.assert_done();
}

#[tokio::test]
async fn a_refusal_ends_it() {
    let aws = FakeAws::new();
    aws.answer(APIS, json_error(400, "BadRequestException", "no"));
    let error = gateway(&aws).create_api(&settings(), &Tags::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "apigateway:POST answered BadRequestException: no");
    aws.assert_done();
}
