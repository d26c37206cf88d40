//! A standard queue, as SQS behaves: what was received stays out of sight for a while, and comes
//! again unless it was deleted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(super) struct Queue {
    messages: Mutex<Vec<Message>>,
    visibility: Duration,
}

struct Message {
    id: String,
    received: u32,
    hidden_until: Instant,
    deleted: bool,
}

impl Queue {
    pub(super) fn of(name: &str, count: usize, visibility: Duration) -> Self {
        let now = Instant::now();
        let message = |number| Message {
            id: format!("{name}-{number}"),
            received: 0,
            hidden_until: now,
            deleted: false,
        };
        Self { messages: Mutex::new((0..count).map(message).collect()), visibility }
    }

    /// The event of up to `most` messages, and their ids; none where all are out of sight.
    pub(super) fn receive(&self, most: usize) -> Option<(Value, Vec<String>)> {
        let now = Instant::now();
        let mut messages = self.messages.lock().unwrap();
        let visible = messages.iter_mut().filter(|each| !each.deleted && each.hidden_until <= now);
        let (mut records, mut ids) = (Vec::new(), Vec::new());
        for message in visible.take(most) {
            message.received += 1;
            message.hidden_until = now + self.visibility;
            ids.push(message.id.clone());
            records.push(json!({
                "messageId": message.id,
                "body": "{}",
                "attributes": {"ApproximateReceiveCount": message.received.to_string()},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:delivery",
            }));
        }
        (!ids.is_empty()).then(|| (json!({"Records": records}), ids))
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
}
