//! Values that cannot work: each is refused before anything is asked of AWS, with the way out.

use acceptance::World;
use expect_test::{Expect, expect};

use crate::diagnostics::said;

/// What Terraform says of this HCL: every error, whole.
#[track_caller]
pub(crate) fn refused(main: &str, expected: &Expect) {
    let world = World::start();
    let config = world.config(main);
    expected.assert_eq(&said(&world, &config.plan_errors()));
    assert_eq!(world.aws.calls(), [] as [&str; 0], "a refusal needs no AWS");
}

/// Every warning of this HCL, which can be planned.
pub(crate) fn warned(main: &str, expected: &Expect) {
    let world = World::start();
    // Terraform validates twice, and shows what was said twice once.
    let mut warnings: Vec<String> = Vec::new();
    for warning in world.config(main).plan_warnings() {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    expected.assert_eq(&said(&world, &warnings));
}

#[test]
fn values_of_a_token_secret() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name                    = "my token"
  name_prefix             = "my token"
  recovery_window_in_days = 3
  tags = {
    "aws:team" = "ml"
  }
}
"#,
        &expect![[r#"
            Invalid value for name

            The attribute name may have letters, digits and any of /_+=.@- only.
            ---
            Invalid value for name_prefix

            The attribute name_prefix may have letters, digits and any of /_+=.@- only.
            ---
            Invalid value for recovery_window_in_days

            The attribute recovery_window_in_days must be 0 or a whole number from 7 to 30, not 3.
            ---
            Invalid value for tags

            The attribute tags cannot be used: tag key "aws:team" begins with "aws:", which AWS keeps for itself."#]],
    );
}

#[test]
fn limits_of_a_token_secret() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name                    = join("", [for _ in range(513) : "n"])
  name_prefix             = ""
  recovery_window_in_days = 7.5
  tags = {
    "modal-bridge:owner" = "me"
  }
}
"#,
        &expect![[r#"
            Invalid value for name

            The attribute name must have 1 to 512 characters, not 513.
            ---
            Invalid value for name_prefix

            The attribute name_prefix must have 1 to 512 characters, not 0.
            ---
            Invalid value for recovery_window_in_days

            The attribute recovery_window_in_days must be 0 or a whole number from 7 to 30, not 7.5.
            ---
            Invalid value for tags

            The attribute tags cannot be used: tag key "modal-bridge:owner" begins with "modal-bridge:", which this provider keeps for itself."#]],
    );
}

