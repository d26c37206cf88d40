//! Notifications of a bucket, which others write too.

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use super::{TRIGGER, statements, take_permission, trigger};
use crate::bridge::bridge;
use crate::diagnostics::said;

const UPLOADS: &str = r#"
  s3 {
    bucket = "BUCKET"
    events = ["s3:ObjectCreated:*"]
    prefix = "in/"
  }
"#;

/// All accounts' buckets have their names from one pool.
fn bucket(world: &World) -> String {
    format!("uploads-{}", world.aws.id())
}

/// A trigger of the world's bucket.
fn uploads(world: &World) -> String {
    trigger(&UPLOADS.replace("BUCKET", &bucket(world)))
}

/// The world's bucket, which tells a queue, a topic, another function and EventBridge something.
fn bucket_of_others(world: &World) -> Value {
    let aws = &world.aws;
    aws.call("s3", "create_bucket", json!({"Bucket": bucket(world)}));
    aws.call("sqs", "create_queue", json!({"QueueName": "theirs"}));
    aws.call("sns", "create_topic", json!({"Name": "theirs"}));
    let arn = |service: &str| format!("arn:aws:{service}:us-east-1:{}:theirs", aws.id());
    let filter =
        |name: &str, value: &str| json!({"Key": {"FilterRules": [{"Name": name, "Value": value}]}});
    let notifications = json!({
        "QueueConfigurations": [{
            "Id": "their-queue",
            "QueueArn": arn("sqs"),
            "Events": ["s3:ObjectCreated:Put", "s3:ObjectTagging:*"],
            "Filter": filter("prefix", "other/"),
        }],
        "TopicConfigurations": [{
            "Id": "their-topic",
            "TopicArn": arn("sns"),
            "Events": ["s3:ObjectRemoved:*"],
            "Filter": filter("suffix", ".txt"),
        }],
        "EventBridgeConfiguration": {},
    });
    let request = json!({"Bucket": bucket(world), "NotificationConfiguration": notifications});
    aws.call("s3", "put_bucket_notification_configuration", request);
    found(world)
}

/// The bucket's notifications.
fn found(world: &World) -> Value {
    let request = json!({"Bucket": bucket(world)});
    let mut found = world.aws.call("s3", "get_bucket_notification_configuration", request);
    found.as_object_mut().unwrap().remove("ResponseMetadata");
    found
}

/// The bucket's notifications but for those to functions, and the latter.
fn split(mut notifications: Value) -> (Value, Vec<Value>) {
    let functions = notifications.as_object_mut().unwrap().remove("LambdaFunctionConfigurations");
    let functions = functions.and_then(|found| found.as_array().cloned()).unwrap_or_default();
    (notifications, functions)
}

#[test]
fn a_bucket_tells_others_what_it_told_them_before() {
    let world = World::start();
    let before = bucket_of_others(&world);
    let config = world.config(&uploads(&world));

    config.apply();
    config.plan().assert_empty();
    let (others, ours) = split(found(&world));
    assert_eq!(others, before);
    let function = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    let [entry] = &ours[..] else { panic!("{ours:?}") };
    let state = config.resource(TRIGGER).unwrap();
    let id = format!("thumbnails/s3/{}/{}", bucket(&world), entry["Id"].as_str().unwrap());
    assert_eq!(state["id"], id);
    assert_eq!(
        *entry,
        json!({
            "Id": entry["Id"],
            "LambdaFunctionArn": function,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
        })
    );
    let [statement] = &statements(&world)[..] else { panic!("{:?}", statements(&world)) };
    assert_eq!(
        *statement,
        json!({
            "Sid": state["statement_id"],
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": function,
            "Condition": {
                "ArnLike": {"AWS:SourceArn": format!("arn:aws:s3:::{}", bucket(&world))},
                "StringEquals": {"AWS:SourceAccount": world.aws.id()},
            },
        })
    );

    // Another filter is the same entry, under the same name.
    config.rewrite(&uploads(&world).replace("\"in/\"", "\"new/\"\n    suffix = \".png\""));
    config.plan().assert_updates(&[TRIGGER]);
    config.apply_planned();
    config.plan().assert_empty();
    let (others, ours) = split(found(&world));
    assert_eq!(others, before);
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0]["Id"], entry["Id"]);
    let rules = &ours[0]["Filter"]["Key"]["FilterRules"];
    assert_eq!((&rules[0]["Value"], &rules[1]["Value"]), (&json!("new/"), &json!(".png")));

    config.forget(TRIGGER);
    config.import(TRIGGER, &id);
    config.plan().assert_empty();

    config.destroy();
    assert_eq!(found(&world), before);
    config.apply();
    // What is gone need not be removed.
    world.aws.call("s3", "delete_bucket", json!({"Bucket": bucket(&world)}));
    world.aws.call("lambda", "delete_function", json!({"FunctionName": "thumbnails"}));
    config.destroy();
}

