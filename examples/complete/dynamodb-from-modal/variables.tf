variable "modal_workspace_id" {
  description = "Id of the Modal workspace, from `modal token info`: ac-…"
  type        = string
}

variable "account_id" {
  description = "The AWS account, 12 digits."
  type        = string
}

variable "region" {
  description = "Region of the tables."
  type        = string
  default     = "us-east-2"
}
