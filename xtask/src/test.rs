//! All that CI runs, in the order in which mistakes are cheapest to find.

use std::process::Command;
use std::time::Instant;

use acceptance::Core;

use crate::Context;
use crate::bridge::{self, Selection};
use crate::children::spelled;
use crate::console;
use crate::dependencies;
use crate::docs;
use crate::error::Error;
use crate::setup;

/// Runs everything, and stops at the first failure with the command that shows it again.
pub(crate) fn run(context: &Context, core: Core) -> Result<(), Error> {
    let started = Instant::now();
    step("set up", || {
        setup::tools(context)?;
        setup::terraform(context, core)?;
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
    let mut tests = vec!["test", "--workspace", "--locked"];
    if !Core::packaged_for_this_machine() {
        console::say(
            "PyPI has no Terraform for this machine: what runs on each of them is left out",
        );
        tests.extend(["--", "--skip", "each_core::", "--skip", "strictness::"]);
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
