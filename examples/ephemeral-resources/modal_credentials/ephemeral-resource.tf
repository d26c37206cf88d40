# MODAL_TOKEN_ID and MODAL_TOKEN_SECRET, or the active profile of ~/.modal.toml.
ephemeral "modal_credentials" "this" {}

# From there to Secrets Manager, into no state and no plan.
resource "modal_token_secret" "modal" {
  name                    = "modal/prod"
  token_id_wo             = ephemeral.modal_credentials.this.token_id
  token_secret_wo         = ephemeral.modal_credentials.this.token_secret
  token_secret_wo_version = "1" # another one writes the token again
}
