//! Waiting for a call's result, whoever started it, and what becomes of it when time runs out.

use std::pin::{Pin, pin};

use bridge_contract::OnTimeout;
use modal_client::{Credentials, ModalError, Progress, Ticket};
use serde_json::Value;
use tokio::time::Instant;
use tokio::{join, select};

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
    /// Whose event came when the call was another invocation's, under this lock.
    Guest(&'a Table, &'a Lock),
    /// Who took the call over when that invocation had ended.
    Heir(&'a Table, &'a Lock),
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
        let mut note = Note::new(role, remote.ticket());
        let result = loop {
            let ticket = remote.ticket();
            match note.beside(ticket, deadline.give_up, remote.advance(deadline.give_up)).await {
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
                // What the table was not told yet, it is told meanwhile.
                let told = note.last_chance(remote.ticket(), deadline);
                let (error, ()) = join!(self.out_of_time(&remote, role, deadline), told);
                error
            }
            Err(error) => {
                let error = BridgeError::Modal { error, call: Some(call.clone()) };
                if error.end() == End::Unknown {
                    note.last_chance(remote.ticket(), deadline).await;
                }
                Err(error)
            }
        };
        match error {
            Ok(result) => Ok(Outcome::Returned { result, call }),
            Err(error) => Outcome::unread(error),
        }
    }

    /// What becomes of a call that outlasts the Lambda. It may have ended just before.
    async fn out_of_time(
        &self,
        remote: &modal_client::Invocation<'_>,
        role: Role<'_>,
        deadline: Deadline,
    ) -> Result<Value, BridgeError> {
        let call = remote.id();
        let last_word = deadline.last_word();
        let fate = match self.options().on_timeout {
            OnTimeout::Abandon => Fate::Abandoned,
            OnTimeout::Cancel if role.is_guest() => Fate::Another,
            OnTimeout::Cancel => match remote.cancel(last_word).await {
                Ok(true) => {
                    let hold = last_word.saturating_duration_since(Instant::now()) / 2;
                    match remote.ended(hold, last_word).await {
                        Ok(Some(Ok(result))) => return Ok(result),
                        Ok(Some(Err(error))) if error.is_of_the_result() => {
                            return Err(BridgeError::Modal { error, call: Some(call) });
                        }
                        Ok(Some(Err(_))) => Fate::Cancelled,
                        Ok(None) | Err(_) => Fate::Cancelling,
                    }
                }
                Ok(false) => Fate::NoWay,
                Err(_) => Fate::NotCancelled,
            },
        };
        Err(BridgeError::OutOfTime { call, fate })
    }
}

impl Role<'_> {
    /// Whether another invocation may be waiting, too, whose the call is.
    fn is_guest(self) -> bool {
        matches!(self, Self::Guest(table, lock) if table.is_locked(lock))
    }
}

/// That the table knows the call, which whose it is sees to.
struct Note<'a> {
    /// Of whom has the lock.
    table: Option<(&'a Table, &'a Lock)>,
    /// What it was last told, or is being told.
    noted: Option<Ticket>,
    /// What is on its way. One write waits for another: of two that were sent, the first may come
    /// last, and name an attempt that is void.
    writing: Option<Pin<Box<dyn Future<Output = bool> + 'a>>>,
    /// Whether the table knows.
    written: bool,
}

impl<'a> Note<'a> {
    fn new(role: Role<'a>, ticket: Ticket) -> Self {
        let (table, noted) = match role {
            Role::Starter(table) => (table, None),
            Role::Guest(..) => (None, None),
            Role::Heir(table, lock) => (Some((table, lock)), Some(ticket)),
        };
        Self { table, noted, writing: None, written: true }
    }

    /// Waits for something, and writes the call down meanwhile: a table that is slow or down takes
    /// none of the time.
    async fn beside<T>(
        &mut self,
        ticket: Ticket,
        deadline: Instant,
        wait: impl Future<Output = T>,
    ) -> T {
        if let Some((table, lock)) = self.table
            && self.noted.as_ref() != Some(&ticket)
        {
            let before = self.writing.take();
            self.noted = Some(ticket.clone());
            self.written = false;
            self.writing = Some(Box::pin(async move {
                if let Some(before) = before {
                    before.await;
                }
                table.accepted(lock, &ticket, deadline).await
            }));
        }
        let Some(writing) = &mut self.writing else { return wait.await };
        let mut wait = pin!(wait);
        select! {
            biased;
            waited = &mut wait => waited,
            written = writing => {
                self.writing = None;
                self.written = written;
                wait.await
            }
        }
    }

    /// Tells the table what it has not been told.
    async fn last_chance(&self, ticket: Ticket, deadline: Deadline) {
        if let (Some((table, lock)), false) = (self.table, self.written) {
            table.accepted(lock, &ticket, deadline.last_word()).await;
        }
    }
}
