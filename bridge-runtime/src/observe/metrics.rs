//! Metrics for CloudWatch, in its embedded format: lines of the log that become numbers.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use bridge_contract::BridgeConfig;
use serde_json::{Value, json};

use crate::{Handled, Invocation, Source};

const NAMESPACE: &str = "ModalBridge";
const DIMENSIONS: [&str; 3] = ["Bridge", "App", "Function"];
const ERROR_TYPE: &str = "ErrorType";
/// A metric may have this many values in one line.
const MAX_VALUES: usize = 100;

/// The lines of one invocation: its sums, its errors by type, and the latencies that found no place.
///
/// What a table answered is no call, and a question to the bridge neither: it would make the calls
/// look quick.
pub(super) fn lines(
    config: &BridgeConfig,
    invocation: &Invocation,
    handled: &Handled,
    secret_reads: u32,
) -> Vec<Value> {
    let Some(first) = handled.reports.first() else { return Vec::new() };
    let time = first.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let time = u64::try_from(time).unwrap_or(u64::MAX);
    // Values by name and unit, and a dimension more.
    let line = |values: &[(&str, &str, Value)], error_type: Option<&str>| {
        let metrics = values.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit }));
        let dimensions = DIMENSIONS.iter().copied().chain(error_type.map(|_| ERROR_TYPE));
        let mut line = json!({
            "_aws": {
                "Timestamp": time,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [dimensions.collect::<Vec<_>>()],
                    "Metrics": metrics.collect::<Vec<_>>(),
                }],
            },
            "Bridge": invocation.bridge_name(),
            "App": config.app,
            "Function": config.function,
        });
        if let Some(error_type) = error_type {
            line[ERROR_TYPE] = error_type.into();
        }
        for (name, _, value) in values {
            line[name] = value.clone();
        }
        line
    };

    let events = || handled.reports.iter().filter(|report| report.source != Source::Control);
    let calls: Vec<_> = events().filter(|report| !report.duplicate).collect();
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for error in events().filter_map(|report| report.error.as_ref()) {
        *errors.entry(error.error_type()).or_default() += 1;
    }
    let failed: usize = events().map(|report| report.records_failed).sum();
    let mut sums: Vec<_> = [
        ("ModalCalls", calls.len()),
        ("ModalErrors", errors.values().sum()),
        ("ModalThrottles", errors.get("ModalThrottled").copied().unwrap_or_default()),
        ("RecordsFailed", failed + handled.not_called),
        ("Duplicate", events().filter(|report| report.duplicate).count()),
        ("SecretFetch", usize::try_from(secret_reads).unwrap_or(usize::MAX)),
    ]
    .map(|(name, count)| (name, "Count", count.into()))
    .into();

    let latencies: Vec<Value> =
        calls.iter().map(|report| (report.duration.as_secs_f64() * 1000.0).into()).collect();
    let mut latencies = latencies
        .chunks(MAX_VALUES)
        .map(|latencies| ("ModalLatency", "Milliseconds", Value::from(latencies)));
    sums.extend(latencies.next());
    let mut lines = vec![line(&sums, None)];
    for (error_type, count) in errors {
        lines.push(line(&[("ModalErrors", "Count", count.into())], Some(error_type)));
    }
    lines.extend(latencies.map(|latencies| line(&[latencies], None)));
    lines
}

#[cfg(test)]
mod tests {
    use bridge_contract::Mode;
    use modal_client::ModalError;

    use super::super::Report;
    use super::super::testing::{config, invocation, report};
    use super::*;
    use crate::BridgeError;

    fn throttled() -> BridgeError {
        let message = "slow down".to_owned();
        let error = ModalError::Throttled { rpc: "FunctionMap", message, retry_after: None };
        BridgeError::Modal { error, call: None }
    }

    fn lines_of(reports: Vec<Report>, not_called: usize) -> Vec<Value> {
        let handled = Handled { answer: Ok(Value::Null), reports, not_called };
        let lines = lines(&config(Mode::Remote), &invocation(), &handled, 1);
        lines.iter().for_each(is_valid);
        lines
    }

