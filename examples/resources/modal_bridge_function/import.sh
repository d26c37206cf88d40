# By the Lambda function's name, or by name@region.
terraform import modal_bridge_function.process_image process-image
# What an apply that was killed left of a bridge with a role_name, and no function: by name/role_name.
terraform import modal_bridge_function.process_image process-image/process-image-runner
