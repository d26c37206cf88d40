//! The block `event_invoke_config`: what becomes of events that nobody waits for, such as S3's,
//! SNS's and EventBridge's.

use std::collections::BTreeSet;

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Response, Validator, Value,
};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::arn::Arn;
use crate::aws::AwsError;
use crate::aws::lambda::EventInvokeConfig;
use crate::resources::cannot::cannot;

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct EventInvokeConfigModel {
    maximum_event_age_in_seconds: Value<i64>,
    maximum_retry_attempts: Value<i64>,
    destination_config: Value<DestinationConfigModel>,
}

/// The block `destination_config`.
#[derive(Debug, Clone, Default, PartialEq)]
struct DestinationConfigModel {
    on_success: Value<DestinationModel>,
    on_failure: Value<DestinationModel>,
}

/// The blocks `on_success` and `on_failure`.
#[derive(Debug, Clone, Default, PartialEq)]
struct DestinationModel {
    destination: Value<String>,
}

pub(super) fn block() -> Block {
    Block::single(
        "What becomes of events that nobody waits for, such as those of S3, SNS and EventBridge. \
         Settings that the function has already, as after an import, become these.",
    )
    .attribute(
        "maximum_event_age_in_seconds",
        Attribute::number("Seconds for which an event is kept: 60 to 21600. 21600 unless set.")
            .validate(Validator::between(60..=21_600)),
    )
    .attribute(
        "maximum_retry_attempts",
        Attribute::number(
            "How often an event that failed is tried again: 0 to 2. Each attempt is a call of the \
             Modal function, unless `idempotency` finds that it was made. 2 unless set.",
        )
        .validate(Validator::between(0..=2)),
    )
    .block(
        "destination_config",
        Block::single("Who is told in the end. The execution role may send there.")
            .block(
                "on_success",
                Block::single("Who is told of an event that was handled.").attribute(
                    "destination",
                    destination(
                        &["sqs", "sns", "lambda", "events"],
                        "an SQS queue, an SNS topic, a Lambda function or an EventBridge bus",
                    ),
                ),
            )
            .block(
                "on_failure",
                Block::single(
                    "Who gets an event that was not, with the bridge's error. Unlike \
                     `dead_letter_config`, it says what went wrong. For a bucket that is encrypted \
                     with a KMS key of your own, the execution role needs `kms:GenerateDataKey` for \
                     that key as well, by `additional_policy_arns` or the key's policy.",
                )
                .attribute(
                    "destination",
                    destination(
                        &["sqs", "sns", "s3", "lambda", "events"],
                        "an SQS queue, an SNS topic, an S3 bucket, a Lambda function or an \
                         EventBridge bus",
                    ),
                ),
            ),
    )
}

fn destination(services: &'static [&'static str], kinds: &'static str) -> Attribute {
    Attribute::string(&format!("ARN of {kinds}.")).required().validate(Validator::text(
        move |arn| {
            let service = Arn::parse(arn).map_or("", |arn| arn.service);
            if services.contains(&service) {
                Ok(())
            } else {
                Err(format!("must be the ARN of {kinds}, not {arn:?}."))
            }
        },
    ))
}

/// Where Lambda sends for the function; `None` while that is not known.
pub(super) fn destination_arns(block: &Value<EventInvokeConfigModel>) -> Option<BTreeSet<String>> {
    let mut arns = BTreeSet::new();
    let destinations = match block {
        Value::Null => return Some(arns),
        Value::Known(block) => &block.destination_config,
        Value::Unknown => return None,
    };
    let destinations = match destinations {
        Value::Null => return Some(arns),
        Value::Known(destinations) => destinations,
        Value::Unknown => return None,
    };
    for block in [&destinations.on_success, &destinations.on_failure] {
        match block {
            Value::Null => {}
            Value::Known(block) => match &block.destination {
                Value::Null => {}
                Value::Known(arn) => drop(arns.insert(arn.clone())),
                Value::Unknown => return None,
            },
            Value::Unknown => return None,
        }
    }
    Some(arns)
}

/// Whether an event that failed goes somewhere, as far as that is known.
pub(super) fn keeps_failures(block: &Value<EventInvokeConfigModel>) -> bool {
    let destinations = block.known().and_then(|block| block.destination_config.known());
    destinations.is_some_and(|destinations| !destinations.on_failure.is_null())
}

