//! Log groups.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents};
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, operation: &str, body: &Json) -> Answer {
    let region = contents.region().to_owned();
    let groups = &mut contents.log_groups;
    match operation {
        "DescribeLogGroups" => {
            let prefix = body["logGroupNamePrefix"].as_str().unwrap();
            let found = groups.range(prefix.to_owned()..);
            let found = found.take_while(|(name, _)| name.starts_with(prefix));
            let found: Vec<_> = found.map(|(_, group)| group.clone()).collect();
            return answered(200, json!({ "logGroups": found }));
        }
        "CreateLogGroup" => {
            let name = body["logGroupName"].as_str().unwrap();
            if groups.contains_key(name) {
                let message = "The specified log group already exists";
                return json_error(400, "ResourceAlreadyExistsException", message);
            }
            let arn = format!("arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:{name}:*");
            let group = json!({
                "logGroupName": name,
                "arn": arn,
                "tags": body["tags"],
                "logGroupClass": body["logGroupClass"],
                "kmsKeyId": body["kmsKeyId"],
            });
            groups.insert(name.to_owned(), group);
            return answered(200, json!({}));
        }
        _ => {}
    }
    let name = match body["resourceArn"].as_str() {
        Some(arn) => arn.split_once(":log-group:").unwrap().1,
        None => body["logGroupName"].as_str().unwrap(),
    };
    let Some(group) = groups.get_mut(name) else {
        let message = "The specified log group does not exist.";
        return json_error(400, "ResourceNotFoundException", message);
    };
    match operation {
        "PutRetentionPolicy" => group["retentionInDays"] = body["retentionInDays"].clone(),
        "DeleteRetentionPolicy" => group["retentionInDays"] = Json::Null,
        "AssociateKmsKey" => group["kmsKeyId"] = body["kmsKeyId"].clone(),
        "DisassociateKmsKey" => group["kmsKeyId"] = Json::Null,
        "ListTagsForResource" => return answered(200, json!({ "tags": group["tags"] })),
        "TagResource" => {
            let tags = body["tags"].as_object().unwrap().clone();
            group["tags"].as_object_mut().unwrap().extend(tags);
        }
        "UntagResource" => {
            let keys = body["tagKeys"].as_array().unwrap();
            let tags = group["tags"].as_object_mut().unwrap();
            tags.retain(|key, _| !keys.iter().any(|gone| gone == key));
        }
        "DeleteLogGroup" => drop(groups.remove(name)),
        other => panic!("{other} is not in this account"),
    }
    answered(200, json!({}))
}
