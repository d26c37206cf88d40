//! A process that has answered before, as most of Lambda's invocations meet it.

use std::collections::BTreeMap;

use super::cold::{MEGABYTES_OF_ONE_CPU, at, under};
use super::{Bench, EVENT, floor, others};
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::lambda::{Kind, Lambda, Mode, Program};
use crate::statistics::{median, milliseconds, percentile};

/// Programs alternate by so many invocations.
const BLOCK: usize = 25;
const SIZES: [Option<u16>; 4] = [None, Some(128), Some(512), Some(1769)];

/// What the invocations of one program came to.
struct Seen {
    times: Vec<f64>,
    cpu: f64,
    peak: f64,
    asked: BTreeMap<String, usize>,
    connections: usize,
    /// It failed, and is asked no more.
    ended: bool,
}

pub(super) async fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let mut figures = Vec::new();
    for mode in Mode::BOTH {
        for size in SIZES {
            console::progress(&format!("warm, {}, {}", mode.name(), at(size)));
            let seen = runs(bench, mode, size).await?;
            figures.extend(report(bench, mode, size, &seen));
        }
    }
    Ok(figures)
}

/// How many invocations: 600, and of the peers that take their time less where they have little.
fn count(kind: Kind, size: Option<u16>) -> usize {
    match (kind, size) {
        (Kind::Peer { tuned: false }, Some(_)) => 50,
        (Kind::Peer { tuned: true }, Some(_)) => 200,
        _ => 600,
    }
}

async fn runs(
    bench: &Bench,
    mode: Mode,
    size: Option<u16>,
) -> Result<BTreeMap<String, Seen>, Error> {
    let share = size.map(|size| f64::from(size) / MEGABYTES_OF_ONE_CPU);
    let url = bench.stage.url();
    let mut running = Vec::new();
    for program in &bench.programs {
        let mut lambda = Lambda::start(program, mode, bench.surroundings(&url)).await?;
        lambda.invoke(EVENT).await?;
        if let Some(share) = share {
            lambda.limit(share)?;
        }
        running.push((program, lambda, Seen::new()));
    }
    let _before = (bench.stage.asked(), bench.stage.connections());
    for block in 0..count(Kind::Bridge, size) / BLOCK {
        for (program, lambda, seen) in &mut running {
            if seen.ended || block * BLOCK >= count(program.kind, size) {
                continue;
            }
            match invoke_block(bench, lambda, share, seen).await {
                // Peers that make a client for every event run out of files, where there are few.
                Err(error) if matches!(program.kind, Kind::Peer { .. }) => {
                    let events = seen.times.len();
                    console::progress(&format!("after {events} events: {error}"));
                    seen.ended = true;
                }
                other => other?,
            }
        }
    }
    let mut all = BTreeMap::new();
    for (program, lambda, mut seen) in running {
        if !seen.ended {
            seen.peak = lambda.peak_memory();
            lambda.end().await?;
        }
        all.insert(program.name.clone(), seen);
    }
    Ok(all)
}

async fn invoke_block(
    bench: &Bench,
    lambda: &mut Lambda,
    share: Option<f64>,
    seen: &mut Seen,
) -> Result<(), Error> {
    let before = lambda.cpu();
    let mut block = Vec::new();
    for _ in 0..BLOCK {
        block.push(lambda.invoke(EVENT).await?);
    }
    let cpu = lambda.cpu().saturating_sub(before);
    let each = cpu / u32::try_from(BLOCK).unwrap_or(1);
    let limited = lambda.can_be_limited();
    let times = block.into_iter().map(|took| milliseconds(under(share, took, each, limited)));
    seen.times.extend(times);
    seen.cpu += milliseconds(cpu);
    for (what, times) in bench.stage.asked() {
        *seen.asked.entry(what).or_default() += times;
    }
    seen.connections += bench.stage.connections();
    Ok(())
}

impl Seen {
    fn new() -> Self {
        Self {
            times: Vec::new(),
            cpu: 0.0,
            peak: 0.0,
            asked: BTreeMap::new(),
            connections: 0,
            ended: false,
        }
    }

