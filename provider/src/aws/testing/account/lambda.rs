//! Lambda functions: ready at once.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{ACCOUNT_ID, Answer, Contents, ec2, event_sources};
use crate::aws::testing::request::Request;
use crate::aws::testing::{json as answered, json_error};

/// A runtime that functions may have and no longer get.
const GIVEN_UP: &str = "python3.8";

pub(super) fn answer(contents: &mut Contents, request: &Request) -> Answer {
    let body: Json = serde_json::from_str(&request.body).unwrap_or_default();
    let path: Vec<_> = request.path.trim_matches('/').splitn(3, '/').collect();
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["2015-03-31", "functions"]) => create(contents, body),
        ("GET", ["2015-03-31", "functions"] | ["2015-03-31", "functions", ""]) => {
            list(contents, request)
        }
        (_, [_, "event-source-mappings"]) => event_sources::answer(contents, request, None, &body),
        (_, [_, "event-source-mappings", uuid]) => {
            event_sources::answer(contents, request, Some(uuid), &body)
        }
        (_, [_, "tags", arn]) if arn.contains(":event-source-mapping:") => {
            event_sources::tag(contents, arn, request, &body)
        }
        (method, [_, "functions", rest]) => {
            let (name, part) = rest.split_once('/').unwrap_or((rest, ""));
            let name = name.split_once(":function:").map_or(name, |(_, name)| name);
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
    deploy(&mut configuration, &body["Code"]);
    let mut function = json!({ "Configuration": configuration, "Tags": tags, "Versions": [] });
    if let Some(uri) = body["Code"]["ImageUri"].as_str() {
        function["Code"]["ImageUri"] = uri.into();
    }
    if !body["CodeSigningConfigArn"].is_null() {
        let arn = &body["CodeSigningConfigArn"];
        function["code-signing-config"] = json!({ "CodeSigningConfigArn": arn });
    }
    contents.functions.insert(name, function);
    ec2::attach(contents, &configuration);
    answered(201, configuration)
}

/// One at a time, so that there are pages.
fn list(contents: &Contents, request: &Request) -> Answer {
    let from = request.query.iter().find(|(name, _)| name == "Marker");
    let from: usize = from.map_or(0, |(_, marker)| marker.parse().unwrap());
    let mut functions = contents.functions.values().skip(from);
    let page: Vec<_> = functions.next().map(|found| &found["Configuration"]).into_iter().collect();
    let next = functions.next().map(|_| (from + 1).to_string());
    answered(200, json!({ "Functions": page, "NextMarker": next }))
}

fn function(contents: &mut Contents, asked: &str, name: &str, body: Json) -> Answer {
    let Some(function) = contents.functions.get_mut(name) else { return missing() };
    match asked {
        "PUT concurrency" => {
            function["Concurrency"] = body;
            return answered(200, function["Concurrency"].clone());
        }
        "DELETE concurrency" => {
            function["Concurrency"] = Json::Null;
            return answered(204, json!({}));
        }
        _ => {}
    }
    if let Some((method, part)) = asked.split_once(' ')
        && let Some(answer) = companion(function, method, part, &body)
    {
        return answer;
    }
    if asked == "POST versions" {
        return publish(function, &body);
    }
    if let Some((method, rest)) = asked.split_once(" policy") {
        return policy(function, method, rest.trim_start_matches('/'), &body);
    }
    if body["ImageUri"].is_string() {
        function["Code"]["ImageUri"] = body["ImageUri"].clone();
    }
    let configuration = &mut function["Configuration"];
    match asked {
        "GET " => return answered(200, function.clone()),
        "PUT configuration" if body["Runtime"] == GIVEN_UP => {
            let message = format!("The runtime parameter of {GIVEN_UP} is no longer supported");
            return json_error(400, "InvalidParameterValueException", &message);
        }
        "PUT code" if configuration["Runtime"] == GIVEN_UP => {
            panic!("the code of a function is changed before a runtime that Lambda has given up")
        }
        "PUT configuration" => {
            *configuration = changed(configuration.take(), &body);
            touch(configuration);
        }
        "PUT code" => {
            deploy(configuration, &body);
            configuration["Architectures"] = body["Architectures"].clone();
        }
        "GET versions" => return answered(200, json!({ "Versions": function["Versions"] })),
        "DELETE " => {
            contents.functions.remove(name);
            return answered(204, json!({}));
        }
        other => panic!("{other} is not in this account"),
    }
    configuration["LastUpdateStatus"] = "Successful".into();
    let configuration = configuration.clone();
    ec2::attach(contents, &configuration);
    answered(200, configuration)
}

/// Puts code where a function has it, from wherever it comes.
fn deploy(configuration: &mut Json, code: &Json) {
    if code["ZipFile"].is_string() {
        configuration["CodeSha256"] = sha256(&code["ZipFile"]);
        // Base64 has four letters for three bytes; the padding stands for those that are not there.
        let text = code["ZipFile"].as_str().unwrap();
        let padding = text.len() - text.trim_end_matches('=').len();
        configuration["CodeSize"] = (text.len() / 4 * 3 - padding).into();
    } else {
        let source =
            [&code["S3Bucket"], &code["S3Key"], &code["S3ObjectVersion"], &code["ImageUri"]];
        let source = source.map(Json::to_string).concat();
        configuration["CodeSha256"] = STANDARD.encode(Sha256::digest(source)).into();
        configuration["CodeSize"] = 7.into();
    }
    touch(configuration);
}

