variable "bucket" {
  description = "Bucket whose new objects call the function."
  type        = string
}

variable "topic_arn" {
  description = "ARN of an SNS topic."
  type        = string
}

variable "queue_arn" {
  description = "ARN of an SQS queue whose visibility timeout is 180 seconds or more."
  type        = string
}

variable "stream_arn" {
  description = "ARN of a Kinesis stream."
  type        = string
}

variable "table_stream_arn" {
  description = "ARN of the stream of a DynamoDB table."
  type        = string
}

variable "app_name" {
  description = "Modal app."
  type        = string
}

variable "modal_function_name" {
  description = "Function of that app: called as f(event, params) with every event."
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
