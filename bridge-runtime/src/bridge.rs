//! The one effect between deciding and reporting: the calls themselves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bridge_contract::{BatchMode, BridgeConfig, Mode, OnTimeout, Options};
use modal_client::{CallId, CallState, Clock, Input, ModalError, Progress};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::answer::{self, Outcome, size};
use crate::context::context;
use crate::error::{End, Fate};
use crate::idempotency::{Begun, Lock, Table};
use crate::observe::{Observer, Report};
use crate::session::{Ready, Session};
use crate::{
    AwsAccess, BridgeError, Control, Deadline, Event, Identity, Source, TokenSource, batch,
};

/// Lambda's init phase has 10 s; what is not ready by then is done in the first invocation.
const WARM_UP: Duration = Duration::from_secs(5);

/// One configured function, ready to be called again and again.
#[derive(Debug)]
pub struct Bridge {
    config: BridgeConfig,
    clock: Clock,
    session: Session,
    table: Option<Table>,
    observer: Observer,
    /// No invocation has come yet.
    cold: AtomicBool,
    /// The log says already that calls on an input plane cannot be cancelled.
    said_no_way: AtomicBool,
}

/// What one invocation is, beside its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub request_id: String,
    pub trace_id: Option<String>,
    /// As invoked: with an alias or a version, where the caller named one.
    pub function_arn: String,
    pub deadline: Deadline,
}

/// What an invocation came to.
#[derive(Debug)]
pub struct Handled {
    pub answer: Result<Value, BridgeError>,
    /// Of each call; of an event that came to no call, one without.
    pub reports: Vec<Report>,
}

impl Bridge {
    /// From the Lambda's environment variables.
    pub fn from_env(
        get: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let config = BridgeConfig::from_vars(&get)?;
        let observer = Observer::from_env(&get);
        let bridge = Self::new(config, AwsAccess::from_env(get), clock)?;
        Ok(Self { observer, ..bridge })
    }

    pub fn new(
        config: BridgeConfig,
        access: AwsAccess,
        clock: fn() -> SystemTime,
    ) -> Result<Self, BridgeError> {
        let kept_for = Duration::from_secs(config.options.secret_cache_ttl.into());
        let tokens = TokenSource::new(&config.secret_arn, kept_for, access.clone(), clock)?;
        let session = Session::new(&config, tokens, clock);
        let table = config.options.idempotency.as_ref();
        let table = table.map(|table| Table::new(table, access, clock)).transpose()?;
        Ok(Self {
            config,
            clock,
            session,
            table,
            observer: Observer::default(),
            cold: AtomicBool::new(true),
            said_no_way: AtomicBool::new(false),
        })
    }

    /// Does ahead of the first event what every event needs: token, connection, function. What fails
    /// here is tried again then, and reported then.
    pub async fn warm_up(&self) {
        let _reported_later = timeout(WARM_UP, self.session.ready(Instant::now() + WARM_UP)).await;
    }

    /// One invocation of Lambda's, from event to answer, with its lines in the log.
    pub async fn invoke(&self, event: &str, invocation: &Invocation) -> Result<Value, BridgeError> {
        let reads = self.session.secret_reads();
        let cold = self.cold.swap(false, Ordering::Relaxed);
        if self.config.options.log_event {
            self.observer.event((self.clock)(), invocation, event);
        }
        let Handled { answer, reports } = self.handle(event, invocation).await;
        let reads = self.session.secret_reads() - reads;
        self.observer.invocation(&self.config, invocation, &reports, reads, cold);
        answer
    }

    /// The whole bridge: decide, call, report.
    pub async fn handle(&self, text: &str, invocation: &Invocation) -> Handled {
        let event = match Event::parse(text) {
            Ok(event) => event,
            Err(error) => {
                let report = Report::new((self.clock)(), Source::Other, 1, text.len());
                let reports = vec![report.failed(error.clone())];
                return Handled {
                    answer: answer::of_refusal(error, text, self.options()),
                    reports,
                };
            }
        };
        let mut reports = Vec::new();
        let answer = match (event.source, self.config.options.batch_mode) {
            (Source::Control, _) => self.control(&event, invocation, &mut reports).await,
            (_, BatchMode::Record) if !event.records().is_empty() => {
                self.records(&event, invocation, &mut reports).await
            }
            _ => self.whole(&event, text.len(), invocation, &mut reports).await,
        };
        Handled { answer, reports }
    }

