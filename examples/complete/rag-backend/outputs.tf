output "url" {
  description = "Where to POST {\"chat\": \"…\", \"question\": \"…\"}."
  value       = "${modal_bridge_trigger.api.api_endpoint}/chat"
}
