//! The cells to run, some or all, two at once; and what became of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use acceptance::{Workspace, World};
use serde_json::{Value as Json, json};

use crate::cell::{self, Cell, Outcome, Wrong};
use crate::chance::Chance;
use crate::life::Operation;
use crate::proxy::{Fault, Proxy};
use crate::scenario::Scenario;
use crate::{block_on, say};

/// The local AWS is one process, and Lambda functions are slow to make: more at once are no faster.
const AT_ONCE: usize = 2;

/// Operations and cells of each in a sample.
const SAMPLE: (usize, usize) = (12, 6);

/// Which cells to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// All, and not a sample.
    pub(crate) all: bool,
    /// The number that a sample is drawn by.
    pub(crate) seed: u64,
    /// Of scenarios whose name has this in it.
    pub(crate) resource: Option<String>,
    /// Every nth, from the ith.
    pub(crate) shard: Option<(usize, usize)>,
    /// Not those that went well in the last run.
    pub(crate) resume: bool,
}

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) cells: usize,
    /// In which the call never came.
    pub(crate) missed: usize,
    /// In which the operation failed, and the next apply brought everything in order.
    pub(crate) healed: usize,
    /// In which the operation succeeded all the same.
    pub(crate) succeeded: usize,
    pub(crate) orphans: usize,
    pub(crate) needless_replacements: usize,
    pub(crate) secrets_seen: usize,
    pub(crate) unended: usize,
    /// With anything that must not be, each in a line.
    pub(crate) wrong: Vec<String>,
}

impl Totals {
    pub(crate) fn json(&self) -> Json {
        json!({
            "cells": self.cells,
            "missed": self.missed,
            "healed": self.healed,
            "succeeded": self.succeeded,
            "orphans": self.orphans,
            "needless_replacements": self.needless_replacements,
            "secrets_seen": self.secrets_seen,
            "unended": self.unended,
            "wrong": self.wrong.len(),
        })
    }

    /// Adds what became of a cell.
    pub(crate) fn count(&mut self, cell: &str, outcome: &Outcome) {
        self.cells += 1;
        let went_well = outcome.wrong.is_empty();
        if !went_well {
            self.wrong.push(format!("{cell} | {}", outcome.text()));
        }
        self.missed += usize::from(went_well && outcome.missed);
        self.succeeded += usize::from(outcome.succeeded && !outcome.missed);
        self.healed += usize::from(!outcome.succeeded && went_well && !outcome.missed);
        for wrong in &outcome.wrong {
            match wrong {
                Wrong::Orphans(_) | Wrong::Left(_) => self.orphans += 1,
                Wrong::Replaced => self.needless_replacements += 1,
                Wrong::Secret(_) => self.secrets_seen += 1,
                Wrong::Unended => self.unended += 1,
                Wrong::Broken(_) | Wrong::Silent(_) | Wrong::GaveUp(_) | Wrong::Unhealed(_) => {}
            }
        }
    }
}

/// Runs what is chosen, tells each cell in a line, and answers with the totals.
pub(crate) fn run(scenarios: &[Scenario], choice: &Choice) -> Totals {
    let proxy = Proxy::start(World::start().aws.endpoint()).unwrap();
    let started = Instant::now();
    let operations = choice.operations(scenarios);
    let recorded = at_once(&operations, |(scenario, operation)| {
        block_on(cell::record(scenario, *operation, &proxy))
    });
    let mut cells = Vec::new();
    for ((scenario, operation), calls) in operations.iter().zip(recorded) {
        let calls = calls.unwrap_or_else(|error| panic!("{error}"));
        for (call, seen) in calls.iter().enumerate() {
            let faults = Fault::ALL.into_iter().filter(|fault| fault.applies_to(seen));
            cells.extend(faults.map(|fault| Cell {
                scenario,
                operation: *operation,
                call,
                action: seen.action.clone(),
                fault,
            }));
        }
    }
    let cells = choice.among(cells);
    say(&format!("{} cells, their calls known after {:.0?}", cells.len(), started.elapsed()));
    let book = Book::open(choice.resume);
    let (done, count) = (AtomicUsize::new(0), cells.len());
    let outcomes = at_once(&cells, |cell| {
        let outcome = block_on(cell.run(&proxy));
        let number = done.fetch_add(1, Ordering::Relaxed) + 1;
        say(&format!("{number}/{count} {} | {}", cell.name(), outcome.text()));
        book.write(cell, &outcome);
        outcome
    });
    let mut totals = Totals::default();
    for (cell, outcome) in cells.iter().zip(&outcomes) {
        totals.count(&cell.name(), outcome);
    }
    say(&format!("{:.0?}: {}", started.elapsed(), totals.json()));
    fs::write(Workspace::here().scratch().join("faults.json"), totals.json().to_string()).unwrap();
    totals
}

