//! The table itself: conditional writes, so that of two who come at the same time one wins.

use std::time::{Duration, UNIX_EPOCH};

use bridge_contract::Idempotency;
use modal_client::{CallId, Clock, Ticket};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::item::{
    ATTEMPT, CALL_JWT, COMPLETED, EXPIRATION, FAILED, FUNCTION_CALL_ID, GENERATION, ID,
    IN_PROGRESS, INPUT_JWT, Item, LOCKED_UNTIL, OWNER, RESULT, STATUS, call_attribute, names,
    number, result_attribute, text, ticket_attributes,
};
use crate::aws::{Failure, JsonApi, Service};
use crate::error::End;
use crate::{AwsAccess, BridgeError, Deadline, Outcome};

const DYNAMODB: Service = Service {
    name: "dynamodb",
    title: "DynamoDB",
    target: "DynamoDB_20120810",
    content_type: "application/x-amz-json-1.0",
    // Two writes an event: a connection between them is worth keeping, one through a freeze is not.
    keep: Duration::from_secs(10),
};

/// Between two looks at an item that somebody else has locked.
const PAUSE: Duration = Duration::from_millis(250);

/// Where a bridge remembers what it has passed on.
#[derive(Debug)]
pub(crate) struct Table {
    name: String,
    key_path: Option<String>,
    ttl: Duration,
    api: JsonApi,
    clock: Clock,
}

/// The right to pass an event on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lock {
    key: String,
    owner: String,
    until: u64,
    /// How many calls for this event have ended: the next is not the same call.
    pub(crate) generation: u64,
}

/// What an event's item said.
#[derive(Debug)]
pub(crate) enum Begun {
    /// Nobody passed it on, or nobody who is still at it.
    New(Lock),
    /// A call that Modal took and whose end nobody knows.
    Running(Ticket, Lock),
    Done(Outcome),
}

enum Try {
    Begun(Begun),
    /// Somebody else has the lock.
    Locked,
}

impl Lock {
    fn of(key: &str, item: &Item) -> Self {
        Self {
            key: key.to_owned(),
            owner: item.owner.clone(),
            until: item.locked_until,
            generation: item.generation,
        }
    }
}

impl Table {
    pub(crate) fn new(
        settings: &Idempotency,
        access: AwsAccess,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let Idempotency { table, key_path, ttl_seconds } = settings;
        let mut parts = table.splitn(6, ':');
        // By an ARN a table may be elsewhere; by a name it is where the Lambda is.
        let (partition, region) = match (parts.next(), parts.next(), parts.nth(1)) {
            (Some("arn"), Some(partition), Some(region)) => (partition, region.to_owned()),
            _ => {
                let region = access.region.clone().unwrap_or_default();
                (if region.starts_with("cn-") { "aws-cn" } else { "aws" }, region)
            }
        };
        let url = access.dynamodb_url.clone();
        let api = JsonApi::new(DYNAMODB, (partition, &region), url, access, clock)?;
        Ok(Self {
            name: table.clone(),
            key_path: key_path.clone(),
            ttl: Duration::from_secs((*ttl_seconds).into()),
            api,
            clock,
        })
    }

    /// Where an event's identity stands, where the practitioner says so.
    pub(crate) fn key_path(&self) -> Option<&str> {
        self.key_path.as_deref()
    }

    /// Locks the item of an event, or says what became of the event. Waits for who has it locked.
    pub(crate) async fn begin(&self, key: &str, deadline: Deadline) -> Result<Begun, BridgeError> {
        // Random: processes start in the same moment with the same deadline.
        let owner = Uuid::new_v4().to_string();
        loop {
            match self.try_begin(key, &owner, deadline).await? {
                Try::Begun(begun) => return Ok(begun),
                Try::Locked if Instant::now() + PAUSE < deadline.give_up => {
                    crate::wait(PAUSE).await;
                }
                Try::Locked => {
                    return Err(BridgeError::Idempotency {
                        reason:
                            "another invocation is at work on the same event; nothing was called"
                                .into(),
                    });
                }
            }
        }
    }

