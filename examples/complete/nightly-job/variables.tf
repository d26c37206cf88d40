variable "failures_queue_arn" {
  description = "ARN of the SQS queue that is told of jobs which could not be started."
  type        = string
}

variable "expression" {
  description = "When: minutes, hours, day of month, month, day of week, year."
  type        = string
  default     = "cron(0 3 * * ? *)"
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
