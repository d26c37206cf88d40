terraform {
  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}

# Region and credentials come from where the AWS CLI finds them, unless they are set here.
provider "modal" {
  region = "us-east-1"

  default_tags {
    tags = {
      team = "images"
    }
  }
}
