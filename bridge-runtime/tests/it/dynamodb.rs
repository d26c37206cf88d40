//! DynamoDB, as far as a table of one text key meets conditional writes of single items.
//!
//! Expressions are read and carried out as the developer guide's "Condition and filter expressions"
//! and "Update expressions" have them; what is not in that grammar is refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use loopback::HttpServer;
use serde_json::{Map, Value, json};

/// Answers GetItem and UpdateItem.
pub(crate) struct DynamoDb {
    server: HttpServer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    items: HashMap<String, Map<String, Value>>,
    /// Refuse this many requests, each so.
    refusals: Vec<(StatusCode, &'static str)>,
    /// Answer this many requests, then carry that many out, and lose the answers.
    keep: u32,
    lose: u32,
    writes: u32,
}

impl DynamoDb {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = HttpServer::start(move |request| {
            let (status, body) = shared.lock().unwrap().answer(&request);
            let answer = Response::builder().status(status).header("x-amzn-requestid", "req-d");
            async move { answer.body(body.to_string().into()).unwrap() }
        })
        .await;
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn refuse(&self, times: usize, status: StatusCode, code: &'static str) {
        self.state.lock().unwrap().refusals.extend(vec![(status, code); times]);
    }

    pub(crate) fn refuse_no_more(&self) {
        self.state.lock().unwrap().refusals.clear();
    }

    pub(crate) fn lose_answers(&self, times: u32) {
        self.lose_answers_after(0, times);
    }

    /// Loses answers after this many that arrive.
    pub(crate) fn lose_answers_after(&self, arrive: u32, times: u32) {
        let mut state = self.state.lock().unwrap();
        (state.keep, state.lose) = (arrive, times);
    }

    pub(crate) fn writes(&self) -> u32 {
        self.state.lock().unwrap().writes
    }

    /// The only item there is.
    pub(crate) fn item(&self) -> Map<String, Value> {
        let state = self.state.lock().unwrap();
        let items: Vec<_> = state.items.values().collect();
        assert_eq!(items.len(), 1);
        items[0].clone()
    }

    /// An attribute of the only item, without its type.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let value = self.item().get(name)?.clone();
        let text = value.as_object().unwrap().values().next().unwrap().as_str();
        text.map(str::to_owned)
    }

    /// Changes the only item behind everybody's back.
    pub(crate) fn put(&self, name: &str, value: Value) {
        let mut state = self.state.lock().unwrap();
        let item = state.items.values_mut().next().unwrap();
        item.insert(name.to_owned(), value);
    }

    pub(crate) fn remove(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        state.items.values_mut().next().unwrap().remove(name);
    }
}

impl State {
    fn answer(&mut self, request: &Request<bytes::Bytes>) -> (StatusCode, Value) {
        let error = |code: &str, message: &str| {
            let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
            (StatusCode::BAD_REQUEST, json!({ "__type": code, "message": message }))
        };
        let header = |name: &str| {
            request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
        };
        if !header("authorization").contains("/eu-west-1/dynamodb/aws4_request") {
            return error("InvalidSignatureException", "scope");
        }
        if header("content-type") != "application/x-amz-json-1.0" {
            return error("SerializationException", "content type");
        }
        if !self.refusals.is_empty() {
            let (status, code) = self.refusals.remove(0);
            return (status, json!({ "__type": code, "message": "no" }));
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["TableName"], "done");
        let key = body["Key"]["id"]["S"].as_str().expect("a key of one text").to_owned();
        let answer = match header("x-amz-target") {
            "DynamoDB_20120810.GetItem" => match self.items.get(&key) {
                Some(item) => (StatusCode::OK, json!({ "Item": item })),
                None => (StatusCode::OK, json!({})),
            },
            "DynamoDB_20120810.UpdateItem" => {
                let old = self.items.get(&key).cloned().unwrap_or_default();
                let expressions = Expressions { request: &body, item: &old };
                let condition = body["ConditionExpression"].as_str().unwrap();
                if expressions.holds(condition) {
                    self.writes += 1;
                    let mut item = expressions.update(body["UpdateExpression"].as_str().unwrap());
                    item.insert("id".into(), json!({ "S": key }));
                    self.items.insert(key, item.clone());
                    let whole = body["ReturnValues"] == "ALL_NEW";
                    let answer = if whole { json!({ "Attributes": item }) } else { json!({}) };
                    (StatusCode::OK, answer)
                } else {
                    let (status, mut answer) =
                        error("ConditionalCheckFailedException", "The conditional request failed");
                    if body["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" && !old.is_empty() {
                        answer["Item"] = Value::Object(old);
                    }
                    (status, answer)
                }
            }
            other => error("UnknownOperationException", other),
        };
        if self.keep > 0 {
            self.keep -= 1;
        } else if self.lose > 0 {
            self.lose -= 1;
            return (StatusCode::INTERNAL_SERVER_ERROR, json!({ "__type": "InternalServerError" }));
        }
        answer
    }
}

/// The expressions of a request, over the item as it is.
struct Expressions<'a> {
    request: &'a Value,
    item: &'a Map<String, Value>,
}

