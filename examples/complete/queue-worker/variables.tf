variable "queue_arn" {
  description = "ARN of an SQS queue whose visibility timeout is 360 seconds or more."
  type        = string
}

variable "maximum_concurrency" {
  description = "How many batches of messages are worked on at a time."
  type        = number
  default     = 5
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
