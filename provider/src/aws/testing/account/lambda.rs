//! Lambda functions: ready at once.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::request::Request;
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, request: &Request) -> Answer {
    let body: Json = serde_json::from_str(&request.body).unwrap_or_default();
    let path: Vec<_> = request.path.trim_matches('/').splitn(3, '/').collect();
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["2015-03-31", "functions"]) => create(contents, body),
        (method, ["2015-03-31", "functions", rest]) => {
            let (name, part) = rest.split_once('/').unwrap_or((rest, ""));
            function(contents, &format!("{method} {part}"), name, body)
        }
        (method, ["2017-03-31", "tags", arn]) => {
            let name = arn.rsplit(':').next().unwrap_or_default();
            tag(contents, method, name, request, &body)
        }
        (method, _) => panic!("{method} {} is not in this account", request.path),
    }
}

fn create(contents: &mut Contents, mut body: Json) -> Answer {
    let name = body["FunctionName"].as_str().unwrap().to_owned();
    if contents.functions.contains_key(&name) {
        return json_error(409, "ResourceConflictException", "Function already exist");
    }
    let tags = body["Tags"].take();
    let region = contents.region();
    let arn = format!("arn:aws:lambda:{region}:{ACCOUNT_ID}:function:{name}");
    let mut configuration = changed(json!({ "FunctionArn": arn, "State": "Active" }), &body);
    configuration["CodeSha256"] = sha256(&body["Code"]["ZipFile"]);
    let function = json!({ "Configuration": configuration, "Tags": tags });
    contents.functions.insert(name, function);
    answered(201, configuration)
}

fn function(contents: &mut Contents, asked: &str, name: &str, body: Json) -> Answer {
    let Some(function) = contents.functions.get_mut(name) else { return missing() };
    let configuration = &mut function["Configuration"];
    match asked {
        "GET " => return answered(200, function.clone()),
        "PUT configuration" => *configuration = changed(configuration.take(), &body),
        "PUT code" => {
            configuration["CodeSha256"] = sha256(&body["ZipFile"]);
            configuration["Architectures"] = body["Architectures"].clone();
        }
        "DELETE " => {
            contents.functions.remove(name);
            return answered(204, json!({}));
        }
        other => panic!("{other} is not in this account"),
    }
    configuration["LastUpdateStatus"] = "Successful".into();
    answered(200, configuration.clone())
}

fn tag(
    contents: &mut Contents,
    method: &str,
    name: &str,
    request: &Request,
    body: &Json,
) -> Answer {
    let Some(function) = contents.functions.get_mut(name) else { return missing() };
    let tags = function["Tags"].as_object_mut().unwrap();
    match method {
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

/// A configuration with the settings that a request names.
fn changed(mut configuration: Json, body: &Json) -> Json {
    const SETTINGS: &[&str] = &[
        "FunctionName",
        "Runtime",
        "Role",
        "Handler",
        "Description",
        "Timeout",
        "MemorySize",
        "Architectures",
        "Environment",
        "LoggingConfig",
        "KMSKeyArn",
        "VpcConfig",
        "TracingConfig",
        "EphemeralStorage",
        "DeadLetterConfig",
    ];
    for setting in SETTINGS {
        if let Some(value) = body.get(setting) {
            configuration[setting] = value.clone();
        }
    }
    if let Some(layers) = body["Layers"].as_array() {
        configuration["Layers"] = layers.iter().map(|arn| json!({ "Arn": arn })).collect();
    }
    configuration
}

/// Of each code only once: it is megabytes, and this is no optimised build.
fn sha256(zip: &Json) -> Json {
    static KNOWN: Mutex<Vec<(Json, Json)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, sha256)) = known.iter().find(|(seen, _)| seen == zip) {
        return sha256.clone();
    }
    let code = STANDARD.decode(zip.as_str().unwrap()).unwrap();
    let sha256 = Json::from(STANDARD.encode(Sha256::digest(code)));
    known.push((zip.clone(), sha256.clone()));
    sha256
}

fn missing() -> Answer {
    json_error(404, "ResourceNotFoundException", "Function not found")
}
