# Messages of an SQS queue are calls of a Modal function. What fails comes back alone, and goes to the
# queue's dead-letter queue after as many tries as its redrive policy allows.

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
  name                    = "queue-worker/modal-token"
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

resource "modal_bridge_function" "worker" {
  name                = "queue-worker"
  app_name            = "queue-worker"
  modal_function_name = "work"
  mode                = "remote" # a message is done when the function is
  batch_mode          = "record" # a call for each message
  timeout             = 60
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params              = jsonencode({ language = "en" })
}

resource "modal_bridge_event_source" "jobs" {
  bridge_name      = modal_bridge_function.worker.name
  event_source_arn = var.queue_arn

  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }
}
