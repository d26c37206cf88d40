//! How long an invocation may take.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The end of an invocation, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When to give up, so that there is time to cancel and to say so.
    pub give_up: Instant,
    /// When Lambda kills the process.
    pub killed: Instant,
}

impl Deadline {
    /// From Lambda's time of day for the end of the invocation.
    pub fn new(now: SystemTime, killed: SystemTime) -> Self {
        let left = killed.duration_since(now).unwrap_or_default();
        let start = Instant::now();
        Self { give_up: start + left.saturating_sub(margin(left)), killed: start + left }
    }

    /// When a last word to Modal must be over, for the answer to get out.
    pub(crate) fn last_word(&self) -> Instant {
        self.killed.checked_sub(REPORT).unwrap_or(self.killed)
    }
}

/// What it takes to report the failure to Lambda.
const REPORT: Duration = Duration::from_millis(100);

/// 500 ms, or 2 % of the time where that is more.
fn margin(left: Duration) -> Duration {
    (left / 50).max(Duration::from_millis(500))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_bridge_gives_up_half_a_second_or_two_percent_early() {
        assert_eq!(margin(Duration::from_secs(30)), Duration::from_millis(600));
        assert_eq!(margin(Duration::from_secs(25)), Duration::from_millis(500));
        assert_eq!(margin(Duration::from_secs(3)), Duration::from_millis(500));
        assert_eq!(margin(Duration::from_secs(900)), Duration::from_secs(18));
    }

    #[test]
    fn an_invocation_without_time_ends_at_once() {
        for left in [Duration::ZERO, Duration::from_millis(400)] {
            let deadline = Deadline::new(UNIX_EPOCH, UNIX_EPOCH + left);
            assert!(deadline.give_up <= Instant::now());
        }
        let past = Deadline::new(UNIX_EPOCH + Duration::from_secs(5), UNIX_EPOCH);
        assert!(past.killed <= Instant::now());
    }
}
