//! One call, for an event or for one record as an event, unless it was made before.

use std::sync::atomic::Ordering;

use bridge_contract::{Mode, OnTimeout};
use modal_client::{CallId, Input, ModalError, Ticket};
use serde_json::Value;
use tokio::time::Instant;

use super::wait::Role;
use super::{Bridge, Invocation};
use crate::answer::Outcome;
use crate::context::context;
use crate::error::End;
use crate::idempotency::{Begun, Lock, Table};
use crate::observe::Report;
use crate::session::Ready;
use crate::{BridgeError, Event, Identity};

impl Bridge {
    /// Calls the function, and tells of it.
    pub(super) async fn call(
        &self,
        event: &Event,
        bytes: usize,
        invocation: &Invocation,
    ) -> (Result<Outcome, BridgeError>, Report) {
        let started = Instant::now();
        let mut report = Report::new((self.clock)(), event.source, event.record_count(), bytes);
        let result = self.once(event, invocation, &mut report).await;
        let result = result.and_then(|outcome| outcome.carried(event));
        report.duration = started.elapsed();
        match &result {
            Ok(outcome) => report.call = Some(outcome.call()),
            Err(error) => report = report.failed(error.clone()),
        }
        (result, report)
    }

    /// Calls, unless a table says that this was done before.
    async fn once(
        &self,
        event: &Event,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let bridge = invocation.bridge();
        let deadline = invocation.deadline;
        let ready = self.session.ready(deadline.give_up).await?;
        let Some(table) = &self.table else {
            let key = self.key_of_delivery(event, invocation);
            return self.perform(ready, event, invocation, key.as_deref(), None, report).await;
        };

        let identity = match table.key_path() {
            Some(path) => Identity::at_path(event, path)?,
            None => event.identity(&invocation.request_id),
        };
        let key = identity.key(bridge);
        loop {
            let begun = table.begin(&key, deadline).await?;
            report.duplicate = !matches!(begun, Begun::New(_));
            let (lock, result) = match begun {
                // Whatever a call was started for, `spawn` answers with its id.
                Begun::Done(Outcome::Forgotten { call: CallId::FunctionCall(id) })
                | Begun::Running(Ticket { call: CallId::FunctionCall(id), .. }, _)
                    if self.config.mode == Mode::Spawn =>
                {
                    return Ok(Outcome::Spawned(id));
                }
                Begun::Done(outcome) => return Ok(outcome),
                Begun::Running(ticket, lock) if table.is_locked(&lock) => {
                    let role = Role::Guest(table, &lock);
                    let result = self.resume(&ready, &ticket, None, invocation, role, report).await;
                    match &result {
                        // Who has the lock may give the call back to Modal, after which it is not
                        // over. When that one is gone, we may.
                        Err(error) if error.end() == End::Over && !table.is_locked(&lock) => {
                            continue;
                        }
                        Err(_) => return result,
                        Ok(_) => (lock, result),
                    }
                }
                Begun::Running(_, lock) => {
                    let Some((ticket, lock)) = table.inherit(&lock, deadline).await? else {
                        continue;
                    };
                    let params = self.params();
                    let input = Some(self.input(event, &params, invocation, None));
                    let role = Role::Heir(table, &lock);
                    let result =
                        self.resume(&ready, &ticket, input, invocation, role, report).await;
                    (lock, result)
                }
                Begun::New(lock) => {
                    let generation = format!("generation {}", lock.generation);
                    let key = identity.uuid(bridge, &generation);
                    let (key, locked) = (Some(key.as_str()), Some((table, &lock)));
                    let ready = ready.clone();
                    let result = self.perform(ready, event, invocation, key, locked, report).await;
                    (lock, result)
                }
            };
            let end = match &result {
                // What comes again is to be called again, and not to be told the same failures.
                Ok(outcome) if outcome.failed_records(event) > 0 => Err(End::Over),
                Ok(outcome) => Ok(outcome),
                Err(error) => Err(error.end()),
            };
            table.settle(&lock, end, deadline).await;
            match result {
                // An earlier invocation had it cancelled when its own time was over, and this one has
                // its time yet.
                Err(BridgeError::Modal { error: ModalError::Cancelled { .. }, .. })
                    if report.duplicate => {}
                result => return result,
            }
        }
    }

