# For a Modal app that is deployed before the role exists.
output "role_arn" {
  value = provider::modal::role_arn("111122223333", "image-processor")
}