    fn p50(&self) -> f64 {
        median(&self.times)
    }

    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    fn per_invocation(&self, what: f64) -> f64 {
        what / self.times.len() as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    fn asked_of(&self, pick: impl Fn(&str) -> bool) -> f64 {
        let asked = self.asked.iter().filter(|(what, _)| pick(what)).map(|(_, times)| times);
        self.per_invocation(asked.sum::<usize>() as f64)
    }
}

fn report(
    bench: &Bench,
    mode: Mode,
    size: Option<u16>,
    seen: &BTreeMap<String, Seen>,
) -> Vec<Figure> {
    let title = |what: &str| format!("bridge, {}, {}: {what}", mode.name(), at(size));
    let Some(bridge) = seen.get(&bench.bridge().name) else { return Vec::new() };
    let tuned = |program: &&Program| program.kind == Kind::Peer { tuned: true };
    let best = others(&bench.programs)
        .filter(tuned)
        .filter_map(|program| Some((program.name.clone(), seen.get(&program.name)?.p50())))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    let mut figures = Vec::new();
    for other in others(&bench.programs) {
        let Some(beside) = seen.get(&other.name) else { continue };
        let mut figure =
            Figure::new(title("warm p50"), bridge.p50(), "ms").beside(&other.name, beside.p50());
        let is_best = best.as_ref().is_some_and(|(name, _)| *name == other.name);
        figure.aim = match (size, other.kind, other.name.as_str()) {
            (None, Kind::Floor, _) => Some(Aim::TimesAtMost(10.0)),
            (None, Kind::Peer { tuned: false }, "node") => Some(Aim::TimesBetter(20.0)),
            (None, Kind::Peer { tuned: true }, _) if is_best => Some(Aim::TimesBetter(3.5)),
            _ => None,
        };
        figures.push(figure);
    }
    let p99 = Figure::new(title("warm p99"), percentile(&bridge.times, 99), "ms");
    figures.push(match &best {
        Some((name, p50)) => {
            let p99 = p99.beside(format!("{name}'s p50"), *p50);
            if size.is_none() { p99.aim(Aim::TimesAtMost(1.0)) } else { p99 }
        }
        None => p99,
    });
    for other in others(&bench.programs) {
        let Some(beside) = seen.get(&other.name) else { continue };
        let figure = Figure::new(title("warm p99"), percentile(&bridge.times, 99), "ms");
        figures.push(figure.beside(&other.name, percentile(&beside.times, 99)));
    }
    for other in others(&bench.programs) {
        let Some(beside) = seen.get(&other.name) else { continue };
        let cpu = bridge.per_invocation(bridge.cpu);
        let figure = Figure::new(title("CPU an invocation"), cpu, "ms");
        figures.push(figure.beside(&other.name, beside.per_invocation(beside.cpu)));
    }
    for other in others(&bench.programs) {
        let Some(beside) = seen.get(&other.name).filter(|seen| !seen.ended) else { continue };
        let figure = Figure::new(title("peak memory"), bridge.peak, "MiB");
        let figure = figure.beside(&other.name, beside.peak);
        let floor = other.name == floor::NAME;
        figures.push(if floor { figure.aim(Aim::AtMost(8.0)) } else { figure });
    }
    if size.is_none() {
        figures.extend(calls(mode, &title, bridge));
    }
    figures
}

/// What an invocation asks for.
fn calls(mode: Mode, title: &impl Fn(&str) -> String, seen: &Seen) -> Vec<Figure> {
    // A redeployed function is found by a look once a minute, however many events there are.
    let lookups = seen.asked_of(|what| what == "FunctionGet");
    let rpcs = seen.asked_of(|what| !["FunctionGet", "GetSecretValue"].contains(&what));
    let most = if mode == Mode::Spawn { 1.0 } else { 2.0 };
    let secrets = seen.asked_of(|what| what == "GetSecretValue");
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let connections = seen.per_invocation(seen.connections as f64);
    vec![
        Figure::new(title("RPCs an invocation"), rpcs, "").aim(Aim::AtMost(most)),
        Figure::new(title("look-ups an invocation, one a minute"), lookups, ""),
        Figure::new(title("secret reads an invocation"), secrets, "").aim(Aim::AtMost(0.0)),
        Figure::new(title("connections an invocation"), connections, "").aim(Aim::AtMost(0.0)),
    ]
}
