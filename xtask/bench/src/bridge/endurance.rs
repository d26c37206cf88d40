//! Ten thousand events in one process: memory and open files must not grow.

use super::{Bench, EVENT};
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Lambda, Mode};

const FIRST: usize = 600;
const ALL: usize = 10_000;

#[expect(clippy::cast_precision_loss, reason = "few files")]
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("ten thousand events in one process");
    let url = bench.stage.url();
    let program = bench.bridge();
    let mut lambda = Lambda::start(program, Mode::Spawn, bench.surroundings(&url)).await?;
    for _ in 0..FIRST {
        lambda.invoke(EVENT).await?;
    }
    let (memory, files) = (lambda.peak_memory(), lambda.open_files());
    for _ in FIRST..ALL {
        lambda.invoke(EVENT).await?;
    }
    let figures = vec![
        Figure::new("bridge: peak memory after 10,000 events", lambda.peak_memory(), "MiB")
            .beside("after 600", memory)
            // What the allocator rounds up to.
            .aim(Aim::MoreAtMost(0.25)),
        Figure::new("bridge: open files after 10,000 events", lambda.open_files() as f64, "")
            .beside("after 600", files as f64)
            .aim(Aim::MoreAtMost(0.0)),
    ];
    lambda.end().await?;
    Ok(figures)
}
