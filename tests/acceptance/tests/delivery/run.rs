//! One run: a queue for each mode, emptied by bridges while everything goes wrong.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acceptance::World;
use serde_json::json;
use tokio::task::JoinSet;

use super::chance::Chance;
use super::chaos::Plane;
use super::fleet::{Fleet, Table};
use super::lambda::Stage;
use super::queue::Queue;
use super::tally::Tally;
use super::{alone, block_on, chaos, say, seed};

/// How long a message stays out of sight after its Lambda must have ended.
const MARGIN: Duration = Duration::from_secs(1);
/// After this long something is stuck.
const PATIENCE: Duration = Duration::from_secs(180);
/// Concurrent executions of each bridge.
const CONCURRENCY: usize = 4;

/// What a run is like.
pub(super) struct Run {
    pub(super) name: &'static str,
    pub(super) modes: &'static [&'static str],
    pub(super) plane: Plane,
    pub(super) modal_forgets_keys: bool,
    pub(super) with_table: bool,
    pub(super) variables: &'static [(&'static str, &'static str)],
    /// What a Lambda may take.
    pub(super) lambda_timeout: Duration,
    /// The queue of a mode, by how long a message that was received stays out of sight.
    pub(super) queue: fn(&str, Duration) -> Queue,
}

impl Run {
    /// Delivers all messages, and prints what it came to.
    pub(super) fn deliver(&self) -> Tally {
        let _alone = alone();
        let mut chance = Chance::new(seed());
        let arguments: &[&str] =
            if self.modal_forgets_keys { &["--forget-idempotency-keys"] } else { &[] };
        let stage = Stage::set("delivery", arguments);
        let notes = tempfile::tempdir().unwrap();
        let fleets: Vec<_> = self
            .modes
            .iter()
            .map(|mode| Arc::new(self.fleet(mode, &stage, notes.path().join(mode))))
            .collect();
        let tally = block_on(async {
            let modal = Arc::new(stage.modal);
            let faults =
                tokio::spawn(chaos::unleash(Arc::clone(&modal), self.plane, chance.child()));
            let mut deliveries = JoinSet::new();
            for fleet in &fleets {
                deliveries.spawn(Arc::clone(fleet).deliver(chance.child()));
            }
            let delivered = tokio::time::timeout(PATIENCE, deliveries.join_all()).await;
            faults.abort();
            modal.calm();
            let left: Vec<_> = fleets.iter().map(|fleet| fleet.left()).collect();
            let last: Vec<_> = fleets.iter().map(|fleet| fleet.last_error()).collect();
            assert!(
                delivered.is_ok(),
                "{left:?} messages were not delivered in {PATIENCE:?}; the last errors: {last:?}"
            );
            let calls = modal.finished().await;
            let fleets = fleets.iter().map(AsRef::as_ref);
            Tally::new(self.name, fleets, &calls, &modal.struck())
        });
        say(&tally.table());
        tally
    }

    fn fleet(&self, mode: &'static str, stage: &Stage, notes: std::path::PathBuf) -> Fleet {
        let mut bridge = stage
            .bridge(mode, self.plane.function)
            .with("PARAMETERS", json!({"file": notes}).to_string());
        for (variable, value) in self.variables {
            bridge = bridge.with(variable, *value);
        }
        let mut table = None;
        if self.with_table {
            let name = format!("done-by-{mode}");
            create_table(&stage.world, &name);
            bridge = bridge.with("MODAL_BRIDGE_IDEMPOTENCY_TABLE", &name);
            table = Some(Table { aws: stage.world.aws.clone(), name });
        }
        Fleet {
            mode,
            queue: (self.queue)(mode, self.lambda_timeout + MARGIN),
            notes,
            bridge,
            table,
            lambda_timeout: self.lambda_timeout,
            concurrency: CONCURRENCY,
            story: Mutex::default(),
        }
    }
}

fn create_table(world: &World, name: &str) {
    world.aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": name,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }),
    );
}
