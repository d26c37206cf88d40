//! A sample of the same under real Terraform; and what happens outside AWS: Ctrl-C once and twice, a
//! provider that is killed, a Terraform that is killed, each in the middle of a call.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::processes::{assert_ends, kill, parent_of, providers_in};
use acceptance::{
    AwsAccount, Config, Core, Finished, Provider, Running, Terraform, Workspace, World,
    import_block,
};
use serde_json::{Value as Json, json};

use crate::cell::{Outcome, Wrong, judge, record};
use crate::chance::Chance;
use crate::inventory::Inventory;
use crate::life::{Operation, arm, disarm};
use crate::matrix::{Choice, Totals, at_once};
use crate::process::settings;
use crate::proxy::{At, Fault, Held, Moment, Proxy, Traffic};
use crate::scenario::Scenario;
use crate::{SECRET_KEY, TOKEN_SECRET, block_on, say};

/// Longer than any command takes.
const LONGEST: Duration = Duration::from_secs(180);

/// Where the one resource of a configuration stands in it.
const FILE: &str = "this.tf.json";

const STATE: &str = "terraform.tfstate";

const APPLY: &[&str] = &["apply", "-input=false", "-json", "-auto-approve"];
const DESTROY: &[&str] = &["destroy", "-input=false", "-json", "-auto-approve"];
const PLAN: &[&str] = &["plan", "-input=false", "-json", "-detailed-exitcode"];

/// What stays when Terraform does not learn of it, and neither the next apply: an entry of a bucket's
/// notifications has an id of chance, and its permission, which S3 wants first, is known by that.
const UNKNOWABLE: &str = "permission modal-trigger-s3-";

/// What happens in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Call(Fault),
    Interrupt,
    SecondInterrupt,
    KillProvider,
    KillTerraform,
}

impl Blow {
    /// Those that are not a fault of a call.
    const OUTSIDE: [Self; 4] =
        [Self::Interrupt, Self::SecondInterrupt, Self::KillProvider, Self::KillTerraform];

    fn name(self) -> &'static str {
        match self {
            Self::Call(fault) => fault.name(),
            Self::Interrupt => "Ctrl-C",
            Self::SecondInterrupt => "Ctrl-C twice",
            Self::KillProvider => "provider killed",
            Self::KillTerraform => "Terraform killed",
        }
    }

    /// Whether Terraform may never learn what was made.
    fn forgets(self) -> bool {
        matches!(self, Self::SecondInterrupt | Self::KillProvider | Self::KillTerraform)
    }
}

/// One blow, at one call of one command.
struct Case<'a> {
    scenario: &'a Scenario,
    operation: Operation,
    at: At,
    moment: Moment,
    blow: Blow,
}

/// How often each blow happens in a sample, and where all is asked for; a fault of a call twice as
/// often.
const TIMES: (usize, usize) = (2, 20);

/// Lets each blow happen where chance says; tells each in a line, and answers with the totals.
pub(crate) fn run(scenarios: &[Scenario], choice: &Choice) -> Totals {
    let proxy = Proxy::start(World::start().aws.endpoint()).unwrap();
    let started = Instant::now();
    let scenarios: Vec<_> = scenarios.iter().filter(|scenario| choice.takes(scenario)).collect();
    let times = if choice.all { TIMES.1 } else { TIMES.0 };
    let cases = drawn(&scenarios, choice.seed, times, &proxy);
    let outcomes = at_once(&cases, |case| {
        let outcome = case.run(&proxy);
        say(&format!("{} | {}", case.name(), outcome.text()));
        outcome
    });
    let mut totals = Totals::default();
    for (case, outcome) in cases.iter().zip(&outcomes) {
        totals.count(&case.name(), outcome);
    }
    say(&format!("under Terraform, {:.0?}: {}", started.elapsed(), totals.json()));
    totals
}

