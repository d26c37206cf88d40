terraform {
  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}