#[test]
fn triggers_of_one_bucket_do_not_lose_each_other() {
    let world = World::start();
    let before = bucket_of_others(&world);
    let these = r#"
resource "modal_bridge_trigger" "these" {
  for_each    = toset(["a/", "b/", "c/", "d/", "e/"])
  bridge_name = modal_bridge_function.this.name

  s3 {
    bucket = "BUCKET"
    events = ["s3:ObjectCreated:*"]
    prefix = each.key
  }
}
"#;
    let these = these.replace("BUCKET", &bucket(&world));
    let config = world.config(&(bridge("") + &these));

    config.apply();
    config.plan().assert_empty();
    let (others, ours) = split(found(&world));
    assert_eq!(others, before);
    let mut prefixes: Vec<_> = ours
        .iter()
        .map(|entry| entry["Filter"]["Key"]["FilterRules"][0]["Value"].as_str().unwrap())
        .collect();
    prefixes.sort_unstable();
    assert_eq!(prefixes, ["a/", "b/", "c/", "d/", "e/"]);
    assert_eq!(statements(&world).len(), 5);

    config.rewrite(&bridge(""));
    config.apply();
    assert_eq!(found(&world), before);
    assert_eq!(statements(&world), [] as [Value; 0]);
}

#[test]
fn what_somebody_took_away_comes_back() {
    let world = World::start();
    let before = bucket_of_others(&world);
    let config = world.config(&uploads(&world));
    config.apply();
    let made = (found(&world), statements(&world));

    let request = json!({"Bucket": bucket(&world), "NotificationConfiguration": before});
    world.aws.call("s3", "put_bucket_notification_configuration", request);
    let plan = config.plan();
    plan.assert_updates(&[TRIGGER]);
    assert_eq!(plan.change(TRIGGER)["before"]["s3"]["events"], json!([]));
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((found(&world), statements(&world)), made);

    take_permission(&world);
    let plan = config.plan();
    plan.assert_updates(&[TRIGGER]);
    assert_eq!(plan.change(TRIGGER)["before"]["statement_id"], Value::Null);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!((found(&world), statements(&world)), made);

    take_permission(&world);
    let request = json!({"Bucket": bucket(&world), "NotificationConfiguration": before});
    world.aws.call("s3", "put_bucket_notification_configuration", request);
    config.plan().assert_creates(&[TRIGGER]);
}

/// What others have, as they write it: without an entry of ours.
fn theirs(world: &World, prefix: &str) -> String {
    format!(
        "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <QueueConfiguration><Id>new</Id><Queue>arn:aws:sqs:us-east-1:{}:theirs</Queue>\
         <Event>s3:ObjectRestore:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name>\
         <Value>{prefix}</Value></FilterRule></S3Key></Filter></QueueConfiguration>\
         </NotificationConfiguration>",
        world.aws.id()
    )
}

#[test]
fn who_writes_at_the_same_time_loses_nothing() {
    for after in ["read", "write"] {
        let world = World::start();
        bucket_of_others(&world);
        let config = world.config(&uploads(&world));
        let writes =
            json!([{"bucket": bucket(&world), "after": after, "document": theirs(&world, after)}]);
        world.aws.set_knobs(&json!({"notifications_of_others": writes}));

        config.apply();

        let (others, ours) = split(found(&world));
        assert_eq!(ours.len(), 1, "after a {after}");
        let queues = others["QueueConfigurations"].as_array().unwrap();
        assert_eq!(queues.len(), 1, "after a {after}");
        assert_eq!(queues[0]["Id"], "new");
        assert_eq!(queues[0]["Filter"]["Key"]["FilterRules"][0]["Value"], after);
        config.plan().assert_empty();
    }
}

