output "log_group" {
  description = "Where the bridge writes a line for each message."
  value       = modal_bridge_function.worker.log_group_name
}
