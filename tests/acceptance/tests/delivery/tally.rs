//! Who was executed how often, and why more than once.
//!
//! A message that was executed in two calls needs a reason for all but the last of them, and an input
//! that ran twice needs one as well. Each reason is something that the local Modal or the driver saw,
//! of that very call.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::chaos::{DROPPED, KINDS, WORKER_LOST};
use super::fleet::{FROZEN, Fleet, KILLED, OUT_OF_TIME, TOO_LONG, Turn};
use super::queue::BATCH;

const MODAL_AGAIN: &str = "Modal ran the input again";
const MODAL_FAILED: &str = "Modal failed the call for good, with nobody there to give it back";
const ANSWER_LOST: &str = "the accepting answer was lost";
const CUT: &str = "the bridge ended before the table's write";

/// What an execution is excused by: a fault, and how it came to that.
type Reason = (&'static str, &'static str);

/// What one run came to.
pub(super) struct Tally {
    name: &'static str,
    /// How often each fault and each blow happened.
    injected: BTreeMap<String, usize>,
    fleets: Vec<Count>,
    /// Calls that ended by being cancelled.
    cancelled: usize,
}

#[derive(Default)]
struct Count {
    mode: &'static str,
    messages: usize,
    lost: Vec<String>,
    repeated: BTreeMap<Reason, usize>,
    unexplained: Vec<String>,
    out_of_order: Vec<String>,
}

