//! Builds what is measured, installs what it is compared with, and has the benchmark's program measure.

mod peers;

use std::ffi::OsString;

use acceptance::Core;

use crate::Context;
use crate::bridge::{self, Selection};
use crate::children::spelled;
use crate::console;
use crate::error::Error;
use crate::setup;

/// The profile of the benchmark's own program, and the folder of it.
const PROFILE: &str = "measuring";

/// Prepares everything, and measures.
pub(crate) fn run(context: &Context, arguments: &[OsString]) -> Result<(), Error> {
    console::leave_output_to_the_result();
    setup::tools(context)?;
    setup::terraform(context, Core::choose()?)?;
    peers::install(context)?;
    bridge::build(context, Selection::All)?;
    for build in [
        vec!["build", "--release", "--package", "terraform-provider-modal"],
        vec!["build", "--profile", PROFILE, "--package", "bench"],
        vec!["build", "--profile", PROFILE, "--package", "tf-framework", "--bins"],
    ] {
        let mut cargo = context.cargo();
        cargo.args(build);
        console::say(&spelled(&cargo));
        context.children.run(&mut cargo)?;
    }
    let mut bench = context.program(context.workspace.file(&format!("target/{PROFILE}/bench")));
    bench.args(arguments);
    context.children.run(&mut bench)
}