impl Choice {
    /// Whether it is one of those to run.
    pub(crate) fn takes(&self, scenario: &Scenario) -> bool {
        self.resource.as_ref().is_none_or(|part| scenario.name.contains(part.as_str()))
    }

    fn operations<'a>(&self, scenarios: &'a [Scenario]) -> Vec<(&'a Scenario, Operation)> {
        let chosen = scenarios.iter().filter(|scenario| self.takes(scenario));
        let mut operations: Vec<_> = chosen
            .flat_map(|scenario| {
                Operation::of(scenario).into_iter().map(move |operation| (scenario, operation))
            })
            .collect();
        if !self.all {
            Chance::new(self.seed).shuffle(&mut operations);
            operations.truncate(SAMPLE.0);
        }
        operations
    }

    fn among<'a>(&self, mut cells: Vec<Cell<'a>>) -> Vec<Cell<'a>> {
        if !self.all {
            Chance::new(self.seed).shuffle(&mut cells);
            cells.truncate(SAMPLE.0 * SAMPLE.1);
        }
        if let Some((shard, shards)) = self.shard {
            let numbered = cells.into_iter().enumerate();
            cells = numbered
                .filter(|(number, _)| number % shards == shard - 1)
                .map(|(_, cell)| cell)
                .collect();
        }
        if self.resume {
            let done = Book::done();
            cells.retain(|cell| !done.contains(&cell.name()));
        }
        cells
    }
}

/// What became of each cell, for a run that goes on where another one stopped.
struct Book(Mutex<fs::File>);

impl Book {
    fn path() -> PathBuf {
        Workspace::here().scratch().join("faults.jsonl")
    }

    fn open(resume: bool) -> Self {
        fs::create_dir_all(Workspace::here().scratch()).unwrap();
        let mut options = OpenOptions::new();
        options.create(true).append(resume).write(true).truncate(!resume);
        Self(Mutex::new(options.open(Self::path()).unwrap()))
    }

    /// The cells that went well.
    fn done() -> BTreeSet<String> {
        let text = fs::read_to_string(Self::path()).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let outcomes: BTreeMap<String, bool> = lines
            .map(|line| {
                let cell = line["cell"].as_str().unwrap_or_default().to_owned();
                (cell, line["wrong"] == json!([]))
            })
            .collect();
        outcomes.into_iter().filter(|(_, went_well)| *went_well).map(|(cell, _)| cell).collect()
    }

    fn write(&self, cell: &Cell<'_>, outcome: &Outcome) {
        let wrong: Vec<_> = outcome.wrong.iter().map(Wrong::text).collect();
        let line = json!({
            "cell": cell.name(), "succeeded": outcome.succeeded, "wrong": wrong,
        });
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written: io::Result<()> = writeln!(file, "{line}");
        written.unwrap();
    }
}

/// Does something with each, some at once, and answers in their order.
pub(crate) fn at_once<T: Sync, R: Send>(these: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(this) = these.get(number) else { break };
                    let result = work(this);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