impl Tally {
    pub(super) fn new<'a>(
        name: &'static str,
        fleets: impl Iterator<Item = &'a Fleet>,
        calls: &[Value],
        struck: &Value,
    ) -> Self {
        let calls: HashMap<&str, &Value> =
            calls.iter().map(|call| (call["function_call_id"].as_str().unwrap(), call)).collect();
        let mut injected: BTreeMap<String, usize> = BTreeMap::new();
        for kind in KINDS.into_iter().chain([KILLED, FROZEN, OUT_OF_TIME, TOO_LONG]) {
            let times = struck[kind].as_u64().unwrap_or_default();
            injected.insert(kind.to_owned(), usize::try_from(times).unwrap());
        }
        let mut counts = Vec::new();
        for fleet in fleets {
            for (blow, times) in &fleet.story.lock().unwrap().blows {
                *injected.entry((*blow).to_owned()).or_default() += times;
            }
            counts.push(Count::of(fleet, &calls));
        }
        let cancelled = calls.values().filter(|call| call["status"] == "TERMINATED").count();
        Self { name, injected, fleets: counts, cancelled }
    }

    /// Fault, injected, repeated because of it, for each mode; and what was lost.
    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        let modes = self.fleets.iter().map(|fleet| format!("{} {}", fleet.messages, fleet.mode));
        let modes = modes.collect::<Vec<_>>().join(" and ");
        writeln!(table, "{}: {modes} messages", self.name).unwrap();
        write!(table, "  {:37}{:>8}", "fault", "injected").unwrap();
        for fleet in &self.fleets {
            write!(table, "{:>9}", fleet.mode).unwrap();
        }
        writeln!(table, "  repeated because").unwrap();
        for (fault, times) in &self.injected {
            write!(table, "  {fault:37}{times:>8}").unwrap();
            let reasons = [MODAL_AGAIN, MODAL_FAILED, ANSWER_LOST, CUT];
            let mut reasons: Vec<_> = reasons
                .into_iter()
                .filter(|how| self.repeated(fault, how).any(|n| n > 0))
                .collect();
            if reasons.is_empty() {
                reasons.push("");
            }
            for (row, how) in reasons.into_iter().enumerate() {
                if row > 0 {
                    write!(table, "  {:45}", "").unwrap();
                }
                for times in self.repeated(fault, how) {
                    write!(table, "{times:>9}").unwrap();
                }
                writeln!(table, "  {how}").unwrap();
            }
        }
        let mut last = |name: &str, of: fn(&Count) -> &Vec<String>| {
            write!(table, "  {name:45}").unwrap();
            for fleet in &self.fleets {
                write!(table, "{:>9}", of(fleet).len()).unwrap();
            }
            table.push('\n');
        };
        last("repeated without a reason", |count| &count.unexplained);
        last("lost", |count| &count.lost);
        table
    }

    fn repeated(&self, fault: &str, how: &str) -> impl Iterator<Item = usize> {
        self.fleets.iter().map(move |fleet| {
            let same = fleet.repeated.iter().filter(|((of, why), _)| *of == fault && *why == how);
            same.map(|(_, times)| times).sum()
        })
    }

    pub(super) fn cancelled(&self) -> usize {
        self.cancelled
    }

    pub(super) fn check_nothing_lost(&self) {
        for fleet in &self.fleets {
            assert_eq!(fleet.lost, [""; 0], "messages that no function ever saw");
        }
    }

    /// That each fault, killing and freezing happened so often at least.
    pub(super) fn check_injected(&self, least: usize) {
        // What takes too long is none of the driver's doing.
        let injected =
            self.injected.iter().filter(|(fault, _)| ![TOO_LONG, OUT_OF_TIME].contains(&&***fault));
        let seldom: Vec<_> = injected.filter(|(_, times)| **times < least).collect();
        assert!(seldom.is_empty(), "a run that shows too little: {seldom:?}");
    }

    /// Nothing lost, nothing repeated but for the reasons that cannot be helped, and no more often
    /// than these happened. Each holds for the `most` messages of a call at once.
    pub(super) fn check(&self, most: usize) {
        self.check_nothing_lost();
        for fleet in &self.fleets {
            assert_eq!(fleet.unexplained, [""; 0], "repeated without a reason that holds");
            assert_eq!(fleet.out_of_order, [""; 0], "executed before what is ahead of it");
        }
        let all = |fault, how| self.repeated(fault, how).sum::<usize>();
        for (fault, times) in &self.injected {
            let (again, failed) = (all(fault, MODAL_AGAIN), all(fault, MODAL_FAILED));
            assert!(again + failed <= times * most, "{fault}: {again} and {failed} of {times}");
            // A connection holds a batch's calls; a process that dies is at work on one.
            let at_once = if fault == DROPPED { BATCH } else { most };
            let lost = all(fault, ANSWER_LOST);
            assert!(lost <= times * at_once, "{fault}: {lost} of {times}");
            let died = all(fault, CUT);
            assert!(died <= times * BATCH, "{fault}: {died} of {times}");
        }
    }

    /// With a Modal that knows calls by their keys, a lost answer or a death is no excuse.
    pub(super) fn check_made_once(&self) {
        for fleet in &self.fleets {
            let again = fleet.repeated.iter();
            let again: Vec<_> =
                again.filter(|((_, how), _)| [ANSWER_LOST, CUT].contains(how)).collect();
            assert!(again.is_empty(), "called again though Modal knew the key: {again:?}");
        }
    }
}

impl Count {
    fn of(fleet: &Fleet, calls: &HashMap<&str, &Value>) -> Self {
        let mut count = Self { mode: fleet.mode, ..Self::default() };
        let notes = fs::read_to_string(&fleet.notes).unwrap();
        // Message, then call: how often it ran.
        let mut ran: HashMap<&str, BTreeMap<&str, usize>> = HashMap::new();
        for line in notes.lines() {
            let mut words = line.split(' ');
            let (message, call) = (words.next().unwrap(), words.next().unwrap());
            *ran.entry(message).or_default().entry(call).or_default() += 1;
        }
        if fleet.queue.is_fifo() {
            count.out_of_order = out_of_order(&notes);
        }
        let story = fleet.story.lock().unwrap();
        for message in fleet.queue.ids() {
            count.messages += 1;
            let Some(executed) = ran.get(message.as_str()) else {
                count.lost.push(message);
                continue;
            };
            let mut executed: Vec<_> =
                executed.iter().map(|(call, times)| (calls[call], *times)).collect();
            executed.sort_by(|(one, _), (two, _)| created(one).total_cmp(&created(two)));
            let turns = &story.turns[&message];
            for (place, (call, times)) in executed.iter().enumerate() {
                let again = times - 1;
                let excused = again.min(failures(call));
                count.repeat((WORKER_LOST, MODAL_AGAIN), excused);
                if again > excused {
                    count
                        .unexplained
                        .push(format!("{message} ran {times} times: {}", seen(call, turns)));
                }
                if let Some((next, _)) = executed.get(place + 1) {
                    match reason(call, next, turns) {
                        Some(reason) => count.repeat(reason, 1),
                        None => count.unexplained.push(format!(
                            "{message} ran again: {}, and then {}",
                            seen(call, turns),
                            seen(next, turns)
                        )),
                    }
                }
            }
        }
        count
    }

