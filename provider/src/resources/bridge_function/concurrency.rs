//! `reserved_concurrent_executions` and `paused`: how many events the bridge takes at a time.

use tf_framework::{Attribute, Diagnostic, Plan, Schema, Validator, Value};

use super::{BridgeFunction, BridgeFunctionModel, event_invoke};
use crate::aws::lambda::Lambda;
use crate::resources::cannot::cannot;

/// As in `aws_lambda_function`: no limit but the account's.
const UNRESERVED: i64 = -1;

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "reserved_concurrent_executions",
            Attribute::number(
                "How many invocations may run at a time, which are then kept free for this \
                 bridge; -1 for no limit. -1 unless set.",
            )
            .default(UNRESERVED)
            .validate(Validator::between(UNRESERVED..=i64::from(i32::MAX))),
        )
        .attribute(
            "paused",
            Attribute::bool(
                "Whether the bridge takes no events: no invocation may run, and its settings stay. \
                 Queues and streams keep what they have; an asynchronous event is tried again for \
                 up to six hours and is then lost, unless there is a `dead_letter_config`. \
                 `false` unless set.",
            )
            .default(false),
        )
}

/// What should be warned of.
pub(super) fn validate(config: &BridgeFunctionModel) -> Vec<Diagnostic> {
    let keeps_failures = !config.lambda.dead_letter_config.is_null()
        || event_invoke::keeps_failures(&config.event_invoke_config);
    if config.paused != Value::Known(true) || keeps_failures {
        return Vec::new();
    }
    let text = "S3, SNS, EventBridge and schedules send events that nobody keeps: after six hours \
                they are lost. With dead_letter_config they go to a queue or a topic.";
    vec![Diagnostic::warning("Events may be lost while the bridge is paused", text).at("paused")]
}

/// Sources that feed a bridge while it is paused: what they deliver comes back, and goes where a
/// queue's redrive policy sends it.
pub(super) async fn warn_of_mappings(lambda: &Lambda, plan: &mut Plan<BridgeFunctionModel>) {
    let Some(prior) = &plan.prior else { return };
    if plan.config.paused != Value::Known(true) {
        return;
    }
    let Some(arn) = prior.arn.known() else { return };
    // Whoever may not look is not kept from pausing.
    let Ok(mappings) = lambda.list_mappings(arn, None).await else { return };
    let enabled = mappings.iter().filter(|found| ["Enabled", "Enabling"].contains(&&*found.state));
    let sources: Vec<_> = enabled.map(|found| found.source_arn.as_str()).collect();
    if sources.is_empty() {
        return;
    }
    let text = format!(
        "Lambda goes on polling {}: each message of a queue comes back and counts as received, so \
         that a redrive policy moves it away in the end, and records of a stream wait until they \
         expire. Disable these mappings while the bridge is paused.",
        sources.join(", ")
    );
    let summary = "Event sources feed the paused bridge";
    plan.push(Diagnostic::warning(summary, text).at("paused"));
}

/// What Lambda should have reserved; `None` for nothing.
fn reserved(model: &BridgeFunctionModel) -> Option<i32> {
    if model.paused == Value::Known(true) {
        return Some(0);
    }
    let number = model.reserved_concurrent_executions.known().copied().unwrap_or(UNRESERVED);
    i32::try_from(number).ok().filter(|number| *number >= 0)
}

/// What Lambda has reserved. Nothing at all can mean both: it is a pause where one was made.
pub(super) fn observed(
    found: Option<i32>,
    state: &BridgeFunctionModel,
) -> (Value<i64>, Value<bool>) {
    let was_paused = state.paused == Value::Known(true);
    if was_paused && found == Some(0) {
        return (state.reserved_concurrent_executions.clone(), Value::Known(true));
    }
    (Value::Known(found.map_or(UNRESERVED, i64::from)), Value::Known(false))
}

impl BridgeFunction {
    /// Reserves what is planned, where it is not what Lambda has.
    pub(super) async fn reserve_concurrency(
        &self,
        function: &str,
        have: Option<i32>,
        plan: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        let want = reserved(plan);
        if want == have {
            return Ok(());
        }
        let at = if plan.paused == Value::Known(true) {
            "paused"
        } else {
            "reserved_concurrent_executions"
        };
        let set = self.clients.aws.lambda.set_reserved_concurrency(function, want).await;
        let attempt = format!("reserve concurrency for bridge {function:?}");
        set.map_err(|error| cannot(&attempt, &error).at(at))
    }
}
