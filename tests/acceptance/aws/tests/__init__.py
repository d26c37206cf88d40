"""Each refusal and operation of the overlay, seen through boto3."""
