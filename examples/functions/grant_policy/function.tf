# For policy of an aws_iam_policy or aws_iam_role_policy.
output "grant_policy" {
  value = provider::modal::grant_policy("read_write", ["arn:aws:s3:::my-images"])
}
