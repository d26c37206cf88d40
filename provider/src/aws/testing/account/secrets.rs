//! Secrets.

use serde_json::{Value as Json, json};

use super::{ACCOUNT_ID, Answer, Contents, tags};
use crate::aws::testing::{json as answered, json_error};

pub(super) fn answer(contents: &mut Contents, operation: &str, body: &Json) -> Answer {
    if operation == "CreateSecret" {
        return create(contents, body);
    }
    let id = &body["SecretId"];
    let found = contents
        .secrets
        .iter_mut()
        .find(|(_, secret)| secret["ARN"] == *id || secret["Name"] == *id);
    let Some((arn, secret)) = found else {
        let message = "Secrets Manager can't find the specified secret.";
        return json_error(400, "ResourceNotFoundException", message);
    };
    let arn = arn.clone();
    match operation {
        "DescribeSecret" => return answered(200, secret.clone()),
        "DeleteSecret"
            if secret["ReplicationStatus"].as_array().is_some_and(|all| !all.is_empty()) =>
        {
            let message = "You can't delete a secret that is replicated to other Regions.";
            return json_error(400, "InvalidRequestException", message);
        }
        "DeleteSecret" if body["ForceDeleteWithoutRecovery"] == true => {
            contents.secrets.remove(&arn);
            contents.secret_values.remove(&arn);
            contents.secret_policies.remove(&arn);
        }
        "RestoreSecret" => {
            secret.as_object_mut().unwrap().remove("DeletedDate");
        }
        "DeleteSecret" => secret["DeletedDate"] = json!(1_800_000_000),
        _ if secret.get("DeletedDate").is_some() => {
            let message = "You can't perform this operation on the secret because it was marked \
                           for deletion.";
            return json_error(400, "InvalidRequestException", message);
        }
        "UpdateSecret" => {
            for setting in ["Description", "KmsKeyId"] {
                if let Some(value) = body.get(setting) {
                    secret[setting] = value.clone();
                }
            }
        }
        "PutSecretValue" => {
            let version = body["ClientRequestToken"].as_str().unwrap();
            secret["VersionIdsToStages"] = json!({ version: ["AWSCURRENT"] });
            let value = body["SecretString"].as_str().unwrap().to_owned();
            contents.secret_values.insert(arn.clone(), value);
            return answered(200, json!({ "ARN": arn, "VersionId": version }));
        }
        "GetResourcePolicy" => {
            let policy = contents.secret_policies.get(&arn);
            return answered(200, json!({ "ARN": arn, "ResourcePolicy": policy }));
        }
        "PutResourcePolicy" => {
            // Secrets Manager keeps the document, and not its layout.
            let policy: Json =
                serde_json::from_str(body["ResourcePolicy"].as_str().unwrap()).unwrap();
            contents.secret_policies.insert(arn.clone(), policy.to_string());
        }
        "DeleteResourcePolicy" => {
            contents.secret_policies.remove(&arn);
        }
        "ReplicateSecretToRegions" => {
            for added in body["AddReplicaRegions"].as_array().unwrap() {
                let mut copy = added.clone();
                copy["Status"] = "InSync".into();
                if added.get("KmsKeyId").is_none() {
                    copy["KmsKeyId"] = "alias/aws/secretsmanager".into();
                }
                let copies = &mut secret["ReplicationStatus"];
                if copies.is_null() {
                    *copies = json!([]);
                }
                copies.as_array_mut().unwrap().push(copy);
            }
        }
        "RemoveRegionsFromReplication" => {
            let gone = body["RemoveReplicaRegions"].as_array().unwrap();
            let copies = secret["ReplicationStatus"].as_array_mut().unwrap();
            copies.retain(|copy| !gone.contains(&copy["Region"]));
        }
        "TagResource" => {
            let mut all = tags(&secret["Tags"]);
            all.extend(tags(&body["Tags"]));
            secret["Tags"] = listed(all);
        }
        "UntagResource" => {
            let mut all = tags(&secret["Tags"]);
            let gone = body["TagKeys"].as_array().unwrap();
            all.retain(|key, _| !gone.iter().any(|gone| gone == key));
            secret["Tags"] = listed(all);
        }
        other => panic!("{other} is not in this account"),
    }
    answered(200, json!({ "ARN": arn }))
}

fn create(contents: &mut Contents, body: &Json) -> Answer {
    let name = body["Name"].as_str().unwrap();
    if let Some(taken) = contents.secrets.values().find(|secret| secret["Name"] == name) {
        if taken.get("DeletedDate").is_some() {
            let message = "You can't create this secret because a secret with this name is \
                           already scheduled for deletion.";
            return json_error(400, "InvalidRequestException", message);
        }
        let message = format!("The operation failed because the secret {name} already exists.");
        return json_error(400, "ResourceExistsException", &message);
    }
    let suffix = format!("{:06}", contents.next());
    let region = contents.region();
    let arn = format!("arn:aws:secretsmanager:{region}:{ACCOUNT_ID}:secret:{name}-{suffix}");
    let version = body["ClientRequestToken"].as_str().unwrap();
    let mut secret = json!({
        "ARN": arn,
        "Name": name,
        "Tags": body["Tags"],
        "VersionIdsToStages": { version: ["AWSCURRENT"] },
    });
    for setting in ["Description", "KmsKeyId"] {
        if let Some(value) = body.get(setting) {
            secret[setting] = value.clone();
        }
    }
    let value = body["SecretString"].as_str().unwrap().to_owned();
    contents.secrets.insert(arn.clone(), secret);
    contents.secret_values.insert(arn.clone(), value);
    answered(200, json!({ "ARN": arn, "Name": name, "VersionId": version }))
}

fn listed(tags: std::collections::BTreeMap<String, String>) -> Json {
    tags.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}
