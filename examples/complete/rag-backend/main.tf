# POST /chat is a call of a Modal class that answers from documents, and remembers what was asked in a DynamoDB
# table: by OIDC, so that Modal holds no AWS key.

terraform {
  required_version = ">= 1.11" # write-only attributes

  required_providers {
    modal = {
      source = "modal-bridge/modal"
    }
  }
}

provider "modal" {
  modal_server_url = var.modal_server_url
}

# Its workspace is the one whose functions may assume the role.
resource "modal_token_secret" "modal" {
  name                    = "rag-backend/modal-token"
  token_id                = var.modal_token_id
  token_secret_wo         = var.modal_token_secret
  verify                  = true
  recovery_window_in_days = 0 # deleted at once; leave this line out in production
}

resource "modal_oidc_role" "rag" {
  name         = "rag-backend"
  workspace_id = modal_token_secret.modal.workspace_id

  subject {
    environment_name = "main"
    app_name         = "rag-backend"
    function_name    = "RAGService" # the class, with all its methods
  }

  grant {
    access        = "read_write"
    resource_arns = [var.table_arn]
  }
}

resource "modal_bridge_function" "chat" {
  name                = "rag-backend"
  app_name            = "rag-backend"
  modal_function_name = "RAGService.chat"
  mode                = "remote"
  response_format     = "result" # status, headers and body are what the method returns
  timeout             = 29
  token_secret_arn    = modal_token_secret.modal.arn
  architecture        = var.architecture
  params = jsonencode({
    role_arn = modal_oidc_role.rag.arn
    region   = split(":", var.table_arn)[3]
    table    = split("/", var.table_arn)[1]
  })
}

resource "modal_bridge_trigger" "api" {
  bridge_name = modal_bridge_function.chat.name

  http_api {
    route_key = "POST /chat"
  }
}
