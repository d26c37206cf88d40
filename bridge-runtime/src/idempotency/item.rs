//! An item of the table, in DynamoDB's JSON.

use modal_client::{CallId, Jwts, Ticket};
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::answer::size;

/// Attributes. `id` is the partition key; `expiration`, in seconds, is what the table's TTL is set to.
pub(super) const ID: &str = "id";
pub(super) const STATUS: &str = "status";
pub(super) const EXPIRATION: &str = "expiration";
pub(super) const LOCKED_UNTIL: &str = "locked_until";
pub(super) const OWNER: &str = "owner";
pub(super) const GENERATION: &str = "generation";
pub(super) const FUNCTION_CALL_ID: &str = "function_call_id";
pub(super) const ATTEMPT: &str = "attempt";
/// What the call is given back to Modal with, as long as that may be wanted.
pub(super) const CALL_JWT: &str = "call_jwt";
pub(super) const INPUT_JWT: &str = "input_jwt";
pub(super) const RESULT: &str = "result";

pub(super) const IN_PROGRESS: &str = "INPROGRESS";
pub(super) const COMPLETED: &str = "COMPLETED";
pub(super) const FAILED: &str = "FAILED";

/// An item has at most 400 KB; a larger result is not kept.
const MAX_RESULT: usize = 350 * 1024;

/// What an item says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) is_completed: bool,
    /// Tells one lock from the next.
    pub(super) owner: String,
    /// In microseconds since 1970.
    pub(super) locked_until: u64,
    /// How many calls have ended.
    pub(super) generation: u64,
    pub(super) ticket: Option<Ticket>,
    result: Option<String>,
}

impl Item {
    /// Reads an item; `None` for one that is none of ours.
    pub(super) fn parse(item: &Value) -> Option<Self> {
        let text = |name: &str, kind: &str| item.get(name)?.get(kind)?.as_str();
        let number = |name: &str| text(name, "N")?.parse().ok();
        let call = match (text(FUNCTION_CALL_ID, "S"), text(ATTEMPT, "S")) {
            (Some(id), _) => Some(CallId::FunctionCall(id.to_owned())),
            (None, Some(token)) => Some(CallId::Attempt(token.to_owned())),
            (None, None) => None,
        };
        let jwt = |name: &str| text(name, "S").map(str::to_owned);
        let jwts = || Some(Jwts { call: jwt(CALL_JWT)?, input: jwt(INPUT_JWT)? });
        Some(Self {
            is_completed: text(STATUS, "S")? == COMPLETED,
            owner: text(OWNER, "S")?.to_owned(),
            locked_until: number(LOCKED_UNTIL)?,
            generation: number(GENERATION)?,
            ticket: call.map(|call| Ticket { call, jwts: jwts() }),
            result: text(RESULT, "S").map(str::to_owned),
        })
    }

    /// The answer that was given, where one was.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        let call = self.ticket.clone().filter(|_| self.is_completed)?.call;
        let result = self.result.as_deref().and_then(read);
        Some(match (result, call) {
            (Some(result), call) => Outcome::Returned { result, call },
            // What was spawned has no result here, and no attempt is ever spawned.
            (_, call) => Outcome::Forgotten { call },
        })
    }
}

/// Reads a result that was kept: what Modal returns may nest deeper than events may.
fn read(result: &str) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(result);
    reader.disable_recursion_limit();
    reader.into_iter().next()?.ok()
}

/// The attribute that holds a call, and its value.
pub(super) fn call_attribute(call: &CallId) -> (&'static str, Value) {
    match call {
        CallId::FunctionCall(id) => (FUNCTION_CALL_ID, text(id)),
        CallId::Attempt(token) => (ATTEMPT, text(token)),
    }
}

/// The attributes that hold what it takes to go on with a call.
pub(super) fn ticket_attributes(ticket: &Ticket) -> Vec<(&'static str, Value)> {
    let jwts = ticket.jwts.iter();
    let jwts =
        jwts.flat_map(|Jwts { call, input }| [(CALL_JWT, text(call)), (INPUT_JWT, text(input))]);
    [call_attribute(&ticket.call)].into_iter().chain(jwts).collect()
}

/// What is kept of an answer.
pub(super) fn result_attribute(outcome: &Outcome) -> Option<Value> {
    match outcome {
        Outcome::Returned { result, .. } => {
            (size(result) <= MAX_RESULT).then(|| text(&result.to_string()))
        }
        Outcome::Spawned(_) | Outcome::Unread { .. } | Outcome::Forgotten { .. } => None,
    }
}

pub(super) fn text(value: &str) -> Value {
    json!({ "S": value })
}

pub(super) fn number(value: u64) -> Value {
    json!({ "N": value.to_string() })
}

/// `{"#status": "status", …}`: every name of ours by a placeholder, as some are reserved words.
pub(super) fn names(names: &[&str]) -> Value {
    let entries = names.iter().map(|name| (format!("#{name}"), Value::from(*name)));
    Value::Object(entries.collect::<Map<_, _>>())
}
