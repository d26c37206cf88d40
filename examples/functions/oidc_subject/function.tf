# "modal:workspace_id:ac-0123456789abcdefghijkl:environment_name:main:app_name:images:function_name:make:*"
output "one_function" {
  value = provider::modal::oidc_subject("ac-0123456789abcdefghijkl", "main", "images", "make")
}

# Every function of the app.
output "one_app" {
  value = provider::modal::oidc_subject("ac-0123456789abcdefghijkl", "main", "images", null)
}
