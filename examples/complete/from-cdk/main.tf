# What the CDK library modal-bridge-constructs made becomes this provider's, in place. Let CloudFormation
# let go of it first: see the guide "Moving from the CDK library".

terraform {
  required_version = ">= 1.5" # import blocks

  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}

# AWS's region and credentials come from where the AWS CLI finds them.
provider "modal" {
  modal_server_url = var.modal_server_url
}

import {
  to = modal_token_secret.modal
  id = "render_remote-secret"
}

import {
  to = modal_bridge_function.render
  id = "render_remote"
}

import {
  to = modal_oidc_role.render
  id = "render_remote_role"
}

# Without token_id, its value is left as it is.
resource "modal_token_secret" "modal" {
  name = "render_remote-secret"
}

resource "modal_bridge_function" "render" {
  name                = "render_remote"
  app_name            = "thumbnails"
  modal_function_name = "render"
  mode                = "remote"
  params              = jsonencode({ width = 128 })
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture # as it was; arm64 costs less

  log_group {
    retention_in_days = 0 # as it was: for ever
  }
}

# What Modal assumes. Lambda must have left the role before it may no longer assume it.
resource "modal_oidc_role" "render" {
  name         = "render_remote_role"
  workspace_id = var.modal_workspace_id

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "render"
  }

  # All that the library's own policy granted, but for the token. It is replaced under its name.
  inline_policies = {
    ProcessorExecutionRoleDefaultPolicy1A2B3C4D = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect   = "Allow"
        Action   = ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:PutObject"]
        Resource = ["arn:aws:s3:::images", "arn:aws:s3:::images/*"]
      }]
    })
  }

  depends_on = [modal_bridge_function.render]
}
