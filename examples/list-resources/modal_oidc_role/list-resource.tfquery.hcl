# Every role of the account that trusts Modal: terraform query
list "modal_oidc_role" "all" {
  provider = modal
}
