//! Rules of event buses, of which there are any.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, operation: &str, body: &Json) -> Answer {
    let name = body.get("Rule").or(body.get("Name")).and_then(Json::as_str).unwrap_or_default();
    let bus = body["EventBusName"].as_str().unwrap_or("default");
    let key = format!("{bus}/{name}");
    match operation {
        "PutRule" => return put_rule(contents, &key, body),
        "ListTagsForResource" => {
            let found = contents.rules.values().find(|rule| rule["Arn"] == body["ResourceARN"]);
            let tags = found.map_or(json!([]), |rule| rule["Tags"].clone());
            return answered(200, json!({ "Tags": tags }));
        }
        "DeleteRule" => {
            if contents.rules.get(&key).is_some_and(|rule| rule["Targets"] != json!([])) {
                let message = "Rule can't be deleted since it has targets.";
                return json_error(400, "ValidationException", message);
            }
            contents.rules.remove(&key);
            return answered(200, json!({}));
        }
        _ => {}
    }
    let Some(rule) = contents.rules.get_mut(&key) else {
        let message = format!("Rule {name} does not exist on EventBus {bus}.");
        return json_error(400, "ResourceNotFoundException", &message);
    };
    if operation == "DescribeRule" {
        return answered(200, rule.clone());
    }
    let targets = rule["Targets"].as_array_mut().unwrap();
    match operation {
        "ListTargetsByRule" => return answered(200, json!({ "Targets": targets })),
        "PutTargets" => {
            let new = &body["Targets"][0];
            targets.retain(|target| target["Id"] != new["Id"]);
            targets.push(new.clone());
        }
        "RemoveTargets" => {
            let gone = body["Ids"].as_array().unwrap();
            targets.retain(|target| !gone.contains(&target["Id"]));
        }
        other => panic!("{other} is not in this account"),
    }
    answered(200, json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

fn put_rule(contents: &mut Contents, key: &str, body: &Json) -> Answer {
    let region = contents.region();
    let path = key.strip_prefix("default/").unwrap_or(key);
    let arn = format!("arn:aws:events:{region}:{ACCOUNT_ID}:rule/{path}");
    let before = contents.rules.remove(key);
    let mut rule = body.clone();
    rule["Arn"] = arn.as_str().into();
    let (targets, tags) = match before {
        Some(mut before) => (before["Targets"].take(), before["Tags"].take()),
        None => (json!([]), body["Tags"].clone()),
    };
    rule["Targets"] = targets;
    rule["Tags"] = tags;
    contents.rules.insert(key.to_owned(), rule);
    answered(200, json!({ "RuleArn": arn }))
}
