//! Schedules, of groups of which there are any.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::request::Request;
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, request: &Request) -> Answer {
    let name = request.path.trim_start_matches("/schedules/");
    let body: Json = serde_json::from_str(&request.body).unwrap_or_default();
    let in_query = request.query.iter().find(|(name, _)| name == "groupName");
    let group = in_query.map(|(_, group)| group.as_str()).or(body["GroupName"].as_str());
    let key = format!("{}/{name}", group.unwrap_or("default"));
    let arn = format!("arn:aws:scheduler:{}:{ACCOUNT_ID}:schedule/{key}", contents.region());
    let there = contents.schedules.get(&key);
    match (request.method.as_str(), there) {
        ("POST", Some(_)) => {
            json_error(409, "ConflictException", &format!("Schedule {name} already exists."))
        }
        ("POST", None) | ("PUT", Some(_)) => {
            let mut schedule = body;
            schedule["Arn"] = arn.as_str().into();
            // Scheduler writes out what it does unless told.
            let mut retries =
                json!({ "MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400 });
            if let Some(said) = schedule["Target"]["RetryPolicy"].as_object() {
                retries.as_object_mut().unwrap().extend(said.clone());
            }
            schedule["Target"]["RetryPolicy"] = retries;
            contents.schedules.insert(key, schedule);
            answered(200, json!({ "ScheduleArn": arn }))
        }
        ("GET", Some(there)) => answered(200, there.clone()),
        ("DELETE", Some(_)) => {
            contents.schedules.remove(&key);
            answered(200, json!({}))
        }
        (_, None) => json_error(
            404,
            "ResourceNotFoundException",
            &format!("Schedule {name} does not exist."),
        ),
        (method, _) => panic!("{method} {} is not in this account", request.path),
    }
}
