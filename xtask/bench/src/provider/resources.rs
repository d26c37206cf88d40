//! `validate`, `plan`, `apply` and a plan without change, for 1, 100 and 1000 instances of a resource
//! that calls nobody, beside `terraform_data` in the same Terraform.
//!
//! Ours makes no AWS call only when it plans a create, without a look at whose credentials there are;
//! for what comes after, the framework's example, `tiny_note`, stands in: the same framework, and files
//! instead of AWS.

use std::collections::BTreeMap;
use std::path::PathBuf;

use acceptance::Provider;

use super::Bench;
use super::plugin::Taken;
use super::run::{APPLY, Configuration, PLAN, VALIDATE};
use crate::console;
use crate::error::Error;
use crate::figure::{Aim, Figure};
use crate::statistics::median;

const COUNTS: [u32; 3] = [1, 100, 1000];
const DATA: &str = "terraform_data";
const MODAL: &str = "modal";
const TINY: &str = "tiny";
const NULL: &str = "Go null";
const AWS: &str = "hashicorp/aws";

/// A provider with one resource, so many times.
struct Subject {
    name: &'static str,
    provider: Option<Provider>,
    hcl: Box<dyn Fn(u32) -> String>,
    /// Whether it can be applied without AWS.
    applies: bool,
}

/// Milliseconds by command.
type Times = BTreeMap<&'static str, Vec<f64>>;

#[derive(Default)]
struct Seen {
    times: Times,
    taken: Taken,
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Figure>, Error> {
    let subjects = subjects(bench);
    let mut figures = Vec::new();
    for count in COUNTS {
        console::progress(&format!("provider: {count} instances"));
        let seen = runs(bench, &subjects, count)?;
        figures.extend(report(count, &seen));
    }
    Ok(figures)
}

fn subjects(bench: &Bench) -> Vec<Subject> {
    let programs = &bench.programs;
    let notes = bench.folder.join("notes");
    // What an earlier run left would be in the way.
    let _none = std::fs::remove_dir_all(&notes);
    let _made = std::fs::create_dir_all(&notes);
    let of = |source: &str, program: &PathBuf| Some(Provider::at(source, program.clone()));
    let mut subjects = vec![
        Subject { name: DATA, provider: None, hcl: Box::new(terraform_data), applies: true },
        Subject {
            name: MODAL,
            provider: of("modal-bridge/modal", &programs.modal),
            hcl: Box::new(modal_token_secret),
            applies: false,
        },
        Subject {
            name: TINY,
            provider: of("acme/tiny", &programs.tiny),
            hcl: Box::new(move |count| tiny_note(&notes.display().to_string(), count)),
            applies: true,
        },
    ];
    if let Some(null) = &programs.null {
        let provider = of("hashicorp/null", null);
        subjects.push(Subject {
            name: NULL,
            provider,
            hcl: Box::new(null_resource),
            applies: true,
        });
    }
    if programs.aws.is_some() {
        let hcl = Box::new(aws_iam_role);
        subjects.push(Subject { name: AWS, provider: None, hcl, applies: false });
    }
    subjects
}

fn terraform_data(count: u32) -> String {
    format!("resource \"terraform_data\" \"x\" {{\n  count = {count}\n  input = \"value\"\n}}\n")
}

fn modal_token_secret(count: u32) -> String {
    format!(
        r#"
provider "modal" {{
  region                      = "eu-west-1"
  access_key                  = "AKIDEXAMPLE"
  secret_key                  = "wJalrXUtnFEMI"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}}

resource "modal_token_secret" "x" {{
  count           = {count}
  name            = "secret-${{count.index}}"
  token_id        = "ak-bench"
  token_secret_wo = "as-bench"
}}
"#
    )
}

fn tiny_note(folder: &str, count: u32) -> String {
    format!(
        r#"
provider "tiny" {{
  folder = {folder:?}
}}

resource "tiny_note" "x" {{
  count = {count}
  name  = "note-${{count.index}}"
  text  = "value"
}}
"#
    )
}

fn null_resource(count: u32) -> String {
    let triggers = "triggers = { input = \"value\" }";
    format!("resource \"null_resource\" \"x\" {{\n  count = {count}\n  {triggers}\n}}\n")
}

fn aws_iam_role(count: u32) -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    aws = {{
      source = "hashicorp/aws"
    }}
  }}
}}

provider "aws" {{
  region                      = "eu-west-1"
  access_key                  = "AKIDEXAMPLE"
  secret_key                  = "wJalrXUtnFEMI"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}}

resource "aws_iam_role" "x" {{
  count              = {count}
  name               = "role-${{count.index}}"
  assume_role_policy = "{{}}"
}}
"#
    )
}

/// How often each command runs, of the quick ones and of hashicorp/aws.
fn rounds(count: u32, name: &str) -> usize {
    match (count, name) {
        (1, AWS) => 3,
        (_, AWS) => 1,
        (1, _) => 11,
        (100, _) => 7,
        _ => 3,
    }
}

/// An apply of a thousand takes Terraform half a minute.
fn applies(count: u32) -> usize {
    match count {
        1 => 5,
        100 => 3,
        _ => 1,
    }
}

