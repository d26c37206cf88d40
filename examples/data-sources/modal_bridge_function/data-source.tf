# A bridge of another configuration, or one that the CDK library made.
data "modal_bridge_function" "thumbnail" {
  name = "make-thumbnail"
}

output "thumbnail_arn" {
  value = data.modal_bridge_function.thumbnail.arn
}
