# s3: the bridge, the bucket, and the id of the entry in the bucket's notifications.
terraform import modal_bridge_trigger.uploads make-thumbnail/s3/my-uploads/modal-trigger-2f9c1e7ab0d34d0c9b1c6a5e8f7d4a3b

# http_api: the bridge, and the id of the API.
terraform import modal_bridge_trigger.search search/http_api/a1b2c3d4
