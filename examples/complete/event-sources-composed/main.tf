# Everything that can call a bridge, written with the AWS provider's resources: a bucket, a topic, a
# queue, two streams, a schedule, events and an HTTP API. For those who have these resources already, or want
# arguments that modal_bridge_event_source and modal_bridge_trigger do not have.
#
# The bridge says who may call it (allowed_trigger) and what it may be fed from (event_source_arns);
# both are in place before its ARN is known to what refers to it.

terraform {
  required_version = ">= 1.11" # write-only attributes

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

provider "aws" {}

provider "modal" {
  modal_server_url = var.modal_server_url
}

resource "modal_token_secret" "modal" {
  name                    = "event-sources/modal-token"
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

resource "modal_bridge_function" "worker" {
  name                = "event-sources-worker"
  app_name            = var.app_name
  modal_function_name = var.modal_function_name
  mode                = "remote"
  timeout             = 30
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  batch_mode          = "record"

  event_source_arns = [
    aws_sqs_queue.jobs.arn,
    aws_kinesis_stream.clicks.arn,
    aws_dynamodb_table.orders.stream_arn,
  ]

  allowed_trigger {
    statement_id = "uploads"
    service      = "s3"
    source_arn   = aws_s3_bucket.uploads.arn
  }
  allowed_trigger {
    statement_id = "alerts"
    service      = "sns"
    source_arn   = aws_sns_topic.alerts.arn
  }
  allowed_trigger {
    statement_id = "hourly"
    service      = "events"
    source_arn   = aws_cloudwatch_event_rule.hourly.arn
  }
  allowed_trigger {
    statement_id = "shop"
    service      = "events"
    source_arn   = aws_cloudwatch_event_rule.shop.arn
  }
  allowed_trigger {
    statement_id = "api"
    service      = "apigateway"
    source_arn   = "${aws_apigatewayv2_api.api.execution_arn}/*/*"
  }
}

# S3. This document is the bucket's only one: a modal_bridge_trigger of the same bucket would be
# erased by it.
resource "aws_s3_bucket" "uploads" {
  bucket        = var.bucket
  force_destroy = true
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  lambda_function {
    lambda_function_arn = modal_bridge_function.worker.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "uploads/"
    filter_suffix       = ".png"
  }
}

# SNS
resource "aws_sns_topic" "alerts" {
  name = "event-sources-alerts"
}

resource "aws_sns_topic_subscription" "alerts" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "lambda"
  endpoint  = modal_bridge_function.worker.arn
}

# SQS
resource "aws_sqs_queue" "jobs" {
  name                       = "event-sources-jobs"
  visibility_timeout_seconds = 180 # six times the bridge's timeout
}

resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn        = aws_sqs_queue.jobs.arn
  function_name           = modal_bridge_function.worker.arn
  function_response_types = ["ReportBatchItemFailures"]
}

# Kinesis
resource "aws_kinesis_stream" "clicks" {
  name        = "event-sources-clicks"
  shard_count = 1
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn        = aws_kinesis_stream.clicks.arn
  function_name           = modal_bridge_function.worker.arn
  function_response_types = ["ReportBatchItemFailures"]
  starting_position       = "LATEST"
}

# The stream of a DynamoDB table
resource "aws_dynamodb_table" "orders" {
  name             = "event-sources-orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn        = aws_dynamodb_table.orders.stream_arn
  function_name           = modal_bridge_function.worker.arn
  function_response_types = ["ReportBatchItemFailures"]
  starting_position       = "LATEST"
}

# A schedule
resource "aws_cloudwatch_event_rule" "hourly" {
  name                = "event-sources-hourly"
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_target" "hourly" {
  rule = aws_cloudwatch_event_rule.hourly.name
  arn  = modal_bridge_function.worker.arn
}

# Events
resource "aws_cloudwatch_event_rule" "shop" {
  name          = "event-sources-shop"
  event_pattern = jsonencode({ source = ["shop"] })
}

resource "aws_cloudwatch_event_target" "shop" {
  rule = aws_cloudwatch_event_rule.shop.name
  arn  = modal_bridge_function.worker.arn
}

# An HTTP API. It waits for 30 seconds at most.
resource "aws_apigatewayv2_api" "api" {
  name          = "event-sources"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = modal_bridge_function.worker.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "api" {
  api_id    = aws_apigatewayv2_api.api.id
  route_key = "POST /work"
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

resource "aws_apigatewayv2_stage" "api" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true
}