impl EventInvokeConfigModel {
    fn wanted(&self) -> EventInvokeConfig {
        let usual = EventInvokeConfig::default();
        let number = |value: &Value<i64>, usual: i32| {
            value.known().map_or(usual, |value| i32::try_from(*value).unwrap_or(i32::MAX))
        };
        let destinations = self.destination_config.known();
        let arn = |block: Option<&Value<DestinationModel>>| {
            block.and_then(|block| block.known()?.destination.known().cloned())
        };
        EventInvokeConfig {
            maximum_event_age: number(&self.maximum_event_age_in_seconds, usual.maximum_event_age),
            maximum_retry_attempts: number(
                &self.maximum_retry_attempts,
                usual.maximum_retry_attempts,
            ),
            on_success: arn(destinations.map(|found| &found.on_success)),
            on_failure: arn(destinations.map(|found| &found.on_failure)),
        }
    }
}

/// What Lambda has, of a bridge whose state has the block. What means the same keeps its spelling.
pub(super) fn observed(
    found: Option<EventInvokeConfig>,
    state: &Value<EventInvokeConfigModel>,
) -> Value<EventInvokeConfigModel> {
    let (Some(found), Some(before)) = (found, state.known()) else { return Value::Null };
    if before.wanted() == found {
        return state.clone();
    }
    let usual = EventInvokeConfig::default();
    let number = |found: i32, usual: i32, before: &Value<i64>| match before {
        Value::Null if found == usual => Value::Null,
        _ => Value::Known(i64::from(found)),
    };
    let block = |arn: Option<String>| -> Value<DestinationModel> {
        arn.map(|arn| DestinationModel { destination: Value::Known(arn) }).into()
    };
    let destinations = DestinationConfigModel {
        on_success: block(found.on_success),
        on_failure: block(found.on_failure),
    };
    let has_none = destinations == DestinationConfigModel::default();
    Value::Known(EventInvokeConfigModel {
        maximum_event_age_in_seconds: number(
            found.maximum_event_age,
            usual.maximum_event_age,
            &before.maximum_event_age_in_seconds,
        ),
        maximum_retry_attempts: number(
            found.maximum_retry_attempts,
            usual.maximum_retry_attempts,
            &before.maximum_retry_attempts,
        ),
        destination_config: match &before.destination_config {
            Value::Null if has_none => Value::Null,
            _ => Value::Known(destinations),
        },
    })
}

impl BridgeFunction {
    /// Makes the settings as planned. The role may send to the destinations already.
    pub(super) async fn change_event_invoke_config(
        &self,
        function: &str,
        prior: &Value<EventInvokeConfigModel>,
        plan: &BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let lambda = &self.clients.aws.lambda;
        let failed = |error: AwsError| {
            let attempt = format!("set what becomes of asynchronous events of bridge {function:?}");
            cannot(&attempt, &error).at("event_invoke_config")
        };
        if *prior == plan.event_invoke_config {
            return Ok(());
        }
        match plan.event_invoke_config.known() {
            Some(block) => {
                let put = lambda.put_event_invoke_config(function, &block.wanted()).await;
                put.map_err(failed)?;
            }
            None => lambda.delete_event_invoke_config(function).await.map_err(failed)?,
        }
        let done = plan.event_invoke_config.clone();
        self.record(response, |state| state.event_invoke_config = done);
        Ok(())
    }
}

impl Model for EventInvokeConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            maximum_event_age_in_seconds: object.take("maximum_event_age_in_seconds"),
            maximum_retry_attempts: object.take("maximum_retry_attempts"),
            destination_config: object.take_block("destination_config"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { maximum_event_age_in_seconds, maximum_retry_attempts, destination_config } =
            self;
        object.put("maximum_event_age_in_seconds", maximum_event_age_in_seconds);
        object.put("maximum_retry_attempts", maximum_retry_attempts);
        object.put_block("destination_config", destination_config);
    }
}

impl Model for DestinationConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            on_success: object.take_block("on_success"),
            on_failure: object.take_block("on_failure"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { on_success, on_failure } = self;
        object.put_block("on_success", on_success);
        object.put_block("on_failure", on_failure);
    }
}

impl Model for DestinationModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { destination: object.take("destination") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("destination", self.destination);
    }
}
