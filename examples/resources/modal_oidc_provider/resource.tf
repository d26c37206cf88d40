# The account's OIDC provider for Modal. One that exists is adopted, and a destroy leaves it.
resource "modal_oidc_provider" "modal" {
  tags = { owner = "platform" }
}
