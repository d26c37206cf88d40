//! Values of the provider block that cannot work.

use acceptance::World;
use expect_test::expect;

use super::refused;

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
