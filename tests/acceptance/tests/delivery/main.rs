//! What reaches a function, and what comes back, through the program that Lambda starts: events of
//! every source, values of every kind, and the messages of a queue while Modal fails in every way and
//! bridges are killed and frozen. Of those none is lost; with a table none is done twice but for what
//! cannot be told apart, and each of these is accounted for.
//!
//! Chance comes from one number, which is printed; `DELIVERY_SEED` gives it again. It repeats which
//! faults come in which order, how long they last and what befalls the nth event of each process, and
//! the values. Which call a fault hits is a matter of the machine's time, and repeats as far as that
//! does.
//!
//! A program of its own, for it wants the machine to itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chance;
mod chaos;
mod fleet;
mod lambda;
mod modal;
mod queue;
mod reason;
mod results;
mod run;
mod sources;
mod tally;
mod values;

use std::env;
use std::io::{self, Write as _};
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use chaos::{CONTROL, INPUT};
use lambda::Stage;
use queue::{BATCH, Queue};
use run::Run;

/// Messages of each mode in a long run.
const MESSAGES: usize = 1000;
/// What one event may take where nothing is meant to go wrong.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often each fault must have happened in a long run.
const OFTEN: usize = 5;

#[test]
fn no_message_is_lost_or_repeated_with_a_modal_that_knows_calls_by_their_keys() {
    let run = Run { name: "Modal knows keys, table", ..long() };
    let tally = run.deliver();
    tally.check(1);
    tally.check_made_once();
    tally.check_injected(OFTEN);
}

#[test]
fn no_message_is_lost_or_repeated_with_a_modal_that_forgets_keys() {
    let run = Run { name: "Modal forgets keys, table", modal_forgets_keys: true, ..long() };
    let tally = run.deliver();
    tally.check(1);
    tally.check_injected(OFTEN);
}

/// A key that brought an old failure back would lose the message.
#[test]
fn no_message_is_lost_without_a_table_whether_modal_knows_keys_or_not() {
    for (name, modal_forgets_keys) in
        [("Modal knows keys, no table", false), ("Modal forgets keys, no table", true)]
    {
        let queue = |mode: &str, visibility| Queue::standard(mode, 60, visibility, |_| json!({}));
        let lambda_timeout = Duration::from_millis(2500);
        let run =
            Run { name, modal_forgets_keys, with_table: false, lambda_timeout, queue, ..long() };
        run.deliver().check_nothing_lost();
    }
}

/// A function that is cancelled has not done its work, and is called for it again.
#[test]
fn a_message_whose_call_was_cancelled_in_time_is_done_later_and_once() {
    // Each tenth message keeps its function busy for longer than the Lambda lives, at first.
    fn slow(number: usize) -> Value {
        json!({"seconds": if number.is_multiple_of(10) { 8 } else { 0 }})
    }
    let run = Run {
        name: "on_timeout = cancel, table",
        modes: &["remote"],
        variables: &[("MODAL_BRIDGE_BATCH_MODE", "record")],
        lambda_timeout: Duration::from_millis(2500),
        queue: |mode, visibility| Queue::standard(mode, 100, visibility, slow),
        ..long()
    };
    let tally = run.deliver();
    tally.check(1);
    tally.check_made_once();
    assert!(tally.cancelled() >= OFTEN, "{} calls were cancelled", tally.cancelled());
}

#[test]
fn a_batch_that_comes_again_as_it_was_is_passed_on_once() {
    let run = Run {
        name: "batch mode, table",
        variables: &[("MODAL_BRIDGE_ON_TIMEOUT", "abandon")],
        lambda_timeout: Duration::from_millis(2500),
        queue: |mode, visibility| Queue::whole(mode, 200, visibility),
        ..long()
    };
    let tally = run.deliver();
    tally.check(BATCH);
    tally.check_made_once();
}

#[test]
fn the_messages_of_a_group_are_executed_in_their_order() {
    let run = Run {
        name: "FIFO, table",
        modes: &["remote"],
        lambda_timeout: Duration::from_millis(2500),
        queue: |mode, visibility| Queue::fifo(mode, 120, 40, visibility),
        ..long()
    };
    let tally = run.deliver();
    tally.check(1);
    tally.check_made_once();
}

#[test]
fn a_message_is_not_lost_or_repeated_by_the_input_plane() {
    let run = Run {
        name: "input plane, Modal knows keys, table",
        modes: &["remote"],
        plane: INPUT,
        lambda_timeout: Duration::from_millis(2500),
        queue: |mode, visibility| Queue::standard(mode, 100, visibility, |_| json!({})),
        ..long()
    };
    let tally = run.deliver();
    tally.check(1);
    tally.check_made_once();
}

/// With a table, each message a call of its own.
fn long() -> Run {
    Run {
        name: "",
        modes: &["remote", "spawn"],
        plane: CONTROL,
        modal_forgets_keys: false,
        with_table: true,
        variables: &[("MODAL_BRIDGE_BATCH_MODE", "record"), ("MODAL_BRIDGE_ON_TIMEOUT", "abandon")],
        lambda_timeout: Duration::from_secs(4),
        queue: |mode, visibility| Queue::standard(mode, MESSAGES, visibility, |_| json!({})),
    }
}

/// One test at a time: what takes long here is told from what is stuck by the clock.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where nothing goes wrong that a test does not ask for: one for all of its tests, one at a time.
/// Modal has an event again there that another bridge of the same name had before.
fn quiet() -> Quiet {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    let alone = alone();
    let stage = STAGE.get_or_init(|| Stage::set("thumbnails", &["--forget-idempotency-keys"]));
    Quiet { stage, _alone: alone }
}

struct Quiet {
    stage: &'static Stage,
    _alone: MutexGuard<'static, ()>,
}

impl Deref for Quiet {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        self.stage
    }
}

/// The number that chance starts from.
fn seed() -> u64 {
    let given = env::vars().find(|(name, _)| name == "DELIVERY_SEED");
    let seed = match given {
        Some((_, seed)) => seed.parse().unwrap(),
        None => now() as u64,
    };
    say(&format!("DELIVERY_SEED={seed}"));
    seed
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

#[expect(clippy::disallowed_methods, reason = "what happened when is what is compared")]
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a driver that lets time pass")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Who runs this wants to see the number and the tables. What is printed by `println!` is shown of
/// tests that fail only.
fn say(text: &str) {
    io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}
