resource "modal_oidc_role" "images" {
  name         = "image-processor"
  workspace_id = "ac-0123456789abcdefghijkl" # modal token info prints it

  # One function of one app. Without function_name: every function of the app.
  subject {
    environment_name = "main"
    app_name         = "my-modal-app"
    function_name    = "process_image"
  }

  grant {
    access        = "read_write"
    resource_arns = ["arn:aws:s3:::my-images"]
  }

  # A table, with its indexes.
  grant {
    access        = "read"
    resource_arns = ["arn:aws:dynamodb:us-east-1:111122223333:table/images"]
  }
}
