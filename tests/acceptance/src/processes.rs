//! The processes of a run of Terraform, seen from outside: by what Linux tells of them in `/proc`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a process may take to end that nobody waits for any more.
const GRACE: Duration = Duration::from_secs(10);

/// The processes of this provider that work for a configuration, by the folder they started in.
pub fn providers_in(folder: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        let name = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let cwd = fs::read_link(format!("/proc/{id}/cwd")).unwrap_or_default();
        String::from_utf8_lossy(&name).contains("terraform-provider-modal_v") && cwd == folder
    })
    .collect()
}

/// Who started a process; `None` when it has ended.
pub fn parent_of(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

/// SIGKILL: no process can do anything about it.
pub fn kill(process: u32) {
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // One that has ended by itself is as good.
        let _ = kill_process(process, Signal::KILL);
    }
}

/// Waits for a process to end.
///
/// # Panics
/// When it does not.
#[track_caller]
pub fn assert_ends(process: u32) {
    let deadline = Instant::now() + GRACE;
    while fs::exists(format!("/proc/{process}")).unwrap_or_default() {
        assert!(Instant::now() < deadline, "process {process} goes on");
        thread::sleep(Duration::from_millis(20));
    }
}