fn runs(
    bench: &Bench,
    subjects: &[Subject],
    count: u32,
) -> Result<BTreeMap<&'static str, Seen>, Error> {
    let mut running = Vec::new();
    for subject in subjects {
        if subject.name == AWS && count == 100 {
            continue;
        }
        let name = format!("{}-{count}", subject.name.replace(['/', ' '], "-"));
        let providers: Vec<_> = subject.provider.iter().cloned().collect();
        let configuration = Configuration::new(bench, &name, &providers, &(subject.hcl)(count))?;
        running.push((subject, configuration, Seen::default()));
    }
    for round in 0..rounds(count, DATA) {
        for (subject, configuration, seen) in &mut running {
            if round < rounds(count, subject.name) {
                take(seen, "validate", configuration.run(VALIDATE)?);
                take(seen, "plan", configuration.run(PLAN)?);
            }
        }
    }
    for (_, configuration, seen) in &mut running {
        seen.taken = configuration.watched(PLAN)?.1;
    }
    for round in 0..applies(count) {
        for (subject, configuration, seen) in &mut running {
            if subject.applies {
                configuration.forget();
                take(seen, "apply", configuration.run(APPLY)?);
            }
        }
        if round + 1 < applies(count) {
            let _none = std::fs::remove_dir_all(bench.folder.join("notes"));
            let _made = std::fs::create_dir_all(bench.folder.join("notes"));
        }
    }
    for _ in 0..rounds(count, DATA) {
        for (subject, configuration, seen) in &mut running {
            if subject.applies {
                take(seen, "plan without change", configuration.run(PLAN)?);
            }
        }
    }
    Ok(running.into_iter().map(|(subject, _, seen)| (subject.name, seen)).collect())
}

fn take(seen: &mut Seen, command: &'static str, took: f64) {
    seen.times.entry(command).or_default().push(took);
}

fn report(count: u32, seen: &BTreeMap<&'static str, Seen>) -> Vec<Figure> {
    let of = |name: &str, command: &str| Some(median(seen.get(name)?.times.get(command)?));
    let mut figures = Vec::new();
    for command in ["validate", "plan", "apply", "plan without change"] {
        for ours in [MODAL, TINY] {
            let Some(value) = of(ours, command) else { continue };
            for other in [DATA, NULL, AWS] {
                let Some(beside) = of(other, command) else { continue };
                let name = format!("{ours}, {count}: {command}");
                let mut figure = Figure::new(name, value, "ms").beside(other, beside);
                if (ours, count, command, other) == (MODAL, 1, "plan", AWS) {
                    figure = figure.aim(Aim::TimesBetter(25.0));
                }
                figures.push(figure);
            }
            figures.extend(excess(ours, count, command, &of));
        }
    }
    figures.extend(taken(count, seen));
    figures
}

/// What a command takes more than with `terraform_data`, and than that of the Go provider.
fn excess(
    ours: &str,
    count: u32,
    command: &str,
    of: &impl Fn(&str, &str) -> Option<f64>,
) -> Vec<Figure> {
    let excess = |name: &str| Some(of(name, command)? - of(DATA, command)?);
    let Some(value) = excess(ours) else { return Vec::new() };
    let null = excess(NULL);
    match (ours, count, command) {
        (_, 1, "plan") => {
            let name = format!("{ours}, 1: plan, more than {DATA}");
            let figure = Figure::new(name, value, "ms");
            let half =
                null.map(|null| figure.clone().beside(NULL, null).aim(Aim::TimesBetter(2.0)));
            [figure.aim(Aim::AtMost(60.0))].into_iter().chain(half).collect()
        }
        (_, 1000, "plan" | "plan without change") => {
            let name = format!("{ours}, 1000: {command}, more than {DATA}, a resource");
            let figure = Figure::new(name, value / 1000.0, "ms");
            let below = null
                .map(|null| figure.clone().beside(NULL, null / 1000.0).aim(Aim::TimesAtMost(1.0)));
            [figure.aim(Aim::AtMost(0.3))].into_iter().chain(below).collect()
        }
        _ => Vec::new(),
    }
}

/// Memory and CPU of the providers while a create is planned.
fn taken(count: u32, seen: &BTreeMap<&'static str, Seen>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for ours in [MODAL, TINY] {
        let Some(own) = seen.get(ours).map(|seen| seen.taken) else { continue };
        let memory = Figure::new(format!("{ours}, {count}: plan, peak memory"), own.peak, "MiB");
        let cpu = Figure::new(format!("{ours}, {count}: plan, CPU of the provider"), own.cpu, "s");
        if count == 1000 {
            figures.push(memory.clone().aim(Aim::AtMost(40.0)));
        }
        for other in [NULL, AWS] {
            let Some(beside) = seen.get(other).map(|seen| seen.taken) else { continue };
            let mut memory = memory.clone().beside(other, beside.peak);
            if (ours, count, other) == (MODAL, 1, AWS) {
                memory = memory.aim(Aim::TimesBetter(12.0));
            }
            figures.push(memory);
            figures.push(cpu.clone().beside(other, beside.cpu));
        }
    }
    figures
}
