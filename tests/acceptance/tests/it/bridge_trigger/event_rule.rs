//! Events on an event bus.

use acceptance::World;
use serde_json::{Value, json};

use super::fired::{first_events, wired};
use super::{TRIGGER, statements, take_permission, trigger};

const SHIPPED: &str = r#"
  event_rule {
    event_bus_name = "orders"
    event_pattern  = jsonencode({ source = ["shop"], detail = { state = ["shipped"] } })

    input_transformer {
      input_paths    = { id = "$.detail.id", shop = "$.source" }
      input_template = "{\"order\": <id>, \"of\": <shop>}"
    }
  }
"#;

fn bus(world: &World) {
    world.aws.call("events", "create_event_bus", json!({"Name": "orders"}));
}

/// The names of the bus's rules.
fn rules(world: &World) -> Vec<Value> {
    let answer = world.aws.call("events", "list_rules", json!({"EventBusName": "orders"}));
    answer["Rules"].as_array().unwrap().clone()
}

fn targets(world: &World, rule: &Value) -> Vec<Value> {
    let request = json!({"EventBusName": "orders", "Rule": rule["Name"]});
    let answer = world.aws.call("events", "list_targets_by_rule", request);
    answer["Targets"].as_array().unwrap().clone()
}

#[test]
fn an_event_that_matches_comes_to_modal_rewritten_and_another_does_not() {
    let world = World::start();
    bus(&world);
    let config = wired(&world, "event_rule", SHIPPED);
    config.apply();
    config.plan().assert_empty();

    for (id, state) in [(1, "ordered"), (2, "shipped")] {
        let entry = json!({
            "EventBusName": "orders",
            "Source": "shop",
            "DetailType": "order",
            "Detail": json!({"id": id, "state": state}).to_string(),
        });
        world.aws.call("events", "put_events", json!({"Entries": [entry]}));
    }

    let events = first_events(&world, "event_rule");
    assert_eq!(events, [json!({"order": 2, "of": "shop"})]);
    config.destroy();
    assert_eq!(rules(&world), [] as [Value; 0]);
}

#[test]
fn a_rule_lives_and_leaves_nothing() {
    let world = World::start();
    bus(&world);
    let config = world.config(&trigger(SHIPPED));

    config.apply();
    config.plan().assert_empty();
    let function = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    let state = config.resource(TRIGGER).unwrap();
    let [rule] = &rules(&world)[..] else { panic!("{:?}", rules(&world)) };
    assert_eq!(rule["Arn"], state["source_arn"]);
    assert_eq!(rule["Name"], state["event_rule"]["name"]);
    assert_eq!(rule["State"], "ENABLED");
    let [target] = &targets(&world, rule)[..] else { panic!("{:?}", targets(&world, rule)) };
    assert_eq!(target["Arn"], function);
    assert_eq!(target["InputTransformer"]["InputPathsMap"]["id"], "$.detail.id");
    let [statement] = &statements(&world)[..] else { panic!("{:?}", statements(&world)) };
    assert_eq!(statement["Sid"], state["statement_id"]);
    assert_eq!(statement["Principal"], json!({"Service": "events.amazonaws.com"}));
    assert_eq!(statement["Condition"], json!({"ArnLike": {"AWS:SourceArn": rule["Arn"]}}));

    // What others say of the rule stays, and so does its name.
    let description = json!({
        "Name": rule["Name"], "EventBusName": "orders", "EventPattern": rule["EventPattern"],
        "Description": "by hand",
    });
    world.aws.call("events", "put_rule", description);
    let lost = format!("arn:aws:sqs:us-east-1:{}:lost", world.aws.id());
    let changed = format!(
        r#"
  event_rule {{
    event_bus_name  = "orders"
    event_pattern   = jsonencode({{ source = ["shop"] }})
    state           = "DISABLED"
    dead_letter_arn = "{lost}"

    retry_policy {{
      maximum_event_age_in_seconds = 600
      maximum_retry_attempts       = 2
    }}
  }}
"#
    );
    config.rewrite(&trigger(&changed));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let now = rules(&world).remove(0);
    assert_eq!((&now["Name"], &now["State"]), (&rule["Name"], &json!("DISABLED")));
    assert_eq!(now["Description"], "by hand");
    assert_eq!(now["EventPattern"], r#"{"source":["shop"]}"#);
    let target = targets(&world, rule).remove(0);
    assert_eq!(target["InputTransformer"], Value::Null);
    assert_eq!(target["DeadLetterConfig"], json!({"Arn": lost}));
    assert_eq!(
        target["RetryPolicy"],
        json!({"MaximumEventAgeInSeconds": 600, "MaximumRetryAttempts": 2})
    );

    let id = format!("thumbnails/event_rule/orders/{}", rule["Name"].as_str().unwrap());
    assert_eq!(state["id"], id);
    config.forget(TRIGGER);
    config.import(TRIGGER, &id);
    config.plan().assert_empty();

    config.destroy();
    assert_eq!(rules(&world), [] as [Value; 0]);
    config.apply();
    // What is gone need not be removed.
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    config.destroy();
    assert_eq!(rules(&world), [] as [Value; 0]);
}

#[test]
fn what_somebody_took_away_is_shown_and_made_again() {
    let world = World::start();
    bus(&world);
    let config = world.config(&trigger(SHIPPED));
    config.apply();
    let rule = rules(&world).remove(0);
    let target = targets(&world, &rule);

    take_permission(&world);
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    assert_eq!(statements(&world).len(), 1);

    let of_rule = |more: Value| {
        let mut request = json!({"EventBusName": "orders"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let ids = of_rule(json!({"Rule": rule["Name"], "Ids": [target[0]["Id"]]}));
    world.aws.call("events", "remove_targets", ids.clone());
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(targets(&world, &rule), target);

    world.aws.call("events", "disable_rule", of_rule(json!({"Name": rule["Name"]})));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    assert_eq!(rules(&world)[0]["State"], "ENABLED");

    world.aws.call("events", "remove_targets", ids);
    world.aws.call("events", "delete_rule", of_rule(json!({"Name": rule["Name"]})));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(rules(&world)[0]["Name"], rule["Name"]);
    config.destroy();
}
