data "modal_function" "render" {
  app_name            = "thumbnails"
  modal_function_name = "render"
}

# A plan warns where a bridge could not call it.
check "render_can_be_called" {
  assert {
    condition     = data.modal_function.render.web_url == null && data.modal_function.render.supports_cbor
    error_message = "Redeploy render with modal 1.2 or later, as a plain function."
  }
}
