output "api_url" {
  description = "Where to POST."
  value       = "${modal_bridge_trigger.api.api_endpoint}/work"
}
