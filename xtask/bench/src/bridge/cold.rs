//! A new process: until it asks for its first event, and until it has answered it. At no limit, and
//! with the share of a CPU that Lambda gives by memory; the init phase has it all, as on Lambda.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Bench, EVENT, others};
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Kind, Lambda, Mode, Program};
use crate::statistics::{median, milliseconds};

/// Lambda gives one CPU at this many megabytes, and its part of it below.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub(super) const MEGABYTES_OF_ONE_CPU: f64 = 1769.0;
const SIZES: [Option<u16>; 4] = [None, Some(128), Some(512), Some(1769)];

#[derive(Default)]
struct Seen {
    init: Vec<f64>,
    both: Vec<f64>,
    cpu: Vec<f64>,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let mut figures = Vec::new();
    for mode in Mode::BOTH {
        for size in SIZES {
            console::progress(&format!("cold, {}, {}", mode.name(), at(size)));
            let seen = runs(bench, mode, size).await?;
            figures.extend(report(bench, mode, size, &seen));
        }
    }
    Ok(figures)
}

/// Programs alternate run by run, so that what else the machine does meets them all.
async fn runs(
    bench: &Bench,
    mode: Mode,
    size: Option<u16>,
) -> Result<BTreeMap<String, Seen>, Error> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for round in 0..rounds(Kind::Bridge, size) {
        for program in &bench.programs {
            if round < rounds(program.kind, size) {
                let run = seen.entry(program.name.clone()).or_default();
                once(bench, program, mode, size, run).await?;
            }
        }
    }
    Ok(seen)
}

fn rounds(kind: Kind, size: Option<u16>) -> usize {
    match (kind, size) {
        (Kind::Bridge | Kind::Floor, None) => 31,
        (Kind::Bridge | Kind::Floor, Some(_)) => 15,
        (Kind::Peer { .. }, None) => 7,
        (Kind::Peer { .. }, Some(_)) => 3,
    }
}

async fn once(
    bench: &Bench,
    program: &Program,
    mode: Mode,
    size: Option<u16>,
    seen: &mut Seen,
) -> Result<(), Error> {
    let url = bench.stage.url();
    let mut lambda = Lambda::start(program, mode, bench.surroundings(&url)).await?;
    let cpu_of_init = lambda.cpu();
    let share = size.map(|size| f64::from(size) / MEGABYTES_OF_ONE_CPU);
    if let Some(share) = share {
        lambda.limit(share)?;
    }
    let mut first = lambda.invoke(EVENT).await?;
    let cpu = lambda.cpu();
    if let Some(share) = share.filter(|_| !lambda.can_be_limited()) {
        first = first.max(cpu.saturating_sub(cpu_of_init).div_f64(share));
    }
    seen.init.push(milliseconds(lambda.init));
    seen.both.push(milliseconds(lambda.init + first));
    seen.cpu.push(milliseconds(cpu));
    lambda.end().await?;
    asked_once(bench, program, mode)
}

/// Looks at what the servers were asked.
fn asked_once(bench: &Bench, program: &Program, mode: Mode) -> Result<(), Error> {
    let asked = bench.stage.asked();
    let _connections = bench.stage.connections();
    let count = |what: &str| asked.get(what).copied().unwrap_or_default();
    let calls = usize::from(program.kind != Kind::Floor);
    let results = if mode == Mode::Remote { calls } else { 0 };
    if count("FunctionMap") == calls && count("FunctionGetOutputs") == results {
        return Ok(());
    }
    Err(Error::Unusable(format!("{} called Modal in another way: {asked:?}", program.name)))
}

fn report(
    bench: &Bench,
    mode: Mode,
    size: Option<u16>,
    seen: &BTreeMap<String, Seen>,
) -> Vec<Figure> {
    let of =
        |name: &str, part: fn(&Seen) -> &Vec<f64>| seen.get(name).map(|seen| median(part(seen)));
    let bridge = &bench.bridge().name;
    let value = |part| of(bridge, part).unwrap_or_default();
    let title = |what: &str| format!("bridge, {}, {}: {what}", mode.name(), at(size));
    let mut figures = vec![Figure::new(title("init"), value(|seen| &seen.init), "ms")];
    for other in others(&bench.programs) {
        let Some(beside) = of(&other.name, |seen| &seen.both) else { continue };
        let figure = Figure::new(title("init + first"), value(|seen| &seen.both), "ms")
            .beside(&other.name, beside);
        figures.push(match aim(other, mode, size) {
            Some(aim) => figure.aim(aim),
            None => figure,
        });
    }
    for other in others(&bench.programs) {
        let Some(beside) = of(&other.name, |seen| &seen.cpu) else { continue };
        let figure = Figure::new(title("CPU of init + first"), value(|seen| &seen.cpu), "ms");
        figures.push(figure.beside(&other.name, beside));
    }
    figures
}

fn aim(other: &Program, mode: Mode, size: Option<u16>) -> Option<Aim> {
    let Kind::Peer { tuned } = other.kind else { return None };
    match (mode, size, tuned, other.name.as_str()) {
        (Mode::Spawn, None, true, _) => Some(Aim::TimesBetter(40.0)),
        (Mode::Spawn, None, false, "node") => Some(Aim::TimesBetter(50.0)),
        (Mode::Spawn, None, false, "python") => Some(Aim::TimesBetter(150.0)),
        (Mode::Spawn, Some(128), false, "node") => Some(Aim::TimesBetter(150.0)),
        _ => None,
    }
}

/// How much of a CPU, in words.
pub(super) fn at(size: Option<u16>) -> String {
    size.map_or_else(|| "no limit".to_owned(), |size| format!("{size} MB's CPU"))
}

/// A run of an event under a share, where the kernel cannot be told of it.
pub(super) fn under(share: Option<f64>, took: Duration, cpu: Duration, limited: bool) -> Duration {
    match share {
        Some(share) if !limited => took.max(cpu.div_f64(share)),
        _ => took,
    }
}
