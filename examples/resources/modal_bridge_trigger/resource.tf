resource "modal_token_secret" "modal" {
  name = "modal/prod"
}

resource "modal_bridge_function" "thumbnails" {
  name                = "make-thumbnail"
  app_name            = "images"
  modal_function_name = "make_thumbnail"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.modal.arn
}

# Every picture that is put under uploads/ calls make_thumbnail(event, params).
resource "modal_bridge_trigger" "uploads" {
  bridge_name = modal_bridge_function.thumbnails.name

  s3 {
    bucket = "my-uploads"
    events = ["s3:ObjectCreated:*"]
    prefix = "uploads/"
    suffix = ".png"
  }
}

resource "modal_bridge_function" "search" {
  name                = "search"
  app_name            = "images"
  modal_function_name = "search"
  mode                = "remote"
  response_format     = "result" # status, headers and body are what the function returns
  token_secret_arn    = modal_token_secret.modal.arn
}

# A request to <api_endpoint>/search calls it and waits for its answer, 30 seconds at most.
resource "modal_bridge_trigger" "search" {
  bridge_name = modal_bridge_function.search.name

  http_api {
    route_key = "GET /search"

    cors {
      allow_origins = ["https://example.com"]
      allow_methods = ["GET"]
    }

    throttling {
      burst_limit = 20
      rate_limit  = 10
    }
  }
}

output "search_url" {
  value = "${modal_bridge_trigger.search.api_endpoint}/search"
}
