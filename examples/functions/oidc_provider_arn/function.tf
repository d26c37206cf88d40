output "here" {
  value = provider::modal::oidc_provider_arn("111122223333")
}

output "in_govcloud" {
  value = provider::modal::oidc_provider_arn("111122223333", "aws-us-gov")
}
