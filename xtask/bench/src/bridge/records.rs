//! `record` mode: the records of one event, each a call of its own, beside one after another.

use std::time::Duration;

use loopback::Outcome;
use serde_json::{Value, json};

use super::Bench;
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Lambda, Mode, Program};
use crate::statistics::{median, milliseconds};

const RECORDS: usize = 10;
const LATENCY: Duration = Duration::from_millis(20);
const RUNS: usize = 15;

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("records of a batch");
    bench.stage.set_latency(LATENCY);
    let together = runs(bench, RECORDS).await?;
    let one_by_one = runs(bench, 1).await?;
    bench.stage.set_latency(Duration::ZERO);
    let name = format!("bridge, record mode: {RECORDS} records at {} ms", LATENCY.as_millis());
    Ok(vec![
        Figure::new(name, together, "ms")
            .beside("one after another", one_by_one)
            .aim(Aim::TimesBetter(8.0)),
    ])
}

async fn runs(bench: &Bench, concurrency: usize) -> Result<f64, Error> {
    let mut program =
        Program { name: format!("bridge-by-{concurrency}"), ..bench.bridge().clone() };
    for (name, value) in [
        ("MODAL_BRIDGE_BATCH_MODE", "record".to_owned()),
        ("MODAL_BRIDGE_RECORD_CONCURRENCY", concurrency.to_string()),
    ] {
        program.environment.push((name.to_owned(), value.into()));
    }
    let url = bench.stage.url();
    let mut lambda = Lambda::start(&program, Mode::Spawn, bench.surroundings(&url)).await?;
    let event = event();
    let mut times = Vec::new();
    for run in 0..=RUNS {
        let (outcome, took) = lambda.ask(&event).await?;
        let done = |answer: &Value| {
            answer["status"] == "Success"
                && answer["response"]["function_call_ids"].as_array().map(Vec::len) == Some(RECORDS)
        };
        if !matches!(&outcome, Outcome::Response(answer) if done(answer)) {
            return Err(Error::Unusable(format!("the bridge answered a batch with {outcome:?}")));
        }
        // The first one connects.
        if run > 0 {
            times.push(milliseconds(took));
        }
    }
    lambda.end().await?;
    Ok(median(&times))
}

/// Messages of a standard queue.
fn event() -> String {
    let records: Vec<_> = (0..RECORDS)
        .map(|number| {
            json!({
                "messageId": format!("059f36b4-87a3-44ab-83d2-{number:012}"),
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": format!("{{\"order\": {number}}}"),
                "attributes": { "ApproximateReceiveCount": "1" },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:jobs",
                "awsRegion": "eu-west-1",
            })
        })
        .collect();
    json!({ "Records": records }).to_string()
}