#[test]
fn a_destination_of_others_that_is_gone_does_not_block() {
    let world = World::start();
    let before = bucket_of_others(&world);
    let queue = world.aws.call("sqs", "get_queue_url", json!({"QueueName": "theirs"}));
    world.aws.call("sqs", "delete_queue", json!({"QueueUrl": queue["QueueUrl"]}));
    let config = world.config(&uploads(&world));

    let output = config.apply();

    assert!(output.contains("S3 cannot reach another destination of the bucket"), "{output}");
    let (others, ours) = split(found(&world));
    assert_eq!((others, ours.len()), (before.clone(), 1));
    config.plan().assert_empty();
    config.destroy();
    assert_eq!(found(&world), before);
}

#[test]
fn two_triggers_of_one_plan_that_s3_takes_one_of_are_refused_in_it() {
    let world = World::start();
    world.aws.call("s3", "create_bucket", json!({"Bucket": bucket(&world)}));
    let deeper = r#"
resource "modal_bridge_trigger" "deeper" {
  bridge_name = modal_bridge_function.this.name
  depends_on  = [modal_bridge_trigger.this] # after it, so that it is always this one

  s3 {
    bucket = "BUCKET"
    events = ["s3:ObjectCreated:Put"]
    prefix = "in/pictures/"
  }
}
"#;
    let deeper = deeper.replace("BUCKET", &bucket(&world));
    let config = world.config(&(uploads(&world) + &deeper));
    expect![[r#"
        Cannot set up the notifications of bucket "uploads-<account>" to bridge "thumbnails"

        S3 tells one destination alone of an event: another trigger of this configuration sends events of the same kind, of keys that begin with "in/", of bucket "uploads-<account>" to bridge "thumbnails". Choose a prefix and a suffix that no key has together with those, or other events; or let both be told by a topic, or by EventBridge."#]].assert_eq(&said(&world, &config.plan_errors()));

    // Beside each other; when they change places; and when one comes in the place of the other.
    let apart = deeper.replace("in/pictures/", "out/");
    config.rewrite(&(uploads(&world) + &apart));
    config.apply();
    config.plan().assert_empty();
    config.rewrite(&(uploads(&world).replace("in/", "out/") + &deeper));
    config.plan().assert_updates(&[TRIGGER, "modal_bridge_trigger.deeper"]);
    let renamed = apart.replace("\"deeper\"", "\"renamed\"").replace("out/", "out/pictures/");
    config.rewrite(&(uploads(&world) + &renamed));
    config.apply();
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn what_s3_would_refuse_is_refused_in_the_plan() {
    let world = World::start();
    bucket_of_others(&world);
    let elsewhere = format!("elsewhere-{}", world.aws.id());
    let request = json!({
        "Bucket": elsewhere,
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
    });
    world.aws.call("s3", "create_bucket", request);

    let config = world.config(&uploads(&world).replace("in/", "other/in/"));
    expect![[r#"
        Cannot set up the notifications of bucket "uploads-<account>" to bridge "thumbnails"

        S3 tells one destination alone of an event: entry "their-queue" of bucket "uploads-<account>" sends events of the same kind, of keys that begin with "other/", to arn:aws:sqs:us-east-1:<account>:theirs. Choose a prefix and a suffix that no key has together with those, or other events; or let both be told by a topic, or by EventBridge."#]].assert_eq(&said(&world, &config.plan_errors()));

    let config = world.config(&uploads(&world).replace(&bucket(&world), &elsewhere));
    expect![[r#"
        Cannot set up the notifications of bucket "elsewhere-<account>" to bridge "thumbnails"

        S3 invokes functions of the bucket's own region alone. Use a bucket in the region of the bridge, or a bridge in the region of the bucket.

        s3:GetBucketNotification answered PermanentRedirect: The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint. (the bucket is in eu-west-1)
        AWS request id: <id>"#]].assert_eq(&said(&world, &config.plan_errors()));

    let config = world.config(&uploads(&world).replace(&bucket(&world), "nowhere"));
    expect![[r#"
        Cannot set up the notifications of bucket "nowhere" to bridge "thumbnails"

        s3:GetBucketNotification failed: there is no bucket "nowhere""#]]
    .assert_eq(&said(&world, &config.apply_errors()));
    config.destroy();

    let lonely = uploads(&world).replace("modal_bridge_function.this.name", "\"nothing\"");
    let config = world.config(&lonely);
    expect![[r#"
        Cannot let arn:aws:s3:::uploads-<account> invoke bridge "nothing"

        There is no Lambda function "nothing" in us-east-1.

        lambda:AddPermission answered ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:<account>:function:nothing (still so after 10 seconds)
        AWS request id: <id>"#]].assert_eq(&said(&world, &config.apply_errors()));
}
