# A schedule.

# Every night at three, in Berlin's time, with this event.
resource "modal_bridge_trigger" "nightly" {
  bridge_name = modal_bridge_function.thumbnails.name

  schedule {
    name            = "nightly-thumbnails"
    expression      = "cron(0 3 * * ? *)"
    timezone        = "Europe/Berlin"
    flexible_window = 15
    input           = jsonencode({ make = "all" })
  }
}
