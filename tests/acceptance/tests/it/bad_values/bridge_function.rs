//! Values of a bridge function that cannot work.

use acceptance::World;
use expect_test::expect;

use super::refused;
use crate::diagnostics::said;

/// A bridge function with these lines in place of good ones.
fn bridge(lines: &str) -> String {
    let good = [
        ("app_name", "\"thumbnails\""),
        ("modal_function_name", "\"make\""),
        ("mode", "\"remote\""),
        (
            "token_secret_arn",
            "\"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf\"",
        ),
    ];
    let given: Vec<_> = lines.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let rest = good.iter().filter(|(name, _)| !given.contains(name));
    let rest: String = rest.map(|(name, value)| format!("  {name} = {value}\n")).collect();
    format!("resource \"modal_bridge_function\" \"this\" {{\n{rest}{lines}\n}}\n")
}

#[test]
fn values_of_a_bridge_function() {
    refused(
        &bridge(
            r#"
  name                = "my.bridge"
  app_name            = "thumb nails"
  modal_function_name = "make*"
  environment_name    = "*"
  mode                = "async"
  params              = "{"
  token_secret_arn    = "modal"
  timeout             = 0
  memory_size         = 64
  architecture        = "amd64"
  tags                = { "aws:team" = "ml" }
"#,
        ),
        &expect![[r#"
            Invalid value for name

            The attribute name may have letters, digits, - and _ only.
            ---
            Invalid value for app_name

            The attribute app_name is "thumb nails"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for modal_function_name

            The attribute modal_function_name must name one, without a wildcard.
            ---
            Invalid value for environment_name

            The attribute environment_name must name one, without a wildcard.
            ---
            Invalid value for mode

            The attribute mode must be "spawn" or "remote", not "async".
            ---
            Invalid value for params

            The attribute params is not JSON: EOF while parsing an object at line 1 column 1.
            ---
            Invalid value for token_secret_arn

            The attribute token_secret_arn must be the ARN of a Secrets Manager secret, not "modal".
            ---
            Invalid value for timeout

            The attribute timeout must be a whole number from 1 to 900, not 0.
            ---
            Invalid value for memory_size

            The attribute memory_size must be a whole number from 128 to 10240, not 64.
            ---
            Invalid value for architecture

            The attribute architecture must be "arm64" or "x86_64", not "amd64".
            ---
            Invalid value for tags

            The attribute tags cannot be used: tag key "aws:team" begins with "aws:", which AWS keeps for itself."#]],
    );
}

#[test]
fn limits_of_a_bridge_function() {
    refused(
        &bridge(
            r#"
  name                = join("", [for _ in range(65) : "n"])
  app_name            = "ap-abcdefghijklmnopqrstuv"
  modal_function_name = "Model.predict.again"
  environment_name    = "ma:in"
  mode                = ""
  params              = "[]"
  token_secret_arn    = "arn:aws:iam::111122223333:role/modal"
  timeout             = 901
  memory_size         = 10241
  architecture        = ""
"#,
        ),
        &expect![[r#"
            Invalid value for name

            The attribute name must have 1 to 64 characters, not 65.
            ---
            Invalid value for app_name

            The attribute app_name is "ap-abcdefghijklmnopqrstuv", an app's id; expected the app's name.
            ---
            Invalid value for modal_function_name

            The attribute modal_function_name is "Model.predict.again"; expected "Class.method" or "Class.*" where there is a dot.
            ---
            Invalid value for environment_name

            The attribute environment_name is "ma:in"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for mode

            The attribute mode must be "spawn" or "remote", not "".
            ---
            Invalid value for params

            The attribute params must be a JSON object, such as jsonencode({ width = 128 }).
            ---
            Invalid value for token_secret_arn

            The attribute token_secret_arn must be the ARN of a Secrets Manager secret, not "arn:aws:iam::111122223333:role/modal".
            ---
            Invalid value for timeout

            The attribute timeout must be a whole number from 1 to 900, not 901.
            ---
            Invalid value for memory_size

            The attribute memory_size must be a whole number from 128 to 10240, not 10241.
            ---
            Invalid value for architecture

            The attribute architecture must be "arm64" or "x86_64", not ""."#]],
    );
}

#[test]
fn names_and_roles_of_a_bridge_function() {
    refused(
        &bridge(
            r#"
  mode                   = "remote"
  name_prefix            = "process-images-of-the-whole-department-"
  role_arn               = "arn:aws:iam::111122223333:user/me"
  role_name              = "my bridge"
  role_path              = "modal"
  permissions_boundary   = "boundary"
  additional_policy_arns = ["arn:aws:iam::111122223333:role/extra"]
"#,
        ),
        &expect![[r#"
            Invalid value for role_arn

            The attribute role_arn must be the ARN of an IAM role, not "arn:aws:iam::111122223333:user/me".
            ---
            Invalid value for role_name

            The attribute role_name may have letters, digits and any of +=,.@_- only.
            ---
            Invalid value for role_path

            The attribute role_path must begin and end with a slash, such as "/modal/", not "modal".
            ---
            Invalid value for permissions_boundary

            The attribute permissions_boundary must be the ARN of an IAM policy, not "boundary".
            ---
            Invalid value for additional_policy_arns

            The attribute additional_policy_arns must hold ARNs of IAM policies, not "arn:aws:iam::111122223333:role/extra".
            ---
            Invalid value for name_prefix

            The attribute name_prefix must have 1 to 38 characters, not 39."#]],
    );
    refused(
        &bridge(
            r#"
  mode                   = "remote"
  name                   = "thumbnails"
  name_prefix            = "thumb-"
  role_arn               = "arn:aws:iam::111122223333:role/mine"
  role_name              = "runner"
  role_path              = "/modal/"
  permissions_boundary   = "arn:aws:iam::111122223333:policy/boundary"
  additional_policy_arns = []
"#,
        ),
        &expect![[r#"
            Conflicting names

            Set name or name_prefix, not both.
            ---
            Conflicting execution roles

            role_arn names a role of your own, of which nothing is changed: leave out role_name, and set it where that role is made; or leave out role_arn.
            ---
            Conflicting execution roles

            role_arn names a role of your own, of which nothing is changed: leave out role_path, and set it where that role is made; or leave out role_arn.
            ---
            Conflicting execution roles

            role_arn names a role of your own, of which nothing is changed: leave out permissions_boundary, and set it where that role is made; or leave out role_arn.
            ---
            Conflicting execution roles

            role_arn names a role of your own, of which nothing is changed: leave out additional_policy_arns, and set it where that role is made; or leave out role_arn."#]],
    );
}

#[test]
fn options_and_settings_of_a_bridge_function() {
    refused(
        &bridge(
            r#"
  mode               = "remote"
  region             = "Frankfurt"
  app_version        = 0
  batch_mode         = "records"
  record_concurrency = 101
  response_format    = "json"
  on_timeout         = "retry"
  secret_cache_ttl   = 3601
  event_source_arns  = ["arn:aws:sns:us-east-1:111122223333:topic"]
  kms_key_arn        = "alias/mine"
  layers             = ["a", "b", "c", "d", "e", "f"]
  idempotency {
    table_name  = "no table"
    ttl_seconds = 0
  }
  environment {
    variables = { AWS_REGION = "eu-west-1" }
  }
  tracing_config {
    mode = "Sometimes"
  }
  logging_config {
    log_format            = "Text"
    application_log_level = "LOUD"
  }
  ephemeral_storage {
    size = 100
  }
  dead_letter_config {
    target_arn = "arn:aws:s3:::bucket"
  }
  timeouts {
    create = "soon"
  }
"#,
        ),
        &expect![[r#"
            Invalid value for app_version

            The attribute app_version must be a whole number from 1 to 4294967295, not 0.
            ---
            Invalid value for batch_mode

            The attribute batch_mode must be "batch" or "record", not "records".
            ---
            Invalid value for record_concurrency

            The attribute record_concurrency must be a whole number from 1 to 100, not 101.
            ---
            Invalid value for response_format

            The attribute response_format must be "auto" or "envelope" or "result" or "http", not "json".
            ---
            Invalid value for on_timeout

            The attribute on_timeout must be "cancel" or "abandon", not "retry".
            ---
            Invalid value for secret_cache_ttl

            The attribute secret_cache_ttl must be a whole number from 0 to 3600, not 3601.
            ---
            Invalid value for kms_key_arn

            The attribute kms_key_arn must be the ARN of a KMS key, not "alias/mine".
            ---
            Invalid value for layers

            The attribute layers may name 5 layers at most, not 6.
            ---
            Invalid value for layers

            The attribute layers must be the ARN of a version of a layer, not "a".
            ---
            Invalid value for region

            The attribute region must be the name of an AWS region, such as "eu-west-1", not "Frankfurt".
            ---
            Invalid value for event_source_arns

            The attribute event_source_arns must be the ARN of an SQS queue, a Kinesis stream or a DynamoDB stream, not "arn:aws:sns:us-east-1:111122223333:topic".
            ---
            Invalid value for idempotency.table_name

            The attribute table_name must be the name or the ARN of a DynamoDB table, not "no table".
            ---
            Invalid value for idempotency.ttl_seconds

            The attribute ttl_seconds must be a whole number from 1 to 4294967295, not 0.
            ---
            Invalid value for environment.variables

            The attribute variables may not have AWS_REGION: Lambda sets it.
            ---
            Invalid value for tracing_config.mode

            The attribute mode must be "Active" or "PassThrough", not "Sometimes".
            ---
            Invalid value for logging_config.application_log_level

            The attribute application_log_level must be "TRACE" or "DEBUG" or "INFO" or "WARN" or "ERROR" or "FATAL", not "LOUD".
            ---
            Invalid value for ephemeral_storage.size

            The attribute size must be a whole number from 512 to 10240, not 100.
            ---
            Invalid value for dead_letter_config.target_arn

            The attribute target_arn must be the ARN of an SQS queue or an SNS topic, not "arn:aws:s3:::bucket".
            ---
            Invalid value for timeouts.create

            The attribute create must be a duration such as "30s", "10m" or "1h30m", not "soon"."#]],
    );
}

#[test]
fn levels_of_a_log_without_levels() {
    refused(
        &bridge(
            r#"
  logging_config {
    log_format       = "Text"
    system_log_level = "WARN"
  }
"#,
        ),
        &expect![[r#"
            Conflicting logging settings

            A log in the format Text has no levels: leave out system_log_level, or use JSON."#]],
    );
}

#[test]
fn a_url_and_asynchronous_events_that_cannot_be() {
    refused(
        &bridge(
            r#"
  function_url {
    authorization_type = "OPEN"
    invoke_mode        = "STREAM"
    cors {
      max_age = 86401
    }
  }
  event_invoke_config {
    maximum_event_age_in_seconds = 59
    maximum_retry_attempts       = 3
    destination_config {
      on_success {
        destination = "arn:aws:s3:::done"
      }
      on_failure {
        destination = "arn:aws:dynamodb:us-east-1:111122223333:table/failed"
      }
    }
  }"#,
        ),
        &expect![[r#"
            Invalid value for function_url.authorization_type

            The attribute authorization_type must be "AWS_IAM" or "NONE", not "OPEN".
            ---
            Invalid value for function_url.invoke_mode

            The attribute invoke_mode must be "BUFFERED" or "RESPONSE_STREAM", not "STREAM".
            ---
            Invalid value for function_url.cors.max_age

            The attribute max_age must be a whole number from 0 to 86400, not 86401.
            ---
            Invalid value for event_invoke_config.maximum_event_age_in_seconds

            The attribute maximum_event_age_in_seconds must be a whole number from 60 to 21600, not 59.
            ---
            Invalid value for event_invoke_config.maximum_retry_attempts

            The attribute maximum_retry_attempts must be a whole number from 0 to 2, not 3.
            ---
            Invalid value for event_invoke_config.destination_config.on_success.destination

            The attribute destination must be the ARN of an SQS queue, an SNS topic, a Lambda function or an EventBridge bus, not "arn:aws:s3:::done".
            ---
            Invalid value for event_invoke_config.destination_config.on_failure.destination

            The attribute destination must be the ARN of an SQS queue, an SNS topic, an S3 bucket, a Lambda function or an EventBridge bus, not "arn:aws:dynamodb:us-east-1:111122223333:table/failed"."#]],
    );
    refused(
        &bridge(
            r#"
  function_url {
    authorization_type = "NONE"
    invoke_mode        = "RESPONSE_STREAM"
  }
  allowed_trigger {
    statement_id = "FunctionURLAllowPublicAccess"
    principal    = "111122223333"
  }"#,
        ),
        &expect![[r#"
            Conflicting invoke_mode and response_format

            With RESPONSE_STREAM, Lambda reads no status and no headers from the answer, which response_format "auto" has: clients would get them as text, always with status 200. Leave out invoke_mode, or set response_format to "envelope" or "result".
            ---
            Invalid allowed_trigger

            The statement_id "FunctionURLAllowPublicAccess" is that of a statement of function_url."#]],
    );
}

#[test]
fn packages_and_destroys_that_cannot_be() {
    refused(
        &bridge(
            r#"
  layers = ["arn:aws:lambda:us-east-1:111122223333:layer:certificates:1"]
  package {
    filename  = "own.zip"
    image_uri = "111122223333.dkr.ecr.us-east-1.amazonaws.com/bridge:1"
  }"#,
        ),
        &expect![[r#"
            Invalid package

            It needs exactly one of filename, s3_bucket with s3_key, and image_uri.
            ---
            Conflicting layers and image_uri

            An image brings all that it needs: put into it what the layers have."#]],
    );
    refused(
        &bridge("  code_signing_config_arn = \"csc-1\""),
        &expect![[r#"
            Invalid value for code_signing_config_arn

            The attribute code_signing_config_arn must be the ARN of a code signing configuration, not "csc-1"."#]],
    );
    refused(
        &bridge(
            r#"
  replace_security_groups_on_destroy = true
  package {
    s3_key = "own.zip"
  }"#,
        ),
        &expect![[r#"
            Invalid package

            Of s3_bucket and s3_key, one needs the other.
            ---
            Invalid replacement of security groups

            It needs replacement_security_group_ids: groups that stay."#]],
    );
    refused(
        &bridge(
            r#"
  replace_security_groups_on_destroy = true
  replacement_security_group_ids     = ["sg-1"]
  package {
    s3_object_version = "1"
  }"#,
        ),
        &expect![[r#"
            Invalid package

            It needs exactly one of filename, s3_bucket with s3_key, and image_uri.
            ---
            Invalid package

            An s3_object_version needs s3_bucket and s3_key.
            ---
            Invalid replacement of security groups

            Without vpc_config, the function has no security groups."#]],
    );
}

#[test]
fn params_that_lambda_has_no_room_for() {
    let world = World::start();
    let config = world.config(&bridge(
        r#"  params = jsonencode({ text = join("", [for _ in range(1000) : "five "]) })"#,
    ));
    expect![[r#"
        Invalid value for params

        Lambda allows 4096 bytes for all environment variables, and this bridge's take at least 5247: 5017 for params, 0 for those of the block environment, 230 for the rest. Pass what is large by reference: an object in S3, or a table."#]].assert_eq(&said(&world, &config.plan_errors()));
}
