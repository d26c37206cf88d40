//! Where and when a run was made.

use std::fs;
use std::process::Command;
use std::thread;

/// A sentence for people: processor, system, versions, load, date.
pub(crate) fn description() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("a processor that does not tell its name", |(_, name)| name)
        .to_owned();
    let count = thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').nth(1).unwrap_or("?").to_owned();
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.lines().next()?.to_owned())
    };
    let date = said("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]).unwrap_or_default();
    let commit = said("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    let rustc = said("rustc", &["--version"]).unwrap_or_default();
    format!(
        "{date}, commit {commit}, {rustc}; {count} × {processor}, Linux {}, a load of {load} in the \
         last 5 minutes.",
        kernel.trim()
    )
}
