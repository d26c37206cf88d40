variable "queue_arn" {
  type = string
}
variable "table_stream_arn" {
  type = string
}

resource "modal_token_secret" "modal" {
  name = "modal/prod"
}

resource "modal_bridge_function" "worker" {
  name                = "worker"
  app_name            = "my-modal-app"
  modal_function_name = "work"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.modal.arn
  batch_mode          = "record" # one call for each message: what failed comes back alone
}

# Every message of a queue. The queue's visibility timeout should be six times the bridge's timeout.
resource "modal_bridge_event_source" "jobs" {
  bridge_name      = modal_bridge_function.worker.name
  event_source_arn = var.queue_arn

  scaling_config {
    maximum_concurrency = 5
  }
}

# The new items of a table, and what was given up after three tries to a queue.
resource "modal_bridge_event_source" "orders" {
  bridge_name                    = modal_bridge_function.worker.name
  event_source_arn               = var.table_stream_arn
  starting_position              = "LATEST"
  maximum_retry_attempts         = 3
  bisect_batch_on_function_error = true

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"] })
    }
  }
  destination_config {
    on_failure {
      destination_arn = var.queue_arn
    }
  }
}
