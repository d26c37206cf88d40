variable "modal_workspace_id" {
  description = "Id of the Modal workspace: ac-…"
  type        = string
}

variable "architecture" {
  description = "Lambda's architecture. The library's functions have x86_64; arm64 costs less."
  type        = string
  default     = "x86_64"
}

variable "modal_server_url" {
  description = "Modal's API, where it is not Modal's own."
  type        = string
  default     = null
}