    fn repeat(&mut self, reason: Reason, times: usize) {
        if times > 0 {
            *self.repeated.entry(reason).or_default() += times;
        }
    }
}

/// Why a call that ran was not the last one for its message.
fn reason(call: &Value, next: &Value, turns: &[Turn]) -> Option<Reason> {
    if call["confirmed_at"].is_null() && !call["confirmation_lost"].is_null() {
        let fault = call["confirmation_lost"].as_str().unwrap();
        let fault = KINDS.into_iter().find(|kind| *kind == fault);
        return Some((fault.unwrap(), ANSWER_LOST));
    }
    let (turn, next) = (turn_of(call, turns), turn_of(next, turns));
    let id = call["function_call_id"].as_str().unwrap();
    if let Some(cut) = &turns[turn].cut
        && !cut.known.contains(id)
    {
        return Some((cut.cause, CUT));
    }
    // Who started the call gives it back to Modal as long as there is time. Whoever comes later, when
    // the starter is gone, cannot, finds it failed, and leaves it to the one after.
    let out_of_time = turns[turn].cut.as_ref().is_some_and(|cut| cut.cause == OUT_OF_TIME);
    let nobody_there = out_of_time || next >= turn + 2;
    (call["status"] == "INTERNAL_FAILURE" && nobody_there).then_some((WORKER_LOST, MODAL_FAILED))
}

/// What tells the reader of a failure what became of a call.
fn seen(call: &Value, turns: &[Turn]) -> String {
    let of = |name: &str| call[name].to_string();
    let number = turn_of(call, turns);
    let (turn, id) = (&turns[number], call["function_call_id"].as_str().unwrap());
    let since = |name: &str| call[name].as_f64().map(|time| time - turn.started);
    let ended = match &turn.cut {
        None => "ended".to_owned(),
        Some(cut) if cut.known.contains(id) => format!("was cut: {}, the table knew", cut.cause),
        Some(cut) => format!("was cut: {}, the table did not know", cut.cause),
    };
    format!(
        "{id} of delivery {number} at {:.3?}, {:.3?} (lost: {}), {} after {}, the delivery {ended}",
        since("created_at"),
        since("confirmed_at"),
        of("confirmation_lost"),
        of("status"),
        of("tries"),
    )
}

/// The delivery in which a call was made.
fn turn_of(call: &Value, turns: &[Turn]) -> usize {
    turns.iter().rposition(|turn| turn.started <= created(call)).unwrap()
}

/// How often Modal lost a worker while it was at work on this call.
fn failures(call: &Value) -> usize {
    let tries = call["tries"].as_array().unwrap().iter();
    tries.filter(|status| *status == "INTERNAL_FAILURE").count()
}

fn created(call: &Value) -> f64 {
    call["created_at"].as_f64().unwrap()
}

/// Messages of a group that were executed when one behind them had been.
fn out_of_order(notes: &str) -> Vec<String> {
    let mut reached: HashMap<&str, usize> = HashMap::new();
    let mut wrong = Vec::new();
    for line in notes.lines() {
        let message = line.split(' ').next().unwrap();
        let (group, place) = message.rsplit_once('-').unwrap();
        let place: usize = place.parse().unwrap();
        let reached = reached.entry(group).or_default();
        if place < *reached {
            wrong.push(message.to_owned());
        }
        *reached = place.max(*reached);
    }
    wrong
}
