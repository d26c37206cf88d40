variable "table_arn" {
  description = "ARN of a DynamoDB table whose partition key is the text \"chat\", and whose sort key is the number \"at\"."
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
