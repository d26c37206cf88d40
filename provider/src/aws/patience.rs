//! How long the provider bears with AWS: pauses between attempts, and what one attempt may take.

use std::time::Duration;

use super::waiter::Waits;

/// The times that practitioners do not choose. Made once, where the process begins: a test of what
/// happens when AWS fails starts a provider that loses its patience sooner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Waits for what AWS is about to do.
    pub waits: Waits,
    /// The longest first pause after an attempt that failed. Pauses double from one to the next.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
    /// One attempt; then the next.
    pub attempt: Duration,
    /// One attempt of a call that uploads the bridge's code: some megabytes, perhaps over a slow
    /// line.
    pub upload: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            waits: Waits::default(),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(20),
            attempt: Duration::from_secs(60),
            upload: Duration::from_secs(300),
        }
    }
}

impl Patience {
    /// Pauses and attempts of a fraction of the usual, for tests of what happens when all of them
    /// are used up.
    pub fn little() -> Self {
        let millisecond = Duration::from_millis(1);
        Self {
            waits: Waits::little(),
            first_pause: 5 * millisecond,
            longest_pause: 20 * millisecond,
            attempt: 2000 * millisecond,
            upload: 4000 * millisecond,
        }
    }
}
