//! The block, as it is written.

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Validator, Value,
};

use super::super::undelivered::{self, RetryPolicyModel};
use super::super::{json, names, within};
use super::expression;
use crate::aws::scheduler::{DEFAULT_GROUP, ScheduleSettings};
use crate::modal::{parse_rfc3339, rfc3339};

pub(in crate::resources::bridge_trigger) const NAME: &str = "schedule";

const ENABLED: &str = "ENABLED";
const DISABLED: &str = "DISABLED";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ScheduleModel {
    pub(super) expression: Value<String>,
    pub(super) timezone: Value<String>,
    pub(super) start: Value<String>,
    pub(super) end: Value<String>,
    pub(super) flexible_window: Value<i64>,
    pub(super) input: Value<String>,
    pub(super) state: Value<String>,
    pub(super) name: Value<String>,
    pub(super) group: Value<String>,
    pub(super) dead_letter_arn: Value<String>,
    pub(super) retry_policy: Value<RetryPolicyModel>,
}

pub(in crate::resources::bridge_trigger) fn block() -> Block {
    Block::single(
        "Times, by a schedule of EventBridge Scheduler. It comes with a role of its own, `role_arn`, \
         which only Scheduler can assume, for schedules of the same group, and which may invoke this \
         bridge and nothing else.",
    )
    .attribute(
        "expression",
        Attribute::string(
            "When: `rate(5 minutes)`, `cron(0 3 * * ? *)` (minutes, hours, day of month, month, day \
             of week, year), or once, `at(2030-01-31T03:00:00)`.",
        )
        .required()
        .validate(Validator::text(expression::check)),
    )
    .attribute(
        "timezone",
        Attribute::string(
            "Time zone of `cron` and `at`, such as `Europe/Berlin`, with its daylight saving time. \
             `UTC` unless set.",
        )
        .default("UTC")
        .validate(Validator::length(1..=50)),
    )
    .attribute("start", moment("Not before this time"))
    .attribute("end", moment("Not after this time"))
    .attribute(
        "flexible_window",
        Attribute::number(
            "Calls the bridge at any moment within so many minutes after the time, 1 to 1440. At \
             the time unless set.",
        )
        .validate(Validator::between(1..=1440)),
    )
    .attribute(
        "input",
        json::any(
            "The event that the bridge gets: JSON, as `jsonencode` makes it. Scheduler's own unless \
             set.",
        ),
    )
    .attribute(
        "state",
        Attribute::string("`ENABLED` or `DISABLED`. `ENABLED` unless set.")
            .default(ENABLED)
            .validate(Validator::one_of(&[ENABLED, DISABLED])),
    )
    .attribute(
        "name",
        Attribute::string(
            "Name of the schedule. `<bridge>-<hash of expression, time zone and input>` unless set, \
             made once and then kept. Another name means another trigger.",
        )
        .optional_computed()
        .use_state_for_unknown()
        .requires_replace()
        .validate(Validator::text(names::check)),
    )
    .attribute(
        "group",
        Attribute::string(
            "Schedule group, which must exist. `default` unless set. Another group means another \
             trigger.",
        )
        .default(DEFAULT_GROUP)
        .requires_replace()
        .validate(Validator::text(names::check)),
    )
    .attribute(
        "dead_letter_arn",
        Attribute::string(
            "ARN of the SQS queue for events that Scheduler cannot hand to Lambda. The schedule's \
             role is let send to it; where a KMS key of your own encrypts the queue, let the role \
             use the key. They are lost unless set. What the bridge or Modal fail at is no such \
             event: for those, there is the bridge's own failure destination.",
        )
        .validate(undelivered::queue()),
    )
    .block(
        "retry_policy",
        undelivered::retry_policy(
            "How long Scheduler goes on trying to hand an event to Lambda. Lambda's own retries are \
             the bridge's.",
        ),
    )
}

