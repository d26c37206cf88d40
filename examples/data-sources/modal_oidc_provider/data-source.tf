data "modal_oidc_provider" "modal" {}

output "audiences" {
  value = data.modal_oidc_provider.modal.client_id_list
}