fn drawn<'a>(scenarios: &[&'a Scenario], seed: u64, times: usize, proxy: &Proxy) -> Vec<Case<'a>> {
    let mut chance = Chance::new(seed);
    let mut blows: Vec<_> = (0..times).flat_map(|_| Blow::OUTSIDE.map(Some)).collect();
    blows.extend((0..2 * times).map(|_| None));
    let operations = |scenario: &'a Scenario| {
        let operations = Operation::of(scenario).into_iter();
        operations.filter(|operation| *operation != Operation::Import)
    };
    let all: Vec<_> = scenarios
        .iter()
        .flat_map(|scenario| operations(scenario).map(move |operation| (*scenario, operation)))
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    // What only reads has nothing to lose.
    let is_write = |(_, operation): &&(_, Operation)| *operation != Operation::Read;
    let writes: Vec<_> = all.iter().filter(is_write).copied().collect();
    let chosen: Vec<_> = blows
        .into_iter()
        .map(|blow| {
            let among = if blow.is_some() { &writes } else { &all };
            let (scenario, operation) = among[chance.below(among.len())];
            (blow, scenario, operation)
        })
        .collect();
    let recorded = at_once(&chosen, |(_, scenario, operation)| {
        block_on(record(scenario, *operation, proxy)).unwrap_or_else(|error| panic!("{error}"))
    });
    // A destroy of what stays asks AWS nothing.
    let asking = chosen.into_iter().zip(recorded).filter(|(_, calls)| !calls.is_empty());
    let drawn = asking.map(|((blow, scenario, operation), calls)| {
        let index = chance.below(calls.len());
        let seen = &calls[index];
        let before = calls[..index].iter().filter(|other| other.action == seen.action).count();
        let faults: Vec<_> =
            Fault::ALL.into_iter().filter(|fault| fault.applies_to(seen)).collect();
        let moment = [Moment::Asked, Moment::Answered][chance.below(2)];
        let fault = Blow::Call(faults[chance.below(faults.len())]);
        let at = At::Nth(seen.action.clone(), before);
        Case { scenario, operation, at, moment, blow: blow.unwrap_or(fault) }
    });
    drawn.collect()
}

