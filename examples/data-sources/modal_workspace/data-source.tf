# The workspace of the provider's Modal token: MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or ~/.modal.toml.
data "modal_workspace" "this" {}

resource "modal_oidc_role" "thumbnails" {
  name         = "thumbnails"
  workspace_id = data.modal_workspace.this.workspace_id

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