    fn options(&self) -> &Options {
        &self.config.options
    }

    /// The event in one call.
    async fn whole(
        &self,
        event: &Event,
        bytes: usize,
        invocation: &Invocation,
        reports: &mut Vec<Report>,
    ) -> Result<Value, BridgeError> {
        let (result, mut report) = self.call(event, bytes, invocation).await;
        let answer = result.and_then(|outcome| answer::of_call(&outcome, event, self.options()));
        match &answer {
            Ok(answer) => report.output_bytes = size(answer),
            Err(error) => report.error = Some(error.clone()),
        }
        reports.push(report);
        answer.or_else(|error| answer::of_failure(error, event, self.options()))
    }

    /// Each record in a call of its own.
    async fn records(
        &self,
        event: &Event,
        invocation: &Invocation,
        reports: &mut Vec<Report>,
    ) -> Result<Value, BridgeError> {
        let records = event.records();
        let lanes = batch::lanes(event);
        let options = self.options();
        let give_up = invocation.deadline.give_up;
        let collected = std::sync::Mutex::new(reports);
        let call = |index: usize| {
            let alone = records.get(index).map(crate::Record::alone);
            let collected = &collected;
            async move {
                let alone = alone.ok_or(BridgeError::NotStarted)?;
                let bytes = size(&alone.value);
                let (result, mut report) = self.call(&alone, bytes, invocation).await;
                if let Ok(Outcome::Returned { result, .. }) = &result {
                    report.output_bytes = size(result);
                }
                let result = result.and_then(|outcome| match outcome.is_to_come_again(&alone) {
                    true => Err(BridgeError::RecordFailed { call: outcome.call() }),
                    false => Ok(outcome),
                });
                report.error = result.as_ref().err().cloned();
                let mut reports =
                    collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                reports.push(report);
                result
            }
        };
        let results = batch::run(&lanes, options.record_concurrency, give_up, call).await;
        let called = collected.into_inner().map_or(0, |reports| reports.len());
        if called < results.len() {
            let left = results.len() - called;
            tracing::warn!("{left} of {} records were not called", results.len());
        }
        answer::of_records(event, &results, options)
            .or_else(|error| answer::of_failure(error, event, options))
    }

