# Modal's own guide to DynamoDB, all of it: the OIDC provider, the policy with every table and index, and
# the role that the workspace's functions assume. Narrow the subject to one app, then to one function.
resource "modal_oidc_role" "rag" {
  name         = "modal-rag"
  workspace_id = var.modal_workspace_id

  subject {
    environment_name = "*" # every environment; then "main"
    # app_name       = "rag-backend-service"
    # function_name  = "RAGService"
  }

  grant {
    access = "read_write"
    resource_arns = [
      for table in ["chat-table", "trace-table", "chat-metadata-table"] :
      "arn:aws:dynamodb:${var.region}:${var.account_id}:table/${table}"
    ]
  }
}