/// It has changed now.
fn touch(configuration: &mut Json) {
    let before = configuration["LastModified"].as_str().and_then(|text| text[17..19].parse().ok());
    let second: u32 = before.map_or(0, |second: u32| second + 1);
    configuration["LastModified"] = format!("2027-01-15T00:00:{second:02}.000+0000").into();
}

/// The URL and the settings for asynchronous events: `None` for another part of the function.
fn companion(function: &mut Json, method: &str, part: &str, body: &Json) -> Option<Answer> {
    if !["url", "event-invoke-config", "code-signing-config"].contains(&part) {
        return None;
    }
    let arn = function["Configuration"]["FunctionArn"].clone();
    let have = &mut function[part];
    Some(match method {
        "POST" if !have.is_null() => {
            let message = "FunctionUrlConfig exists for this Lambda function";
            json_error(409, "ResourceConflictException", message)
        }
        "POST" => {
            *have = body.clone();
            have["FunctionUrl"] = "https://abc123.lambda-url.us-east-1.on.aws/".into();
            have["FunctionArn"] = arn;
            have["CreationTime"] = "2027-01-15T00:00:00Z".into();
            answered(201, have.clone())
        }
        "PUT" if part != "url" => {
            *have = body.clone();
            answered(200, have.clone())
        }
        _ if have.is_null() => missing(),
        "GET" => answered(200, have.clone()),
        "PUT" => {
            for (name, value) in body.as_object().unwrap() {
                have[name] = value.clone();
            }
            answered(200, have.clone())
        }
        "DELETE" => {
            *have = Json::Null;
            answered(204, json!({}))
        }
        other => panic!("{other} {part} is not in this account"),
    })
}

/// The function as it is, under a number.
fn publish(function: &mut Json, body: &Json) -> Answer {
    assert_eq!(body["CodeSha256"], function["Configuration"]["CodeSha256"]);
    if function["Versions"].is_null() {
        function["Versions"] = json!([]);
    }
    let mut kept = function["Configuration"].clone();
    let versions = function["Versions"].as_array_mut().unwrap();
    // Not where nothing has changed since the newest.
    if let Some(newest) = versions.last()
        && newest["LastModified"] == kept["LastModified"]
    {
        return answered(201, newest.clone());
    }
    kept["Version"] = (versions.len() + 1).to_string().into();
    versions.push(kept.clone());
    answered(201, kept)
}

/// The statements that other services' permissions are.
fn policy(function: &mut Json, method: &str, statement_id: &str, body: &Json) -> Answer {
    let arn = function["Configuration"]["FunctionArn"].clone();
    if function["Policy"].is_null() {
        function["Policy"] = json!([]);
    }
    let statements = function["Policy"].as_array_mut().unwrap();
    let position = |id: &Json| statements.iter().position(|statement| statement["Sid"] == *id);
    match method {
        "GET" if statements.is_empty() => missing(),
        "GET" => {
            let document = json!({ "Version": "2012-10-17", "Statement": statements });
            answered(200, json!({ "Policy": document.to_string() }))
        }
        "POST" => {
            let id = &body["StatementId"];
            if position(id).is_some() {
                let message = format!("The statement id ({id}) provided already exists.");
                return json_error(409, "ResourceConflictException", &message);
            }
            let principal = match body["Principal"].as_str().unwrap() {
                "*" => json!("*"),
                service if service.contains(".amazonaws.com") => json!({ "Service": service }),
                other => json!({ "AWS": other }),
            };
            let mut condition = json!({});
            for (operator, key, value) in [
                ("ArnLike", "AWS:SourceArn", &body["SourceArn"]),
                ("StringEquals", "AWS:SourceAccount", &body["SourceAccount"]),
                ("StringEquals", "aws:PrincipalOrgID", &body["PrincipalOrgID"]),
            ] {
                if !value.is_null() {
                    condition[operator][key] = value.clone();
                }
            }
            for (operator, name) in
                [("StringEquals", "FunctionUrlAuthType"), ("Bool", "InvokedViaFunctionUrl")]
            {
                let value = &body[name];
                if !value.is_null() {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    condition[operator][format!("lambda:{name}")] = text.into();
                }
            }
            let statement = json!({
                "Sid": id,
                "Effect": "Allow",
                "Principal": principal,
                "Action": body["Action"],
                "Resource": arn,
                "Condition": condition,
            });
            statements.push(statement.clone());
            answered(201, json!({ "Statement": statement.to_string() }))
        }
        "DELETE" => match position(&statement_id.into()) {
            Some(found) => {
                statements.remove(found);
                answered(204, json!({}))
            }
            None => missing(),
        },
        other => panic!("{other} of a policy is not in this account"),
    }
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
