output "thumbnail_function_arn" {
  description = "The function that S3 calls."
  value       = modal_bridge_function.thumbnail.arn
}

output "index_function_arn" {
  description = "The function that only starts its Modal function."
  value       = modal_bridge_function.index.arn
}

output "role_arn" {
  description = "What the Modal functions assume."
  value       = modal_oidc_role.thumbnails.arn
}
