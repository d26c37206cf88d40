//! A call that stops on its way, so that something can happen in the middle of it.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::{At, Seen};

/// Where a call stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before AWS has heard of it.
    Asked,
    /// When it has taken effect, before its answer arrives.
    Answered,
}

/// The proxy's end.
pub(super) struct Hold {
    at: At,
    moment: Moment,
    reached: Sender<()>,
    go: Receiver<()>,
}

/// The test's end. The call goes on when this is dropped.
pub(crate) struct Held {
    reached: Receiver<()>,
    _go: Sender<()>,
}

pub(super) fn pair(at: At, moment: Moment) -> (Hold, Held) {
    let (reached, is_reached) = channel();
    let (go, goes) = channel();
    (Hold { at, moment, reached, go: goes }, Held { reached: is_reached, _go: go })
}

impl Hold {
    pub(super) fn is_at_last_of(&self, calls: &[Seen]) -> bool {
        self.at.is_last_of(calls)
    }

    /// Asks AWS, with a stop before or after it.
    pub(super) fn around(self, ask: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
        let stop = || {
            let _ = self.reached.send(());
            // It ends with an error, when the other end is dropped.
            let _ = self.go.recv();
        };
        if self.moment == Moment::Asked {
            stop();
            return ask();
        }
        let answer = ask();
        stop();
        answer
    }
}

impl Held {
    /// Waits until the call is there; false when it never comes, because `is_over` says so.
    pub(crate) fn wait(&self, mut is_over: impl FnMut() -> bool) -> bool {
        loop {
            match self.reached.recv_timeout(Duration::from_millis(20)) {
                Ok(()) => return true,
                Err(RecvTimeoutError::Timeout) if !is_over() => {}
                Err(_) => return false,
            }
        }
    }
}
