//! A control group of Linux: how much CPU a program may have, and how much it had.
//!
//! <https://docs.kernel.org/scheduler/sched-bwc.html>

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::Error;

const ROOT: &str = "/sys/fs/cgroup";
/// How often a program gets its share anew. Lambda does not say how often it does.
const PERIOD: Duration = Duration::from_millis(20);

/// Made for one program, and removed with it.
#[derive(Debug)]
pub(crate) struct Group {
    version: Version,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Group {
    /// `None` where this machine has no control groups, or where we may make none.
    pub(crate) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let root = Path::new(ROOT);
        let version = if root.join("cgroup.controllers").exists() {
            // Where it is there already, or must not be, the next line tells.
            let _ = fs::write(root.join("cgroup.subtree_control"), "+cpu");
            Version::Two
        } else {
            Version::One
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let group = Self { version, name: format!("modal-bench-{}-{number}", process::id()) };
        for folder in group.folders() {
            fs::create_dir(folder).ok()?;
        }
        group.cpu()?;
        group.limit(None).ok()?;
        Some(group)
    }

    /// What a process writes its id to, to be in the group.
    pub(crate) fn entrances(&self) -> Vec<PathBuf> {
        self.folders().into_iter().map(|folder| folder.join("cgroup.procs")).collect()
    }

    /// From now on, this much of one CPU; all of every one without a share.
    pub(crate) fn limit(&self, share: Option<f64>) -> Result<(), Error> {
        let quota = share.map(|share| PERIOD.mul_f64(share).as_micros());
        let period = PERIOD.as_micros();
        let write = |file: &str, text: String| {
            let file = self.folders().swap_remove(0).join(file);
            fs::write(&file, text).map_err(Error::io(format!("write {}", file.display())))
        };
        match self.version {
            Version::One => {
                write("cpu.cfs_period_us", period.to_string())?;
                let quota = quota.map_or_else(|| "-1".to_owned(), |quota| quota.to_string());
                write("cpu.cfs_quota_us", quota)
            }
            Version::Two => {
                let quota = quota.map_or_else(|| "max".to_owned(), |quota| quota.to_string());
                write("cpu.max", format!("{quota} {period}"))
            }
        }
    }

    /// The CPU time that it had.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let folders = self.folders();
        match self.version {
            Version::One => {
                let text = fs::read_to_string(folders[1].join("cpuacct.usage")).ok()?;
                Some(Duration::from_nanos(text.trim().parse().ok()?))
            }
            Version::Two => {
                let text = fs::read_to_string(folders[0].join("cpu.stat")).ok()?;
                let used = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
                Some(Duration::from_micros(used.parse().ok()?))
            }
        }
    }

    /// The one with the limit first, then the one with the account.
    fn folders(&self) -> Vec<PathBuf> {
        let root = Path::new(ROOT);
        match self.version {
            Version::One => ["cpu", "cpuacct"].map(|c| root.join(c).join(&self.name)).to_vec(),
            Version::Two => vec![root.join(&self.name)],
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in self.folders() {
            // One that somebody is still in stays, empty of limits, until the machine restarts.
            let _ = fs::remove_dir(folder);
        }
    }
}
