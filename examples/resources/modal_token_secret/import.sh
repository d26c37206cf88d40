# By ARN, by name, or by name@region.
terraform import modal_token_secret.modal modal/prod