    /// By the specification's schema, and its rules beside that: what a metric or a dimension names
    /// is there, a metric's values are numbers, and a hundred at most.
    fn is_valid(line: &Value) {
        let aws = &line["_aws"];
        assert!(aws["Timestamp"].as_u64().is_some_and(|ms| ms > 1_000_000_000_000), "{line}");
        for directive in aws["CloudWatchMetrics"].as_array().unwrap() {
            assert!(!directive["Namespace"].as_str().unwrap().is_empty());
            for set in directive["Dimensions"].as_array().unwrap() {
                let names = set.as_array().unwrap();
                assert!(names.len() <= 30);
                for name in names {
                    let value = line[name.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()), "{name}: {value:?}");
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
                let values = match &line[metric["Name"].as_str().unwrap()] {
                    Value::Array(values) => values.clone(),
                    value => vec![value.clone()],
                };
                assert!((1..=100).contains(&values.len()), "{metric}");
                assert!(values.iter().all(Value::is_number), "{metric}");
            }
        }
    }

    #[test]
    fn an_invocation_is_one_line_of_sums_and_one_for_each_type_of_error() {
        let duplicate = Report { duplicate: true, ..report() };
        let lines = lines_of(vec![report(), duplicate, report().failed(throttled())], 0);
        let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
        expect_test::expect![[r#"
            {"_aws":{"Timestamp":1800000000250,"CloudWatchMetrics":[{"Namespace":"ModalBridge","Dimensions":[["Bridge","App","Function"]],"Metrics":[{"Name":"ModalCalls","Unit":"Count"},{"Name":"ModalErrors","Unit":"Count"},{"Name":"ModalThrottles","Unit":"Count"},{"Name":"RecordsFailed","Unit":"Count"},{"Name":"Duplicate","Unit":"Count"},{"Name":"SecretFetch","Unit":"Count"},{"Name":"ModalLatency","Unit":"Milliseconds"}]}]},"Bridge":"bridge","App":"thumbnails","Function":"render","ModalCalls":2,"ModalErrors":1,"ModalThrottles":1,"RecordsFailed":2,"Duplicate":1,"SecretFetch":1,"ModalLatency":[42.0,42.0]}
            {"_aws":{"Timestamp":1800000000250,"CloudWatchMetrics":[{"Namespace":"ModalBridge","Dimensions":[["Bridge","App","Function","ErrorType"]],"Metrics":[{"Name":"ModalErrors","Unit":"Count"}]}]},"Bridge":"bridge","App":"thumbnails","Function":"render","ErrorType":"ModalThrottled","ModalErrors":1}"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_record_is_failed_that_comes_again_whoever_says_so() {
        let told = Report { records: 10, records_failed: 3, ..report() };
        let lines = lines_of(vec![told, report().failed(throttled())], 4);
        assert_eq!(lines[0]["RecordsFailed"], 3 + 2 + 4);
    }

    #[test]
    fn a_question_to_the_bridge_is_no_call() {
        let asked = Report { source: Source::Control, ..report() };
        let lines = lines_of(vec![asked], 0);
        assert_eq!((lines.len(), &lines[0]["ModalCalls"]), (1, &json!(0)));
        assert_eq!(lines[0].get("ModalLatency"), None);
    }

    #[test]
    fn what_was_answered_without_a_call_is_a_duplicate_alone() {
        let duplicate = Report { duplicate: true, ..report() };
        let lines = lines_of(vec![duplicate], 0);
        assert_eq!((&lines[0]["ModalCalls"], &lines[0]["Duplicate"]), (&json!(0), &json!(1)));
        assert_eq!(lines[0].get("ModalLatency"), None);
    }

    #[test]
    fn every_call_has_its_latency_however_many_there_are() {
        let lines = lines_of(vec![report(); 250], 0);
        let latencies = lines.iter().map(|line| line["ModalLatency"].as_array().unwrap().len());
        assert_eq!(latencies.collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(lines[0]["ModalCalls"], 250);
        assert_eq!(lines[1].get("ModalCalls"), None);
    }
}