impl Expressions<'_> {
    /// `OR` binds weaker than `AND`; parentheses group.
    fn holds(&self, condition: &str) -> bool {
        let condition = condition.trim();
        let any = split(condition, "OR");
        if any.len() > 1 {
            return any.iter().any(|part| self.holds(part));
        }
        let all = split(condition, "AND");
        if all.len() > 1 {
            return all.iter().all(|part| self.holds(part));
        }
        if let Some(inner) = condition.strip_prefix('(').and_then(|c| c.strip_suffix(')')) {
            return self.holds(inner);
        }
        if let Some(name) =
            condition.strip_prefix("attribute_not_exists(").and_then(|c| c.strip_suffix(')'))
        {
            return !self.item.contains_key(&self.name(name));
        }
        let [left, operator, right] = condition.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("not a condition: {condition}")
        };
        let right = self.value(right);
        // An attribute that is not there compares to nothing.
        let Some(left) = self.item.get(&self.name(left)) else { return false };
        match operator {
            "=" => *left == right,
            "<" => number(left) < number(&right),
            _ => panic!("not an operator: {operator}"),
        }
    }

    fn update(&self, update: &str) -> Map<String, Value> {
        let mut item = self.item.clone();
        let (set, remove) = match update.split_once("REMOVE") {
            Some((set, remove)) => (set, remove),
            None => (update, ""),
        };
        let set = set.trim().strip_prefix("SET ").expect("an update sets something");
        for assignment in outside_parentheses(set, ',') {
            let (name, value) = assignment.split_once('=').expect("an assignment");
            let (name, value) = (self.name(name), value.trim());
            let value = match value.strip_prefix("if_not_exists(") {
                Some(rest) => {
                    let (old, otherwise) =
                        rest.strip_suffix(')').unwrap().split_once(',').expect("two operands");
                    self.item
                        .get(&self.name(old))
                        .cloned()
                        .unwrap_or_else(|| self.value(otherwise.trim()))
                }
                None => self.value(value),
            };
            item.insert(name, value);
        }
        for name in remove.split(',').filter(|name| !name.trim().is_empty()) {
            item.remove(&self.name(name));
        }
        item
    }

    fn name(&self, placeholder: &str) -> String {
        let name = &self.request["ExpressionAttributeNames"][placeholder.trim()];
        name.as_str().unwrap_or_else(|| panic!("no name for {placeholder}")).to_owned()
    }

    fn value(&self, placeholder: &str) -> Value {
        let value = &self.request["ExpressionAttributeValues"][placeholder.trim()];
        assert!(!value.is_null(), "no value for {placeholder}");
        value.clone()
    }
}

fn number(value: &Value) -> u64 {
    value["N"].as_str().expect("a number").parse().unwrap()
}

/// Parts between a keyword that stands outside all parentheses.
fn split<'a>(text: &'a str, keyword: &str) -> Vec<&'a str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    let mut position = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        if depth == 0 && word.trim() == keyword {
            parts.push(&text[start..position]);
            start = position + word.len();
        }
        depth += word.matches('(').count();
        depth -= word.matches(')').count();
        position += word.len();
    }
    parts.push(&text[start..]);
    parts
}

fn outside_parentheses(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0 && c == separator
    })
    .collect()
}
