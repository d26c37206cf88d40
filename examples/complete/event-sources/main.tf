# Everything that can call a bridge, one block each: a bucket, a topic, a queue, two streams, a
# schedule, events and an HTTP API. Each block brings the rights and permissions that it needs, in the
# right order. examples/complete/event-sources-composed is the same with the AWS provider's resources.

terraform {
  required_version = ">= 1.11" # write-only attributes

  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}

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
  batch_mode          = "record" # one call for each record: what failed comes back alone
}

resource "modal_bridge_trigger" "uploads" {
  bridge_name = modal_bridge_function.worker.name

  s3 {
    bucket = var.bucket
    events = ["s3:ObjectCreated:*"]
    prefix = "uploads/"
    suffix = ".png"
  }
}

resource "modal_bridge_trigger" "alerts" {
  bridge_name = modal_bridge_function.worker.name

  sns {
    topic_arn = var.topic_arn
  }
}

resource "modal_bridge_event_source" "jobs" {
  bridge_name      = modal_bridge_function.worker.name
  event_source_arn = var.queue_arn
}

resource "modal_bridge_event_source" "clicks" {
  bridge_name       = modal_bridge_function.worker.name
  event_source_arn  = var.stream_arn
  starting_position = "LATEST"
}

resource "modal_bridge_event_source" "orders" {
  bridge_name       = modal_bridge_function.worker.name
  event_source_arn  = var.table_stream_arn
  starting_position = "LATEST"
}

resource "modal_bridge_trigger" "hourly" {
  bridge_name = modal_bridge_function.worker.name

  schedule {
    expression = "rate(1 hour)"
    timezone   = "Europe/Berlin"
    input      = jsonencode({ run = "hourly" })
  }
}

resource "modal_bridge_trigger" "shop" {
  bridge_name = modal_bridge_function.worker.name

  event_rule {
    event_pattern = jsonencode({ source = ["shop"] })
  }
}

# It waits for 30 seconds at most.
resource "modal_bridge_trigger" "api" {
  bridge_name = modal_bridge_function.worker.name

  http_api {
    route_key = "POST /work"
  }
}
