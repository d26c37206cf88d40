//! What an event source looks like in HCL.

use tf_framework::{Attribute, Dynamic, Schema, Type, Validator};

use super::{TIMEOUTS, blocks, source};
use crate::arn::Arn;
use crate::aws::lambda::Timestamp;
use crate::resources::region;
use crate::tags;

/// What Lambda makes of an answer that names the records that failed.
pub(super) const REPORT: &str = "ReportBatchItemFailures";

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "An event source of a bridge: an SQS queue, a Kinesis stream or a DynamoDB stream that \
         Lambda polls for it. One block makes the event source mapping and what the mapping needs: \
         the rights of the bridge's role to poll the source are there before the mapping, and go \
         after it. Partial batch failures are reported unless told otherwise.\n\n\
         Arguments are those of `aws_lambda_event_source_mapping`. There is no \
         `tumbling_window_in_seconds`: Lambda hands the state of such a window from invocation to \
         invocation in the answer, where a bridge's answer has no place for it.",
    );
    let schema = stream_inputs(inputs(schema));
    blocks::schema(outputs(schema)).block("timeouts", TIMEOUTS.block())
}

fn inputs(schema: Schema) -> Schema {
    schema
        .attribute(
            "bridge_name",
            Attribute::string(
                "Name or ARN of the bridge: `modal_bridge_function`'s `name` or `arn`. Another one \
                 means another event source.",
            )
            .required()
            .requires_replace()
            .validate(Validator::text(check_bridge)),
        )
        .attribute(
            "event_source_arn",
            Attribute::string(
                "ARN of the SQS queue, the Kinesis stream (or a consumer of one), or the DynamoDB \
                 stream (`stream_arn` of the table). Another one means another event source.\n\n\
                 A queue must hide a message at least as long as the bridge may take for it, \
                 `timeout`, and better six times as long: `visibility_timeout_seconds` of the \
                 queue.",
            )
            .required()
            .requires_replace()
            .validate(Validator::text(source::check_arn)),
        )
        .attribute("region", region::attribute())
        .attribute(
            "enabled",
            Attribute::bool(
                "Whether Lambda polls. `false` pauses: what is in the source waits. `true` unless \
                 set.",
            )
            .default(true),
        )
        .attribute(
            "batch_size",
            Attribute::number(
                "How many records one invocation gets at most: up to 10000, of a FIFO queue up to \
                 10. More than 10 of a queue need `maximum_batching_window_in_seconds`. 10 for \
                 queues and 100 for streams unless set.",
            )
            .validate(Validator::between(1..=10_000)),
        )
        .attribute(
            "maximum_batching_window_in_seconds",
            Attribute::number(
                "For how many seconds Lambda gathers records before it invokes, 300 at most. Not \
                 for FIFO queues. 0 unless set.",
            )
            .validate(Validator::between(0..=300)),
        )
        .attribute(
            "function_response_types",
            Attribute::new(
                Type::set(Type::String),
                "`[\"ReportBatchItemFailures\"]`: only the records that the bridge reports as \
                 failed come back, which it does by itself with `batch_mode = \"record\"`. With \
                 `[]`, one failure brings back the whole batch. Reported unless set.",
            )
            .default(Dynamic::Set(vec![REPORT.into()]))
            .validate(Validator::each(Validator::one_of(&[REPORT]))),
        )
        .attribute(
            "kms_key_arn",
            Attribute::string(
                "ARN of the KMS key for `filter_criteria`, which whoever runs Terraform must be \
                 allowed to use (`kms:GenerateDataKey`, `kms:Decrypt`). AWS's own unless set.",
            )
            .validate(Validator::text(check_key)),
        )
        .attribute(
            "manage_permissions",
            Attribute::bool(
                "Whether the bridge's role is allowed to poll the source, and to send to \
                 `destination_config`, by an inline policy of this resource's own. Also for a role \
                 that the bridge was given (`role_arn`). A KMS key of your own on the source is \
                 for you to allow. `true` unless set.",
            )
            .default(true),
        )
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the mapping, by key.")
                .validate(tags::validator()),
        )
}

