//! A queue, as SQS behaves: what was received stays out of sight for a while, and comes again unless
//! it was deleted.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The most that Lambda takes at once, of a queue whose mapping says nothing else.
pub(super) const BATCH: usize = 10;

pub(super) struct Queue {
    kind: Kind,
    messages: Mutex<Vec<Message>>,
    visibility: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Standard,
    /// A group's messages come in their order, and none before those ahead of it are gone.
    Fifo,
    /// Those that came together come together again, as what Lambda retries itself does.
    Whole,
}

struct Message {
    id: String,
    group: String,
    body: String,
    received: u32,
    hidden_until: Instant,
    deleted: bool,
}

impl Queue {
    /// Of `count` messages, whose bodies are given by their numbers.
    pub(super) fn standard(
        name: &str,
        count: usize,
        visibility: Duration,
        body: fn(usize) -> Value,
    ) -> Self {
        let ids = (0..count).map(|number| (format!("{name}-{number}"), String::new()));
        let bodies = (0..count).map(|number| body(number).to_string());
        Self::of(Kind::Standard, ids.zip(bodies), visibility)
    }

    /// Of `count` messages that come again in the batches that they came in.
    pub(super) fn whole(name: &str, count: usize, visibility: Duration) -> Self {
        let ids = (0..count).map(|number| (format!("{name}-{number}"), String::new()));
        Self::of(Kind::Whole, ids.map(|ids| (ids, "{}".to_owned())), visibility)
    }

    /// Of `count` messages in so many groups, one of each in turn; a message's id ends with its place
    /// in its group.
    pub(super) fn fifo(name: &str, count: usize, groups: usize, visibility: Duration) -> Self {
        let ids = (0..count).map(|number| {
            let group = format!("{name}-{}", number % groups);
            (format!("{group}-{}", number / groups), group)
        });
        Self::of(Kind::Fifo, ids.map(|ids| (ids, "{}".to_owned())), visibility)
    }

    fn of(
        kind: Kind,
        messages: impl Iterator<Item = ((String, String), String)>,
        visibility: Duration,
    ) -> Self {
        let now = Instant::now();
        let message = |((id, group), body)| Message {
            id,
            group,
            body,
            received: 0,
            hidden_until: now,
            deleted: false,
        };
        Self { kind, messages: Mutex::new(messages.map(message).collect()), visibility }
    }

    /// The event of a batch, and the ids of its messages; none where all are out of sight.
    pub(super) fn receive(&self) -> Option<(Value, Vec<String>)> {
        let now = Instant::now();
        let mut messages = self.messages.lock().unwrap();
        let (mut records, mut ids) = (Vec::new(), Vec::new());
        for index in self.next(&messages, now) {
            let message = &mut messages[index];
            message.received += 1;
            message.hidden_until = now + self.visibility;
            ids.push(message.id.clone());
            records.push(self.record(message));
        }
        (!ids.is_empty()).then(|| (json!({"Records": records}), ids))
    }

    fn next(&self, messages: &[Message], now: Instant) -> Vec<usize> {
        let visible = |message: &Message| !message.deleted && message.hidden_until <= now;
        if self.kind == Kind::Whole {
            let batches = messages.chunks(BATCH).enumerate();
            let mut batches = batches.filter(|(_, batch)| batch.iter().all(visible));
            let batch = batches.next().map(|(number, batch)| (number * BATCH, batch.len()));
            return batch.into_iter().flat_map(|(start, count)| start..start + count).collect();
        }
        let mut busy = HashSet::new();
        let mut next = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let waits = self.kind == Kind::Fifo && busy.contains(&message.group);
            if visible(message) && !waits {
                next.push(index);
            } else if !message.deleted {
                busy.insert(&message.group);
            }
            if next.len() == BATCH {
                break;
            }
        }
        next
    }

    fn record(&self, message: &Message) -> Value {
        let mut record = json!({
            "messageId": message.id,
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": message.received.to_string()},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:delivery",
        });
        if self.kind == Kind::Fifo {
            record["attributes"]["MessageGroupId"] = message.group.as_str().into();
            record["eventSourceARN"] = "arn:aws:sqs:us-east-1:111122223333:delivery.fifo".into();
        }
        record
    }

    /// What was handled and not reported as failed.
    pub(super) fn delete(&self, ids: &[String], failed: &[String]) {
        for message in self.messages.lock().unwrap().iter_mut() {
            if ids.contains(&message.id) && !failed.contains(&message.id) {
                message.deleted = true;
            }
        }
    }

    pub(super) fn left(&self) -> usize {
        self.messages.lock().unwrap().iter().filter(|message| !message.deleted).count()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.messages.lock().unwrap().iter().map(|message| message.id.clone()).collect()
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.kind == Kind::Fifo
    }
}
