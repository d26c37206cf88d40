# Events on an event bus.

# Orders that are shipped, as {"order": "<id>"}.
resource "modal_bridge_trigger" "shipped" {
  bridge_name = modal_bridge_function.thumbnails.name

  event_rule {
    event_bus_name = "orders"
    name           = "shipped-orders"
    event_pattern  = jsonencode({ source = ["shop"], detail = { state = ["shipped"] } })

    input_transformer {
      input_paths    = { id = "$.detail.id" }
      input_template = "{\"order\": <id>}" # jsonencode would escape the angle brackets
    }
  }
}
