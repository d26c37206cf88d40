//! Delivery under faults: a queue's messages through bridges to Modal's runtime, while Modal fails in
//! every way and bridges are killed and frozen. Nothing is lost; with a table nothing is done twice
//! but for what cannot be told apart, and each of these is accounted for.
//!
//! Chance comes from one number, which is printed; `DELIVERY_SEED` repeats it. A program of its own,
//! for it wants the machine to itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chance;
mod chaos;
mod fleet;
mod modal;
mod queue;
mod tally;
mod values;

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acceptance::World;
use serde_json::json;

use chance::Chance;
use fleet::{Bridge, Fleet};
use modal::Modal;
use queue::Queue;
use tally::Tally;

/// Of each mode.
const MESSAGES: usize = 1000;
/// What a Lambda may take, and how long a message that it got stays out of sight.
const TIMEOUT: Duration = Duration::from_secs(5);
const VISIBILITY: Duration = Duration::from_secs(6);
/// After this long something is stuck.
const PATIENCE: Duration = Duration::from_secs(180);

#[test]
fn no_message_is_lost_or_repeated_with_a_modal_that_knows_calls_by_their_keys() {
    deliver("keys", &[], true).check();
}

#[test]
fn no_message_is_lost_or_repeated_with_a_modal_that_forgets_keys() {
    deliver("no-keys", &["--forget-idempotency-keys"], true).check();
}

/// A key that brought an old failure back would lose the message.
#[test]
fn no_message_is_lost_without_a_table_whether_modal_knows_keys_or_not() {
    deliver("no-table", &[], false).check_nothing_lost();
    deliver("nothing", &["--forget-idempotency-keys"], false).check_nothing_lost();
}

/// One run at a time.
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn deliver(name: &str, modal_arguments: &[&str], with_table: bool) -> Tally {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let seed = seed();
    say(&format!("DELIVERY_SEED={seed} repeats this run"));
    let world = World::start();
    let table = format!("delivery-{name}");
    world.aws.call(
        "dynamodb",
        "create_table",
        json!({
            "TableName": table,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }),
    );
    let secret = token_secret(&world, &table);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (tally, struck) = runtime.block_on(async {
        let modal = Arc::new(Modal::start("delivery", modal_arguments));
        let folder = tempfile::tempdir().unwrap();
        let mut fleets = Vec::new();
        for (number, mode) in ["remote", "spawn"].into_iter().enumerate() {
            let bridge = Bridge {
                mode,
                app: "delivery",
                function: "note",
                variables: world.environment(),
                secret: secret.clone(),
                modal_url: modal.url.clone(),
                table: with_table.then(|| table.clone()),
                notes: folder.path().join(mode),
            };
            let messages = if with_table { MESSAGES } else { MESSAGES / 4 };
            let queue = Queue::of(mode, messages, VISIBILITY);
            let chance = Chance::new(seed + 1 + number as u64);
            fleets.push(Fleet::new(bridge, queue, chance));
        }
        let faults = tokio::spawn(chaos::unleash(Arc::clone(&modal), Chance::new(seed)));
        let deliveries =
            async { tokio::join!(fleets[0].deliver(TIMEOUT), fleets[1].deliver(TIMEOUT)) };
        let delivered = tokio::time::timeout(PATIENCE, deliveries).await;
        faults.abort();
        modal.calm();
        let left: Vec<_> = fleets.iter().map(Fleet::left).collect();
        let last: Vec<_> = fleets.iter().map(Fleet::last_error).collect();
        assert!(
            delivered.is_ok(),
            "{left:?} messages were not delivered in {PATIENCE:?}; the last errors: {last:?}"
        );
        modal.finished().await;
        let calls = modal.calls();
        let mut tally = Tally::default();
        for fleet in &fleets {
            tally.count(fleet, &calls);
        }
        (tally, modal.struck())
    });
    say(&tally.table(&struck));
    tally
}

/// The ARN of a secret with the local Modal's token.
fn token_secret(world: &World, name: &str) -> String {
    let token = json!({"MODAL_TOKEN_ID": "ak-demo", "MODAL_TOKEN_SECRET": "as-demo"});
    let secret = json!({"Name": name, "SecretString": token.to_string()});
    let secret = world.aws.call("secretsmanager", "create_secret", secret);
    secret["ARN"].as_str().unwrap().to_owned()
}

/// The number that chance starts from.
fn seed() -> u64 {
    let given = env::vars().find(|(name, _)| name == "DELIVERY_SEED");
    match given {
        Some((_, seed)) => seed.parse().unwrap(),
        None => unix(now()) as u64,
    }
}

#[expect(clippy::disallowed_methods, reason = "what happened when is what is compared")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn unix(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a driver that lets time pass")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

#[expect(clippy::print_stdout, reason = "who runs this wants to see the number and the table")]
fn say(text: &str) {
    println!("{text}");
}
