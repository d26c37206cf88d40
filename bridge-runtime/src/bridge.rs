//! The one effect between deciding and reporting: the call itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bridge_contract::{BridgeConfig, Mode};
use lambda_runtime::LambdaEvent;
use modal_client::{CallId, Clock, ModalError};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};

use crate::handler::size;
use crate::session::{Ready, Session};
use crate::{
    AwsAccess, BridgeError, Call, Deadline, Outcome, Record, TokenSource, call_for, log,
    parse_event, reply_for,
};

/// Lambda's init phase has 10 s; what is not ready by then is done in the first invocation.
const WARM_UP: Duration = Duration::from_secs(5);

/// One configured function, ready to be called again and again.
#[derive(Debug)]
pub struct Bridge {
    config: BridgeConfig,
    clock: Clock,
    session: Session,
    /// No invocation has come yet.
    cold: AtomicBool,
}

/// What one invocation is, beside its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub deadline: Deadline,
    /// The call, as soon as Modal has taken it.
    pub call: Option<CallId>,
}

/// One invocation of Lambda's, from event to answer, with its line in the log.
pub async fn invoke(
    bridge: &Result<Bridge, BridgeError>,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<Value, BridgeError> {
    let bridge = bridge.as_ref().map_err(Clone::clone).inspect_err(log::refused)?;
    let LambdaEvent { payload, context } = event;
    let started = Instant::now();
    let mut invocation =
        Invocation { deadline: Deadline::new((bridge.clock)(), context.deadline()), call: None };
    let answer = bridge.handle(payload.get(), &mut invocation).await;

    log::write(&Record {
        time: (bridge.clock)(),
        request_id: &context.request_id,
        trace_id: context.xray_trace_id.as_deref(),
        config: &bridge.config,
        call: invocation.call.as_ref(),
        duration: started.elapsed(),
        input_bytes: payload.get().len(),
        output_bytes: answer.as_ref().map_or(0, size),
        cold_start: bridge.cold.swap(false, Ordering::Relaxed),
        error: answer.as_ref().err(),
    });
    answer
}

impl Bridge {
    /// From the Lambda's environment variables.
    pub fn from_env(
        get: impl Fn(&str) -> Option<String>,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let config = BridgeConfig::from_vars(&get)?;
        Self::new(config, AwsAccess::from_env(get), clock)
    }

    pub fn new(
        config: BridgeConfig,
        access: AwsAccess,
        clock: fn() -> SystemTime,
    ) -> Result<Self, BridgeError> {
        let tokens = TokenSource::new(&config.secret_arn, access, clock)?;
        let session = Session::new(&config, tokens, clock);
        Ok(Self { config, clock, session, cold: AtomicBool::new(true) })
    }

    /// Does ahead of the first event what every event needs: token, connection, function. What fails
    /// here is tried again then, and reported then.
    pub async fn warm_up(&self) {
        let _reported_later = timeout(WARM_UP, self.session.ready(Instant::now() + WARM_UP)).await;
    }

    /// The whole bridge: decide, call, report.
    pub async fn handle(
        &self,
        event: &str,
        invocation: &mut Invocation,
    ) -> Result<Value, BridgeError> {
        let call = call_for(parse_event(event)?, &self.config);
        let outcome = self.perform(&call, invocation).await?;
        reply_for(outcome)
    }

    /// Calls; once more when what was kept turns out stale before anything ran.
    async fn perform(
        &self,
        call: &Call,
        invocation: &mut Invocation,
    ) -> Result<Outcome, BridgeError> {
        let ready = self.session.ready(invocation.deadline.give_up).await?;
        match self.attempt(&ready, call, invocation).await {
            Err(BridgeError::Modal { error: ModalError::Gone { .. }, call: None }) => {
                self.session.forget_function().await;
            }
            Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, call: None }) => {
                self.session.forget_token().await;
            }
            other => return other,
        }
        let ready = self.session.ready(invocation.deadline.give_up).await?;
        self.attempt(&ready, call, invocation).await
    }

    async fn attempt(
        &self,
        Ready { client, function }: &Ready,
        call: &Call,
        invocation: &mut Invocation,
    ) -> Result<Outcome, BridgeError> {
        let deadline = invocation.deadline;
        if call.mode == Mode::Spawn {
            let spawned = client.spawn(function, &call.args, deadline.give_up).await;
            let id = spawned.map_err(BridgeError::before_call)?;
            invocation.call = Some(CallId::FunctionCall(id.clone()));
            return Ok(Outcome::Spawned(id));
        }

        let started = client.remote(function, &call.args, deadline.give_up).await;
        let mut remote = started.map_err(BridgeError::before_call)?;
        invocation.call = Some(remote.id());
        let result = remote.result(deadline.give_up).await;
        // An attempt that was given back to Modal has a new id.
        let id = remote.id();
        invocation.call = Some(id.clone());
        match result {
            Ok(result) => Ok(Outcome::Returned { result, call: id }),
            Err(ModalError::DeadlineExceeded { .. }) => {
                let cancelled = remote.cancel(deadline.last_word()).await.unwrap_or(false);
                Err(BridgeError::OutOfTime { call: id, cancelled })
            }
            Err(error) => Err(BridgeError::Modal { error, call: Some(id) }),
        }
    }
}
