//! Messages of any size: gRPC's usual limit of 4 MiB is less than some configurations.

use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};
use tfplugin_proto::tfplugin5 as wire;

use crate::process::Process;
use crate::requests::Settings;
use crate::wire::{Call, diagnostics, read, value};

#[tokio::test]
async fn a_configuration_of_5_mb_passes_there_and_back() {
    let (_process, channel) = Process::configured(Settings::default()).await;
    let note = json!({
        "name": "long", "text": "x".repeat(5_000_000), "length": null, "secret_wo": null,
        "secret_wo_version": null, "colour": null, "labels": null, "pin": null, "line": [],
    });
    let plan = wire::plan_resource_change::Request {
        type_name: "tiny_note".to_owned(),
        prior_state: value(&json!(null)),
        proposed_new_state: value(&note),
        config: value(&note),
        ..Default::default()
    };

    let answer = Call::new("PlanResourceChange", &plan).send(channel.clone()).await.unwrap();
    let planned: wire::plan_resource_change::Response = read(&answer[0]);
    assert_eq!(planned.diagnostics, []);
    assert!(planned.planned_state.as_ref().unwrap().msgpack.len() > 5_000_000);

    let apply = wire::apply_resource_change::Request {
        type_name: plan.type_name,
        prior_state: plan.prior_state,
        planned_state: planned.planned_state,
        config: plan.config,
        planned_private: planned.planned_private,
        ..Default::default()
    };
    let answer = Call::new("ApplyResourceChange", &apply).send(channel).await.unwrap();
    assert_eq!(diagnostics("ApplyResourceChange", &answer), []);
    let applied: wire::apply_resource_change::Response = read(&answer[0]);
    assert!(applied.new_state.unwrap().msgpack.len() > 5_000_000);
}

/// What takes each with each would take minutes.
#[tokio::test]
async fn thousands_of_blocks_and_labels_are_validated_planned_and_applied_in_no_time() {
    const COUNT: usize = 10_000;
    let (_process, channel) = Process::configured(Settings::default()).await;
    let labels: Map<_, _> = (0..COUNT).map(|number| (format!("l{number}"), "".into())).collect();
    let lines: Vec<_> = (0..COUNT).map(|number| json!({ "text": number.to_string() })).collect();
    let note = |text: &str, length: &Json| {
        value(&json!({
            "name": "large", "text": text, "length": length, "secret_wo": null,
            "secret_wo_version": null, "colour": null, "labels": labels, "pin": null,
            "line": lines,
        }))
    };
    let type_name = || "tiny_note".to_owned();
    let config = || note("text", &Json::Null);
    for call in [
        Call::new(
            "ValidateResourceTypeConfig",
            &wire::validate_resource_type_config::Request {
                type_name: type_name(),
                config: config(),
                ..Default::default()
            },
        ),
        Call::new(
            "PlanResourceChange",
            &wire::plan_resource_change::Request {
                type_name: type_name(),
                prior_state: note("old text", &8.into()),
                config: config(),
                ..Default::default()
            },
        ),
        Call::new(
            "ApplyResourceChange",
            &wire::apply_resource_change::Request {
                type_name: type_name(),
                prior_state: note("old text", &8.into()),
                planned_state: note("text", &"<unknown>".into()),
                config: config(),
                ..Default::default()
            },
        ),
    ] {
        let start = Instant::now();
        let answer = call.send(channel.clone()).await.unwrap();
        assert_eq!(diagnostics(&call.rpc, &answer), []);
        assert!(start.elapsed() < Duration::from_secs(3), "{}: {:?}", call.rpc, start.elapsed());
    }
}

#[tokio::test]
async fn a_length_that_lies_costs_an_error() {
    let (mut process, channel) = Process::configured(Settings::default()).await;
    let lies = wire::DynamicValue { msgpack: vec![0xdf, 0xff, 0xff, 0xff, 0xff], json: Vec::new() };
    let request = wire::validate_resource_type_config::Request {
        type_name: "tiny_note".to_owned(),
        config: Some(lies),
        client_capabilities: None,
    };
    let answer = Call::new("ValidateResourceTypeConfig", &request).send(channel).await.unwrap();
    let found = diagnostics("ValidateResourceTypeConfig", &answer);
    assert!(found[0].detail.contains("ends too early"), "{found:?}");
    assert!(process.serves().await);
}
