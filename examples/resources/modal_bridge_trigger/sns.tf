# Messages published to a topic.

variable "alerts_topic_arn" {
  description = "ARN of a standard topic."
  type        = string
}

# Messages whose attribute "kind" is "picture" call make_thumbnail(event, params).
resource "modal_bridge_trigger" "alerts" {
  bridge_name = modal_bridge_function.thumbnails.name

  sns {
    topic_arn     = var.alerts_topic_arn
    filter_policy = jsonencode({ kind = ["picture"] })
  }
}
