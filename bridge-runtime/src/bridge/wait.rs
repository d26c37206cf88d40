//! Waiting for a call's result, whoever started it, and what becomes of it when time runs out.

use std::pin::pin;

use bridge_contract::OnTimeout;
use modal_client::{CallId, Credentials, ModalError, Progress};
use tokio::select;
use tokio::time::Instant;

use super::Bridge;
use crate::answer::Outcome;
use crate::error::{End, Fate};
use crate::idempotency::{Lock, Table};
use crate::observe::Report;
use crate::{BridgeError, Deadline};

/// Who waits for a call.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    Starter(Option<(&'a Table, &'a Lock)>),
    /// Whose event came when another invocation had started the call, under this lock.
    Duplicate(&'a Table, &'a Lock),
}

impl Bridge {
    pub(super) async fn result(
        &self,
        mut remote: modal_client::Invocation<'_>,
        token: &Credentials,
        deadline: Deadline,
        role: Role<'_>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        self.warn_of_no_way(&remote.id());
        let mut token = token.clone();
        let mut note = Note { role, noted: None, written: true };
        let result = loop {
            let call = remote.id();
            match note.beside(&call, deadline.give_up, remote.advance(deadline.give_up)).await {
                Ok(Progress::Returned(result)) => break Ok(result),
                // An attempt that was given back to Modal has a new id, and the old one is void.
                Ok(Progress::GivenBack) => {}
                // The call runs on, whatever token its result is asked for with.
                Err(ModalError::Unauthenticated { .. })
                    if self.session.renewed(&mut token, deadline.give_up).await => {}
                Err(error) => break Err(error),
            }
        };
        report.attempts = remote.attempts();
        let call = remote.id();
        let error = match result {
            Ok(result) => return Ok(Outcome::Returned { result, call }),
            Err(ModalError::DeadlineExceeded { .. }) => {
                let fate = match self.options().on_timeout {
                    OnTimeout::Abandon => Fate::Abandoned,
                    OnTimeout::Cancel if role.is_guest() => Fate::Another,
                    OnTimeout::Cancel => match remote.cancel(deadline.last_word()).await {
                        Ok(true) => match remote.finished(deadline.last_word()).await {
                            // It had ended just before.
                            Ok(Some(result)) => return Ok(Outcome::Returned { result, call }),
                            _ => Fate::Cancelled,
                        },
                        Ok(false) => Fate::NoWay,
                        Err(_) => Fate::NotCancelled,
                    },
                };
                BridgeError::OutOfTime { call, fate }
            }
            Err(error) => BridgeError::Modal { error, call: Some(call) },
        };
        if error.end() == End::Unknown {
            note.last_chance(error.call(), deadline).await;
        }
        Outcome::unread(error)
    }
}

impl Role<'_> {
    /// Whether the starter may be waiting, too.
    fn is_guest(self) -> bool {
        matches!(self, Self::Duplicate(table, lock) if table.is_locked(lock))
    }
}

/// That the table knows the call, which its starter sees to.
struct Note<'a> {
    role: Role<'a>,
    /// The call that it was last told of.
    noted: Option<CallId>,
    /// Whether that was written.
    written: bool,
}

impl Note<'_> {
    /// Waits for something, and writes the call down meanwhile: a table that is slow or down takes
    /// none of the time.
    async fn beside<T>(
        &mut self,
        call: &CallId,
        deadline: Instant,
        wait: impl Future<Output = T>,
    ) -> T {
        let Role::Starter(Some((table, lock))) = self.role else { return wait.await };
        if self.noted.as_ref() == Some(call) {
            return wait.await;
        }
        self.written = false;
        let mut wait = pin!(wait);
        let mut write = pin!(table.accepted(lock, call, deadline));
        select! {
            biased;
            waited = &mut wait => waited,
            written = &mut write => {
                self.noted = Some(call.clone());
                self.written = written;
                wait.await
            }
        }
    }

    /// What the table has not been told, and what nobody knows the end of.
    async fn last_chance(&self, call: Option<&CallId>, deadline: Deadline) {
        if let (Role::Starter(Some((table, lock))), Some(call), false) =
            (self.role, call, self.written)
        {
            table.accepted(lock, call, deadline.last_word()).await;
        }
    }
}
