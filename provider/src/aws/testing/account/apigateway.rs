//! HTTP APIs, with integrations, routes and stages.

use serde_json::{Value as Json, json};

use super::{Answer, Contents};
use crate::aws::testing::request::Request;
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, request: &Request) -> Answer {
    let body: Json = serde_json::from_str(&request.body).unwrap_or_default();
    let path: Vec<_> = request.path.trim_matches('/').split('/').skip(2).collect();
    if let Some(arn) = request.path.strip_prefix("/v2/tags/") {
        let api = contents.apis.get_mut(arn.rsplit('/').next().unwrap_or_default());
        return api.map_or_else(missing, |api| tagged(api, request, &body));
    }
    let made = contents.next();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", []) => {
            let items: Vec<_> = contents.apis.values().collect();
            answered(200, json!({ "items": items }))
        }
        ("POST", []) => {
            let id = format!("api{made}");
            let endpoint = format!("https://{id}.execute-api.{}.amazonaws.com", contents.region());
            let mut api = json!({
                "apiId": id, "apiEndpoint": endpoint,
                "integrations": {}, "routes": {}, "stages": {},
            });
            merge(&mut api, body);
            contents.apis.insert(id, api.clone());
            answered(201, api)
        }
        (method, [id, rest @ ..]) => {
            if method == "DELETE" && rest.is_empty() {
                let gone = contents.apis.remove(*id);
                return gone.map_or_else(missing, |_| answered(204, json!({})));
            }
            let Some(api) = contents.apis.get_mut(*id) else { return missing() };
            within(api, method, rest, body, made)
        }
        (method, _) => panic!("{method} {} is not in this account", request.path),
    }
}

fn tagged(api: &mut Json, request: &Request, body: &Json) -> Answer {
    let tags = api["tags"].as_object_mut().unwrap();
    for (key, value) in body["tags"].as_object().into_iter().flatten() {
        tags.insert(key.clone(), value.clone());
    }
    for (_, key) in request.query.iter().filter(|(name, _)| name == "tagKeys") {
        tags.remove(key);
    }
    answered(if request.method == "DELETE" { 204 } else { 201 }, json!({}))
}

fn within(api: &mut Json, method: &str, path: &[&str], body: Json, made: usize) -> Answer {
    match (method, path) {
        ("GET", []) => answered(200, api.clone()),
        ("PATCH", []) => {
            merge(api, body);
            answered(200, api.clone())
        }
        ("DELETE", ["cors"]) => {
            api.as_object_mut().unwrap().remove("corsConfiguration");
            answered(204, json!({}))
        }
        ("GET", [parts]) => {
            let items: Vec<_> = api[parts].as_object().unwrap().values().collect();
            answered(200, json!({ "items": items }))
        }
        ("POST", [parts]) => {
            let (key, id) = match *parts {
                "integrations" => ("integrationId", format!("i{made}")),
                "routes" => ("routeId", format!("r{made}")),
                "stages" => ("stageName", body["stageName"].as_str().unwrap().to_owned()),
                other => panic!("{other} are not in this account"),
            };
            let taken = api[parts].get(&id).is_some();
            let same_key = |route: &Json| route["routeKey"] == body["routeKey"];
            let routes = api[parts].as_object().unwrap().values();
            if taken || (*parts == "routes" && routes.clone().any(same_key)) {
                return json_error(409, "ConflictException", "it exists already");
            }
            let mut part = body;
            part[key] = Json::from(id.clone());
            api[parts][&id] = part.clone();
            answered(201, part)
        }
        (method, [parts, id]) => {
            let Some(part) = api[parts].get_mut(id) else { return missing() };
            if method == "PATCH" {
                merge(part, body);
            }
            answered(200, part.clone())
        }
        (method, path) => panic!("{method} {path:?} is not in this account"),
    }
}

fn merge(object: &mut Json, changes: Json) {
    object.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
}

fn missing() -> Answer {
    json_error(404, "NotFoundException", "Invalid API identifier specified")
}
