//! One cell of the matrix: one fault, at one call of one operation of one resource; and whether it
//! ended well.

use acceptance::World;
use checker::Action;

use crate::life::{Failure, Life, Operation};
use crate::proxy::{Fault, Proxy, Seen};
use crate::scenario::Scenario;
use crate::{SECRET_KEY, TOKEN_SECRET};

/// A cell.
#[derive(Clone)]
pub(crate) struct Cell<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) operation: Operation,
    /// The index of the call.
    pub(crate) call: usize,
    /// What is asked for there, when nothing goes wrong.
    pub(crate) action: String,
    pub(crate) fault: Fault,
}

/// What became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The operation's own attempts were enough.
    pub(crate) succeeded: bool,
    /// What was to happen did not, as the call never came.
    pub(crate) missed: bool,
    /// What must not be.
    pub(crate) wrong: Vec<Wrong>,
}

impl Outcome {
    /// In a line of a table.
    pub(crate) fn text(&self) -> String {
        match (&self.wrong[..], self.succeeded) {
            ([], _) if self.missed => "never came".to_owned(),
            ([], true) => "succeeds".to_owned(),
            ([], false) => "fails, heals".to_owned(),
            (wrong, _) => {
                let wrong: Vec<_> = wrong.iter().map(Wrong::text).collect();
                format!("WRONG: {}", wrong.join("; "))
            }
        }
    }
}

/// What a matrix that holds has none of.
#[derive(Clone, Debug)]
pub(crate) enum Wrong {
    /// It did not end in its time.
    Unended,
    /// It broke a rule of the protocol.
    Broken(String),
    /// What it says does not tell which action failed, or not the request's id.
    Silent(String),
    /// It gave up at what another attempt would have mended.
    GaveUp(String),
    /// Something is in AWS that no state knows.
    Orphans(Vec<String>),
    /// The next apply replaced what was healthy.
    Replaced,
    /// The next apply did not heal it.
    Unhealed(String),
    /// A destroy left something, or took something else with it.
    Left(Vec<String>),
    /// A secret could be read.
    Secret(String),
}

impl Wrong {
    /// In a line of a table.
    pub(crate) fn text(&self) -> String {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Self::Unended => "does not end".to_owned(),
            Self::Broken(text) => format!("breaks the protocol: {}", one_line(text)),
            Self::Silent(text) => format!("does not name the action: {}", one_line(text)),
            Self::GaveUp(text) => format!("gave up: {}", one_line(text)),
            Self::Orphans(names) => format!("orphans: {}", names.join(", ")),
            Self::Replaced => "replaced without need".to_owned(),
            Self::Unhealed(text) => format!("not healed: {}", one_line(text)),
            Self::Left(names) => format!("left after destroy: {}", names.join(", ")),
            Self::Secret(text) => {
                let start: String = text.chars().take(80).collect();
                format!("a secret in: {start}")
            }
        }
    }
}

/// The calls of an operation that nothing happens to.
pub(crate) async fn record(
    scenario: &Scenario,
    operation: Operation,
    proxy: &Proxy,
) -> Result<Vec<Seen>, String> {
    let mut life = Life::begin(scenario, World::start(), proxy).await;
    let failed = |failure: Failure| format!("{}: {}", scenario.name, failure.text());
    life.lead_to(operation).await.map_err(failed)?;
    life.traffic.clear();
    life.perform(operation).await.map_err(failed)?;
    Ok(life.traffic.calls())
}

impl Cell<'_> {
    /// What it is known by from one run to the next.
    pub(crate) fn name(&self) -> String {
        let Self { scenario, operation, call, action, fault } = self;
        format!("{} | {} | {call} {action} | {}", scenario.name, operation.name(), fault.name())
    }

    /// Lets it happen.
    pub(crate) async fn run(&self, proxy: &Proxy) -> Outcome {
        let mut life = Life::begin(self.scenario, World::start(), proxy).await;
        let mut outcome = Outcome::default();
        if let Err(failure) = life.lead_to(self.operation).await {
            outcome.wrong.push(Wrong::Unhealed(format!("before: {}", failure.text())));
            return outcome;
        }
        life.arm(self.fault, self.call);
        let performed = life.perform(self.operation).await;
        outcome.succeeded = performed.is_ok();
        outcome.wrong.extend(performed.err().and_then(|failure| self.judge(failure, &life)));
        life.disarm();

        let orphans = life.orphans();
        if !orphans.is_empty() {
            outcome.wrong.push(Wrong::Orphans(orphans));
        }
        outcome.wrong.extend(self.heal(&mut life).await);
        if let Err(failure) = life.perform(Operation::Delete).await {
            outcome.wrong.push(Wrong::Unhealed(format!("destroy: {}", failure.text())));
        }
        let changes = life.changes();
        if !changes.is_empty() {
            outcome.wrong.push(Wrong::Left(changes));
        }
        let revealed = life.reveals(&[TOKEN_SECRET, SECRET_KEY]);
        outcome.wrong.extend(revealed.map(Wrong::Secret));
        outcome
    }

    /// What is wrong with how it failed.
    fn judge(&self, failure: Failure, life: &Life<'_>) -> Option<Wrong> {
        let said = match failure {
            Failure::Unended => return Some(Wrong::Unended),
            Failure::Broken(text) => return Some(Wrong::Broken(text)),
            Failure::Said(text) => text,
        };
        judge(self.fault, said, &life.traffic.met())
    }

    /// Applies once, and tells what is wrong with how that went.
    async fn heal(&self, life: &mut Life<'_>) -> Option<Wrong> {
        if self.operation == Operation::Delete {
            return None;
        }
        if self.operation == Operation::Import {
            let again = life.perform(Operation::Import).await;
            return again.err().map(|failure| Wrong::Unhealed(failure.text().to_owned()));
        }
        match life.heal(self.operation).await {
            Err(failure) => Some(Wrong::Unhealed(failure.text().to_owned())),
            // What could not be made as a whole is made anew: that is Terraform's rule.
            Ok(Action::Create | Action::Replace) if self.operation != Operation::Create => {
                Some(Wrong::Replaced)
            }
            Ok(_) => None,
        }
    }
}

/// What is wrong with what was said of a fault that these actions met.
pub(crate) fn judge(fault: Fault, said: String, met: &[String]) -> Option<Wrong> {
    let named = met.iter().any(|action| said.contains(action.as_str()));
    if !named || (fault.has_request_id() && !said.contains("injected-")) {
        return Some(Wrong::Silent(said));
    }
    fault.passes().then_some(Wrong::GaveUp(said))
}
