resource "modal_token_secret" "modal" {
  name = "modal/prod"
}

resource "modal_bridge_function" "process_image" {
  name                = "process-image"
  app_name            = "my-modal-app"
  modal_function_name = "process_image"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.modal.arn

  # An apply fails where the bridge that it made does not reach Modal.
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.modal_invoke_bridge.smoke_test]
    }
  }
}

# By hand: terraform apply -invoke=action.modal_invoke_bridge.smoke_test
action "modal_invoke_bridge" "smoke_test" {
  config {
    bridge_name = modal_bridge_function.process_image.function_name
    payload     = jsonencode({ smoke_test = true })
  }
}