#[test]
fn a_tag_without_key_or_value() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name = "modal"
  tags = {
    "" = "ml"
  }
}
"#,
        &expect![[r#"
            Invalid value for tags

            The attribute tags cannot be used: a tag key must not be empty."#]],
    );
    refused(
        r#"
resource "modal_token_secret" "this" {
  name = "modal"
  tags = {
    team = null
  }
}
"#,
        &expect![[r#"
            Invalid value for tags

            The attribute tags must not contain null."#]],
    );
}

#[test]
fn a_token_id_without_its_secret_and_two_names() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name        = "modal"
  name_prefix = "modal-"
  token_id    = "ak-1"
}
"#,
        &expect![[r#"
            Conflicting names

            Set name or name_prefix, not both.
            ---
            Incomplete Modal token

            token_id needs token_secret_wo, or token_secret before Terraform 1.11. For a placeholder to be filled in by hand, leave out both."#]],
    );
}

#[test]
fn a_token_secret_without_its_id() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name            = "modal"
  token_secret_wo = "as-1"
}
"#,
        &expect![[r#"
            Incomplete Modal token

            token_secret_wo needs token_id, or token_id_wo."#]],
    );
    refused(
        r#"
resource "modal_token_secret" "this" {
  name         = "modal"
  token_secret = "as-1"
}
"#,
        &expect![[r#"
            Incomplete Modal token

            token_secret needs token_id, or token_id_wo."#]],
    );
}

#[test]
fn both_ways_to_give_a_token() {
    refused(
        r#"
resource "modal_token_secret" "this" {
  name            = "modal"
  token_id        = "ak-1"
  token_secret_wo = "as-1"
  token_secret    = "as-1"
}
"#,
        &expect![[r#"
            Conflicting token secrets

            Set token_secret_wo or token_secret, not both."#]],
    );
}

#[test]
fn a_token_whose_halves_are_swapped_is_warned_of() {
    warned(
        r#"
resource "modal_token_secret" "this" {
  name            = "modal"
  token_id        = "as-1"
  token_secret_wo = "ak-1"
}
"#,
        &expect![[r#"
            This does not look like a Modal token ID

            IDs of Modal tokens begin with "ak-", their secrets with "as-". Are the two swapped?
            ---
            This looks like the ID of a Modal token, not its secret

            Secrets of Modal tokens begin with "as-", their IDs with "ak-". Are the two swapped?"#]],
    );
}

#[test]
fn values_of_an_oidc_role() {
    refused(
        r#"
resource "modal_oidc_role" "this" {
  name                 = "my role"
  workspace_id         = "ac-*"
  max_session_duration = 60
  policy_arns          = ["ReadOnlyAccess"]
  tags = {
    "aws:team" = "ml"
  }

  subject {
    environment_name = "main env"
    app_name         = "thumb:nails"
    function_name    = "*"
  }
  subject {
    environment_name = "ma*"
    app_name         = "ap-abcdefghijklmnopqrstuv"
    function_name    = "a*b"
  }
  subject {
    environment_name = ""
    app_name         = ""
    function_name    = "Model.predict.again"
  }
  grant {
    access        = "admin"
    resource_arns = [null]
  }
}
"#,
        &expect![[r#"
            Invalid value for name

            The attribute name may have letters, digits and any of +=,.@_- only.
            ---
            Invalid value for tags

            The attribute tags cannot be used: tag key "aws:team" begins with "aws:", which AWS keeps for itself.
            ---
            Invalid value for workspace_id

            The attribute workspace_id is "ac-*"; expected the id that "modal token info" prints, such as "ac-2x7Kq": letters, digits and hyphens.
            ---
            Invalid value for max_session_duration

            The attribute max_session_duration must be a whole number from 3600 to 43200, not 60.
            ---
            Invalid value for policy_arns

            The attribute policy_arns must hold ARNs of IAM policies, not "ReadOnlyAccess".
            ---
            Invalid value for subject[0].environment_name

            The attribute environment_name is "main env"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[0].app_name

            The attribute app_name is "thumb:nails"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[0].function_name

            The attribute function_name is "*"; expected a name; leave function_name out to trust every function of the app.
            ---
            Invalid value for subject[1].environment_name

            The attribute environment_name is "ma*"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[1].app_name

            The attribute app_name is "ap-abcdefghijklmnopqrstuv", an app's id; expected the app's name.
            ---
            Invalid value for subject[1].function_name

            The attribute function_name is "a*b"; expected letters, digits, underscores and hyphens, and no wildcard but a star at the end, such as "resize", "Model.predict" or "resize_*".
            ---
            Invalid value for subject[2].environment_name

            The attribute environment_name is ""; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[2].app_name

            The attribute app_name is ""; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[2].function_name

            The attribute function_name is "Model.predict.again"; expected "Class.method" or "Class.*" where there is a dot.
            ---
            Invalid value for grant[0].access

            The attribute access must be "read" or "write" or "read_write" or "delete" or "consume" or "send" or "publish" or "invoke", not "admin".
            ---
            Invalid value for grant[0].resource_arns

            The attribute resource_arns must not contain null."#]],
    );
}

#[test]
fn limits_of_an_oidc_role() {
    refused(
        r#"
resource "modal_oidc_role" "this" {
  name                 = join("", [for _ in range(65) : "n"])
  workspace_id         = ""
  max_session_duration = 43201
  policy_arns          = ["arn:aws:iam::111122223333:role/other"]

  subject {
    environment_name = "main"
    app_name         = join("", [for _ in range(65) : "n"])
    function_name    = ""
  }
}
"#,
        &expect![[r#"
            Invalid value for name

            The attribute name must have 1 to 64 characters, not 65.
            ---
            Invalid value for workspace_id

            The attribute workspace_id is ""; expected the id that "modal token info" prints, such as "ac-2x7Kq": letters, digits and hyphens.
            ---
            Invalid value for max_session_duration

            The attribute max_session_duration must be a whole number from 3600 to 43200, not 43201.
            ---
            Invalid value for policy_arns

            The attribute policy_arns must hold ARNs of IAM policies, not "arn:aws:iam::111122223333:role/other".
            ---
            Invalid value for subject[0].app_name

            The attribute app_name is "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"; expected 1 to 64 letters, digits, hyphens, underscores and periods.
            ---
            Invalid value for subject[0].function_name

            The attribute function_name is ""; expected letters, digits, underscores and hyphens, and no wildcard but a star at the end, such as "resize", "Model.predict" or "resize_*"."#]],
    );
}

#[test]
fn a_role_that_trusts_nobody() {
    refused(
        r#"
resource "modal_oidc_role" "this" {
  name         = "thumbnails"
  workspace_id = "ac-1"
}
"#,
        &expect![[r#"
            Insufficient subject blocks

            At least 1 "subject" blocks are required."#]],
    );
}

#[test]
fn a_function_of_no_app_and_grants_that_cannot_be() {
    refused(
        r#"
resource "modal_oidc_role" "this" {
  name         = "thumbnails"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    function_name    = "make"
  }
  grant {
    access        = "read"
    resource_arns = ["arn:aws:sqs:us-east-1:111122223333:queue"]
  }
  grant {
    access        = "delete"
    resource_arns = ["arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails"]
  }
  grant {
    access        = "read"
    resource_arns = []
  }
}
"#,
        &expect![[r#"
            Invalid subject

            function_name needs app_name: functions of different apps may share a name.
            ---
            Invalid grant

            Access "read" is not possible for "arn:aws:sqs:us-east-1:111122223333:queue"; SQS has consume, send.
            ---
            Invalid grant

            Access "delete" is not possible for "arn:aws:dynamodb:us-east-1:111122223333:table/thumbnails"; DynamoDB has read, write, read_write.
            ---
            Invalid grant

            resource_arns is empty; name at least one resource."#]],
    );
}

#[test]
fn wide_subjects_are_warned_of() {
    warned(
        r#"
resource "modal_oidc_role" "this" {
  name         = "thumbnails"
  workspace_id = "ws-1"

  subject {
    environment_name = "*"
  }
  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "make_*"
  }
}
"#,
        &expect![[r#"
            Look twice at this subject

            workspace_id is "ws-1"; Modal's workspace ids begin with "ac-", and "ws-" is a prefix that some guides show by mistake. "modal token info" prints the id.
            ---
            Look twice at this subject

            environment_name = "*" trusts every environment of the workspace, those that anybody adds later too.
            ---
            Look twice at this subject

            Without app_name the role trusts every app of the environment; name the app that needs the role.
            ---
            Look twice at this subject

            function_name = "make_*" trusts every function of the app whose name begins so, those that anybody deploys later too."#]],
    );
}

#[test]
fn a_workspaces_name_in_place_of_its_id_is_warned_of() {
    warned(
        r#"
resource "modal_oidc_role" "this" {
  name         = "thumbnails"
  workspace_id = "acme"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "Model.*"
  }
}
"#,
        &expect![[r#"
            Look twice at this subject

            workspace_id is "acme"; Modal's workspace ids begin with "ac-". Is this the workspace's name? "modal token info" prints the id."#]],
    );
}

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
        destination = "done"
      }
      on_failure {
        destination = "arn:aws:s3:::failed"
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

            The attribute destination must be the ARN of an SQS queue, an SNS topic, a Lambda function or an EventBridge bus, not "done".
            ---
            Invalid value for event_invoke_config.destination_config.on_failure.destination

            The attribute destination must be the ARN of an SQS queue, an SNS topic, a Lambda function or an EventBridge bus, not "arn:aws:s3:::failed"."#]],
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

#[test]
fn values_of_the_provider_block() {
    refused(
        &with_provider(
            r#"
  modal_server_url = "http://modal.example.com"

  endpoints {
    iam            = "127.0.0.1:4566"
    lambda         = "lambda.local"
    logs           = "ftp://logs.local"
    secretsmanager = ""
    sts            = "sts"
  }
  default_tags {
    tags = {
      "modal-bridge:owner" = "me"
    }
  }
  assume_role {
    role_arn = "deployer"
  }
"#,
        ),
        &expect![[r#"
            Invalid value for modal_server_url

            The attribute modal_server_url is not usable: http:// would send the Modal token in cleartext; it is accepted for loopback only.
            ---
            Invalid value for assume_role[0].role_arn

            The attribute role_arn must be the ARN of an IAM role, not "deployer".
            ---
            Invalid value for endpoints[0].iam

            The attribute iam must be an http or https URL, not "127.0.0.1:4566".
            ---
            Invalid value for endpoints[0].lambda

            The attribute lambda must be an http or https URL, not "lambda.local".
            ---
            Invalid value for endpoints[0].logs

            The attribute logs must be an http or https URL, not "ftp://logs.local".
            ---
            Invalid value for endpoints[0].sts

            The attribute sts must be an http or https URL, not "sts".
            ---
            Invalid value for default_tags[0].tags

            The attribute tags cannot be used: tag key "modal-bridge:owner" begins with "modal-bridge:", which this provider keeps for itself."#]],
    );
}

#[test]
fn a_modal_server_that_is_no_server() {
    let expected = expect![[r#"
        Invalid value for modal_server_url

        The attribute modal_server_url is not usable: expected https://, a host and an optional port, such as https://api.modal.com."#]];
    for url in ["modal", "https://api.modal.com/v1", "ftp://api.modal.com"] {
        refused(&with_provider(&format!("  modal_server_url = \"{url}\"")), &expected);
    }
}

#[test]
fn blocks_that_may_stand_once() {
    refused(
        &with_provider(
            "  default_tags {\n    tags = { a = \"1\" }\n  }\n  default_tags {\n    tags = { b = \"2\" }\n  }",
        ),
        &expect![[r#"
            Too many default_tags blocks

            No more than 1 "default_tags" blocks are allowed"#]],
    );
}

/// A resource, so that the provider is started, and this provider block.
fn with_provider(lines: &str) -> String {
    format!("provider \"modal\" {{\n{lines}\n}}\n\nresource \"modal_token_secret\" \"this\" {{}}\n")
}

#[test]
fn an_error_points_at_its_line() {
    let world = World::start();
    let config = world.config(
        r#"resource "modal_oidc_role" "this" {
  name         = "thumbnails"
  workspace_id = "ac-1"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
  subject {
    environment_name = "main"
    app_name         = "two words"
  }
}
"#,
    );
    let output = config.validate_fails();
    let (_, error) = output.split_once("Error: ").unwrap();
    expect![[r#"
        Invalid value for subject[1].app_name

          with modal_oidc_role.this,
          on main.tf line 11, in resource "modal_oidc_role" "this":
          11:     app_name         = "two words"

        The attribute app_name is "two words"; expected 1 to 64 letters, digits,
        hyphens, underscores and periods.
    "#]]
    .assert_eq(error);
}
