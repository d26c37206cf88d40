//! Values of a token secret that cannot work.

use expect_test::expect;

use super::{refused, warned};

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
