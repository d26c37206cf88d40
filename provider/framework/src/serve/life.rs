//! When this process ends, and when it must not.

use std::io;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How often to look whether Terraform is still there.
#[cfg(unix)]
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// Under Terraform. A terminal's Ctrl-C goes to the whole group of processes: to die of it in the
/// middle of a create would leave an object that no state knows. Terraform answers Ctrl-C with the
/// Stop call, so the signal itself is swallowed (go-plugin server.go does the same).
///
/// SIGTERM often goes to the group too (`timeout`, CI runners) and Terraform treats it as Ctrl-C.
/// So the first one cancels `stop` and the second one ends the process.
/// When Terraform dies, `end` is cancelled: nobody is left to answer to.
#[cfg(unix)]
pub(super) fn under_terraform(stop: CancellationToken, end: CancellationToken) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    // A handler, once there, stays: nothing needs to listen to these.
    let _ = signal(SignalKind::interrupt())?;
    let _ = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let parent = std::os::unix::process::parent_id();
    let mut look = tokio::time::interval(PARENT_INTERVAL);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {
                    if stop.is_cancelled() {
                        end.cancel();
                    }
                    stop.cancel();
                }
                _ = look.tick() => {
                    if std::os::unix::process::parent_id() != parent {
                        tracing::warn!("Terraform is gone");
                        end.cancel();
                    }
                }
                () = end.cancelled() => return,
            }
        }
    });
    Ok(())
}

/// Under Terraform. A console's Ctrl-C goes to every process in it; Terraform answers it with the
/// Stop call, so the event itself is swallowed (go-plugin server.go does the same).
#[cfg(windows)]
pub(super) fn under_terraform(_: CancellationToken, end: CancellationToken) -> io::Result<()> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move { while !end.is_cancelled() && interrupt.recv().await.is_some() {} });
    Ok(())
}

/// Under a developer, who ends it with Ctrl-C.
pub(super) fn under_a_developer(end: CancellationToken) {
    tokio::spawn(async move {
        // An error means that there is no way to listen: then Ctrl-C does what it does by default.
        if tokio::signal::ctrl_c().await.is_ok() {
            end.cancel();
        }
    });
}
