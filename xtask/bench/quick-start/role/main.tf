# The other direction: a role that Modal functions assume, with the account's OIDC provider.

resource "modal_oidc_role" "render" {
  name         = "modal-render"
  workspace_id = "ac-bench"

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }

  grant {
    access        = "read"
    resource_arns = ["arn:aws:s3:::uploads"]
  }
}
