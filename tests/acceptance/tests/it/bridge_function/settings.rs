//! What `aws_lambda_function` has too: set, seen by another client, changed in place, taken back.

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{ADDRESS, bridge, function, log_groups, role_policy};

const ALL: &str = r#"
  description = "Makes thumbnails."
  environment {
    variables = { RUST_BACKTRACE = "1" }
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    application_log_level = "DEBUG"
  }
  ephemeral_storage {
    size = 1024
  }
  dead_letter_config {
    target_arn = "arn:aws:sqs:us-east-1:ACCOUNT:failed"
  }
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
"#;

#[test]
fn settings_of_the_function_are_set_changed_in_place_and_taken_back() {
    let world = World::start();
    let all = ALL.replace("ACCOUNT", world.aws.id());
    let config = world.config(&bridge(&all));
    config.apply();
    config.plan().assert_empty();
    expect![[r#"
        {
          "Description": "Makes thumbnails.",
          "RUST_BACKTRACE": "1",
          "TracingConfig": {
            "Mode": "Active"
          },
          "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "DEBUG",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/thumbnails"
          },
          "EphemeralStorage": {
            "Size": 1024
          },
          "DeadLetterConfig": {
            "TargetArn": "arn:aws:sqs:us-east-1:(account):failed"
          },
          "VpcConfig": {
            "SubnetIds": [
              "subnet-1"
            ],
            "SecurityGroupIds": [
              "sg-1"
            ]
          }
        }"#]]
    .assert_eq(&seen(&world));
    let policy = role_policy(&world, "thumbnails");
    let added = policy["Statement"].as_array().unwrap()[3..].iter().map(Value::to_string);
    expect![[r#"
        {"Sid":"SendToQueues","Effect":"Allow","Action":["sqs:SendMessage"],"Resource":["arn:aws:sqs:us-east-1:(account):failed"]}
        {"Sid":"SendTraces","Effect":"Allow","Action":["xray:PutTelemetryRecords","xray:PutTraceSegments"],"Resource":["*"]}
        {"Sid":"UseVpc","Effect":"Allow","Action":["ec2:AssignPrivateIpAddresses","ec2:CreateNetworkInterface","ec2:DeleteNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:UnassignPrivateIpAddresses"],"Resource":["*"]}"#]]
        .assert_eq(&added.collect::<Vec<_>>().join("\n").replace(world.aws.id(), "(account)"));

    // Imported, everything is as it was written.
    config.forget(ADDRESS);
    config.import(ADDRESS, "thumbnails");
    config.plan().assert_empty();

    config.rewrite(&bridge(
        &all.replace("\"DEBUG\"", "\"WARN\"").replace("1024", "2048").replace("\"1\" }", "\"0\" }"),
    ));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    expect![[r#"
        {
          "Description": "Makes thumbnails.",
          "RUST_BACKTRACE": "0",
          "TracingConfig": {
            "Mode": "Active"
          },
          "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "WARN",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/thumbnails"
          },
          "EphemeralStorage": {
            "Size": 2048
          },
          "DeadLetterConfig": {
            "TargetArn": "arn:aws:sqs:us-east-1:(account):failed"
          },
          "VpcConfig": {
            "SubnetIds": [
              "subnet-1"
            ],
            "SecurityGroupIds": [
              "sg-1"
            ]
          }
        }"#]]
    .assert_eq(&seen(&world));

    config.rewrite(&bridge(""));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    expect![[r#"
        {
          "Description": "Calls the Modal function render of images",
          "RUST_BACKTRACE": null,
          "TracingConfig": {
            "Mode": "PassThrough"
          },
          "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/thumbnails"
          },
          "EphemeralStorage": {
            "Size": 512
          },
          "DeadLetterConfig": {
            "TargetArn": ""
          },
          "VpcConfig": {
            "SubnetIds": [],
            "SecurityGroupIds": []
          }
        }"#]]
    .assert_eq(&seen(&world));
    config.destroy();
}

/// What Lambda has of them.
fn seen(world: &World) -> String {
    let found = function(world, "thumbnails");
    let own = |name: &str| found["Environment"]["Variables"][name].clone();
    let vpc = &found["VpcConfig"];
    let shown = json!({
        "Description": found["Description"],
        "RUST_BACKTRACE": own("RUST_BACKTRACE"),
        "TracingConfig": found["TracingConfig"],
        "LoggingConfig": found["LoggingConfig"],
        "EphemeralStorage": found["EphemeralStorage"],
        "DeadLetterConfig": found["DeadLetterConfig"],
        "VpcConfig": { "SubnetIds": vpc["SubnetIds"], "SecurityGroupIds": vpc["SecurityGroupIds"] },
    });
    let text = serde_json::to_string_pretty(&shown).unwrap();
    text.replace(world.aws.id(), "(account)")
}

#[test]
fn a_log_group_keeps_logs_as_long_as_it_is_told_and_may_stay() {
    let world = World::start();
    let log_group = |lines: &str| bridge(&format!("  log_group {{\n{lines}\n  }}\n"));
    let retention = || log_groups(&world, "thumbnails")[0]["retentionInDays"].clone();
    let config = world.config(&log_group("    retention_in_days = 30"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(retention(), 30);

    config.rewrite(&log_group("    retention_in_days = 0"));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(retention(), Value::Null);

    let other = json!({"logGroupName": "/aws/lambda/thumbnails", "retentionInDays": 7});
    world.aws.call("logs", "put_retention_policy", other);
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    assert_eq!(retention(), Value::Null);

    config.rewrite(&log_group("    skip_destroy = true"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(retention(), 14);
    config.destroy();
    assert_eq!(log_groups(&world, "thumbnails").len(), 1);

    // Ours, so it is taken again.
    config.apply();
    config.rewrite(&log_group("    log_group_class = \"INFREQUENT_ACCESS\""));
    config.plan().assert_replaces(&[ADDRESS]);
    config.rewrite(&log_group("    retention_in_days = 15"));
    expect![[r#"
        Invalid value for log_group.retention_in_days

        The attribute retention_in_days must be one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, not 15."#]].assert_eq(&config.plan_errors().join("\n"));
}
