variable "bucket" {
  description = "Bucket whose new objects call the Modal function."
  type        = string
}

variable "table_arn" {
  description = "ARN of the DynamoDB table that keeps what was made; its key is the text \"id\"."
  type        = string
}

variable "modal_token_id" {
  description = "Id of a Modal token, from `modal token new`: ak-…"
  type        = string
}

variable "modal_token_secret" {
  description = "Secret of that token: as-…"
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "modal_workspace_id" {
  description = "Id of the Modal workspace: ac-…"
  type        = string
}

variable "modal_server_url" {
  description = "Modal's API, where it is not Modal's own."
  type        = string
  default     = null
}

variable "architecture" {
  description = "Lambda's architecture: arm64 or x86_64. By default what the provider prefers."
  type        = string
  default     = null
}