    /// A question about a call, to the bridge itself.
    async fn control(
        &self,
        event: &Event,
        invocation: &Invocation,
        reports: &mut Vec<Report>,
    ) -> Result<Value, BridgeError> {
        let started = Instant::now();
        let mut report = Report::new((self.clock)(), event.source, 1, size(&event.value));
        let mut answer = self.ask(&event.value, invocation.deadline, &mut report).await;
        if let Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, .. }) = &answer {
            self.session.forget_token().await;
            answer = self.ask(&event.value, invocation.deadline, &mut report).await;
        }
        report.duration = started.elapsed();
        report.error = answer.as_ref().err().cloned();
        reports.push(report);
        answer
    }

    async fn ask(
        &self,
        event: &Value,
        deadline: Deadline,
        report: &mut Report,
    ) -> Result<Value, BridgeError> {
        let control = Control::parse(event)?;
        let (Control::Get { call_id, .. } | Control::Cancel { call_id }) = &control;
        let call = CallId::FunctionCall(call_id.clone());
        report.call = Some(call.clone());
        let failed = |error| BridgeError::Modal { error, call: Some(call.clone()) };
        let client = self.session.client(deadline.give_up).await?;
        let mut response = json!({ "function_call_id": call_id });
        response["state"] = match &control {
            Control::Cancel { call_id } => {
                client.cancel_call(call_id, deadline.give_up).await.map_err(failed)?;
                "cancelled".into()
            }
            Control::Get { call_id, wait } => {
                let left = deadline.give_up.saturating_duration_since(Instant::now());
                // Half of what is left at most, so that the answer gets out.
                let state = client.call_state(call_id, (*wait).min(left / 2), deadline.give_up);
                match state.await.map_err(failed)? {
                    CallState::Running => "running".into(),
                    CallState::Expired => "expired".into(),
                    CallState::Failed(error) => return Err(failed(error)),
                    CallState::Succeeded(result) => {
                        if let Some(result) = result {
                            response["result"] = result;
                        }
                        "succeeded".into()
                    }
                }
            }
        };
        let answer = answer::of_control(response, self.options());
        match size(&answer) {
            bytes if bytes > crate::MAX_ANSWER => {
                Err(BridgeError::AnswerTooLarge { bytes, call: Some(call) })
            }
            _ => Ok(answer),
        }
    }

    /// Calls the function with an event, or with one record as an event, and tells of it.
    async fn call(
        &self,
        event: &Event,
        bytes: usize,
        invocation: &Invocation,
    ) -> (Result<Outcome, BridgeError>, Report) {
        let started = Instant::now();
        let mut report = Report::new((self.clock)(), event.source, event.record_count(), bytes);
        let result = self.once(event, invocation, &mut report).await;
        report.duration = started.elapsed();
        match &result {
            Ok(outcome) => report.call = Some(outcome.call()),
            Err(error) => {
                if let Some(call) = error.call() {
                    report.call = Some(call.clone());
                }
                report.error = Some(error.clone());
            }
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
        let (begun, lock) = match table.begin(&identity.key(bridge), deadline).await? {
            Begun::Done(Outcome::Forgotten { call: CallId::FunctionCall(id) })
                if self.config.mode == Mode::Spawn =>
            {
                report.duplicate = true;
                return Ok(Outcome::Spawned(id));
            }
            Begun::Done(outcome) => {
                report.duplicate = true;
                return Ok(outcome);
            }
            Begun::Running(CallId::FunctionCall(id), _) if self.config.mode == Mode::Spawn => {
                report.duplicate = true;
                return Ok(Outcome::Spawned(id));
            }
            Begun::Running(call, lock) => (Some(call), lock),
            Begun::New(lock) => (None, lock),
        };
        let result = match begun {
            Some(call) => {
                report.duplicate = true;
                let result = self.resume(&ready, &call, invocation, (table, &lock), report).await;
                // Who started the call may give it back to Modal, after which it is not over.
                if result.is_err() && table.is_locked(&lock) {
                    return result;
                }
                result
            }
            None => {
                let key = identity.uuid(bridge, &format!("generation {}", lock.generation));
                let lock = Some((table, &lock));
                self.perform(ready, event, invocation, Some(&key), lock, report).await
            }
        };
        let end = match &result {
            // What comes again is to be called again, and not to be told the same failures.
            Ok(outcome) if outcome.is_to_come_again(event) => Err(End::Over),
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(error.end()),
        };
        table.settle(&lock, end, deadline).await;
        result
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
        let args = [event.value.clone(), Value::Object(self.config.params.clone())];
        let kwargs = match self.options().pass_context {
            true => context(event, invocation),
            false => serde_json::Map::new(),
        };
        // Who dies with a result in hand leaves it to the next invocation.
        let keep_result = lock.is_some();
        let input = Input { args: &args, kwargs, idempotency_key: key, keep_result };
        match self.attempt(&ready, input.clone(), invocation, lock, report).await {
            Err(BridgeError::Modal { error: ModalError::Gone { .. }, call: None }) => {
                self.session.forget_function().await;
            }
            Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, call: None }) => {
                self.session.forget_token().await;
            }
            other => return other,
        }
        let ready = self.session.ready(invocation.deadline.give_up).await?;
        self.attempt(&ready, input, invocation, lock, report).await
    }

    async fn attempt(
        &self,
        Ready { client, function }: &Ready,
        input: Input<'_>,
        invocation: &Invocation,
        lock: Option<(&Table, &Lock)>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let deadline = invocation.deadline;
        if self.config.mode == Mode::Spawn {
            let spawned = client.spawn(function, input, deadline.give_up).await;
            return Ok(Outcome::Spawned(spawned.map_err(BridgeError::before_call)?));
        }
        let started = client.remote(function, input, deadline.give_up).await;
        let remote = started.map_err(BridgeError::before_call)?;
        if let Some((table, lock)) = lock {
            table.accepted(lock, &remote.id(), deadline).await;
        }
        self.result(remote, deadline, Role::Starter(lock), report).await
    }

    /// Waits for a call that an earlier invocation started.
    async fn resume(
        &self,
        Ready { client, function }: &Ready,
        call: &CallId,
        invocation: &Invocation,
        (table, lock): (&Table, &Lock),
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let failed = |error| BridgeError::Modal { error, call: Some(call.clone()) };
        let remote = client.resume(function, call).map_err(failed)?;
        self.result(remote, invocation.deadline, Role::Duplicate(table, lock), report).await
    }

    async fn result(
        &self,
        mut remote: modal_client::Invocation<'_>,
        deadline: Deadline,
        role: Role<'_>,
        report: &mut Report,
    ) -> Result<Outcome, BridgeError> {
        let on_timeout = self.options().on_timeout;
        if matches!(remote.id(), CallId::Attempt(_))
            && on_timeout == OnTimeout::Cancel
            && !self.said_no_way.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "calls of this function cannot be cancelled: what outlasts the Lambda runs on, as \
                 with on_timeout = \"abandon\""
            );
        }
        let mut call = remote.id();
        let result = loop {
            match remote.advance(deadline.give_up).await {
                Ok(Progress::Returned(result)) => break Ok(result),
                Err(error) => break Err(error),
                // An attempt that was given back to Modal has a new id, and the old one is void.
                Ok(Progress::GivenBack) if remote.id() != call => {
                    call = remote.id();
                    if let Role::Starter(Some((table, lock))) = role {
                        table.accepted(lock, &call, deadline).await;
                    }
                }
                Ok(Progress::GivenBack) => {}
            }
        };
        report.attempts = remote.attempts();
        match result {
            Ok(result) => Ok(Outcome::Returned { result, call }),
            Err(ModalError::DeadlineExceeded { .. }) => {
                let fate = match on_timeout {
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
                Err(BridgeError::OutOfTime { call, fate })
            }
            Err(error) => Err(BridgeError::Modal { error, call: Some(call) }),
        }
    }
}