/// What only streams have.
fn stream_inputs(schema: Schema) -> Schema {
    schema
        .attribute(
            "starting_position",
            Attribute::string(
                "Where in a stream to begin: `LATEST`, `TRIM_HORIZON` (the oldest record that is \
                 there), or, of Kinesis, `AT_TIMESTAMP`. Streams need it, queues have none. \
                 Another one means another event source.",
            )
            .requires_replace()
            .validate(Validator::one_of(&["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"])),
        )
        .attribute(
            "starting_position_timestamp",
            Attribute::string(
                "The time to begin at with `AT_TIMESTAMP`, such as `2026-01-31T12:00:00Z`. Another \
                 one means another event source.",
            )
            .requires_replace()
            .same_when(same_time)
            .validate(Validator::text(check_time)),
        )
        .attribute(
            "parallelization_factor",
            Attribute::number(
                "How many batches of one shard are processed at a time, up to 10. For streams. 1 \
                 unless set.",
            )
            .validate(Validator::between(1..=10)),
        )
        .attribute(
            "bisect_batch_on_function_error",
            Attribute::bool(
                "Whether a batch that failed is tried again in halves. For streams. `false` unless \
                 set.",
            ),
        )
        .attribute(
            "maximum_record_age_in_seconds",
            Attribute::number(
                "Seconds after which Lambda gives a record up: 60 to 604800, or -1 for never, so \
                 that a record that always fails holds up its shard until it expires. For streams. \
                 -1 unless set.",
            )
            .validate(Validator::new(|value| or_never(value, 60..=604_800))),
        )
        .attribute(
            "maximum_retry_attempts",
            Attribute::number(
                "How often Lambda tries a batch again: 0 to 10000, or -1 for as long as its records \
                 are in the stream. For streams. -1 unless set.",
            )
            .validate(Validator::new(|value| or_never(value, 0..=10_000))),
        )
}

fn outputs(schema: Schema) -> Schema {
    let output = |description: &str| Attribute::string(description).computed();
    schema
        .attribute("uuid", output("UUID of the event source mapping.").use_state_for_unknown())
        .attribute("arn", output("ARN of the event source mapping.").use_state_for_unknown())
        .attribute("function_arn", output("ARN of the Lambda function.").use_state_for_unknown())
        .attribute("state", output("State of the mapping, such as `Enabled` or `Disabled`."))
        .attribute("state_transition_reason", output("Why the mapping is in this state."))
        .attribute("last_modified", output("When the mapping was changed last."))
        .attribute("last_processing_result", output("What became of the last records."))
        .attribute(
            "execution_role_name",
            output("Name of the role that may poll the source, with `manage_permissions`."),
        )
        .attribute(
            "execution_role_policy_name",
            output("Name of the inline policy that allows it.").use_state_for_unknown(),
        )
        .attribute("execution_role_policy", output("The policy, JSON."))
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
}

/// A function's name, or its ARN with or without a version or alias.
fn check_bridge(text: &str) -> Result<(), String> {
    let name = |name: &str| {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "-_$".contains(letter);
        (1..=64).contains(&name.len()) && name.chars().all(known)
    };
    let is_function = match Arn::parse(text) {
        Some(arn) => {
            let parts: Vec<_> = arn.resource.split(':').collect();
            arn.service == "lambda"
                && matches!(parts.as_slice(), ["function", rest @ ..]
                    if (1..=2).contains(&rest.len()) && rest.iter().all(|part| name(part)))
        }
        None => name(text),
    };
    if is_function {
        Ok(())
    } else {
        Err(format!("must be the name or the ARN of a Lambda function, not {text:?}."))
    }
}

fn check_key(arn: &str) -> Result<(), String> {
    match Arn::parse(arn) {
        Some(parsed) if parsed.service == "kms" => Ok(()),
        _ => Err(format!("must be the ARN of a KMS key, not {arn:?}.")),
    }
}

fn check_time(text: &str) -> Result<(), String> {
    match Timestamp::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("must be a time such as \"2026-01-31T12:00:00Z\", not {text:?}.")),
    }
}

fn same_time(one: &Dynamic, other: &Dynamic) -> bool {
    match (one, other) {
        (Dynamic::String(one), Dynamic::String(other)) => {
            let (one, other) = (Timestamp::parse(one), Timestamp::parse(other));
            one.is_some() && one == other
        }
        _ => false,
    }
}

/// A whole number of this range, or -1.
fn or_never(value: &Dynamic, range: std::ops::RangeInclusive<i64>) -> Result<(), String> {
    let Dynamic::Number(number) = value else { return Ok(()) };
    match number.as_i64() {
        Some(number) if number == -1 || range.contains(&number) => Ok(()),
        _ => {
            let (first, last) = (range.start(), range.end());
            Err(format!("must be -1 or a whole number from {first} to {last}, not {number}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::super::BridgeEventSource;
    use super::*;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<BridgeEventSource>();
    }

    #[test]
    fn a_bridge_is_named_in_any_of_lambdas_ways() {
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:worker";
        for named in ["worker", arn, &format!("{arn}:live"), &format!("{arn}:$LATEST")] {
            assert_eq!(check_bridge(named), Ok(()), "{named}");
        }
        let other = "arn:aws:sqs:us-east-1:111122223333:worker";
        for named in ["", "a b", other, &format!("{arn}:1:2"), "arn:aws:lambda:r:a:layer:l"] {
            assert!(check_bridge(named).is_err(), "{named}");
        }
    }

    #[test]
    fn a_time_is_the_same_in_any_zone() {
        let same = |one: &str, other: &str| same_time(&one.into(), &other.into());
        assert!(same("2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00"));
        assert!(!same("2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"));
    }
}
