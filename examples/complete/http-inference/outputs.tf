output "url" {
  description = "Where to POST {\"text\": \"…\"}."
  value       = "${modal_bridge_trigger.api.api_endpoint}/predict"
}
