//! The processes of a bridge, and the queue that feeds them: one event at a time each, killed when
//! they take too long, and at random killed or frozen besides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loopback::Outcome;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use acceptance::AwsAccount;

use super::chance::Chance;
use super::lambda::Bridge;
use super::queue::Queue;
use super::{now, pause};

pub(super) const KILLED: &str = "bridge killed";
pub(super) const FROZEN: &str = "bridge frozen";
pub(super) const OUT_OF_TIME: &str = "bridge out of time";
pub(super) const TOO_LONG: &str = "bridge killed for taking too long";

/// How long after its end a process's last write may reach the table.
const LAST_WRITE: Duration = Duration::from_millis(200);

/// Seconds that a bridge keeps for its answer, and a little more.
const LAST_WORD: f64 = 0.6;

pub(super) struct Fleet {
    pub(super) mode: &'static str,
    pub(super) queue: Queue,
    /// Where the function notes what it did.
    pub(super) notes: PathBuf,
    pub(super) bridge: Bridge,
    pub(super) table: Option<Table>,
    /// What a Lambda may take.
    pub(super) lambda_timeout: Duration,
    /// Concurrent executions of the Lambda.
    pub(super) concurrency: usize,
    pub(super) story: Mutex<Story>,
}

/// The table by which a bridge knows what it did.
pub(super) struct Table {
    pub(super) aws: AwsAccount,
    pub(super) name: String,
}

/// What happened.
#[derive(Default)]
pub(super) struct Story {
    /// Each message's deliveries, in order.
    pub(super) turns: HashMap<String, Vec<Turn>>,
    pub(super) blows: BTreeMap<&'static str, usize>,
    last_error: Option<String>,
}

/// One delivery of a message.
#[derive(Clone)]
pub(super) struct Turn {
    /// In seconds since 1970.
    pub(super) started: f64,
    /// What cut the process short that was at work on it, if anything did.
    pub(super) cut: Option<Cut>,
}

#[derive(Clone)]
pub(super) struct Cut {
    pub(super) cause: &'static str,
    /// The calls and attempts that the table knew of right after.
    pub(super) known: Arc<HashSet<String>>,
}

/// What befalls a process while it is at work.
enum Blow {
    None,
    Kill(Duration),
    Freeze(Duration, Duration),
}

impl Fleet {
    pub(super) fn left(&self) -> usize {
        self.queue.left()
    }

    /// What a batch failed with, last.
    pub(super) fn last_error(&self) -> Option<String> {
        self.story.lock().unwrap().last_error.clone()
    }

    /// Until the queue is empty.
    pub(super) async fn deliver(self: Arc<Self>, mut chance: Chance) {
        let mut workers = JoinSet::new();
        for _ in 0..self.concurrency {
            workers.spawn(Arc::clone(&self).work(chance.child()));
        }
        workers.join_all().await;
    }

    async fn work(self: Arc<Self>, mut chance: Chance) {
        let mut process = self.bridge.start().await;
        while self.queue.left() > 0 {
            let Some((event, ids)) = self.queue.receive() else {
                pause(Duration::from_millis(20)).await;
                continue;
            };
            let started = now();
            let blow = blow(&mut chance);
            let answer = {
                let invoke = process.api.invoke(event.to_string(), self.lambda_timeout);
                let invoke = timeout(self.lambda_timeout + Duration::from_millis(100), invoke);
                tokio::pin!(invoke);
                match blow {
                    Blow::None => invoke.await.ok(),
                    Blow::Kill(after) => timeout(after, invoke).await.ok().and_then(Result::ok),
                    Blow::Freeze(after, during) => match timeout(after, &mut invoke).await {
                        Ok(answer) => answer.ok(),
                        Err(_) => {
                            if process.freeze() {
                                self.count(FROZEN);
                            }
                            pause(during).await;
                            process.thaw();
                            invoke.await.ok()
                        }
                    },
                }
            };
            let took = now() - started;
            let out_of_time = took >= self.lambda_timeout.as_secs_f64() - LAST_WORD;
            let mut cut = out_of_time.then_some(OUT_OF_TIME);
            match &answer {
                Some(Outcome::Response(answer)) => self.queue.delete(&ids, &failed(answer)),
                Some(Outcome::Error(error)) => {
                    self.story.lock().unwrap().last_error = Some(error.to_string());
                }
                None => {
                    process.kill().await;
                    cut = Some(if matches!(blow, Blow::Kill(_)) { KILLED } else { TOO_LONG });
                    process = self.bridge.start().await;
                }
            }
            let mut turn = Turn { started, cut: None };
            if let Some(cause) = cut {
                self.count(cause);
                turn.cut = Some(Cut { cause, known: Arc::new(self.known_calls().await) });
            }
            let turns = &mut self.story.lock().unwrap().turns;
            for id in ids {
                turns.entry(id).or_default().push(turn.clone());
            }
        }
    }

    fn count(&self, blow: &'static str) {
        *self.story.lock().unwrap().blows.entry(blow).or_default() += 1;
    }

    /// The calls and attempts that stand in the table.
    async fn known_calls(&self) -> HashSet<String> {
        let Some(Table { aws, name }) = &self.table else { return HashSet::new() };
        pause(LAST_WRITE).await;
        let (aws, table) = (aws.clone(), name.clone());
        let scan = move || {
            let mut known = HashSet::new();
            let attributes = ["function_call_id", "attempt"];
            let mut request =
                json!({"TableName": table, "ProjectionExpression": attributes.join(", ")});
            loop {
                let page = aws.call("dynamodb", "scan", request.clone());
                let items = page["Items"].as_array().unwrap().iter();
                let names = items.flat_map(|item| attributes.map(|name| item[name]["S"].as_str()));
                known.extend(names.flatten().map(str::to_owned));
                match page.get("LastEvaluatedKey") {
                    None | Some(Value::Null) => return known,
                    Some(key) => request["ExclusiveStartKey"] = key.clone(),
                }
            }
        };
        tokio::task::spawn_blocking(scan).await.unwrap()
    }
}

fn blow(chance: &mut Chance) -> Blow {
    match chance.below(100) {
        0..12 => Blow::Kill(chance.millis(0, 300)),
        12..20 => Blow::Freeze(chance.millis(0, 200), chance.millis(200, 2500)),
        _ => Blow::None,
    }
}

/// Which messages Lambda takes for failed: without a word about them, none.
fn failed(answer: &Value) -> Vec<String> {
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    failures.map(|each| each["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}