/// Who waits for a call.
#[derive(Clone, Copy)]
enum Role<'a> {
    Starter(Option<(&'a Table, &'a Lock)>),
    /// Whose event came when another invocation had started the call, under this lock.
    Duplicate(&'a Table, &'a Lock),
}

impl Role<'_> {
    /// Whether the starter may be waiting, too.
    fn is_guest(self) -> bool {
        matches!(self, Self::Duplicate(table, lock) if table.is_locked(lock))
    }
}

impl Invocation {
    /// The bridge's ARN, whatever alias or version was called: it is the same bridge.
    fn bridge(&self) -> &str {
        match self.function_arn.match_indices(':').nth(6) {
            Some((end, _)) => self.function_arn.get(..end).unwrap_or_default(),
            None => &self.function_arn,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn an_alias_of_a_bridge_is_the_same_bridge() {
        let bridge = |arn: &str| {
            let deadline = Deadline::new(UNIX_EPOCH, UNIX_EPOCH);
            let (request_id, trace_id) = Default::default();
            let function_arn = arn.to_owned();
            Invocation { request_id, trace_id, function_arn, deadline }.bridge().to_owned()
        };
        let plain = "arn:aws:lambda:us-east-1:111122223333:function:bridge";
        assert_eq!(bridge(plain), plain);
        assert_eq!(bridge(&format!("{plain}:live")), plain);
    }
}
