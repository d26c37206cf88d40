//! The quick start's AWS side on the local AWS, beside hashicorp/aws doing the same: calls, time,
//! memory. And which resource makes how many of the calls, a role for Modal functions among them.

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

/// Which service is called for which resource of ours.
const RESOURCES: [(&str, &[&str]); 2] = [
    ("modal_token_secret", &["secretsmanager"]),
    ("modal_bridge_function", &["lambda", "iam", "logs"]),
];
/// The role, and the OIDC provider that is made with it.
const ROLE: (&str, &[&str]) = ("modal_oidc_role", &["iam"]);

/// What one command came to, over the runs.
#[derive(Default)]
struct Seen {
    /// The actions of the last run.
    calls: Vec<String>,
    times: Vec<f64>,
    peak: f64,
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    console::progress("provider: the quick start");
    let logs = bench.folder.join("quick-start");
    let aws = LocalAws::start(&bench.workspace, &logs.join("aws.log"))?;
    let driver = AwsDriver::start(&bench.workspace, aws.endpoint(), &logs.join("driver.log"))?;
    let driver = Arc::new(driver);

    let modal = [Provider::at("modal-bridge/modal", bench.programs.modal.clone())];
    let mut ours = Subject::new(bench, "modal", &modal, driver.account("111122224001"))?;
    let mut theirs = match bench.programs.aws {
        Some(_) => Some(Subject::new(bench, "aws", &[], driver.account("111122224002"))?),
        None => None,
    };
    let mut role = Subject::new(bench, "role", &modal, driver.account("111122224003"))?;
    for _ in 0..RUNS {
        ours.once()?;
        if let Some(theirs) = &mut theirs {
            theirs.once()?;
        }
    }
    role.once()?;
    let mut figures = report(&ours, theirs.as_ref());
    figures.extend(RESOURCES.iter().flat_map(|resource| ours.calls_of(resource)));
    figures.extend(role.calls_of(&ROLE));
    Ok(figures)
}

struct Subject {
    configuration: Configuration,
    account: AwsAccount,
    seen: [Seen; 3],
}

impl Subject {
    /// What applies `quick-start/NAME/main.tf`.
    fn new(
        bench: &Bench,
        name: &str,
        providers: &[Provider],
        account: AwsAccount,
    ) -> Result<Self, Error> {
        let hcl = hcl_of(bench, &format!("quick-start/{name}/main.tf"))?;
        let name = format!("quick-start-{name}");
        let mut configuration = Configuration::new(bench, &name, providers, &hcl)?;
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
        Ok(Self { configuration, account, seen: Default::default() })
    }

    fn once(&mut self) -> Result<(), Error> {
        for ((_, command, _), seen) in COMMANDS.iter().zip(&mut self.seen) {
            let before = self.account.calls().len();
            let (took, taken) = self.configuration.watched(command)?;
            seen.calls = self.account.calls().split_off(before);
            seen.times.push(took);
            seen.peak = seen.peak.max(taken.peak);
        }
        Ok(())
    }

    /// How many calls each command makes for a resource.
    fn calls_of(&self, (resource, services): &(&str, &[&str])) -> Vec<Figure> {
        let is_its = |action: &&String| {
            action.split_once(':').is_some_and(|(service, _)| services.contains(&service))
        };
        let each = COMMANDS.iter().zip(&self.seen).map(|((command, ..), seen)| {
            let calls = count(seen.calls.iter().filter(is_its));
            Figure::new(format!("{resource}, {command}: AWS calls"), calls, "")
        });
        each.collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few calls")]
fn count<'a>(calls: impl IntoIterator<Item = &'a String>) -> f64 {
    calls.into_iter().count() as f64
}

fn report(ours: &Subject, theirs: Option<&Subject>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (index, (command, _, most)) in COMMANDS.iter().enumerate() {
        let (own, other) = (&ours.seen[index], theirs.map(|theirs| &theirs.seen[index]));
        let title = |what: &str| format!("quick start, {command}: {what}");
        let mut calls = Figure::new(title("AWS calls"), count(&own.calls), "");
        let mut wall = Figure::new(title("wall"), median(&own.times), "ms");
        let mut memory = Figure::new(title("peak memory"), own.peak, "MiB");
        calls = calls.aim(Aim::AtMost(*most));
        if let Some(other) = other {
            calls = calls.beside("hashicorp/aws", count(&other.calls));
            let times = median(&other.times);
            wall = wall.beside("hashicorp/aws", times).aim(Aim::TimesBetter(5.0));
            memory = memory.beside("hashicorp/aws", other.peak).aim(Aim::TimesBetter(10.0));
        }
        figures.extend([calls, wall, memory]);
    }
    figures
}
