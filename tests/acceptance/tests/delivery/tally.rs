//! Who was executed how often, and why more than once.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use serde_json::Value;

use super::fleet::Fleet;

/// How long after Modal's answer a process may take to write the call into its table. DynamoDB takes
/// milliseconds; the local one serves six processes and shares two cores with all of this.
const WRITING: f64 = 1.5;

const MODAL_AGAIN: &str = "Modal ran the input again";
const ANSWER_LOST: &str = "the accepting answer was lost";
const DIED: &str = "the process died before the table's write";
const GAVE_UP: &str = "Modal gave the call up";
const UNEXPLAINED: &str = "unexplained";

#[derive(Default)]
pub(super) struct Tally {
    messages: usize,
    lost: Vec<String>,
    repeated: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
    blows: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub(super) fn count(&mut self, fleet: &Fleet, calls: &[Value]) {
        let order: HashMap<&str, &Value> =
            calls.iter().map(|call| (call["function_call_id"].as_str().unwrap(), call)).collect();
        let notes = fs::read_to_string(&fleet.bridge.notes).unwrap();
        // Message, then call: how often it ran.
        let mut ran: HashMap<&str, Vec<(&str, usize)>> = HashMap::new();
        for line in notes.lines() {
            let mut words = line.split(' ');
            let (message, call) = (words.next().unwrap(), words.next().unwrap());
            let calls = ran.entry(message).or_default();
            match calls.iter_mut().find(|(known, _)| *known == call) {
                Some((_, times)) => *times += 1,
                None => calls.push((call, 1)),
            }
        }
        let losses = fleet.losses.lock().unwrap();
        for message in fleet.queue.ids() {
            self.messages += 1;
            let Some(executed) = ran.get(message.as_str()) else {
                self.lost.push(message);
                continue;
            };
            for (call, times) in executed {
                let tries = order[call]["tries"].as_array().unwrap().len();
                if *times > 1 {
                    let cause = if tries >= *times { MODAL_AGAIN } else { UNEXPLAINED };
                    self.repeat(cause, times - 1, &message, executed);
                }
            }
            let died = losses.died_with.get(&message).cloned().unwrap_or_default();
            // All calls but the one that counts need a reason.
            let mut reasons: Vec<_> =
                executed.iter().map(|(call, _)| reason(order[call], &died)).collect();
            reasons.sort_by_key(|reason| *reason != UNEXPLAINED);
            for cause in reasons.into_iter().skip(1) {
                self.repeat(cause, 1, &message, executed);
            }
        }
        *self.blows.entry("bridge killed").or_default() += losses.killed;
        *self.blows.entry("bridge frozen").or_default() += losses.frozen;
        *self.blows.entry("bridge killed for taking too long").or_default() += losses.timed_out;
    }

    fn repeat(
        &mut self,
        cause: &'static str,
        times: usize,
        message: &str,
        executed: &[(&str, usize)],
    ) {
        *self.repeated.entry(cause).or_default() += times;
        if cause == UNEXPLAINED {
            self.unexplained.push(format!("{message}: {executed:?}"));
        }
    }

    pub(super) fn table(&self, struck: &Value) -> String {
        let mut lines = vec![format!("{} messages; fault: injected", self.messages)];
        let struck = struck.as_object().unwrap().iter();
        lines.extend(struck.map(|(fault, times)| format!("  {fault}: {times}")));
        lines.extend(self.blows.iter().map(|(blow, times)| format!("  {blow}: {times}")));
        lines.push(format!("lost: {}", self.lost.len()));
        lines.push("repeated, by cause:".to_owned());
        lines.extend(self.repeated.iter().map(|(cause, times)| format!("  {cause}: {times}")));
        lines.join("\n")
    }

    pub(super) fn check_nothing_lost(&self) {
        assert_eq!(self.lost, [""; 0], "messages that no function ever saw");
    }

    pub(super) fn check(&self) {
        self.check_nothing_lost();
        assert_eq!(self.unexplained, [""; 0], "repeated without a reason that cannot be helped");
    }
}

/// Why a call that ran was not the last one.
fn reason(call: &Value, died: &[f64]) -> &'static str {
    let Some(answered) = call["answered_at"].as_f64() else { return ANSWER_LOST };
    if died.iter().any(|died| (answered - 0.1..answered + WRITING).contains(died)) {
        DIED
    } else if call["status"] != "SUCCESS" {
        GAVE_UP
    } else {
        UNEXPLAINED
    }
}
