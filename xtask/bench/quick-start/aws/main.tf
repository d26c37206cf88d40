# The same AWS side, written with hashicorp/aws.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  skip_metadata_api_check = true
}

variable "package" {}

variable "architecture" {}

resource "aws_secretsmanager_secret" "modal" {
  name                    = "modal/prod"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "modal" {
  secret_id                = aws_secretsmanager_secret.modal.id
  secret_string_wo         = jsonencode({ MODAL_TOKEN_ID = "ak-bench", MODAL_TOKEN_SECRET = "as-bench" })
  secret_string_wo_version = 1
}

resource "aws_cloudwatch_log_group" "bridge" {
  name              = "/aws/lambda/make-thumbnail"
  retention_in_days = 30
}

resource "aws_iam_role" "bridge" {
  name = "make-thumbnail"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "bridge" {
  name = "modal-bridge"
  role = aws_iam_role.bridge.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.bridge.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = aws_secretsmanager_secret.modal.arn
      },
    ]
  })
}

resource "aws_lambda_function" "bridge" {
  function_name = "make-thumbnail"
  role          = aws_iam_role.bridge.arn
  filename      = var.package
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [var.architecture]
  timeout       = 300
  memory_size   = 128

  environment {
    variables = {
      MODAL_INTEGRATION_PATTERN = "remote"
      MODAL_APP_NAME            = "thumbnails"
      MODAL_ENVIRONMENT_NAME    = "main"
      MODAL_FUNCTION_NAME       = "make_thumbnail"
      MODAL_SECRET_ARN          = aws_secretsmanager_secret.modal.arn
      PARAMETERS                = jsonencode({ width = 128 })
    }
  }

  depends_on = [aws_iam_role_policy.bridge, aws_secretsmanager_secret_version.modal]
}
