output "role_arn" {
  description = "What the Modal functions assume."
  value       = modal_oidc_role.rag.arn
}

output "modal_secret_env" {
  description = "Variables for a Modal Secret, so that AWS's SDKs find the role by themselves."
  value       = modal_oidc_role.rag.modal_secret_env
}
