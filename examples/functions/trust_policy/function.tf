# For assume_role_policy of an aws_iam_role.
output "trust_policy" {
  value = provider::modal::trust_policy(
    "111122223333",
    provider::modal::oidc_subject("ac-0123456789abcdefghijkl", "main", "images", "make"),
    provider::modal::oidc_subject("ac-0123456789abcdefghijkl", "dev", "images", null),
  )
}
