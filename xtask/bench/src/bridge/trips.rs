//! Round trips, counted by what a slow network adds to them.

use std::time::Duration;

use super::{Bench, EVENT};
use crate::console;
use crate::delay::Delay;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Lambda, Mode};
use crate::statistics::{median, milliseconds};

/// Long beside everything else that happens.
const ROUND_TRIP: Duration = Duration::from_millis(100);
const RUNS: usize = 5;

/// From the start to the first answer, and of a later answer.
#[derive(Default)]
struct Seen {
    cold: Vec<f64>,
    warm: Vec<f64>,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("round trips");
    let delay = Delay::before(bench.stage.address(), ROUND_TRIP).await?;
    let far = format!("https://localhost:{}", delay.port());
    let near = bench.stage.url();
    let mut figures = Vec::new();
    for mode in Mode::BOTH {
        let (mut there, mut here) = (Seen::default(), Seen::default());
        for _ in 0..RUNS {
            once(bench, mode, &far, &mut there).await?;
            once(bench, mode, &near, &mut here).await?;
        }
        let trips = |there: &[f64], here: &[f64]| {
            ((median(there) - median(here)) / milliseconds(ROUND_TRIP)).round()
        };
        let name = format!("bridge, {}: round trips in sequence, beside TCP's", mode.name());
        let (most_cold, most_warm) = if mode == Mode::Spawn { (5.0, 1.0) } else { (6.0, 2.0) };
        figures.push(
            Figure::new(format!("{name}, cold"), trips(&there.cold, &here.cold), "")
                .aim(Aim::AtMost(most_cold)),
        );
        figures.push(
            Figure::new(format!("{name}, warm"), trips(&there.warm, &here.warm), "")
                .aim(Aim::AtMost(most_warm)),
        );
    }
    Ok(figures)
}

async fn once(bench: &Bench, mode: Mode, url: &str, seen: &mut Seen) -> Result<(), Error> {
    let mut lambda = Lambda::start(bench.bridge(), mode, bench.surroundings(url)).await?;
    let first = lambda.invoke(EVENT).await?;
    seen.cold.push(milliseconds(lambda.init + first));
    seen.warm.push(milliseconds(lambda.invoke(EVENT).await?));
    lambda.end().await
}
