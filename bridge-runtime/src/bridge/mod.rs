//! The one effect between deciding and reporting: an event's calls, and what they came to.
//!
//! `call` makes one call and is where a table keeps it from being made twice; `wait` waits for its
//! result.

mod call;
mod invocation;
mod wait;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bridge_contract::{BatchMode, BridgeConfig, Options};
use modal_client::{Clock, ModalError};
use serde_json::Value;
use tokio::time::{Instant, timeout};

pub use invocation::Invocation;

use crate::answer::{self, size};
use crate::event::footprint;
use crate::idempotency::Table;
use crate::memory::Memory;
use crate::observe::{self, Observer, Report};
use crate::session::Session;
use crate::{AwsAccess, BridgeError, Control, Event, Source, TokenSource, batch};

/// Whatever a text of so many bytes holds, it fits into the least memory that a Lambda has.
const SURELY_FITS: usize = 128 * 1024;

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
    memory: Memory,
    /// No invocation has come yet.
    cold: AtomicBool,
    /// The log says already that calls on an input plane cannot be cancelled.
    said_no_way: AtomicBool,
}

/// What an invocation came to.
#[derive(Debug)]
pub struct Handled {
    pub answer: Result<Value, BridgeError>,
    /// Of each call; of an event that came to no call, one without.
    pub reports: Vec<Report>,
    /// How many records were not called, because of one before them or of the time.
    pub not_called: usize,
}

