# By the role's name.
terraform import modal_oidc_role.images image-processor
