//! What holds for both forms of values, whatever the bytes are.

mod corpus;
mod hostile;
mod json;
mod msgpack;
#[path = "../../../tests/mutation.rs"]
mod mutation;
mod values;

use proptest::test_runner::Config;

/// Properties of bytes are cheap: eight times as many cases as usual, or as `PROPTEST_CASES` says.
fn many() -> Config {
    let config = Config::default();
    Config { cases: config.cases.saturating_mul(8), ..config }
}

/// Runs `f`, and tells how many bytes were in use at once, beyond those before.
fn memory<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let mut outcome = None;
    let memory = allocation_counter::measure(|| outcome = Some(f()));
    (outcome.unwrap(), usize::try_from(memory.bytes_max).unwrap())
}