impl Bridge {
    /// From the Lambda's environment variables.
    pub fn from_env(
        get: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let config = BridgeConfig::from_vars(&get)?;
        let observer = Observer::from_env(&get);
        let memory = Memory::from_env(&get);
        let mut bridge = Self::new(config, AwsAccess::from_env(get), clock)?;
        bridge.session.limit_results(memory.for_result());
        Ok(Self { observer, memory, ..bridge })
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
            memory: Memory::from_env(|_| None),
            cold: AtomicBool::new(true),
            said_no_way: AtomicBool::new(false),
        })
    }

    /// Does ahead of the first event what every event needs: token, connection, function. What fails
    /// here is tried again then, and reported then.
    pub async fn warm_up(&self) {
        let _reported_later = timeout(WARM_UP, self.session.ready(Instant::now() + WARM_UP)).await;
    }

    /// One invocation of Lambda's, from the bytes of an event to the answer, with its lines in the
    /// log.
    pub async fn invoke(&self, body: &[u8], invocation: &Invocation) -> Result<Value, BridgeError> {
        let reads = self.session.secret_reads();
        let cold = self.cold.swap(false, Ordering::Relaxed);
        let handled = observe::within(&invocation.request_id, async {
            match std::str::from_utf8(body) {
                Ok(event) => {
                    if self.config.options.log_event {
                        self.observer.event((self.clock)(), invocation, event);
                    }
                    self.handle(event, invocation).await
                }
                Err(_) => {
                    let error = BridgeError::Event { reason: "is not JSON" };
                    self.refused(error, &String::from_utf8_lossy(body), body.len())
                }
            }
        });
        let handled = handled.await;
        let reads = self.session.secret_reads() - reads;
        self.observer.invocation(&self.config, invocation, &handled, reads, cold);
        handled.answer
    }

    /// The whole bridge: decide, call, report.
    pub async fn handle(&self, text: &str, invocation: &Invocation) -> Handled {
        let event = match self.read(text) {
            Ok(event) => event,
            Err(error) => return self.refused(error, text, text.len()),
        };
        match (event.source, self.options().batch_mode) {
            (Source::Control, _) => self.control(&event, invocation).await,
            (_, BatchMode::Record) if !event.records().is_empty() => {
                self.records(&event, invocation).await
            }
            _ => self.whole(&event, text.len(), invocation).await,
        }
    }

    /// Reads an event, if it fits into the memory.
    fn read(&self, text: &str) -> Result<Event, BridgeError> {
        if text.len() > SURELY_FITS {
            let needed = footprint(text);
            if needed - text.len() > self.memory.for_event() {
                let (needed, memory) = (needed >> 20, self.memory.megabytes());
                return Err(BridgeError::EventTooDense { needed, memory });
            }
        }
        Event::parse(text)
    }

    fn options(&self) -> &Options {
        &self.config.options
    }

    /// An event that cannot be passed on.
    fn refused(&self, error: BridgeError, text: &str, bytes: usize) -> Handled {
        let report = Report::new((self.clock)(), Source::Other, 1, bytes).failed(error.clone());
        let answer = answer::of_refusal(error, text, self.options());
        Handled { answer, reports: vec![report], not_called: 0 }
    }

    /// The event in one call.
    async fn whole(&self, event: &Event, bytes: usize, invocation: &Invocation) -> Handled {
        let (result, mut report) = self.call(event, bytes, invocation).await;
        let answer = result.and_then(|outcome| {
            report.records_failed = outcome.failed_records(event);
            answer::of_call(&outcome, event, self.options())
        });
        match &answer {
            Ok(answer) => report.output_bytes = size(answer),
            Err(error) => report = report.failed(error.clone()),
        }
        let answer = answer.or_else(|error| answer::of_failure(error, event, self.options()));
        Handled { answer, reports: vec![report], not_called: 0 }
    }

    /// Each record in a call of its own.
    async fn records(&self, event: &Event, invocation: &Invocation) -> Handled {
        let records = event.records();
        let lanes = batch::lanes(event);
        let options = self.options();
        let give_up = invocation.deadline.give_up;
        let reports = Mutex::new(Vec::new());
        let call = |index: usize| {
            let alone = records.get(index).map(crate::Record::alone);
            let reports = &reports;
            async move {
                let alone = alone.ok_or(BridgeError::NotStarted)?;
                let (result, mut report) = self.call(&alone, size(&alone.value), invocation).await;
                let result = result.and_then(|outcome| match outcome.failed_records(&alone) {
                    0 => Ok(outcome),
                    _ => Err(BridgeError::RecordFailed { call: outcome.call() }),
                });
                match &result {
                    Ok(outcome) => report.output_bytes = outcome.result().map_or(0, size),
                    Err(error) => report = report.failed(error.clone()),
                }
                reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                result
            }
        };
        let results = batch::run(&lanes, options.record_concurrency, give_up, call).await;
        let reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
        let not_called = results.len().saturating_sub(reports.len());
        if not_called > 0 {
            tracing::warn!("{not_called} of {} records were not called", results.len());
        }
        let answer = answer::of_records(event, &results, options)
            .or_else(|error| answer::of_failure(error, event, options));
        Handled { answer, reports, not_called }
    }

    /// A question about a call, to the bridge itself.
    async fn control(&self, event: &Event, invocation: &Invocation) -> Handled {
        let started = Instant::now();
        let mut report = Report::new((self.clock)(), event.source, 1, size(&event.value));
        let answer = match Control::parse(&event.value) {
            Ok(control) => {
                report.call = Some(control.call());
                self.ask(&control, invocation.deadline.give_up).await
            }
            Err(error) => Err(error),
        };
        let answer = answer.and_then(|response| answer::of_control(response, self.options()));
        report.duration = started.elapsed();
        match &answer {
            Ok(answer) => report.output_bytes = size(answer),
            Err(error) => report = report.failed(error.clone()),
        }
        Handled { answer, reports: vec![report], not_called: 0 }
    }

    async fn ask(&self, control: &Control, deadline: Instant) -> Result<Value, BridgeError> {
        let (client, mut token) = self.session.client(deadline).await?;
        match control.answer(&client, deadline).await {
            Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, .. })
                if self.session.renewed(&mut token, deadline).await =>
            {
                control.answer(&client, deadline).await
            }
            other => other,
        }
    }
}