impl Case<'_> {
    fn name(&self) -> String {
        let Self { scenario, operation, at, moment, blow } = self;
        let at = match at {
            At::Nth(action, nth) => format!("{} {action}", nth + 1),
            At::Index(index) => index.to_string(),
        };
        let moment = match (blow, moment) {
            (Blow::Call(_), _) => "",
            (_, Moment::Asked) => " when asked",
            (_, Moment::Answered) => " when done",
        };
        format!("{} | {} | {at} | {}{moment}", scenario.name, operation.name(), blow.name())
    }

    fn run(&self, proxy: &Proxy) -> Outcome {
        let world = World::start();
        let account = &world.aws;
        account.set_knobs(&json!({"pending_update_seconds": 0.05}));
        (self.scenario.set_up)(account);
        let before = Inventory::of(account, self.scenario.services);
        let traffic = proxy.traffic(account.id());
        let bench = Bench { config: configuration(&world, &proxy.url()) };
        let mut outcome = Outcome::default();
        if let Err(wrong) = self.go_through(&bench, account, &before, &traffic, &mut outcome) {
            outcome.wrong.push(wrong);
        }
        let found = [TOKEN_SECRET, SECRET_KEY]
            .iter()
            .flat_map(|secret| bench.config.files_that_contain(secret))
            .map(|file| Wrong::Secret(file.display().to_string()));
        outcome.wrong.extend(found);
        outcome
    }

    fn go_through(
        &self,
        bench: &Bench,
        account: &AwsAccount,
        before: &Inventory,
        traffic: &Traffic,
        outcome: &mut Outcome,
    ) -> Result<(), Wrong> {
        let write = |config: Json| bench.config.write(FILE, &self.file(&config));
        write((self.scenario.create)(account.id()));
        if self.operation != Operation::Create {
            bench.succeeds(APPLY)?;
        }
        if let Operation::Update(number) = self.operation {
            write((self.scenario.updates[number])(account.id()));
        }
        let saved = bench.state();
        let (finished, struck) = self.strike(bench, account, traffic);
        if self.blow == Blow::SecondInterrupt {
            bench.put_back_if_emptied(&saved);
        }
        let finished = finished.ok_or(Wrong::Unended)?;
        // Of a plan, 2 says that there is something to do.
        outcome.succeeded = matches!(finished.code, Some(0 | 2));
        let met = traffic.met();
        outcome.missed = !struck;
        // What nobody waits for any more takes effect all the same.
        traffic.wait_until_idle();
        disarm(traffic, account);
        if let Blow::Call(fault) = self.blow
            && !outcome.succeeded
        {
            outcome.wrong.extend(judge(fault, finished.errors().join("\n"), &met));
        }
        let unless_none = |mut names: Vec<String>| {
            names.retain(|name| !self.blow.forgets() || !name.starts_with(UNKNOWABLE));
            Some(names).filter(|names| !names.is_empty())
        };
        let orphans = || unless_none(self.scenario.orphans(account, before, &bench.state()));
        if !self.blow.forgets() {
            outcome.wrong.extend(orphans().map(Wrong::Orphans));
        }
        if self.operation != Operation::Delete {
            self.heal(bench, account)?;
            outcome.wrong.extend(orphans().map(Wrong::Orphans));
        }
        bench.succeeds(DESTROY)?;
        let changes = unless_none(self.scenario.changes(account, before));
        outcome.wrong.extend(changes.map(Wrong::Left));
        Ok(())
    }

    /// The resource in Terraform's JSON, in which the token's secret half is a variable.
    fn file(&self, config: &Json) -> String {
        let file = json!({
            "variable": { "token_secret": { "type": "string", "ephemeral": true } },
            "provider": { "modal": settings() },
            "resource": { (self.scenario.type_name): { "this": config } },
        });
        file.to_string().replace(TOKEN_SECRET, "${var.token_secret}")
    }

    /// The command, `None` when it does not end; and whether it happened in the middle of it.
    fn strike(
        &self,
        bench: &Bench,
        account: &AwsAccount,
        traffic: &Traffic,
    ) -> (Option<Finished>, bool) {
        let command = match self.operation {
            Operation::Delete => DESTROY,
            Operation::Read => PLAN,
            _ => APPLY,
        };
        if let Blow::Call(fault) = self.blow {
            arm(fault, self.at.clone(), traffic, account);
            let finished = bench.run(command);
            return (finished, !traffic.met().is_empty());
        }
        let held = traffic.hold(self.at.clone(), self.moment);
        let mut running = bench.config.start(command);
        let came = held.wait(|| running.has_ended());
        if came {
            self.blow.fall(&mut running, &bench.config, held);
        }
        (bench.end(running), came)
    }

    /// Applies once; where Terraform was not told what exists, once more for the object that an error
    /// then shows how to import, or a warning, beside which another was made.
    fn heal(&self, bench: &Bench, account: &AwsAccount) -> Result<(), Wrong> {
        let address = |name: &str| format!("{}.{name}", self.scenario.type_name);
        let mut imported = false;
        loop {
            let applied = bench.run(APPLY).ok_or(Wrong::Unended)?;
            let replaces = applied.output.lines().any(|line| {
                let event: Json = serde_json::from_str(line).unwrap_or_default();
                event["type"] == "planned_change" && event["change"]["action"] == "replace"
            });
            // What could not be made as a whole is made anew: that is Terraform's rule.
            if replaces && (imported || self.operation != Operation::Create) {
                return Err(Wrong::Replaced);
            }
            if applied.succeeded() {
                let told = import_block(&applied.warnings().join("\n"), &address("left"));
                let Some(block) = told.filter(|_| self.blow.forgets()) else { break };
                let config = (self.scenario.create)(account.id());
                let left = json!({ "resource": { (self.scenario.type_name): { "left": config } } });
                bench.config.write("left.tf.json", &left.to_string());
                bench.config.write("import.tf", &block);
                bench.succeeds(APPLY)?;
                imported = true;
                break;
            }
            let said = applied.errors().join("\n");
            let block = import_block(&said, &address("this"));
            let block = block.filter(|_| self.blow.forgets() && !imported);
            let Some(block) = block else { return Err(Wrong::Unhealed(said)) };
            bench.config.write("import.tf", &block);
            imported = true;
        }
        if imported {
            bench.config.write("import.tf", "");
        }
        let planned = bench.run(PLAN).ok_or(Wrong::Unended)?;
        if planned.succeeded() {
            return Ok(());
        }
        Err(Wrong::Unhealed(format!("the plan after it is not empty: {}", planned.output)))
    }
}

