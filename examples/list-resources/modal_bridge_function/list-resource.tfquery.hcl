# Every bridge of the region, those of the CDK library too:
# terraform query -generate-config-out=bridges.tf
list "modal_bridge_function" "all" {
  provider = modal
}
