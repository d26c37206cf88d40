# The quick start's AWS side: the token's secret, and the bridge with its role and its log group.

resource "modal_token_secret" "modal" {
  name                    = "modal/prod"
  token_id                = "ak-bench"
  token_secret_wo         = "as-bench"
  recovery_window_in_days = 0
}

resource "modal_bridge_function" "thumbnail" {
  name                = "make-thumbnail"
  app_name            = "thumbnails"
  modal_function_name = "make_thumbnail"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params              = jsonencode({ width = 128 })
}

variable "architecture" {}
