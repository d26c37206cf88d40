//! What a practitioner sees of a call afterwards: log lines, metrics, a subsegment of a trace.

mod event_text;
mod log;
mod metrics;
mod trace;

use std::time::{Duration, SystemTime};

use bridge_contract::BridgeConfig;
use modal_client::CallId;

pub use log::{Level, install};
pub(crate) use log::{refused, within};

use crate::{BridgeError, Handled, Invocation, Source};

/// What is worth knowing of one call.
#[derive(Debug, Clone)]
pub struct Report {
    pub time: SystemTime,
    pub source: Source,
    /// How many records the call was given.
    pub records: usize,
    /// How many of them did not get done.
    pub records_failed: usize,
    pub call: Option<CallId>,
    pub duration: Duration,
    /// How often the function was started.
    pub attempts: u32,
    pub input_bytes: usize,
    pub output_bytes: usize,
    /// The event had been passed on before.
    pub duplicate: bool,
    pub error: Option<BridgeError>,
}

impl Report {
    pub(crate) fn new(
        time: SystemTime,
        source: Source,
        records: usize,
        input_bytes: usize,
    ) -> Self {
        Self {
            time,
            source,
            records,
            records_failed: 0,
            call: None,
            duration: Duration::ZERO,
            attempts: 1,
            input_bytes,
            output_bytes: 0,
            duplicate: false,
            error: None,
        }
    }

    pub(crate) fn failed(self, error: BridgeError) -> Self {
        let call = error.call().cloned().or(self.call);
        Self { call, records_failed: self.records, error: Some(error), ..self }
    }
}

/// Where reports go.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    daemon: Option<trace::Daemon>,
}

impl Observer {
    /// From the variables that Lambda sets.
    pub(crate) fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        Self { daemon: get("AWS_XRAY_DAEMON_ADDRESS").and_then(trace::Daemon::new) }
    }

    /// The event itself, for who asked for it.
    pub(crate) fn event(&self, time: SystemTime, invocation: &Invocation, event: &str) {
        log::event(time, &invocation.request_id, &event_text::shown(event));
    }

    /// An invocation that has ended.
    pub(crate) fn invocation(
        &self,
        config: &BridgeConfig,
        invocation: &Invocation,
        handled: &Handled,
        secret_reads: u32,
        cold: bool,
    ) {
        for (index, report) in handled.reports.iter().enumerate() {
            log::call(config, invocation, report, cold);
            if let (Some(daemon), Some(header)) = (&self.daemon, &invocation.trace_id) {
                daemon.send(config, header, report, index);
            }
        }
        if let Some(first) = handled.reports.first().filter(|_| config.options.metrics) {
            let lines = metrics::lines(config, invocation, handled, secret_reads);
            log::metrics(lines, first.time);
        }
    }
}

#[cfg(test)]
mod testing {
    use std::time::UNIX_EPOCH;

    use bridge_contract::{Mode, Options};

    use super::*;
    use crate::Deadline;

    pub(super) fn config(mode: Mode) -> BridgeConfig {
        BridgeConfig {
            mode,
            app: "thumbnails".into(),
            environment: "main".into(),
            function: "render".into(),
            params: serde_json::Map::new(),
            secret_arn: String::new(),
            server_url: None,
            options: Options::default(),
        }
    }

    pub(super) fn invocation() -> Invocation {
        let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=fedcba9876543210;Sampled=1";
        Invocation {
            request_id: "req-1".into(),
            trace_id: Some(trace.into()),
            function_arn: "arn:aws:lambda:eu-west-1:111122223333:function:bridge:live".into(),
            deadline: Deadline::new(UNIX_EPOCH, UNIX_EPOCH),
        }
    }

    pub(super) fn report() -> Report {
        let time = UNIX_EPOCH + Duration::from_millis(1_800_000_000_250);
        Report {
            call: Some(CallId::FunctionCall("fc-1".into())),
            duration: Duration::from_millis(42),
            output_bytes: 20,
            ..Report::new(time, Source::Sqs, 2, 10)
        }
    }
}
