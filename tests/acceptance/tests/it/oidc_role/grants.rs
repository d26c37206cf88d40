//! What a role may do once it is assumed: calls with its credentials, judged by the local AWS.

use acceptance::{HarnessError, Session, World};
use expect_test::expect;
use serde_json::{Value, json};

use super::tokens::token;

const SUBJECT: &str = "modal:workspace_id:ac-1:environment_name:main:app_name:images:\
                       function_name:make:container_id:ta-1";

/// A session of the role `images`, as code in a container of Modal gets it.
fn session(world: &World) -> Session {
    world.aws.try_assume("images", &token(SUBJECT, &[])).unwrap()
}

/// How each call ends, a line each.
fn answers(world: &World, session: &Session, calls: &[(&str, &str, &str, Value)]) -> String {
    let lines = calls.iter().map(|(what, service, operation, parameters)| {
        let answer = world.aws.try_call_as(Some(session), service, operation, parameters.clone());
        let verdict = match answer {
            Ok(_) => "allowed".to_owned(),
            Err(HarnessError::Aws(fault)) => {
                let denied = ["AccessDenied", "AccessDeniedException", "AuthorizationError"];
                if denied.contains(&fault.code.as_str()) {
                    "denied".to_owned()
                } else {
                    format!("{}: {}", fault.code, fault.message)
                }
            }
            Err(error) => panic!("{error}"),
        };
        format!("{verdict:<8} {operation} of {what}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn role(grants: &str) -> String {
    format!(
        r#"
resource "modal_oidc_role" "images" {{
  name         = "images"
  workspace_id = "ac-1"

  subject {{
    environment_name = "main"
    app_name         = "images"
    function_name    = "make"
  }}
{grants}
}}
"#
    )
}

/// A bucket's name: all accounts share one namespace.
fn mine(world: &World) -> String {
    format!("mine-{}", world.aws.id())
}

fn bucket(world: &World, name: &str) {
    world.aws.call("s3", "create_bucket", json!({"Bucket": name}));
    for key in ["in/a", "out/a"] {
        world.aws.call("s3", "put_object", json!({"Bucket": name, "Key": key, "Body": "a"}));
    }
}

fn object(bucket: &str, key: &str) -> Value {
    json!({"Bucket": bucket, "Key": key})
}

fn put(bucket: &str, key: &str) -> Value {
    json!({"Bucket": bucket, "Key": key, "Body": "b"})
}

#[test]
fn a_bucket_is_read_and_written_and_no_other() {
    let world = World::enforcing_policies();
    let mine = mine(&world);
    bucket(&world, &mine);
    let other = format!("{mine}-2");
    bucket(&world, &other);
    let grant = |access: &str| {
        format!(
            "  grant {{\n    access = {access:?}\n    resource_arns = [\"arn:aws:s3:::{mine}\"]\n  }}"
        )
    };
    let config = world.config(&role(&grant("read_write")));
    let mut said = Vec::new();
    for access in ["read_write", "read", "write", "delete"] {
        config.rewrite(&role(&grant(access)));
        config.apply();
        let answers = answers(
            &world,
            &session(&world),
            &[
                ("the bucket", "s3", "list_objects_v2", json!({"Bucket": mine})),
                ("an object", "s3", "get_object", object(&mine, "in/a")),
                ("an object", "s3", "put_object", put(&mine, "in/b")),
                ("an object", "s3", "delete_object", object(&mine, "in/b")),
                ("the bucket", "s3", "delete_bucket", json!({"Bucket": mine})),
                ("another bucket", "s3", "list_objects_v2", json!({"Bucket": other})),
                ("another's object", "s3", "get_object", object(&other, "in/a")),
                ("every bucket", "s3", "list_buckets", json!({})),
            ],
        );
        said.push(format!("{access}:\n{answers}"));
    }
    expect![[r#"
        read_write:
        allowed  list_objects_v2 of the bucket
        allowed  get_object of an object
        allowed  put_object of an object
        allowed  delete_object of an object
        denied   delete_bucket of the bucket
        denied   list_objects_v2 of another bucket
        denied   get_object of another's object
        denied   list_buckets of every bucket

        read:
        allowed  list_objects_v2 of the bucket
        allowed  get_object of an object
        denied   put_object of an object
        denied   delete_object of an object
        denied   delete_bucket of the bucket
        denied   list_objects_v2 of another bucket
        denied   get_object of another's object
        denied   list_buckets of every bucket

        write:
        denied   list_objects_v2 of the bucket
        denied   get_object of an object
        allowed  put_object of an object
        denied   delete_object of an object
        denied   delete_bucket of the bucket
        denied   list_objects_v2 of another bucket
        denied   get_object of another's object
        denied   list_buckets of every bucket

        delete:
        denied   list_objects_v2 of the bucket
        denied   get_object of an object
        denied   put_object of an object
        allowed  delete_object of an object
        denied   delete_bucket of the bucket
        denied   list_objects_v2 of another bucket
        denied   get_object of another's object
        denied   list_buckets of every bucket"#]]
    .assert_eq(&said.join("\n\n"));
}

#[test]
fn a_prefix_hides_what_is_beside_it() {
    let world = World::enforcing_policies();
    let mine = mine(&world);
    bucket(&world, &mine);
    let config = world.config(&role(&format!(
        r#"
  grant {{
    access        = "read_write"
    resource_arns = ["arn:aws:s3:::{mine}"]
    prefixes      = ["in/"]
    sid           = "Inbox"
  }}
"#,
    )));
    config.apply();
    config.plan().assert_empty();
    let list = |prefix: &str| json!({"Bucket": mine, "Prefix": prefix});
    let answers = answers(
        &world,
        &session(&world),
        &[
            ("what is in the prefix", "s3", "get_object", object(&mine, "in/a")),
            ("what is in the prefix", "s3", "put_object", put(&mine, "in/b")),
            ("what is in the prefix", "s3", "delete_object", object(&mine, "in/b")),
            ("the prefix", "s3", "list_objects_v2", list("in/")),
            ("a part of the prefix", "s3", "list_objects_v2", list("in/a")),
            ("the bucket", "s3", "get_bucket_location", json!({"Bucket": mine})),
            ("what is beside it", "s3", "get_object", object(&mine, "out/a")),
            ("what is beside it", "s3", "put_object", put(&mine, "in")),
            ("another prefix", "s3", "list_objects_v2", list("out/")),
            ("the whole bucket", "s3", "list_objects_v2", json!({"Bucket": mine})),
            ("the bucket", "s3", "get_bucket_policy", json!({"Bucket": mine})),
        ],
    );
    expect![[r#"
        allowed  get_object of what is in the prefix
        allowed  put_object of what is in the prefix
        allowed  delete_object of what is in the prefix
        allowed  list_objects_v2 of the prefix
        allowed  list_objects_v2 of a part of the prefix
        allowed  get_bucket_location of the bucket
        denied   get_object of what is beside it
        denied   put_object of what is beside it
        denied   list_objects_v2 of another prefix
        denied   list_objects_v2 of the whole bucket
        denied   get_bucket_policy of the bucket"#]]
    .assert_eq(&answers);
}

#[test]
fn a_table_is_read_with_its_indexes_and_written() {
    let world = World::enforcing_policies();
    for table in ["chat", "chat-2"] {
        world.aws.call(
            "dynamodb",
            "create_table",
            json!({
                "TableName": table,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "user", "AttributeType": "S"},
                ],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "by-user",
                    "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }],
            }),
        );
    }
    let item =
        |table: &str| json!({"TableName": table, "Item": {"id": {"S": "1"}, "user": {"S": "u"}}});
    let key = |table: &str| json!({"TableName": table, "Key": {"id": {"S": "1"}}});
    let by_user = |table: &str| {
        json!({
            "TableName": table,
            "IndexName": "by-user",
            "KeyConditionExpression": "#u = :u",
            "ExpressionAttributeNames": {"#u": "user"},
            "ExpressionAttributeValues": {":u": {"S": "u"}},
        })
    };
    let grant = |access: &str| {
        format!(
            "  grant {{\n    access = {access:?}\n    resource_arns = \
             [\"arn:aws:dynamodb:us-east-1:{}:table/chat\"]\n  }}",
            world.aws.id()
        )
    };
    let config = world.config(&role(&grant("read_write")));
    let mut said = Vec::new();
    for access in ["read_write", "read", "write"] {
        config.rewrite(&role(&grant(access)));
        config.apply();
        let answers = answers(
            &world,
            &session(&world),
            &[
                ("the table", "dynamodb", "put_item", item("chat")),
                ("the table", "dynamodb", "get_item", key("chat")),
                ("its index", "dynamodb", "query", by_user("chat")),
                ("the table", "dynamodb", "scan", json!({"TableName": "chat"})),
                ("the table", "dynamodb", "describe_table", json!({"TableName": "chat"})),
                ("an item", "dynamodb", "delete_item", key("chat")),
                ("the table", "dynamodb", "delete_table", json!({"TableName": "chat"})),
                ("another table", "dynamodb", "get_item", key("chat-2")),
                ("another's index", "dynamodb", "query", by_user("chat-2")),
            ],
        );
        said.push(format!("{access}:\n{answers}"));
    }
    expect![[r#"
        read_write:
        allowed  put_item of the table
        allowed  get_item of the table
        allowed  query of its index
        allowed  scan of the table
        allowed  describe_table of the table
        allowed  delete_item of an item
        denied   delete_table of the table
        denied   get_item of another table
        denied   query of another's index

        read:
        denied   put_item of the table
        allowed  get_item of the table
        allowed  query of its index
        allowed  scan of the table
        allowed  describe_table of the table
        denied   delete_item of an item
        denied   delete_table of the table
        denied   get_item of another table
        denied   query of another's index

        write:
        allowed  put_item of the table
        denied   get_item of the table
        denied   query of its index
        denied   scan of the table
        allowed  describe_table of the table
        allowed  delete_item of an item
        denied   delete_table of the table
        denied   get_item of another table
        denied   query of another's index"#]]
    .assert_eq(&said.join("\n\n"));
}

#[test]
fn each_service_grants_its_own_resource_and_no_other() {
    let world = World::enforcing_policies();
    let arn = |service: &str, resource: &str| {
        format!("arn:aws:{service}:us-east-1:{}:{resource}", world.aws.id())
    };
    for name in ["mine", "theirs"] {
        world.aws.call("sqs", "create_queue", json!({"QueueName": name}));
        world.aws.call("sns", "create_topic", json!({"Name": name}));
        world.aws.call("kinesis", "create_stream", json!({"StreamName": name, "ShardCount": 1}));
        world.aws.call("logs", "create_log_group", json!({"logGroupName": name}));
    }
    let secret = |name: &str| {
        let made = json!({"Name": name, "SecretString": "v"});
        world.aws.call("secretsmanager", "create_secret", made)["ARN"].as_str().unwrap().to_owned()
    };
    let (mine, theirs) = (secret("mine"), secret("theirs"));
    let key = || {
        world.aws.call("kms", "create_key", json!({}))["KeyMetadata"]["Arn"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (my_key, their_key) = (key(), key());
    let grants: String = [
        ("consume", arn("sqs", "mine")),
        ("publish", arn("sns", "mine")),
        ("write", arn("kinesis", "stream/mine")),
        ("read", mine.clone()),
        ("write", my_key.clone()),
        ("publish", arn("events", "event-bus/default")),
        ("write", arn("logs", "log-group:mine")),
    ]
    .iter()
    .map(|(access, arn)| {
        format!("  grant {{\n    access = {access:?}\n    resource_arns = [{arn:?}]\n  }}\n")
    })
    .collect();
    let config = world.config(&role(&grants));
    config.apply();
    config.plan().assert_empty();
    let queue = |name: &str| {
        world.aws.call("sqs", "get_queue_url", json!({"QueueName": name}))["QueueUrl"].clone()
    };
    let (my_queue, their_queue) = (queue("mine"), queue("theirs"));
    let entry = json!({"Source": "s", "DetailType": "d", "Detail": "{}"});
    let publish = |topic: &str| json!({"TopicArn": arn("sns", topic), "Message": "m"});
    let record = |stream: &str| json!({"StreamName": stream, "Data": "d", "PartitionKey": "p"});
    let stream = |group: &str| json!({"logGroupName": group, "logStreamName": "s"});
    let answers = answers(
        &world,
        &session(&world),
        &[
            ("the queue", "sqs", "receive_message", json!({"QueueUrl": my_queue})),
            ("the queue", "sqs", "send_message", json!({"QueueUrl": my_queue, "MessageBody": "m"})),
            ("another queue", "sqs", "receive_message", json!({"QueueUrl": their_queue})),
            ("the topic", "sns", "publish", publish("mine")),
            ("another topic", "sns", "publish", publish("theirs")),
            ("the stream", "kinesis", "put_record", record("mine")),
            ("another stream", "kinesis", "put_record", record("theirs")),
            ("the secret", "secretsmanager", "get_secret_value", json!({"SecretId": mine})),
            (
                "the secret",
                "secretsmanager",
                "put_secret_value",
                json!({"SecretId": mine, "SecretString": "w"}),
            ),
            ("another secret", "secretsmanager", "get_secret_value", json!({"SecretId": theirs})),
            ("the key", "kms", "encrypt", json!({"KeyId": my_key, "Plaintext": "p"})),
            ("another key", "kms", "encrypt", json!({"KeyId": their_key, "Plaintext": "p"})),
            ("the bus", "events", "put_events", json!({"Entries": [entry]})),
            ("the log group", "logs", "create_log_stream", stream("mine")),
            ("another log group", "logs", "create_log_stream", stream("theirs")),
            ("the role", "iam", "get_role", json!({"RoleName": "images"})),
        ],
    );
    expect![[r#"
        allowed  receive_message of the queue
        denied   send_message of the queue
        denied   receive_message of another queue
        allowed  publish of the topic
        denied   publish of another topic
        allowed  put_record of the stream
        denied   put_record of another stream
        allowed  get_secret_value of the secret
        denied   put_secret_value of the secret
        denied   get_secret_value of another secret
        allowed  encrypt of the key
        denied   encrypt of another key
        allowed  put_events of the bus
        allowed  create_log_stream of the log group
        denied   create_log_stream of another log group
        denied   get_role of the role"#]]
    .assert_eq(&answers);
}

#[test]
fn a_boundary_bounds_and_a_deny_of_ones_own_wins() {
    let world = World::enforcing_policies();
    let mine = mine(&world);
    bucket(&world, &mine);
    let allow = |action: &str| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let boundary = json!({"PolicyName": "boundary", "PolicyDocument": allow("s3:Get*")});
    let boundary = world.aws.call("iam", "create_policy", boundary)["Policy"]["Arn"].clone();
    let grant = &format!(
        "  grant {{\n    access = \"read_write\"\n    resource_arns = [\"arn:aws:s3:::{mine}\"]\n  }}"
    );
    let bounded = format!("  permissions_boundary = {boundary}\n{grant}");
    let deny = json!({"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    let denied = format!("  inline_policies = {{ deny = {:?} }}\n{grant}", deny.to_string());
    let config = world.config(&role(grant));
    let mut said = Vec::new();
    for (what, attributes) in [("grant", grant), ("bounded", &bounded), ("denied", &denied)] {
        config.rewrite(&role(attributes));
        config.apply();
        config.plan().assert_empty();
        let answers = answers(
            &world,
            &session(&world),
            &[
                ("an object", "s3", "get_object", object(&mine, "in/a")),
                ("an object", "s3", "put_object", put(&mine, "in/a")),
            ],
        );
        said.push(format!("{what}:\n{answers}"));
    }
    expect![[r#"
        grant:
        allowed  get_object of an object
        allowed  put_object of an object

        bounded:
        allowed  get_object of an object
        denied   put_object of an object

        denied:
        denied   get_object of an object
        denied   put_object of an object"#]]
    .assert_eq(&said.join("\n\n"));
}
