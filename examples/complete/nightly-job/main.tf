# Every night a schedule starts a Modal function. Lambda does not wait for it: what the bridge cannot
# even start, after Lambda's two more tries, goes to a queue.

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
  name                    = "nightly-job/modal-token"
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

resource "modal_bridge_function" "report" {
  name                = "nightly-report"
  app_name            = "nightly-job"
  modal_function_name = "report"
  mode                = "spawn" # answers with the call's id; the job runs for as long as it needs
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params              = jsonencode({ recipients = ["team@example.com"] })

  event_invoke_config {
    destination_config {
      on_failure {
        destination = var.failures_queue_arn
      }
    }
  }
}

resource "modal_bridge_trigger" "nightly" {
  bridge_name = modal_bridge_function.report.name

  schedule {
    name       = "nightly-report"
    expression = var.expression
    timezone   = "Europe/Berlin"
    input      = jsonencode({ report = "daily" })
  }
}
