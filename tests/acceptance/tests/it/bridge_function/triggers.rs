//! What may invoke a bridge, and how often.

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{ADDRESS, bridge};

const TRIGGERS: &str = r#"
  allowed_trigger {
    statement_id = "uploads"
    service      = "s3"
    source_arn   = "arn:aws:s3:::uploads"
  }
  allowed_trigger {
    statement_id = "partner"
    principal    = "999988887777"
  }
"#;

#[test]
fn what_may_invoke_a_bridge_is_added_changed_and_taken_back() {
    let world = World::start();
    let config = world.config(&bridge(TRIGGERS));
    config.apply();
    config.plan().assert_empty();
    expect![[r#"
        {"Sid":"partner","Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails"}
        {"Sid":"uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::uploads"},"StringEquals":{"AWS:SourceAccount":"(account)"}}}"#]].assert_eq(&statements(&world));

    // Somebody else's statement is left alone, and ours is mended.
    let other = |id: &str, principal: &str| {
        json!({
            "FunctionName": "thumbnails",
            "StatementId": id,
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
        })
    };
    world.aws.call("lambda", "add_permission", other("theirs", "sns.amazonaws.com"));
    config.plan().assert_empty();
    let ours = json!({"FunctionName": "thumbnails", "StatementId": "partner"});
    world.aws.call("lambda", "remove_permission", ours);
    world.aws.call("lambda", "add_permission", other("partner", "111111111111"));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();

    config.rewrite(&bridge(&TRIGGERS.replace(":uploads\"", ":images\"")));
    config.apply();
    config.plan().assert_empty();
    expect![[r#"
        {"Sid":"partner","Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails"}
        {"Sid":"theirs","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails"}
        {"Sid":"uploads","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::images"},"StringEquals":{"AWS:SourceAccount":"(account)"}}}"#]].assert_eq(&statements(&world));

    config.rewrite(&bridge(&TRIGGERS.replace("\"partner\"", "\"theirs\"")));
    expect![[r#"
        Invalid allowed_trigger

        The function's policy has another statement "theirs" already: choose another statement_id, or remove that one."#]].assert_eq(&config.apply_errors().join("\n"));

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    expect![[r#"{"Sid":"theirs","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:(account):function:thumbnails"}"#]].assert_eq(&statements(&world));
}

#[test]
fn a_mapping_that_feeds_a_paused_bridge_is_warned_of() {
    let world = World::start();
    let queue = json!({"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "900"}});
    world.aws.call("sqs", "create_queue", queue);
    let source = format!("arn:aws:sqs:us-east-1:{}:jobs", world.aws.id());
    let config = world.config(&bridge(&format!("  event_source_arns = [\"{source}\"]")));
    config.apply();
    let mapping = json!({"FunctionName": "thumbnails", "EventSourceArn": source});
    let made = world.aws.call("lambda", "create_event_source_mapping", mapping);

    config.replace("event_source_arns", "paused = true\n  event_source_arns");
    let feeds = |config: &acceptance::Config| {
        let warnings = config.plan_warnings();
        let found = warnings.iter().find(|warning| warning.starts_with("Event sources feed"));
        found.map(|warning| warning.replace(world.aws.id(), "(account)"))
    };
    expect![[r#"
        Event sources feed the paused bridge

        Lambda goes on polling arn:aws:sqs:us-east-1:(account):jobs: each message of a queue comes back and counts as received, so that a redrive policy moves it away in the end, and records of a stream wait until they expire. Disable these mappings while the bridge is paused."#]].assert_eq(&feeds(&config).unwrap());
    let disabled = json!({"UUID": made["UUID"], "Enabled": false});
    world.aws.call("lambda", "update_event_source_mapping", disabled);
    assert_eq!(feeds(&config), None);
}

#[test]
fn a_paused_bridge_takes_no_events_and_keeps_its_settings() {
    let world = World::start();
    let reserved = || {
        let request = json!({"FunctionName": "thumbnails"});
        world.aws.call("lambda", "get_function_concurrency", request)
            ["ReservedConcurrentExecutions"]
            .clone()
    };
    let config = world.config(&bridge("  reserved_concurrent_executions = 5"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(reserved(), 5);

    config.rewrite(&bridge("  reserved_concurrent_executions = 5\n  paused = true"));
    expect![[r#"
        Events may be lost while the bridge is paused

        S3, SNS, EventBridge and schedules send events that nobody keeps: after six hours they are lost. With dead_letter_config they go to a queue or a topic.
        Events may be lost while the bridge is paused

        S3, SNS, EventBridge and schedules send events that nobody keeps: after six hours they are lost. With dead_letter_config they go to a queue or a topic."#]].assert_eq(&config.plan_warnings().join("\n"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(reserved(), 0);

    config.rewrite(&bridge("  reserved_concurrent_executions = 5"));
    config.apply();
    assert_eq!(reserved(), 5);
    let other = json!({"FunctionName": "thumbnails", "ReservedConcurrentExecutions": 0});
    world.aws.call("lambda", "put_function_concurrency", other);
    config.plan().assert_updates(&[ADDRESS]);

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(reserved(), Value::Null);
}

/// The function's policy, a line for each statement.
pub(super) fn statements(world: &World) -> String {
    let request = json!({"FunctionName": "thumbnails"});
    let Ok(answer) = world.aws.try_call("lambda", "get_policy", request) else {
        return "none".to_owned();
    };
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    let mut lines: Vec<_> =
        policy["Statement"].as_array().unwrap().iter().map(Value::to_string).collect();
    lines.sort();
    lines.join("\n").replace(world.aws.id(), "(account)")
}
