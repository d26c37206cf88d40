//! Who was executed how often, and why more than once.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::chaos::{DROPPED, KINDS, WORKER_LOST};
use super::fleet::{FROZEN, Fleet, KILLED, OUT_OF_TIME, TOO_LONG};
use super::queue::BATCH;
use super::reason::{
    ANSWER_LOST, CANCELLED, CUT, MODAL_AGAIN, Reason, STOPPED, WAYS, created, failures, reason,
    seen, two_calls,
};

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
    /// Called again while the call before had not failed, with a reason.
    again: Vec<String>,
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
            let mut reasons: Vec<_> =
                WAYS.into_iter().filter(|how| self.repeated(fault, how).any(|n| n > 0)).collect();
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
            let again = all(fault, MODAL_AGAIN) + all(fault, CANCELLED);
            assert!(again <= times * most, "{fault}: {again} of {times}");
            // A connection holds a batch's calls; a process that dies is at work on one.
            let at_once = if fault == DROPPED { BATCH } else { most };
            let lost = all(fault, ANSWER_LOST);
            assert!(lost <= times * at_once, "{fault}: {lost} of {times}");
            let cut = all(fault, CUT) + all(fault, STOPPED);
            assert!(cut <= times * BATCH, "{fault}: {cut} of {times}");
        }
    }

    /// With a Modal that knows calls by their keys, a lost answer or a death is no excuse.
    pub(super) fn check_made_once(&self) {
        for fleet in &self.fleets {
            assert_eq!(fleet.again, [""; 0], "called again though Modal knew the key");
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
                    match reason(call, *times, turns) {
                        Some(reason) => {
                            if [ANSWER_LOST, CUT].contains(&reason.1) {
                                count.again.push(two_calls(&message, call, next, turns));
                            }
                            count.repeat(reason, 1);
                        }
                        None => count.unexplained.push(two_calls(&message, call, next, turns)),
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
