//! Metrics for CloudWatch, in its embedded format: lines of the log that become numbers.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use bridge_contract::BridgeConfig;
use serde_json::{Value, json};

use super::Report;
use crate::{Invocation, Source};

const NAMESPACE: &str = "ModalBridge";
const DIMENSIONS: [&str; 3] = ["Bridge", "App", "Function"];
/// A metric may have this many values in one line.
const MAX_VALUES: usize = 100;

/// The lines of one invocation: its sums, and its errors by type.
pub(super) fn lines(
    config: &BridgeConfig,
    invocation: &Invocation,
    reports: &[Report],
    secret_reads: u32,
) -> Vec<Value> {
    let Some(first) = reports.first() else { return Vec::new() };
    let time = first.time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let time = u64::try_from(time).unwrap_or(u64::MAX);
    let line = |metrics: Value, dimensions: Value| {
        json!({
            "_aws": {
                "Timestamp": time,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [dimensions],
                    "Metrics": metrics,
                }],
            },
            "Bridge": invocation.function_arn.split(':').nth(6).unwrap_or_default(),
            "App": config.app,
            "Function": config.function,
        })
    };

    let calls: Vec<_> = reports.iter().filter(|report| report.source != Source::Control).collect();
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for error in calls.iter().filter_map(|report| report.error.as_ref()) {
        *errors.entry(error.error_type()).or_default() += 1;
    }
    let failed = calls.iter().filter(|report| report.error.is_some());
    let counts = [
        ("ModalCalls", calls.len()),
        ("ModalErrors", errors.values().sum()),
        ("ModalThrottles", errors.get("ModalThrottled").copied().unwrap_or_default()),
        ("RecordsFailed", failed.map(|report| report.records).sum()),
        ("Duplicate", calls.iter().filter(|report| report.duplicate).count()),
        ("SecretFetch", usize::try_from(secret_reads).unwrap_or(usize::MAX)),
    ];
    let mut metrics: Vec<_> =
        counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
    metrics.push(json!({ "Name": "ModalLatency", "Unit": "Milliseconds" }));
    let mut sums = line(metrics.into(), json!(DIMENSIONS));
    for (name, count) in counts {
        sums[name] = count.into();
    }
    let latency = calls.iter().take(MAX_VALUES);
    sums["ModalLatency"] =
        latency.map(|report| report.duration.as_secs_f64() * 1000.0).collect::<Vec<_>>().into();

    let by_type = errors.into_iter().map(|(error_type, count)| {
        let metrics = json!([{ "Name": "ModalErrors", "Unit": "Count" }]);
        let [bridge, app, function] = DIMENSIONS;
        let mut errors = line(metrics, json!([bridge, app, function, "ErrorType"]));
        errors["ErrorType"] = error_type.into();
        errors["ModalErrors"] = count.into();
        errors
    });
    std::iter::once(sums).chain(by_type).collect()
}

#[cfg(test)]
mod tests {
    use bridge_contract::Mode;
    use modal_client::ModalError;

    use super::super::testing::{config, invocation, report};
    use super::*;
    use crate::BridgeError;

    fn throttled() -> BridgeError {
        let message = "slow down".to_owned();
        let error = ModalError::Throttled { rpc: "FunctionMap", message, retry_after: None };
        BridgeError::Modal { error, call: None }
    }

    #[test]
    fn an_invocation_is_one_line_of_sums_and_one_for_each_type_of_error() {
        let duplicate = Report { duplicate: true, ..report() };
        let reports = [report(), duplicate, report().failed(throttled())];
        let lines = lines(&config(Mode::Remote), &invocation(), &reports, 1);
        let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
        expect_test::expect![[r#"
            {"_aws":{"Timestamp":1800000000250,"CloudWatchMetrics":[{"Namespace":"ModalBridge","Dimensions":[["Bridge","App","Function"]],"Metrics":[{"Name":"ModalCalls","Unit":"Count"},{"Name":"ModalErrors","Unit":"Count"},{"Name":"ModalThrottles","Unit":"Count"},{"Name":"RecordsFailed","Unit":"Count"},{"Name":"Duplicate","Unit":"Count"},{"Name":"SecretFetch","Unit":"Count"},{"Name":"ModalLatency","Unit":"Milliseconds"}]}]},"Bridge":"bridge","App":"thumbnails","Function":"render","ModalCalls":3,"ModalErrors":1,"ModalThrottles":1,"RecordsFailed":2,"Duplicate":1,"SecretFetch":1,"ModalLatency":[42.0,42.0,42.0]}
            {"_aws":{"Timestamp":1800000000250,"CloudWatchMetrics":[{"Namespace":"ModalBridge","Dimensions":[["Bridge","App","Function","ErrorType"]],"Metrics":[{"Name":"ModalErrors","Unit":"Count"}]}]},"Bridge":"bridge","App":"thumbnails","Function":"render","ErrorType":"ModalThrottled","ModalErrors":1}"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_question_to_the_bridge_is_no_call() {
        let asked = Report { source: Source::Control, ..report() };
        let lines = lines(&config(Mode::Spawn), &invocation(), &[asked], 0);
        assert_eq!((lines.len(), &lines[0]["ModalCalls"]), (1, &json!(0)));
        assert_eq!(lines[0]["ModalLatency"], json!([]));
    }
}
