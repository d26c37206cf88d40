# An account has one: its issuer is enough. Its ARN will do as well.
terraform import modal_oidc_provider.modal oidc.modal.com
