//! An event source's life: changed in place, drifted, imported, paused, and gone without a trace.

use std::thread;
use std::time::Duration;

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use super::{SOURCES, lines, mappings, policies, queue, worker};
use crate::bridge::trust_policy;
use crate::diagnostics::said;

const ADDRESS: &str = "modal_bridge_event_source.jobs";

fn jobs(arn: &str, arguments: &str) -> String {
    format!(
        r#"
resource "modal_bridge_event_source" "jobs" {{
  bridge_name      = modal_bridge_function.worker.name
  event_source_arn = "{arn}"
{arguments}
}}
"#
    )
}

#[test]
fn it_is_changed_in_place_paused_and_leaves_nothing() {
    let world = World::enforcing_policies();
    let aws = &world.aws;
    aws.set_knobs(&json!({"role_propagation_seconds": 2, "pending_update_seconds": 0.5}));
    let (jobs_url, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "70"}));
    let (config, file) = worker(&world, &jobs(&arn, "  tags = { team = \"ml\" }"));
    config.apply();
    config.plan().assert_empty();

    let [made] = mappings(&world).try_into().unwrap();
    assert_eq!(made["State"], "Enabled");
    assert_eq!(made["BatchSize"], 10);
    assert_eq!(made["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    let tags = json!({"Resource": made["EventSourceMappingArn"]});
    assert_eq!(aws.call("lambda", "list_tags", tags)["Tags"]["team"], "ml");
    let [ours, own] = policies(&world).try_into().unwrap();
    assert!(own.starts_with("modal-bridge-source-") && ours == "modal-bridge", "{ours} {own}");
    let policy = json!({"RoleName": "worker-us-east-1", "PolicyName": own});
    let policy = aws.call("iam", "get_role_policy", policy)["PolicyDocument"].take();
    let statement = &policy["Statement"][0];
    assert_eq!(statement["Resource"], json!([arn]));
    let polls = json!(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);
    assert_eq!(statement["Action"], polls);

    // Everything that can change in place.
    let changed = r#"
  enabled                            = false
  batch_size                         = 50
  maximum_batching_window_in_seconds = 5
  function_response_types            = []
  kms_key_arn                        = "arn:aws:kms:us-east-1:111122223333:key/1"
  tags                               = { stage = "dev" }

  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["image"] } })
    }
  }
  scaling_config {
    maximum_concurrency = 2
  }"#;
    config.write(SOURCES, &jobs(&arn, changed));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    let request = json!({"UUID": made["UUID"]});
    let found = aws.call("lambda", "get_event_source_mapping", request.clone());
    assert_eq!(found["State"], "Disabled");
    assert_eq!(found["BatchSize"], 50);
    assert_eq!(found["MaximumBatchingWindowInSeconds"], 5);
    assert_eq!(found["FunctionResponseTypes"], json!([]));
    assert_eq!(found["KMSKeyArn"], "arn:aws:kms:us-east-1:111122223333:key/1");
    assert_eq!(found["ScalingConfig"]["MaximumConcurrency"], 2);
    let pattern = found["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap();
    assert_eq!(pattern, r#"{"body":{"kind":["image"]}}"#);

    // While it is paused, what comes waits.
    let sent = json!({"QueueUrl": jobs_url, "MessageBody": "one"});
    aws.call("sqs", "send_message", sent);
    thread::sleep(Duration::from_secs(3));
    assert!(!file.exists(), "a message went through");
    config.write(SOURCES, &jobs(&arn, ""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(lines(&file, 2), ["try one", "done one"]);
    let found = aws.call("lambda", "get_event_source_mapping", request);
    assert_eq!((&found["FilterCriteria"], &found["KMSKeyArn"]), (&Value::Null, &Value::Null));
    assert_eq!((&found["ScalingConfig"], &found["BatchSize"]), (&Value::Null, &json!(10)));

    let calls = aws.calls();
    let position = |action: &str| calls.iter().rposition(|call| call == action).unwrap();
    let first = calls.iter().position(|call| call == "lambda:CreateEventSourceMapping").unwrap();
    assert!(position("iam:PutRolePolicy") < first, "the rights are there before the mapping");

    // And they go when it is gone.
    let before = aws.calls().len();
    config.write(SOURCES, "");
    config.apply();
    let calls = aws.calls()[before..].to_vec();
    let position = |action: &str| calls.iter().position(|call| call == action).unwrap();
    assert!(position("lambda:DeleteEventSourceMapping") < position("iam:DeleteRolePolicy"));
    assert_eq!(mappings(&world), [] as [Value; 0]);
    assert_eq!(policies(&world), ["modal-bridge"]);
    config.destroy();
}

#[test]
fn whatever_somebody_changed_is_shown_and_mended() {
    let world = World::start();
    let aws = &world.aws;
    let (_, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "70"}));
    let (config, _) = worker(&world, &jobs(&arn, ""));
    config.apply();
    let [made] = mappings(&world).try_into().unwrap();
    let own = policies(&world).into_iter().find(|name| name != "modal-bridge").unwrap();
    let of_role = json!({"RoleName": "worker-us-east-1", "PolicyName": own});
    let written = aws.call("iam", "get_role_policy", of_role.clone())["PolicyDocument"].take();

    let uuid = &made["UUID"];
    for change in [
        json!({"UUID": uuid, "Enabled": false}),
        json!({"UUID": uuid, "BatchSize": 1}),
        json!({"UUID": uuid, "FunctionResponseTypes": []}),
        json!({"UUID": uuid, "ScalingConfig": {"MaximumConcurrency": 9}}),
        json!({"UUID": uuid, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}),
    ] {
        thread::sleep(Duration::from_millis(300));
        aws.call("lambda", "update_event_source_mapping", change.clone());
        thread::sleep(Duration::from_millis(300));
        config.plan().assert_updates(&[ADDRESS]);
        config.apply_planned();
        config.plan().assert_empty();
    }
    let [mended] = mappings(&world).try_into().unwrap();
    for part in ["State", "BatchSize", "FunctionResponseTypes", "ScalingConfig", "FilterCriteria"] {
        assert_eq!(mended[part], made[part], "{part}");
    }

    aws.call("iam", "delete_role_policy", of_role.clone());
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    let mended = aws.call("iam", "get_role_policy", of_role)["PolicyDocument"].take();
    assert_eq!(mended, written);

    aws.call("lambda", "delete_event_source_mapping", json!({"UUID": uuid}));
    thread::sleep(Duration::from_millis(300));
    config.plan().assert_replaces(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((mappings(&world).len(), policies(&world).len()), (1, 2));
    config.destroy();
}

#[test]
fn it_is_imported_and_what_is_there_already_says_how() {
    let world = World::start();
    let (_, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "70"}));
    let (config, _) = worker(&world, &jobs(&arn, ""));
    config.apply();
    let state = config.resource(ADDRESS).unwrap();
    let [made] = mappings(&world).try_into().unwrap();
    let uuid = made["UUID"].as_str().unwrap().to_owned();
    for id in [uuid.clone(), format!("{uuid}@us-east-1")] {
        config.forget(ADDRESS);
        config.import(ADDRESS, &id);
        config.plan().assert_empty();
        let mut imported = config.resource(ADDRESS).unwrap();
        imported["last_processing_result"] = state["last_processing_result"].clone();
        assert_eq!(imported, state);
    }

    config.forget(ADDRESS);
    let errors: Vec<_> =
        config.apply_errors().iter().map(|error| error.replace(&uuid, "(uuid)")).collect();
    expect![[r#"
        Cannot create the event source mapping from "arn:aws:sqs:us-east-1:<account>:jobs" to "worker"

        Lambda feeds the bridge from there already. Delete that event source mapping, or bring it under Terraform:

        import {
          to = modal_bridge_event_source.<name>
          id = "(uuid)@us-east-1"
        }"#]].assert_eq(&said(&world, &errors));
    config.import(ADDRESS, &uuid);
    config.destroy();
    assert_eq!(mappings(&world), [] as [Value; 0]);
}

#[test]
fn a_queue_that_hides_messages_for_too_short_is_told_by_both_numbers() {
    let world = World::start();
    let (url, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "9"}));
    let (config, _) = worker(&world, &jobs(&arn, ""));
    expect![[r#"
        Visibility timeout of the queue is too short

        The queue "jobs" hides a message for 9 seconds, and the bridge "worker" may take 10 seconds for it: the message would come back while it is worked on, and Lambda refuses that. Set the queue's visibility_timeout_seconds to 60 (at least 10), or the bridge's timeout to 9 or less."#]].assert_eq(&said(&world, &config.apply_errors()));
    // Nothing of it was made, so that the next apply makes all of it.
    assert_eq!(policies(&world), ["modal-bridge"]);
    let warnings: Vec<_> =
        config.plan_warnings().into_iter().filter(|text| text.contains("queue")).collect();
    expect![[r#"
        Visibility timeout of the queue is too short

        The queue "jobs" hides a message for 9 seconds, and the bridge "worker" may take 10 seconds for it: the message would come back while it is worked on, and Lambda refuses that. Set the queue's visibility_timeout_seconds to 60 (at least 10), or the bridge's timeout to 9 or less."#]].assert_eq(&said(&world, &warnings));

    let longer = json!({"QueueUrl": url, "Attributes": {"VisibilityTimeout": "59"}});
    world.aws.call("sqs", "set_queue_attributes", longer);
    config.apply();
    let warnings: Vec<_> =
        config.plan_warnings().into_iter().filter(|text| text.contains("queue")).collect();
    expect![[r#"
        Visibility timeout of the queue is short

        The queue "jobs" hides a message for 59 seconds, and the bridge "worker" may take 10 seconds for it. When Lambda is throttled, the message may come back, and be worked on twice, before Lambda had a chance to try again. AWS advises six times the timeout, and the batching window: set the queue's visibility_timeout_seconds to 60."#]].assert_eq(&said(&world, &warnings));
    config.destroy();
}

#[test]
fn rights_that_are_the_practitioners_affair_are_left_alone() {
    let world = World::start();
    let (_, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "70"}));
    let (config, _) = worker(&world, &jobs(&arn, "  manage_permissions = false"));
    config.replace(
        "  batch_mode          = \"record\"",
        &format!("  batch_mode = \"record\"\n  event_source_arns = [\"{arn}\"]"),
    );
    config.apply();
    config.plan().assert_empty();
    assert_eq!(policies(&world), ["modal-bridge"]);

    config.write(SOURCES, &jobs(&arn, ""));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(policies(&world).len(), 2);

    config.write(SOURCES, &jobs(&arn, "  manage_permissions = false"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(policies(&world), ["modal-bridge"]);
    config.destroy();
}

#[test]
fn the_rights_go_with_the_bridge_to_another_role_in_the_same_apply() {
    let world = World::start();
    let (_, arn) = queue(&world, "jobs", json!({"VisibilityTimeout": "70"}));
    let (config, _) = worker(&world, &jobs(&arn, ""));
    config.apply();
    let bridge = "modal_bridge_function.worker";
    let may_poll = |role: &str| {
        let state = config.resource(ADDRESS).unwrap();
        assert_eq!(state["execution_role_name"], role);
        let policy = json!({"RoleName": role, "PolicyName": state["execution_role_policy_name"]});
        world.aws.call("iam", "get_role_policy", policy);
    };
    let mut before = "  batch_mode          = \"record\"".to_owned();
    // A role that it names, the same one made anew, and one of the practitioner's.
    let trust = trust_policy(&json!({"Service": "lambda.amazonaws.com"}));
    let role = json!({"RoleName": "mine", "AssumeRolePolicyDocument": trust});
    world.aws.call("iam", "create_role", role);
    let mine = format!("role_arn = \"arn:aws:iam::{}:role/mine\"", world.aws.id());
    for (arguments, role) in [
        ("role_name = \"runner\"", "runner"),
        ("role_name = \"runner\"\n  role_path = \"/modal/\"", "runner"),
        (mine.as_str(), "mine"),
    ] {
        let after = format!("  batch_mode = \"record\"\n  {arguments}");
        config.replace(&before, &after);
        before = after;
        config.plan().assert_updates(&[bridge, ADDRESS]);
        config.apply_planned();
        config.plan().assert_empty();
        may_poll(role);
    }
    config.destroy();
    let left = world.aws.call("iam", "list_role_policies", json!({"RoleName": "mine"}));
    assert_eq!(left["PolicyNames"], json!([]));
}
