//! The quick start's AWS side on the local AWS, beside hashicorp/aws doing the same: calls, time,
//! memory.

use std::sync::Arc;

use acceptance::{AwsAccount, AwsDriver, LocalAws, Provider, host_architecture};

use super::Bench;
use super::run::{APPLY, Configuration, DESTROY, PLAN, hcl_of};
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::statistics::median;

const RUNS: usize = 3;
/// The commands, and the most calls of each.
const COMMANDS: [(&str, &[&str], f64); 3] =
    [("apply", APPLY, 16.0), ("plan without change", PLAN, 8.0), ("destroy", DESTROY, 14.0)];

/// What one command came to, over the runs.
#[derive(Default)]
struct Seen {
    calls: usize,
    times: Vec<f64>,
    peak: f64,
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("provider: the quick start");
    let logs = bench.folder.join("quick-start");
    let aws = LocalAws::start(&bench.workspace, &logs.join("aws.log"))?;
    let driver = AwsDriver::start(&bench.workspace, aws.endpoint(), &logs.join("driver.log"))?;
    let driver = Arc::new(driver);

    let modal = Provider::at("modal-bridge/modal", bench.programs.modal.clone());
    let hcl = hcl_of(bench, "quick-start/modal/main.tf")?;
    let account = driver.account("111122224001");
    let ours = Configuration::new(bench, "quick-start-modal", &[modal], &hcl)?;
    let mut ours = Subject::new(bench, ours, account);
    let mut theirs = None;
    if bench.programs.aws.is_some() {
        let hcl = hcl_of(bench, "quick-start/aws/main.tf")?;
        let account = driver.account("111122224002");
        let configuration = Configuration::new(bench, "quick-start-aws", &[], &hcl)?;
        theirs = Some(Subject::new(bench, configuration, account));
    }
    for _ in 0..RUNS {
        ours.once()?;
        if let Some(theirs) = &mut theirs {
            theirs.once()?;
        }
    }
    Ok(report(&ours, theirs.as_ref()))
}

struct Subject {
    configuration: Configuration,
    account: AwsAccount,
    seen: [Seen; 3],
}

impl Subject {
    fn new(bench: &Bench, mut configuration: Configuration, account: AwsAccount) -> Self {
        let zip = format!("target/bridge/bootstrap-{}.zip", host_architecture());
        for (name, value) in [
            ("AWS_ENDPOINT_URL", account.endpoint().to_owned()),
            ("AWS_ACCESS_KEY_ID", account.id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", account.region().to_owned()),
            ("TF_VAR_architecture", host_architecture().to_owned()),
            ("TF_VAR_package", bench.workspace.file(&zip).display().to_string()),
        ] {
            configuration.set(name, value);
        }
        Self { configuration, account, seen: Default::default() }
    }

    fn once(&mut self) -> Result<(), Error> {
        for ((_, command, _), seen) in COMMANDS.iter().zip(&mut self.seen) {
            let before = self.account.calls().len();
            let (took, taken) = self.configuration.watched(command)?;
            let calls = self.account.calls();
            seen.calls = calls.len() - before;
            seen.times.push(took);
            seen.peak = seen.peak.max(taken.peak);
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few calls")]
fn report(ours: &Subject, theirs: Option<&Subject>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (index, (command, _, most)) in COMMANDS.iter().enumerate() {
        let (own, other) = (&ours.seen[index], theirs.map(|theirs| &theirs.seen[index]));
        let title = |what: &str| format!("quick start, {command}: {what}");
        let mut calls = Figure::new(title("AWS calls"), own.calls as f64, "");
        let mut wall = Figure::new(title("wall"), median(&own.times), "ms");
        let mut memory = Figure::new(title("peak memory"), own.peak, "MiB");
        calls = calls.aim(Aim::AtMost(*most));
        if let Some(other) = other {
            calls = calls.beside("hashicorp/aws", other.calls as f64);
            let times = median(&other.times);
            wall = wall.beside("hashicorp/aws", times).aim(Aim::TimesBetter(5.0));
            memory = memory.beside("hashicorp/aws", other.peak).aim(Aim::TimesBetter(10.0));
        }
        figures.extend([calls, wall, memory]);
    }
    figures
}
