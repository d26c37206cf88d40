//! `modal_bridge_event_source`.

use std::thread;
use std::time::Duration;

use acceptance::AwsAccount;
use serde_json::{Value as Json, json};

use super::{Scenario, text, with};

/// A zip with a `bootstrap` that is an empty script.
const CODE: &str = "base64:UEsDBBQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAYm9vdHN0cmFwIyEvYmluL3NoClBLAQIUAxQAAAAAAAAAIQAdnfsECgAAAAoAAAAJAAAAAAAAAAAAAADtAQAAAABib290c3RyYXBQSwUGAAAAAAEAAQA3AAAAMQAAAAAA";

/// A function `worker` with a role of its own. Whether it is a bridge makes no difference.
pub(super) fn worker(account: &AwsAccount) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }] });
    let role = json!({"RoleName": "worker", "AssumeRolePolicyDocument": trust.to_string()});
    account.call("iam", "create_role", role);
    let function = json!({
        "FunctionName": "worker",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": format!("arn:aws:iam::{}:role/worker", account.id()),
        "Code": {"ZipFile": CODE},
    });
    account.call("lambda", "create_function", function);
    let found = json!({"FunctionName": "worker"});
    let state = || account.call("lambda", "get_function_configuration", found.clone());
    while state()["State"] != "Active" {
        thread::sleep(Duration::from_millis(20));
    }
}

fn jobs(account: &str) -> Json {
    json!({
        "bridge_name": "worker",
        "event_source_arn": format!("arn:aws:sqs:us-east-1:{account}:jobs"),
        "batch_size": 5,
        "tags": { "env": "dev" },
    })
}

/// A queue.
pub(super) fn queue() -> Scenario {
    Scenario {
        name: "bridge_event_source",
        type_name: "modal_bridge_event_source",
        set_up: |account| {
            worker(account);
            let attributes = json!({"VisibilityTimeout": "600"});
            let queue = json!({"QueueName": "jobs", "Attributes": attributes});
            account.call("sqs", "create_queue", queue);
        },
        create: jobs,
        updates: &[|account| {
            with(
                jobs(account),
                &json!({
                    "batch_size": 10,
                    "enabled": false,
                    "tags": { "team": "ml" },
                    "filter_criteria": { "filter": [{ "pattern": r#"{"body":{"kind":["image"]}}"# }] },
                }),
            )
        }],
        import_id: |state| text(state, "uuid"),
        services: &["iam", "lambda"],
        stays: &[],
    }
}
