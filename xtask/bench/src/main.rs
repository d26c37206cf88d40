//! Measures the bridge and the provider beside what else does their work: what `cargo xtask bench`
//! runs, after it has built and installed what is measured.
//!
//! A program of its own, so that the commands of every day are built without it, and so that the
//! servers of a measurement are compiled to be quick.

mod authority;
mod bridge;
mod builds;
mod console;
mod delay;
mod error;
mod figure;
mod group;
mod lambda;
mod launch;
mod machine;
mod process;
mod provider;
mod report;
mod stage;
mod statistics;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use acceptance::Workspace;
use clap::{Parser, ValueEnum};

use crate::error::Error;
use crate::figure::Figure;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about, disable_version_flag = true)]
struct Arguments {
    /// One JSON object a line and figure, instead of a table
    #[arg(long)]
    json: bool,
    /// Says how each figure has changed since a run whose `--json` is in FILE
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Measures another program in Lambda's place: a command that starts it
    #[arg(long, value_name = "CMD")]
    peer_cmd: Vec<OsString>,
    /// Measures one part alone
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Measures the builds, too: takes as long as everything else together
    #[arg(long)]
    builds: bool,
    /// Writes the table into BENCHMARKS.md, too
    #[arg(long)]
    write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Bridge,
    Provider,
}

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1).peekable();
    if arguments.next_if(|word| word == launch::WORD).is_some() {
        console::complain(&launch::become_another(arguments).to_string());
        return ExitCode::FAILURE;
    }
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    let workspace = Workspace::here();
    let earlier = arguments.compare.as_ref().map(fs::read_to_string).transpose();
    let earlier = earlier.map_err(Error::io("read the earlier run"))?;
    let mut figures: Vec<Figure> = Vec::new();
    let wants = |part| arguments.only.is_none_or(|only| only == part);
    let mut measured = Ok(());
    if wants(Part::Bridge) {
        measured = bridge::measure(&workspace, &arguments.peer_cmd, &mut figures);
    }
    if wants(Part::Provider) {
        measured = measured.and(provider::measure(&workspace, &mut figures));
    }
    if arguments.builds {
        measured = measured.and(builds::measure(&workspace).map(|seen| figures.extend(seen)));
    }

    let machine = machine::description();
    let table = report::table(&figures);
    if arguments.json {
        for figure in &figures {
            console::print(&figure.to_json().to_string());
        }
    } else {
        console::print(&format!("{machine}\n\n{table}"));
    }
    if let Some(earlier) = earlier {
        console::print(&format!("\n{}", report::comparison(&figures, &earlier)?));
    }
    // Half a table does not replace a whole one.
    measured?;
    if arguments.write {
        let file = workspace.file("BENCHMARKS.md");
        report::write_into(&file, &format!("{machine}\n\n{table}"))?;
    }
    Ok(())
}
