//! What becomes of events that EventBridge, or its Scheduler, cannot hand over: how often they try,
//! and where the events go then. Both have the same rules.

use tf_framework::{Attribute, Block, Model, ObjectReader, ObjectWriter, Validator, Value};

use crate::arn::Arn;
use crate::aws::eventbridge::RetryPolicy;

/// What they do unless told.
const USUAL_AGE: i32 = 86_400;
const USUAL_ATTEMPTS: i32 = 185;

/// Attributes of `retry_policy`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RetryPolicyModel {
    maximum_event_age_in_seconds: Value<i64>,
    maximum_retry_attempts: Value<i64>,
}

/// The block.
pub(super) fn retry_policy(description: &str) -> Block {
    Block::single(description)
        .attribute(
            "maximum_event_age_in_seconds",
            Attribute::number("Until the event is so old, 60 to 86400 seconds. 86400 unless set.")
                .validate(Validator::between(60..=USUAL_AGE.into())),
        )
        .attribute(
            "maximum_retry_attempts",
            Attribute::number("So many times after the first, 0 to 185. 185 unless set.")
                .validate(Validator::between(0..=USUAL_ATTEMPTS.into())),
        )
}

/// Of `dead_letter_arn`.
pub(super) fn queue() -> Validator {
    Validator::text(|text| match Arn::parse(text) {
        Some(arn) if arn.service == "sqs" && arn.resource.ends_with(".fifo") => {
            Err("must not be a FIFO queue: EventBridge sends lost events to standard queues alone."
                .to_owned())
        }
        Some(arn) if arn.service == "sqs" => Ok(()),
        _ => Err(format!("must be the ARN of an SQS queue, not {text:?}.")),
    })
}

impl RetryPolicyModel {
    /// As it is asked for.
    pub(super) fn desired(&self) -> RetryPolicy {
        let number =
            |value: &Value<i64>| value.known().and_then(|value| i32::try_from(*value).ok());
        RetryPolicy {
            maximum_event_age: number(&self.maximum_event_age_in_seconds),
            maximum_attempts: number(&self.maximum_retry_attempts),
        }
    }
}

/// The same with everything said.
pub(super) fn in_full(block: &Value<RetryPolicyModel>) -> RetryPolicy {
    let said = block.known().map(RetryPolicyModel::desired).unwrap_or_default();
    RetryPolicy {
        maximum_event_age: said.maximum_event_age.or(Some(USUAL_AGE)),
        maximum_attempts: said.maximum_attempts.or(Some(USUAL_ATTEMPTS)),
    }
}

/// As it is there: it may be written out where nothing was said.
pub(super) fn observed_retries(
    found: Option<RetryPolicy>,
    state: &Value<RetryPolicyModel>,
) -> Value<RetryPolicyModel> {
    let before = state.known().cloned().unwrap_or_default();
    let found = found.unwrap_or_default();
    let number = |found: Option<i32>, before: &Value<i64>, usual: i32| match (found, before) {
        (None, Value::Known(before)) if *before == i64::from(usual) => Value::Known(*before),
        (None, _) => Value::Null,
        (Some(found), Value::Null) if found == usual => Value::Null,
        (Some(found), _) => Value::Known(found.into()),
    };
    let block = RetryPolicyModel {
        maximum_event_age_in_seconds: number(
            found.maximum_event_age,
            &before.maximum_event_age_in_seconds,
            USUAL_AGE,
        ),
        maximum_retry_attempts: number(
            found.maximum_attempts,
            &before.maximum_retry_attempts,
            USUAL_ATTEMPTS,
        ),
    };
    if state.is_null() && block == RetryPolicyModel::default() {
        Value::Null
    } else {
        Value::Known(block)
    }
}

impl Model for RetryPolicyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            maximum_event_age_in_seconds: object.take("maximum_event_age_in_seconds"),
            maximum_retry_attempts: object.take("maximum_retry_attempts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { maximum_event_age_in_seconds, maximum_retry_attempts } = self;
        object.put("maximum_event_age_in_seconds", maximum_event_age_in_seconds);
        object.put("maximum_retry_attempts", maximum_retry_attempts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_eventbridge_does_by_itself_is_no_drift() {
        let usual = RetryPolicy { maximum_event_age: Some(86_400), maximum_attempts: Some(185) };
        assert_eq!(observed_retries(Some(usual.clone()), &Value::Null), Value::Null);
        assert_eq!(observed_retries(None, &Value::Null), Value::Null);
        let twice = Value::Known(RetryPolicyModel {
            maximum_retry_attempts: Value::Known(2),
            ..RetryPolicyModel::default()
        });
        let found = RetryPolicy { maximum_attempts: Some(2), ..usual.clone() };
        assert_eq!(observed_retries(Some(found), &twice), twice);
        let written_out = Value::Known(RetryPolicyModel {
            maximum_event_age_in_seconds: Value::Known(86_400),
            maximum_retry_attempts: Value::Known(185),
        });
        assert_eq!(observed_retries(None, &written_out), written_out);
        let known = observed_retries(Some(usual), &twice).into_known().unwrap();
        assert_eq!(known.maximum_retry_attempts, Value::Known(185));
    }
}
