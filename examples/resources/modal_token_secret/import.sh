# By ARN or by name.
terraform import modal_token_secret.modal modal/prod
