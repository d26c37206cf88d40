//! Values of an OIDC role that cannot work, and those that trust more than they seem to.

use expect_test::expect;

use super::{refused, warned};

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
