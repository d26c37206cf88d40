variable "modal_token_id" {
  description = "ID of the Modal token: ak-…"
  type        = string
}

variable "modal_token_secret" {
  description = "Secret of the Modal token: as-…"
  type        = string
  ephemeral   = true # in no plan and no state
}

resource "modal_token_secret" "modal" {
  name            = "modal/prod"
  token_id        = var.modal_token_id # another ID: another version of the secret
  token_secret_wo = var.modal_token_secret
  verify          = true # also tells workspace_id
}

# To be filled in by hand. What is filled in is never overwritten.
resource "modal_token_secret" "by_hand" {
  name = "modal/staging"
}