fn moment(description: &str) -> Attribute {
    Attribute::string(&format!(
        "{description}: RFC 3339, such as `2030-01-31T00:00:00Z`. Means nothing with `at`."
    ))
    .same_when(|prior, config| match (prior, config) {
        (tf_framework::Dynamic::String(prior), tf_framework::Dynamic::String(config)) => {
            parse_rfc3339(prior).is_some_and(|prior| Some(prior) == parse_rfc3339(config))
        }
        _ => false,
    })
    .validate(Validator::text(|text| match parse_rfc3339(text) {
        Some(_) => Ok(()),
        None => Err(format!(
            "must be a time as RFC 3339 has it, such as \"2030-01-31T00:00:00Z\", not {text:?}."
        )),
    }))
}

impl ScheduleModel {
    /// What the schedule should have.
    pub(super) fn settings(
        &self,
        function_arn: String,
        role_arn: String,
    ) -> Result<ScheduleSettings, Diagnostic> {
        let moment = |text: &Value<String>| text.known().and_then(|text| parse_rfc3339(text));
        Ok(ScheduleSettings {
            expression: self.expression.require("expression")?.clone(),
            timezone: self.timezone.require("timezone")?.clone(),
            start: moment(&self.start),
            end: moment(&self.end),
            flexible_window: self.flexible_window.known().and_then(|it| i32::try_from(*it).ok()),
            enabled: self.state.require("state")? != DISABLED,
            input: self.input.known().cloned(),
            retries: undelivered::in_full(&self.retry_policy),
            dead_letter_arn: self.dead_letter_arn.known().cloned(),
            function_arn,
            role_arn,
        })
    }

    /// As Scheduler has it. What means the same in this state keeps its spelling.
    pub(super) fn observed(&self, found: ScheduleSettings) -> Self {
        let moment = |found, state: &Value<String>| match state.known() {
            Some(text) if parse_rfc3339(text) == found => state.clone(),
            _ => found.and_then(rfc3339).into(),
        };
        Self {
            expression: Value::Known(found.expression),
            timezone: Value::Known(found.timezone),
            start: moment(found.start, &self.start),
            end: moment(found.end, &self.end),
            flexible_window: found.flexible_window.map(i64::from).into(),
            input: json::spelled(found.input, &self.input),
            state: Value::from(if found.enabled { ENABLED } else { DISABLED }),
            name: self.name.clone(),
            group: self.group.clone(),
            dead_letter_arn: found.dead_letter_arn.into(),
            retry_policy: undelivered::observed_retries(Some(found.retries), &self.retry_policy),
        }
    }

    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let moment = |text: &Value<String>| text.known().and_then(|text| parse_rfc3339(text));
        match (moment(&self.start), moment(&self.end)) {
            (Some(start), Some(end)) if end <= start => vec![
                Diagnostic::error(
                    "Invalid value for schedule.end",
                    "The schedule would end before it starts, and never call the bridge.",
                )
                .at(within(NAME, "end")),
            ],
            _ => Vec::new(),
        }
    }
}

impl Model for ScheduleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            expression: object.take("expression"),
            timezone: object.take("timezone"),
            start: object.take("start"),
            end: object.take("end"),
            flexible_window: object.take("flexible_window"),
            input: object.take("input"),
            state: object.take("state"),
            name: object.take("name"),
            group: object.take("group"),
            dead_letter_arn: object.take("dead_letter_arn"),
            retry_policy: object.take_block("retry_policy"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            expression,
            timezone,
            start,
            end,
            flexible_window,
            input,
            state,
            name,
            group,
            dead_letter_arn,
            retry_policy,
        } = self;
        object.put("expression", expression);
        object.put("timezone", timezone);
        object.put("start", start);
        object.put("end", end);
        object.put("flexible_window", flexible_window);
        object.put("input", input);
        object.put("state", state);
        object.put("name", name);
        object.put("group", group);
        object.put("dead_letter_arn", dead_letter_arn);
        object.put_block("retry_policy", retry_policy);
    }
}
