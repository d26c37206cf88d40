//! A panic in a provider's code is a bug, and an answer: the call fails with a diagnostic, and what
//! was recorded before is not lost.

use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;

use crate::diagnostics::Diagnostic;

/// Runs a provider's code to its end or to its panic.
pub(crate) async fn caught<T>(
    call: impl Future<Output = Result<T, Diagnostic>>,
) -> Result<T, Diagnostic> {
    let mut call = pin!(call);
    // What a panic leaves half done is the caller's to look at: responses are only ever replaced.
    let poll = poll_fn(|cx| {
        panic::catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)))
            .unwrap_or_else(|_| std::task::Poll::Ready(Err(panicked())))
    });
    poll.await
}

/// The same for code that does not wait.
pub(crate) fn caught_now<T>(call: impl FnOnce() -> T) -> Result<T, Diagnostic> {
    panic::catch_unwind(AssertUnwindSafe(call)).map_err(|_| panicked())
}

/// Terraform itself prints what `serve`'s hook writes, at the end of its output.
fn panicked() -> Diagnostic {
    Diagnostic::bug("The provider panicked. Terraform shows where at the end, after \"panic: \".")
}
