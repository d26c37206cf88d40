//! What a provider takes while Terraform runs it: looked at often, as its end is not told to us.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::process;

const PAUSE: Duration = Duration::from_millis(2);

/// Of all the times that Terraform started it in one command.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Taken {
    /// The most that one of its processes had, in MiB.
    pub(super) peak: f64,
    /// Of all of its processes, in seconds.
    pub(super) cpu: f64,
}

/// Looks at the providers that a Terraform has started.
pub(super) struct Watch {
    done: Arc<AtomicBool>,
    watching: JoinHandle<Taken>,
}

impl Watch {
    /// `terraform` is the process that starts them.
    pub(super) fn over(terraform: u32) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&done);
        let watching = thread::spawn(move || {
            let mut seen: BTreeMap<u32, Taken> = BTreeMap::new();
            while !ended.load(Ordering::Relaxed) {
                for id in providers_of(terraform) {
                    let taken = seen.entry(id).or_default();
                    taken.peak = taken.peak.max(process::peak_memory(id).unwrap_or_default());
                    let cpu = process::cpu(id).unwrap_or_default().as_secs_f64();
                    taken.cpu = taken.cpu.max(cpu);
                }
                thread::sleep(PAUSE);
            }
            Taken {
                peak: seen.values().map(|taken| taken.peak).fold(0.0, f64::max),
                cpu: seen.values().map(|taken| taken.cpu).sum(),
            }
        });
        Self { done, watching }
    }

    pub(super) fn end(self) -> Taken {
        self.done.store(true, Ordering::Relaxed);
        self.watching.join().unwrap_or_default()
    }
}

/// Its children that have the name of a provider; the name is cut by the kernel.
fn providers_of(terraform: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{terraform}/task")).into_iter().flatten().flatten();
    let children = tasks.flat_map(|task| {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        text.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
    });
    let is_provider = |id: &u32| {
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        name.starts_with("terraform-prov")
    };
    children.filter(is_provider).collect()
}
