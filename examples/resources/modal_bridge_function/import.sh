# By the Lambda function's name.
terraform import modal_bridge_function.process_image process-image
