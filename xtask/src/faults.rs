//! The fault matrix: everything that can go wrong with a call to AWS, at every call of every
//! operation of every resource. And load: many resources at the rates that AWS allows.

use std::fs;
use std::process::Command;

use crate::Context;
use crate::bridge::{self, Selection};
use crate::children::spelled;
use crate::console;
use crate::error::Error;
use crate::setup;

/// The test that runs it. Alone it runs a sample.
const TEST: &str = "whatever_goes_wrong_with_a_call_nothing_is_lost_and_the_next_apply_heals_it";

/// The test that lets some of it happen under real Terraform, and signals too.
const UNDER_TERRAFORM: &str = "under_terraform_too_and_whoever_is_interrupted_or_killed";

/// The test of many resources in one apply. Alone it makes a few.
const LOAD: &str = "an_apply_of_many_resources_completes_at_the_rates_that_aws_allows";

/// Which cells run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs one part of so many: `2/4`
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<String>,
    /// Leaves out what went well in the last run
    #[arg(long)]
    resume: bool,
    /// Runs resources whose name has this in it: `oidc_role`
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,
    /// Prints the totals as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Instead: makes so many bridges, roles and secrets in one apply, at the rates that AWS allows
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "300")]
    #[arg(conflicts_with_all = ["shard", "resume", "resource", "json"])]
    load: Option<usize>,
    /// Instead: a bigger sample of it under real Terraform, with signals in the middle of calls
    #[arg(long, conflicts_with_all = ["shard", "resume", "json", "load"])]
    terraform: bool,
}

fn shard(text: &str) -> Result<String, String> {
    let numbers = text.split_once('/').and_then(|(shard, shards)| {
        Some((shard.parse::<usize>().ok()?, shards.parse::<usize>().ok()?))
    });
    match numbers {
        Some((shard, shards)) if (1..=shards).contains(&shard) => Ok(text.to_owned()),
        _ => Err("must be two numbers such as 1/4, the first not above the second".to_owned()),
    }
}

/// Runs it, and fails where something is not as it should be.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Error> {
    setup::tools(context)?;
    bridge::build(context, Selection::host())?;
    step(context, options, context.build_provider().args(["--example", "impatient"]))?;

    let mut tests = context.cargo();
    tests.args(["test", "--workspace", "--test", "faults", "--"]);
    tests.args(["--exact", "--nocapture"]);
    if let Some(count) = options.load {
        return step(context, options, tests.arg(LOAD).env("FAULTS_LOAD", count.to_string()));
    }
    tests.env("FAULTS_ALL", "1");
    let texts = [("FAULTS_SHARD", &options.shard), ("FAULTS_RESOURCE", &options.resource)];
    tests.envs(texts.iter().filter_map(|(name, text)| Some((*name, text.as_ref()?))));
    if options.terraform {
        return step(context, options, tests.arg(UNDER_TERRAFORM));
    }
    if options.resume {
        tests.env("FAULTS_RESUME", "1");
    }
    let ended = step(context, options, tests.arg(TEST));
    if options.json {
        let totals = context.workspace.scratch().join("faults.json");
        let totals = fs::read_to_string(totals).map_err(Error::io("read the totals"))?;
        console::print(&totals);
    }
    ended
}

/// With JSON to come, the words of what runs are kept for its failure.
fn step(context: &Context, options: &Options, command: &mut Command) -> Result<(), Error> {
    if options.json {
        let folder = context.workspace.scratch();
        fs::create_dir_all(&folder).map_err(Error::io("make the folder of runs"))?;
        return context.children.run_quietly(command, &folder.join("faults.log"));
    }
    console::say(&spelled(command));
    context.children.run(command)
}
