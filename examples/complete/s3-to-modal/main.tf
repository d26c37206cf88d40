# A new object in an S3 bucket calls a Modal function, and that function reads and writes the bucket
# and a table without any AWS key.

terraform {
  required_version = ">= 1.11" # write-only attributes

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

# The Modal token, for the bridge. Its secret half reaches Secrets Manager alone: no plan, no state.
resource "modal_token_secret" "modal" {
  name                    = "thumbnails/modal-token"
  description             = "Modal token of the thumbnails bridge."
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

# What one Modal function may do in AWS: assume this role by OIDC, use this bucket and this table.
resource "modal_oidc_role" "thumbnails" {
  name         = "thumbnails"
  workspace_id = var.modal_workspace_id

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
    function_name    = "make_thumbnail"
  }

  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::${var.bucket}"]
    prefixes      = ["uploads/"]
  }

  grant {
    access        = "write"
    resource_arns = ["arn:aws:s3:::${var.bucket}"]
    prefixes      = ["thumbnails/"]
  }

  grant {
    access        = "read_write"
    resource_arns = [var.table_arn]
  }
}

# Calls `make_thumbnail(event, params)` and waits for what it returns.
resource "modal_bridge_function" "thumbnail" {
  name                = "make-thumbnail"
  app_name            = "thumbnails"
  modal_function_name = "make_thumbnail"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params = jsonencode({
    width    = 128
    format   = "webp"
    table    = split("/", var.table_arn)[1]
    region   = split(":", var.table_arn)[3]
    role_arn = modal_oidc_role.thumbnails.arn
  })
}

# S3 calls it for every new object under uploads/, and for nothing that the function itself writes.
resource "modal_bridge_trigger" "uploads" {
  bridge_name = modal_bridge_function.thumbnail.name

  s3 {
    bucket = var.bucket
    events = ["s3:ObjectCreated:*"]
    prefix = "uploads/"
  }
}

# Hands `index_image(event, params)` over to Modal and answers at once, with the call's id.
resource "modal_bridge_function" "index" {
  name                = "index-image"
  app_name            = "thumbnails"
  modal_function_name = "index_image"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params              = jsonencode({ index = "images" })
}
