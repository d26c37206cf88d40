//! Messages of a topic.

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use super::fired::{first_events, wired};
use super::{TRIGGER, statements, take_permission, trigger};
use crate::diagnostics::said;

/// A topic `alerts`.
fn topic(world: &World) -> String {
    let answer = world.aws.call("sns", "create_topic", json!({"Name": "alerts"}));
    answer["TopicArn"].as_str().unwrap().to_owned()
}

fn block(topic: &str, arguments: &str) -> String {
    format!("  sns {{\n    topic_arn = \"{topic}\"\n{arguments}\n  }}")
}

const FILTERED: &str = r#"    filter_policy = jsonencode({ store = ["example"] })"#;

/// The topic's subscriptions, with their attributes.
fn subscriptions(world: &World, topic: &str) -> Vec<Value> {
    let listed = world.aws.call("sns", "list_subscriptions_by_topic", json!({"TopicArn": topic}));
    let arns = listed["Subscriptions"].as_array().unwrap().iter();
    arns.map(|found| {
        let request = json!({"SubscriptionArn": found["SubscriptionArn"]});
        world.aws.call("sns", "get_subscription_attributes", request)["Attributes"].take()
    })
    .collect()
}

#[test]
fn a_message_comes_to_modal_and_one_that_is_kept_out_does_not() {
    let world = World::start();
    let topic = topic(&world);
    let config = wired(&world, "sns", &block(&topic, FILTERED));
    config.apply();
    config.plan().assert_empty();

    for (store, message) in [("other", "not for us"), ("example", "for us")] {
        let attributes = json!({"store": {"DataType": "String", "StringValue": store}});
        let request =
            json!({"TopicArn": topic, "Message": message, "MessageAttributes": attributes});
        world.aws.call("sns", "publish", request);
    }

    let events = first_events(&world, "sns");
    assert_eq!(events.len(), 1, "{events:#?}");
    let record = &events[0]["Records"][0];
    assert_eq!(record["EventSource"], "aws:sns");
    assert_eq!(record["Sns"]["Message"], "for us");
    assert_eq!(record["Sns"]["TopicArn"], topic);
    config.destroy();
    assert_eq!(subscriptions(&world, &topic), [] as [Value; 0]);
}

#[test]
fn a_subscription_lives_and_leaves_nothing() {
    let world = World::start();
    let topic = topic(&world);
    let config = world.config(&trigger(&block(&topic, FILTERED)));

    config.apply();
    config.plan().assert_empty();
    let function = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    let state = config.resource(TRIGGER).unwrap();
    let [found] = &subscriptions(&world, &topic)[..] else { panic!("not one subscription") };
    assert_eq!(found["Protocol"], "lambda");
    assert_eq!(found["Endpoint"], function);
    assert_eq!(found["FilterPolicy"], r#"{"store":["example"]}"#);
    assert_eq!(found["SubscriptionArn"], state["subscription_arn"]);
    let [statement] = &statements(&world)[..] else { panic!("{:?}", statements(&world)) };
    assert_eq!(statement["Sid"], state["statement_id"]);
    assert_eq!(statement["Principal"], json!({"Service": "sns.amazonaws.com"}));
    assert_eq!(statement["Condition"], json!({"ArnLike": {"AWS:SourceArn": topic}}));

    // What only the body can have parts within parts, the scope is changed for first.
    let nested = r#"
    filter_policy       = jsonencode({ shop = { name = ["example"] } })
    filter_policy_scope = "MessageBody"
"#;
    config.rewrite(&trigger(&block(&topic, nested)));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let found = subscriptions(&world, &topic).remove(0);
    assert_eq!(found["FilterPolicy"], r#"{"shop":{"name":["example"]}}"#);
    assert_eq!(found["FilterPolicyScope"], "MessageBody");

    config.rewrite(&trigger(&block(&topic, FILTERED)));
    config.apply();
    config.plan().assert_empty();
    let found = subscriptions(&world, &topic).remove(0);
    assert_eq!(found["FilterPolicyScope"], "MessageAttributes");

    let id = format!("thumbnails/sns/{topic}");
    config.forget(TRIGGER);
    config.import(TRIGGER, &id);
    config.plan().assert_empty();

    config.destroy();
    assert_eq!(subscriptions(&world, &topic), [] as [Value; 0]);
    config.apply();
    // What is gone need not be removed.
    world.aws.call("sns", "delete_topic", json!({"TopicArn": topic}));
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    config.destroy();
}

#[test]
fn what_somebody_took_away_is_shown_and_made_again() {
    let world = World::start();
    let topic = topic(&world);
    let config = world.config(&trigger(&block(&topic, FILTERED)));
    config.apply();

    take_permission(&world);
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    assert_eq!(statements(&world).len(), 1);

    let arn = subscriptions(&world, &topic)[0]["SubscriptionArn"].clone();
    world.aws.call("sns", "unsubscribe", json!({"SubscriptionArn": arn}));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let found = subscriptions(&world, &topic);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["FilterPolicy"], r#"{"store":["example"]}"#);

    let request = json!({
        "SubscriptionArn": found[0]["SubscriptionArn"],
        "AttributeName": "FilterPolicy",
        "AttributeValue": "{}",
    });
    world.aws.call("sns", "set_subscription_attributes", request);
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_subscription_that_somebody_else_made_is_not_taken_over() {
    let world = World::start();
    let topic = topic(&world);
    let config = world.config(&trigger(&block(&topic, FILTERED)));
    let function = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    let theirs = json!({"TopicArn": topic, "Protocol": "lambda", "Endpoint": function});
    let arn = world.aws.call("sns", "subscribe", theirs)["SubscriptionArn"].take();

    let errors = config.apply_errors();

    let made_up = arn.as_str().unwrap().rsplit(':').next().unwrap();
    let errors = said(&world, &errors).replace(made_up, "…");
    expect![[r#"
        Cannot subscribe arn:aws:lambda:us-east-1:<account>:function:thumbnails to arn:aws:sns:us-east-1:<account>:alerts

        SNS has one subscription for each topic and function, and does not tell who made it. Remove it where it was made, or bring it under Terraform:

        import {
          to = modal_bridge_trigger.<name>
          id = "thumbnails/sns/arn:aws:sns:us-east-1:<account>:alerts@us-east-1"
        }

        There is arn:aws:sns:us-east-1:<account>:alerts:…."#]].assert_eq(&errors);
    assert_eq!(config.resource(TRIGGER), None);
    assert_eq!(statements(&world), [] as [Value; 0]);
    assert_eq!(subscriptions(&world, &topic).len(), 1);
}