impl Blow {
    /// Happens while a call is held, and lets it go.
    fn fall(self, running: &mut Running, config: &Config, held: Held) {
        let providers = providers_in(config.directory());
        match self {
            Self::Call(_) => {}
            Self::Interrupt => running.interrupt(),
            Self::SecondInterrupt => {
                running.interrupt();
                running.wait_for("Interrupt received");
                running.interrupt();
            }
            Self::KillProvider => providers.iter().for_each(|process| kill(*process)),
            Self::KillTerraform => {
                let parent = providers.first().and_then(|process| parent_of(*process));
                kill(parent.unwrap_or_else(|| panic!("no provider in {config:?}")));
            }
        }
        drop(held);
        if self.forgets() {
            providers.into_iter().for_each(assert_ends);
        }
    }
}

/// A folder in which Terraform runs.
struct Bench {
    config: Config,
}

impl Bench {
    /// A command: how it ended, or `None` when it does not end.
    fn run(&self, command: &[&str]) -> Option<Finished> {
        self.end(self.config.start(command))
    }

    fn succeeds(&self, command: &[&str]) -> Result<(), Wrong> {
        let finished = self.run(command).ok_or(Wrong::Unended)?;
        let said = || Wrong::Unhealed(format!("{}: {}", command[0], finished.errors().join("\n")));
        if finished.succeeded() { Ok(()) } else { Err(said()) }
    }

    fn end(&self, mut running: Running) -> Option<Finished> {
        let deadline = Instant::now() + LONGEST;
        while !running.has_ended() {
            if Instant::now() > deadline {
                return None;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let finished = running.wait().unwrap();
        // Among the files that are searched for secrets.
        let earlier = fs::read_to_string(self.config.directory().join("said.txt"));
        let all = earlier.unwrap_or_default() + &finished.output;
        self.config.write("said.txt", &all);
        Some(finished)
    }

    fn state(&self) -> String {
        let file = self.config.directory().join(STATE);
        fs::read_to_string(file).unwrap_or_default()
    }

    /// After a second Ctrl-C, "data loss may have occurred": Terraform empties the file before it
    /// writes it, and may end in between. Whoever has a state then takes the one of before.
    fn put_back_if_emptied(&self, saved: &str) {
        if self.state().is_empty() && !saved.is_empty() {
            self.config.write(STATE, saved);
        }
    }
}

/// An empty folder, for Terraform with the provider that has little patience.
fn configuration(world: &World, endpoint: &str) -> Config {
    let workspace = Workspace::here();
    let provider = Provider::built(&workspace, "modal-bridge/modal", "examples/impatient").unwrap();
    let terraform = Terraform::hosting(Core::choose().unwrap(), &[provider]).with_override();
    let surroundings = world.environment();
    let config = surroundings
        .iter()
        .fold(terraform.config(""), |config, (name, value)| config.with_env(name, value));
    config
        .with_env("AWS_ENDPOINT_URL", endpoint)
        .with_env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .with_env("TF_VAR_token_secret", TOKEN_SECRET)
}
