//! Whatever goes wrong with a call to AWS, it ends, it is said, nothing is lost, and the next apply
//! heals it: each resource, each operation, each call of it, each fault, and then an apply and a
//! destroy without one.
//!
//! The provider is spoken to by its own gRPC, and has less patience than usual. `cargo test` runs a
//! sample, drawn by a number that is printed; `FAULTS_SEED` gives another. `cargo xtask faults` runs
//! all.
//!
//! A program of its own, for it wants the machine to itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cell;
mod chance;
mod configure;
mod inventory;
mod life;
mod load;
mod matrix;
mod process;
mod proxy;
mod scenario;
mod under_terraform;

use std::env;
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use acceptance::World;

use life::Operation;
use matrix::Choice;
use proxy::Proxy;

/// The sample that everybody's tests run: whoever looks for what it does not have takes another.
const SEED: u64 = 20_261_122;

/// What must be found nowhere but in Secrets Manager.
const TOKEN_SECRET: &str = "as-of-the-faults-7Wd2";

/// The secret half of the credentials.
const SECRET_KEY: &str = "key-of-the-faults-3Hs9";

#[test]
fn whatever_goes_wrong_with_a_call_nothing_is_lost_and_the_next_apply_heals_it() {
    let _alone = alone();
    let totals = matrix::run(&scenario::all(), &choice());
    assert!(totals.cells > 0, "nothing was run");
    assert_eq!(totals.wrong, [""; 0], "{}", totals.json());
}

/// What every plan costs, for each resource.
#[test]
fn a_refresh_makes_as_few_calls_as_aws_allows() {
    let _alone = alone();
    let proxy = Proxy::start(World::start().aws.endpoint()).unwrap();
    for (scenario, most) in scenario::lean().iter().zip([1, 4, 6]) {
        let calls = block_on(cell::record(scenario, Operation::Read, &proxy)).unwrap();
        let calls: Vec<_> = calls.into_iter().map(|seen| seen.action).collect();
        say(&format!("{}: {}", scenario.name, calls.join(", ")));
        assert!(calls.len() <= most, "{}: {calls:?}", scenario.name);
    }
}

#[test]
fn whatever_goes_wrong_with_the_question_whose_credentials_these_are_ends_and_is_said() {
    let _alone = alone();
    assert_eq!(configure::run(), [""; 0]);
}

/// The same sample for the same number, too.
#[test]
fn under_terraform_too_and_whoever_is_interrupted_or_killed() {
    let _alone = alone();
    let totals = under_terraform::run(&scenario::all(), &choice());
    assert!(totals.cells > totals.missed, "nothing was run");
    assert_eq!(totals.wrong, [""; 0], "{}", totals.json());
}

/// Twenty of each are many for the rates that AWS allows; `cargo xtask faults --load` takes more.
#[test]
fn an_apply_of_many_resources_completes_at_the_rates_that_aws_allows() {
    let _alone = alone();
    load::run(given("FAULTS_LOAD").map_or(20, |count| count.parse().unwrap()));
}

/// What a test needs that makes all there is to do: the others wait.
fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn given(name: &str) -> Option<String> {
    env::vars().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// What `cargo xtask faults` was told, or a sample.
fn choice() -> Choice {
    let shard = given("FAULTS_SHARD").map(|text| {
        let (shard, shards) = text.split_once('/').unwrap();
        (shard.parse().unwrap(), shards.parse().unwrap())
    });
    let choice = Choice {
        all: given("FAULTS_ALL").is_some(),
        seed: given("FAULTS_SEED").map_or(SEED, |seed| seed.parse().unwrap()),
        resource: given("FAULTS_RESOURCE"),
        resume: given("FAULTS_RESUME").is_some(),
        shard,
    };
    if !choice.all {
        say(&format!("FAULTS_SEED={}", choice.seed));
    }
    choice
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

/// Who runs this wants to see the number and the table. What is printed by `println!` is shown of
/// tests that fail only.
fn say(text: &str) {
    io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}
