//! All that CI runs, in the order in which mistakes are cheapest to find.

use std::panic::resume_unwind;
use std::process::Command;
use std::thread::{self, ScopedJoinHandle, available_parallelism};
use std::time::Instant;

use acceptance::{Core, HashicorpAws};

use crate::Context;
use crate::bridge::{self, Selection};
use crate::children::spelled;
use crate::console;
use crate::dependencies;
use crate::dist::verify;
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
    // The suites wait most of the time, and half of a bridge's build is one thread's work.
    thread::scope(|scope| {
        let suites = scope.spawn(|| python_suites(context));
        let elsewhere = scope.spawn(|| verify::bridge_elsewhere(context));
        step("the bridge's zips", || bridge::build(context, Selection::All))?;
        joined(suites)?;
        step("the bridge's zip of another folder", || {
            verify::compare_bridge(context, joined(elsewhere)?)
        })
    })?;
    // One selection of packages and targets for both, or their dependencies would be built twice.
    let all = ["build", "--workspace", "--all-targets", "--locked"];
    cargo(context, core, "build and lints", &all)?;
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

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn cargo(context: &Context, core: Core, name: &str, arguments: &[&str]) -> Result<(), Error> {
    let mut command = context.cargo();
    command.args(arguments);
    // Tests wait for Terraform and for time to pass more than they compute.
    let threads = 2 * available_parallelism().map_err(Error::io("count processors"))?.get();
    command.env("RUST_TEST_THREADS", threads.to_string());
    // What is compiled once is compiled faster as a whole.
    command.env("CARGO_INCREMENTAL", "0");
    // Which Terraform the acceptance tests start.
    command.env(Core::VARIABLE, core.name());
    lint(&mut command);
    program(context, name, command)
}

/// Has Clippy compile what is ours, with warnings as errors. `cargo clippy` would do so after it has
/// checked all that we depend on, which is half as much work as building it, and is of no use to the
/// build. The variables are the ones that it gives to `cargo check`.
fn lint(cargo: &mut Command) {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
}

/// The tests of our own servers, whose words matter only when they fail.
fn python_suites(context: &Context) -> Result<(), Error> {
    for name in ["aws", "modal"] {
        let started = Instant::now();
        let mut command = Command::new(context.workspace.python()?);
        command
            .args(["-m", "unittest", "discover", "--start-directory", "tests"])
            .args(["--top-level-directory", "."])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(context.workspace.file(&format!("tests/acceptance/{name}")));
        let log = context.workspace.file(&format!("target/local-{name}-tests.log"));
        console::say(&spelled(&command));
        context.children.run_quietly(&mut command, &log)?;
        let took = console::duration(started.elapsed());
        console::say(&format!("the local {name}'s own tests: {took}"));
    }
    Ok(())
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
