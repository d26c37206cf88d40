# A URL for HTTP clients
resource "modal_bridge_function" "render" {
  name                = "render-on-request"
  app_name            = "my-modal-app"
  modal_function_name = "render"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn

  # For requests that an AWS identity signs; "NONE" is for anybody.
  function_url {
    authorization_type = "AWS_IAM"

    cors {
      allow_origins = ["https://example.com"]
      allow_methods = ["POST"]
    }
  }
}

output "render_url" {
  value = modal_bridge_function.render.url
}
