//! What the kernel knows of a process.

use std::fs;
use std::time::Duration;

/// The most memory that it has had at once, in MiB.
pub(crate) fn peak_memory(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}

/// How many files and sockets it has open.
pub(crate) fn open_files(id: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{id}/fd")).ok()?.count())
}

/// The CPU time of the threads that it has.
pub(crate) fn cpu(id: u32) -> Option<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{id}/task")).ok()?.flatten() {
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|word| word.parse().ok());
        total += Duration::from_nanos(nanoseconds.unwrap_or_default());
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    #[test]
    fn the_kernel_knows_this_process() {
        let id = process::id();
        assert!(peak_memory(id).unwrap() > 0.5);
        assert!(open_files(id).unwrap() >= 3);
        assert!(cpu(id).unwrap() > Duration::ZERO);
        assert_eq!(peak_memory(u32::MAX), None);
    }
}
