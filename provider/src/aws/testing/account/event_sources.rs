//! Event source mappings: settled at once.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::request::Request;
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(
    contents: &mut Contents,
    request: &Request,
    uuid: Option<&str>,
    body: &Json,
) -> Answer {
    match (request.method.as_str(), uuid) {
        ("POST", None) => return create(contents, body),
        ("GET", None) => return list(contents, request),
        ("DELETE", Some(uuid)) => {
            let gone = contents.mappings.remove(uuid);
            return gone.map_or_else(missing, |gone| answered(202, gone));
        }
        _ => {}
    }
    let Some(mapping) = uuid.and_then(|uuid| contents.mappings.get_mut(uuid)) else {
        return missing();
    };
    if request.method == "PUT" {
        change(mapping, body);
    }
    answered(200, mapping.clone())
}

fn create(contents: &mut Contents, body: &Json) -> Answer {
    let (source, function) = (&body["EventSourceArn"], &body["FunctionName"]);
    let same =
        |found: &&Json| found["EventSourceArn"] == *source && found["FunctionArn"] == *function;
    if let Some(taken) = contents.mappings.values().find(same) {
        let message = format!(
            "The event source arn ({source}) and function ({function}) provided mapping already \
             exists. Please update or delete the existing mapping with UUID {}",
            taken["UUID"]
        );
        return json_error(409, "ResourceConflictException", &message);
    }
    let uuid = format!("00000000-0000-4000-8000-{:012}", contents.next());
    let region = contents.region();
    let mut mapping = json!({
        "UUID": uuid,
        "EventSourceMappingArn":
            format!("arn:aws:lambda:{region}:{ACCOUNT_ID}:event-source-mapping:{uuid}"),
        "FunctionArn": function,
        "EventSourceArn": source,
        "StateTransitionReason": "USER_INITIATED",
        "LastModified": 1_800_000_000,
        "LastProcessingResult": "No records processed",
        "Tags": body["Tags"],
    });
    for start in ["StartingPosition", "StartingPositionTimestamp"] {
        if let Some(value) = body.get(start) {
            mapping[start] = value.clone();
        }
    }
    change(&mut mapping, body);
    contents.mappings.insert(uuid, mapping.clone());
    answered(202, mapping)
}

/// What is said to be empty is none.
fn change(mapping: &mut Json, body: &Json) {
    const SETTINGS: &[&str] = &[
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "FunctionResponseTypes",
        "FilterCriteria",
        "KMSKeyArn",
        "ScalingConfig",
        "ParallelizationFactor",
        "BisectBatchOnFunctionError",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "DestinationConfig",
    ];
    for setting in SETTINGS {
        if let Some(value) = body.get(setting) {
            mapping[setting] = value.clone();
        }
    }
    let is_empty = |name: &str, mapping: &Json| match name {
        "KMSKeyArn" => mapping[name] == "",
        "ScalingConfig" => mapping[name]["MaximumConcurrency"].is_null(),
        "FilterCriteria" => mapping[name]["Filters"].as_array().is_none_or(Vec::is_empty),
        _ => false,
    };
    for setting in ["KMSKeyArn", "ScalingConfig", "FilterCriteria"] {
        if is_empty(setting, mapping) {
            mapping.as_object_mut().unwrap().remove(setting);
        }
    }
    let state = if body["Enabled"] == false { "Disabled" } else { "Enabled" };
    mapping["State"] = state.into();
}

fn list(contents: &Contents, request: &Request) -> Answer {
    let asked = |name: &str, found: &Json| {
        let asked = request.query.iter().find(|(key, _)| key == name);
        asked.is_none_or(|(_, value)| *found == value.as_str())
    };
    let same = |found: &&Json| {
        asked("EventSourceArn", &found["EventSourceArn"])
            && asked("FunctionName", &found["FunctionArn"])
    };
    let found: Vec<_> = contents.mappings.values().filter(same).collect();
    answered(200, json!({ "EventSourceMappings": found }))
}

pub(super) fn tag(contents: &mut Contents, arn: &str, request: &Request, body: &Json) -> Answer {
    let uuid = arn.rsplit(':').next().unwrap_or_default();
    let Some(mapping) = contents.mappings.get_mut(uuid) else { return missing() };
    let tags = mapping["Tags"].as_object_mut().unwrap();
    match request.method.as_str() {
        "GET" => return answered(200, json!({ "Tags": tags })),
        "POST" => tags.extend(body["Tags"].as_object().unwrap().clone()),
        "DELETE" => {
            for (_, key) in request.query.iter().filter(|(name, _)| *name == "tagKeys") {
                tags.remove(key);
            }
        }
        other => panic!("{other} tags is not in this account"),
    }
    answered(204, json!({}))
}

fn missing() -> Answer {
    let message = "The resource you requested does not exist.";
    json_error(404, "ResourceNotFoundException", message)
}
