output "api_url" {
  description = "Where to POST."
  value       = "${aws_apigatewayv2_api.api.api_endpoint}/work"
}
