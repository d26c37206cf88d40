# The wiring of a bucket with hashicorp/aws: for buckets whose notifications that provider manages.
# aws_s3_bucket_notification writes all of a bucket's notifications, and erases what anything else
# has added to them, a modal_bridge_trigger too.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
    modal = {
      source = "modal-bridge/modal"
    }
  }
}

variable "modal_token_secret_arn" {
  description = "ARN of the secret with the Modal token."
  type        = string
}

resource "aws_s3_bucket" "images" {
  bucket_prefix = "images-"
}

resource "modal_bridge_function" "thumbnail" {
  name                = "make-thumbnail"
  app_name            = "thumbnails"
  modal_function_name = "make_thumbnail"
  mode                = "remote"
  token_secret_arn    = var.modal_token_secret_arn

  # Exists before `arn` is known to the notification below.
  allowed_trigger {
    statement_id = "images"
    service      = "s3"
    source_arn   = aws_s3_bucket.images.arn
  }
}

resource "aws_s3_bucket_notification" "images" {
  bucket = aws_s3_bucket.images.id

  lambda_function {
    lambda_function_arn = modal_bridge_function.thumbnail.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "uploads/"
  }
}
