# terraform query -generate-config-out=secrets.tf
list "modal_token_secret" "all" {
  provider = modal

  config {
    name_prefix = "modal/"
    tags        = { team = "ml" }
  }
}
