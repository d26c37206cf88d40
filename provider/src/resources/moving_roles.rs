//! Bridges that will run as another role, or as one made anew: what is written on their role by other
//! resources has to be written again, in the same apply.
//!
//! Terraform tells a resource nothing of what is planned for others, but it plans those that refer to
//! a bridge after it, and asks the same process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Of one configured provider: the clones share it.
#[derive(Debug, Clone, Default)]
pub struct MovingRoles(Arc<Mutex<BTreeSet<Bridge>>>);

/// Region, and name of the function.
type Bridge = (String, String);

impl MovingRoles {
    /// Remembers what a plan makes of a bridge's role.
    pub(super) fn note(&self, region: &str, bridge: &str, moves: bool) {
        let bridge = (region.to_owned(), bridge.to_owned());
        if moves {
            self.lock().insert(bridge);
        } else {
            self.lock().remove(&bridge);
        }
    }

    /// Whether the bridge's role will be another.
    pub(super) fn has(&self, region: &str, bridge: &str) -> bool {
        self.lock().contains(&(region.to_owned(), bridge.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Bridge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
