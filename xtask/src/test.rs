//! All that CI runs, in the order in which mistakes are cheapest to find.

use std::process::Command;
use std::time::Instant;

use acceptance::{Core, HashicorpAws};

use crate::Context;
use crate::bridge::{self, Selection};
use crate::children::spelled;
use crate::console;
use crate::dependencies;
use crate::docs;
use crate::error::Error;
use crate::setup;

/// Runs everything, and stops at the first step that fails with the command that shows it again.
pub(crate) fn run(context: &Context, core: Core) -> Result<(), Error> {
    let started = Instant::now();
    step("set up", || {
        setup::tools(context)?;
        setup::terraform(context, core)?;
        if HashicorpAws::packaged_for_this_machine() {
            setup::hashicorp_aws(context)?;
        }
        if Core::packaged_for_this_machine() {
            Core::PACKAGED.into_iter().try_for_each(|core| setup::terraform(context, core))
        } else {
            Ok(())
        }
    })?;
    cargo(context, core, "format", &["fmt", "--check"])?;
    step("dependencies", || dependencies::check(context))?;
    step("the bridge's zips", || bridge::build(context, Selection::All))?;
    cargo(
        context,
        core,
        "lints",
        &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    )?;
    python(context, "the local AWS's own tests", "tests/acceptance/aws")?;
    python(context, "the local Modal's own tests", "tests/acceptance/modal")?;
    // One selection of packages and targets for both, or their dependencies would be built twice.
    cargo(context, core, "build", &["build", "--workspace", "--all-targets", "--locked"])?;
    if Core::packaged_for_this_machine() {
        step("the registry's pages", || docs::check(context))?;
    }
    // All that fails is worth knowing, after so long a build.
    let mut tests = vec!["test", "--workspace", "--locked", "--no-fail-fast", "--"];
    let mut leave_out = |why: &str, what: &[&'static str]| {
        console::say(why);
        tests.extend(what.iter().flat_map(|name| ["--skip", name]));
    };
    if !Core::packaged_for_this_machine() {
        leave_out(
            "PyPI has no Terraform for this machine: what runs on each of them is left out",
            &["each_core::", "strictness::"],
        );
    }
    if !HashicorpAws::packaged_for_this_machine() {
        leave_out(
            "PyPI has no hashicorp/aws for this machine: what needs 3.39.0 is left out",
            &["::packaged::"],
        );
    }
    if !HashicorpAws::is_mirrored() {
        leave_out(
            "HASHICORP_AWS_MIRROR is not set: what needs hashicorp/aws 5 is left out",
            &["::mirrored::"],
        );
    }
    cargo(context, core, "tests", &tests)?;
    console::heading(&format!("All passed in {}", console::duration(started.elapsed())));
    Ok(())
}

fn cargo(context: &Context, core: Core, name: &str, arguments: &[&str]) -> Result<(), Error> {
    let mut command = context.cargo();
    command.args(arguments);
    // Which Terraform the acceptance tests start.
    command.env(Core::VARIABLE, core.name());
    program(context, name, command)
}

fn python(context: &Context, name: &str, folder: &str) -> Result<(), Error> {
    let mut command = Command::new(context.workspace.python()?);
    command
        .args(["-m", "unittest", "discover", "--start-directory", "tests"])
        .args(["--top-level-directory", "."])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(context.workspace.file(folder));
    program(context, name, command)
}

fn program(context: &Context, name: &str, mut command: Command) -> Result<(), Error> {
    step(name, || {
        console::say(&spelled(&command));
        context.children.run(&mut command)
    })
}

fn step(name: &str, action: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    console::heading(name);
    let started = Instant::now();
    action()?;
    console::say(&format!("{name}: {}", console::duration(started.elapsed())));
    Ok(())
}
