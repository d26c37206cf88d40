# POST /predict is a call of a Modal class, which keeps its model loaded between calls. API Gateway waits for
# 30 seconds at most; for more, give the bridge a function_url.

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
  name                    = "http-inference/modal-token"
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

resource "modal_bridge_function" "predict" {
  name                = "http-inference"
  app_name            = "http-inference"
  modal_function_name = "Sentiment.predict"
  mode                = "remote"
  response_format     = "result" # status, headers and body are what the method returns
  timeout             = 29
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params              = jsonencode({ model = "words-1" })

  # A bound on what a flood of requests can cost.
  reserved_concurrent_executions = var.maximum_concurrency
}

resource "modal_bridge_trigger" "api" {
  bridge_name = modal_bridge_function.predict.name

  http_api {
    route_key = "POST /predict"

    throttling {
      burst_limit = 20
      rate_limit  = 10
    }
  }
}
