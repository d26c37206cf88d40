# The bridge's code in a Lambda function that is made by other means.
data "modal_bridge_code" "this" {
  architecture = "x86_64"
}

resource "aws_lambda_function" "bridge" {
  function_name    = "bridge"
  role             = "arn:aws:iam::111122223333:role/bridge"
  filename         = data.modal_bridge_code.this.path
  source_code_hash = data.modal_bridge_code.this.sha256
  runtime          = data.modal_bridge_code.this.runtime
  handler          = "bootstrap"
  architectures    = [data.modal_bridge_code.this.architecture]

  environment {
    variables = {
      MODAL_INTEGRATION_PATTERN = "spawn"
      MODAL_APP_NAME            = "thumbnails"
      MODAL_ENVIRONMENT_NAME    = "main"
      MODAL_FUNCTION_NAME       = "make_thumbnail"
      MODAL_SECRET_ARN          = "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"
    }
  }
}
