resource "modal_token_secret" "modal" {
  name = "modal/prod"
}

# Waits for the function and answers with its result.
resource "modal_bridge_function" "process_image" {
  name                = "process-image"
  app_name            = "my-modal-app"
  modal_function_name = "process_image"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn
  params              = jsonencode({ width = 128, format = "webp" })
}

# Starts a method of a class, and answers with the call's ID.
resource "modal_bridge_function" "train" {
  name                = "train-model"
  app_name            = "my-modal-app"
  modal_function_name = "Model.train"
  environment_name    = "dev"
  mode                = "spawn"
  token_secret_arn    = modal_token_secret.modal.arn
}

# Runs as a role that is named as the organisation wants it; for one of your own, set role_arn.
resource "modal_bridge_function" "classify" {
  name_prefix         = "classify-"
  app_name            = "my-modal-app"
  modal_function_name = "classify"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn
  role_name           = "classify-runner"
  role_path           = "/modal/"
}