    /// The idempotency key of a call that no table knows of. What is delivered again after a spawn
    /// was not confirmed to have been taken, so it is the same call. After a `remote` it was, and
    /// failed: the same key might bring the same failure back. A queue's count tells one delivery
    /// from the next; elsewhere each has a key of its own.
    fn key_of_delivery(&self, event: &Event, invocation: &Invocation) -> Option<String> {
        let delivery = match self.config.mode {
            Mode::Spawn => String::new(),
            Mode::Remote => event.receive_count()?.to_string(),
        };
        Some(event.identity(&invocation.request_id).uuid(invocation.bridge(), &delivery))
    }

    /// Calls; once more when what was kept turns out stale before anything ran.
    async fn perform(
        &self,
        ready: Ready,
        event: &Event,
        invocation: &Invocation,
        key: Option<&str>,
        lock: Option<(&Table, &Lock)>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let give_up = invocation.deadline.give_up;
        let params = self.params();
        let input = self.input(event, &params, invocation, key);
        let first = self.attempt(&ready, input.clone(), invocation, lock, report).await;
        match &first {
            Err(BridgeError::Modal { error: ModalError::Gone { .. }, call: None }) => {
                self.session.forget_function().await;
            }
            Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, call: None })
                if self.session.renewed(&mut ready.token.clone(), give_up).await => {}
            _ => return first,
        }
        let ready = self.session.ready(give_up).await?;
        self.attempt(&ready, input, invocation, lock, report).await
    }

    fn params(&self) -> Value {
        Value::Object(self.config.params.clone())
    }

    /// What the function is called with.
    fn input<'a>(
        &self,
        event: &'a Event,
        params: &'a Value,
        invocation: &Invocation,
        idempotency_key: Option<&'a str>,
    ) -> Input<'a> {
        let kwargs = match self.options().pass_context {
            true => context(event, invocation),
            false => serde_json::Map::new(),
        };
        // Who dies with a result in hand leaves it to the next invocation.
        let keep_result = self.table.is_some();
        Input { args: vec![&event.value, params], kwargs, idempotency_key, keep_result }
    }

    async fn attempt(
        &self,
        ready: &Ready,
        input: Input<'_>,
        invocation: &Invocation,
        lock: Option<(&Table, &Lock)>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let Ready { client, function, .. } = ready;
        let deadline = invocation.deadline;
        if self.config.mode == Mode::Spawn {
            let spawned = client.spawn(function, input, deadline.give_up).await;
            return Ok(Outcome::Spawned(spawned.map_err(BridgeError::before_call)?));
        }
        let started = client.remote(function, input, deadline.give_up).await;
        let remote = started.map_err(BridgeError::before_call)?;
        self.result(remote, &ready.token, deadline, Role::Starter(lock), report).await
    }

    /// Waits for a call that an earlier invocation started; with its input, gives it back to Modal if
    /// need be.
    async fn resume(
        &self,
        ready: &Ready,
        ticket: &Ticket,
        input: Option<Input<'_>>,
        invocation: &Invocation,
        role: Role<'_>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let failed = |error| BridgeError::Modal { error, call: Some(ticket.call.clone()) };
        let remote = ready.client.resume(&ready.function, ticket, input).map_err(failed)?;
        self.result(remote, &ready.token, invocation.deadline, role, report).await
    }

    /// Says once that calls of this function run on, where the practitioner wants them cancelled.
    pub(super) fn warn_of_no_way(&self, call: &CallId) {
        if matches!(call, CallId::Attempt(_))
            && self.options().on_timeout == OnTimeout::Cancel
            && !self.said_no_way.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "calls of this function cannot be cancelled: what outlasts the Lambda runs on, as \
                 with on_timeout = \"abandon\""
            );
        }
    }
}
