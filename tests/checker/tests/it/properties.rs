//! Whatever a practitioner writes: it survives the codecs, and a good provider passes with it.

use checker::arbitrary::{configuration, resolved};
use checker::codec::{json, msgpack};
use checker::schema::Block;
use checker::{Action, Core, Value};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::fake::Fake;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn thing(core: &Core) -> Block {
    core.resource("tiny_thing").block.clone()
}

/// Tries random configurations of a thing: the same ones in every run.
fn try_configurations(cases: u32, holds: impl Fn(&Core, &Block, Value)) {
    let core = runtime().block_on(Fake::new().core());
    let block = thing(&core);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&configuration(&block), |config| {
        holds(&core, &block, config);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn every_configuration_survives_msgpack() {
    try_configurations(500, |_, block, config| {
        let bytes = msgpack::encode(&config, &block.ty());
        assert_eq!(msgpack::decode(&bytes, &block.ty()), Ok(config));
    });
}

#[test]
fn every_known_configuration_survives_json() {
    try_configurations(500, |_, block, config| {
        let known = resolved(&config, block);
        assert!(known.is_wholly_known());
        let bytes = json::encode(&known, &block.ty()).unwrap();
        assert_eq!(json::decode(&bytes, &block.ty()), Ok(known));
    });
}

#[test]
fn a_good_provider_passes_whatever_is_configured() {
    let runtime = runtime();
    try_configurations(200, |core, block, config| {
        let known = resolved(&config, block);
        let object = runtime.block_on(async {
            let planned = core.plan_twice("tiny_thing", None, &config).await.unwrap();
            let object = core.apply(&planned, &known).await.done().unwrap().unwrap();
            let read = core.refresh("tiny_thing", &object).await.unwrap().unwrap();
            assert_eq!(read, object);
            read
        });
        let again = runtime.block_on(core.plan("tiny_thing", Some(&object), &known)).unwrap();
        assert_eq!(again.action, Action::NoOp);
    });
}
