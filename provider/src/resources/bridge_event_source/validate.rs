//! What cannot be, of a configuration that may not be wholly known.

use tf_framework::{Diagnostic, Value};

use super::BridgeEventSourceModel;
use super::source::Source;

pub(super) fn validate(config: &BridgeEventSourceModel) -> Vec<Diagnostic> {
    let Some(arn) = config.event_source_arn.known() else { return Vec::new() };
    let Some(source) = Source::of(arn) else { return Vec::new() };
    let mut found = of_other_sources(config, source);
    if source.is_queue() {
        found.extend(batches_of_queue(config, source));
    } else {
        found.extend(start_of_stream(config, source));
    }
    found
}

/// Arguments that this kind of source does not have.
fn of_other_sources(config: &BridgeEventSourceModel, source: Source) -> Vec<Diagnostic> {
    let of_streams = [
        ("starting_position", !config.starting_position.is_null()),
        ("starting_position_timestamp", !config.starting_position_timestamp.is_null()),
        ("parallelization_factor", !config.parallelization_factor.is_null()),
        ("bisect_batch_on_function_error", !config.bisect_batch_on_function_error.is_null()),
        ("maximum_record_age_in_seconds", !config.maximum_record_age_in_seconds.is_null()),
        ("maximum_retry_attempts", !config.maximum_retry_attempts.is_null()),
        ("destination_config", !config.destination_config.is_null()),
    ];
    let of_queues = [("scaling_config", !config.scaling_config.is_null())];
    let (foreign, whose) = if source.is_queue() {
        (of_streams.as_slice(), "streams")
    } else {
        (of_queues.as_slice(), "queues")
    };
    let given = foreign.iter().filter(|(_, given)| *given);
    let refusal = |(name, _): &(&str, bool)| {
        let advice = match *name {
            "destination_config" | "maximum_retry_attempts" | "maximum_record_age_in_seconds" => {
                " What becomes of messages that fail says the queue's own redrive_policy."
            }
            "scaling_config" => {
                " How much of a stream is worked on at a time say its shards and \
                 parallelization_factor."
            }
            _ => "",
        };
        Diagnostic::error(
            format!("Invalid value for {name}"),
            format!("It is for {whose}, and the source is {}.{advice}", source.name()),
        )
        .at(*name)
    };
    given.map(refusal).collect()
}

fn batches_of_queue(config: &BridgeEventSourceModel, source: Source) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let size = config.batch_size.known().copied().unwrap_or(10);
    let window = &config.maximum_batching_window_in_seconds;
    if source == Source::FifoQueue {
        if size > 10 {
            found.push(refusal(
                "batch_size",
                format!("A FIFO queue gives 10 messages at most, not {size}."),
            ));
        }
        if window.known().is_some_and(|window| *window > 0) {
            let text = "A FIFO queue has no batching window. Leave it out.".to_owned();
            found.push(refusal("maximum_batching_window_in_seconds", text));
        }
    } else if size > 10 && matches!(window, Value::Null | Value::Known(0)) {
        let text = format!(
            "More than 10 messages of a queue at a time, here {size}, need \
             maximum_batching_window_in_seconds of 1 or more: Lambda has to gather them."
        );
        found.push(refusal("batch_size", text));
    }
    found
}

fn start_of_stream(config: &BridgeEventSourceModel, source: Source) -> Vec<Diagnostic> {
    let timestamp = &config.starting_position_timestamp;
    let position = match &config.starting_position {
        Value::Unknown => return Vec::new(),
        Value::Null => {
            let text = format!(
                "Where in {} to begin must be said: LATEST for what comes from now on, \
                 TRIM_HORIZON for what is there already, too.",
                source.name()
            );
            return vec![refusal("starting_position", text)];
        }
        Value::Known(position) => position.as_str(),
    };
    let mut found = Vec::new();
    if position == "AT_TIMESTAMP" {
        if source == Source::Table {
            let text = "A DynamoDB stream has no AT_TIMESTAMP: begin at LATEST or TRIM_HORIZON.";
            found.push(refusal("starting_position", text.to_owned()));
        } else if timestamp.is_null() {
            let text = "AT_TIMESTAMP needs starting_position_timestamp.";
            found.push(refusal("starting_position", text.to_owned()));
        }
    } else if !timestamp.is_null() {
        let text = format!("It goes with AT_TIMESTAMP alone, not with {position}.");
        found.push(refusal("starting_position_timestamp", text));
    }
    found
}

fn refusal(attribute: &str, text: String) -> Diagnostic {
    Diagnostic::error(format!("Invalid value for {attribute}"), text).at(attribute)
}