    async fn try_begin(
        &self,
        key: &str,
        owner: &str,
        deadline: Deadline,
    ) -> Result<Try, BridgeError> {
        let now = self.micros();
        let request = json!({
            "TableName": self.name,
            "Key": { ID: text(key) },
            "UpdateExpression": "SET #status = :in_progress, #expiration = :expiration, \
                #locked_until = :until, #owner = :owner, #generation = if_not_exists(#generation, :zero) \
                REMOVE #function_call_id, #attempt, #call_jwt, #input_jwt, #result",
            "ConditionExpression": "attribute_not_exists(#id) OR #expiration < :now \
                OR #status = :failed OR (#status = :in_progress AND #locked_until < :now_micros \
                AND attribute_not_exists(#function_call_id) AND attribute_not_exists(#attempt))",
            "ExpressionAttributeNames": names(&[
                ID, STATUS, EXPIRATION, LOCKED_UNTIL, OWNER, GENERATION, FUNCTION_CALL_ID, ATTEMPT,
                CALL_JWT, INPUT_JWT, RESULT,
            ]),
            "ExpressionAttributeValues": {
                ":in_progress": text(IN_PROGRESS),
                ":failed": text(FAILED),
                ":expiration": number(self.expiration()),
                ":until": number(self.lock_until(deadline)),
                ":owner": text(owner),
                ":now": number(now / 1_000_000),
                ":now_micros": number(now),
                ":zero": number(0),
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        let failure = match self.api.call("UpdateItem", &request, deadline.give_up).await {
            Ok(answer) => {
                let item = answer.get("Attributes").and_then(Item::parse);
                let item =
                    item.ok_or_else(|| self.unusable("DynamoDB answered without the item"))?;
                return Ok(Try::Begun(Begun::New(Lock::of(key, &item))));
            }
            Err(failure) => failure,
        };
        if failure.code != "ConditionalCheckFailedException" {
            return Err(self.unusable(&failure.reason));
        }
        let item = match failure.answer.get("Item").and_then(Item::parse) {
            Some(item) => item,
            None => match self.find(key, deadline).await? {
                Some(item) => item,
                // Gone meanwhile.
                None => return Ok(Try::Locked),
            },
        };
        let lock = Lock::of(key, &item);
        Ok(match (item.outcome(), item.ticket) {
            (Some(outcome), _) => Try::Begun(Begun::Done(outcome)),
            (None, Some(ticket)) => Try::Begun(Begun::Running(ticket, lock)),
            // Our own write, whose answer was lost.
            (None, None) if item.owner == owner => Try::Begun(Begun::New(lock)),
            (None, None) => Try::Locked,
        })
    }

    /// Takes over a call whose lock has ended, and with it the right to give the call back to Modal;
    /// `None` where somebody else was faster.
    pub(crate) async fn inherit(
        &self,
        lock: &Lock,
        deadline: Deadline,
    ) -> Result<Option<(Ticket, Lock)>, BridgeError> {
        let heir = Uuid::new_v4().to_string();
        let request = json!({
            "TableName": self.name,
            "Key": { ID: text(&lock.key) },
            "UpdateExpression": "SET #owner = :heir, #locked_until = :until",
            "ConditionExpression": "#owner = :owner AND #status = :in_progress",
            "ExpressionAttributeNames": names(&[OWNER, LOCKED_UNTIL, STATUS]),
            "ExpressionAttributeValues": {
                ":heir": text(&heir),
                ":until": number(self.lock_until(deadline)),
                ":owner": text(&lock.owner),
                ":in_progress": text(IN_PROGRESS),
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        let item = match self.api.call("UpdateItem", &request, deadline.give_up).await {
            Ok(answer) => answer.get("Attributes").and_then(Item::parse),
            // Perhaps by our own write, whose answer was lost.
            Err(failure) if failure.code == "ConditionalCheckFailedException" => {
                failure.answer.get("Item").and_then(Item::parse)
            }
            Err(failure) => return Err(self.unusable(&failure.reason)),
        };
        let item = item.filter(|item| item.owner == heir && !item.is_completed);
        Ok(item.and_then(|item| {
            let lock = Lock::of(&lock.key, &item);
            Some((item.ticket?, lock))
        }))
    }

    /// Notes the call that Modal took, and says whether it is written down.
    pub(crate) async fn accepted(&self, lock: &Lock, ticket: &Ticket, deadline: Instant) -> bool {
        let (names, values): (Vec<_>, Vec<_>) = ticket_attributes(ticket).into_iter().unzip();
        let set: Vec<_> = names.iter().map(|name| format!("#{name} = :{name}")).collect();
        let set = format!("SET {}", set.join(", "));
        let values = names.iter().map(|name| format!(":{name}")).zip(values).collect();
        let request = self.update(lock, &set, &names, values);
        let written = self.api.insist("UpdateItem", &request, deadline).await;
        self.said(written, &does_not_know_of(&ticket.call))
    }

    /// Notes what became of the event. What is not known to be over stays as it is: who comes next
    /// looks at the call.
    pub(crate) async fn settle(&self, lock: &Lock, end: Result<&Outcome, End>, deadline: Deadline) {
        let next = || number(lock.generation + 1);
        let last_word = deadline.last_word();
        match end {
            Ok(outcome) => {
                let (attribute, call) = call_attribute(&outcome.call());
                let mut set = format!(
                    "SET #status = :status, #expiration = :expiration, #generation = :next, \
                     #{attribute} = :call"
                );
                let mut names = vec![STATUS, EXPIRATION, GENERATION, attribute];
                let mut values = json!({
                    ":status": text(COMPLETED),
                    ":expiration": number(self.expiration()),
                    ":next": next(),
                    ":call": call,
                });
                if let Some(result) = result_attribute(outcome) {
                    set.push_str(", #result = :result");
                    names.push(RESULT);
                    values[":result"] = result;
                }
                set.push_str(" REMOVE #call_jwt, #input_jwt");
                names.extend([CALL_JWT, INPUT_JWT]);
                let request = self.update(lock, &set, &names, values);
                let written = self.api.insist("UpdateItem", &request, last_word).await;
                self.said(written, &does_not_know_of(&outcome.call()));
            }
            Err(End::Over) => {
                let set = "SET #status = :status, #generation = :next \
                           REMOVE #function_call_id, #attempt, #call_jwt, #input_jwt";
                let names = [STATUS, GENERATION, FUNCTION_CALL_ID, ATTEMPT, CALL_JWT, INPUT_JWT];
                let values = json!({ ":status": text(FAILED), ":next": next() });
                self.failed(&self.update(lock, set, &names, values), last_word).await;
            }
            // The same call, should Modal have taken it after all.
            Err(End::NoCall) => {
                let values = json!({ ":status": text(FAILED) });
                let request = self.update(lock, "SET #status = :status", &[STATUS], values);
                self.failed(&request, last_word).await;
            }
            Err(End::Unknown) => {}
        }
    }

    /// Writes that the event is to be passed on again. The error is not kept waiting for it: who comes
    /// next finds out from the call, or when the lock has ended.
    async fn failed(&self, request: &Value, deadline: Instant) {
        let written = self.api.call("UpdateItem", request, deadline).await;
        self.said(written, "does not know that the call failed, which delays the next one");
    }

    /// A change of an item that is still ours.
    fn update(&self, lock: &Lock, update: &str, attributes: &[&str], mut values: Value) -> Value {
        values[":owner"] = text(&lock.owner);
        let attributes: Vec<_> = attributes.iter().copied().chain([OWNER]).collect();
        json!({
            "TableName": self.name,
            "Key": { ID: text(&lock.key) },
            "UpdateExpression": update,
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": names(&attributes),
            "ExpressionAttributeValues": values,
        })
    }

    /// Whether something was written. What was not is said in the log, and fails nothing: what it was
    /// to tell has happened already.
    fn said(&self, written: Result<Value, Failure>, otherwise: &str) -> bool {
        if let Err(Failure { reason, .. }) = &written {
            tracing::warn!("the idempotency table {} {otherwise}: {reason}", self.name);
        }
        written.is_ok()
    }

    async fn find(&self, key: &str, deadline: Deadline) -> Result<Option<Item>, BridgeError> {
        let request = json!({
            "TableName": self.name,
            "Key": { ID: text(key) },
            "ConsistentRead": true,
        });
        match self.api.call("GetItem", &request, deadline.give_up).await {
            Ok(answer) => Ok(answer.get("Item").and_then(Item::parse)),
            Err(Failure { reason, .. }) => Err(self.unusable(&reason)),
        }
    }

    fn unusable(&self, reason: &str) -> BridgeError {
        let table = &self.name;
        BridgeError::Idempotency {
            reason: format!(
                "cannot use the idempotency table {table}: {reason}; nothing was called"
            ),
        }
    }

    /// Whether who locked the item may still be at it.
    pub(crate) fn is_locked(&self, lock: &Lock) -> bool {
        self.micros() <= lock.until
    }

    /// The end of this invocation, and the rest of its last millisecond.
    fn lock_until(&self, deadline: Deadline) -> u64 {
        let left = deadline.killed.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_micros()).unwrap_or(u64::MAX);
        self.micros().saturating_add(left).saturating_add(1000)
    }

    fn expiration(&self) -> u64 {
        (self.micros() / 1_000_000).saturating_add(self.ttl.as_secs())
    }

    fn micros(&self) -> u64 {
        let now = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
    }
}

fn does_not_know_of(call: &CallId) -> String {
    format!("does not know of {call}, so a repeated event may be passed on again")
}
