# The app's name out of a token's "sub", as a log has it.
output "app" {
  value = provider::modal::parse_subject(
    "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:make:container_id:ta-1"
  ).app_name
}
