# s3: the bridge, the bucket, and the id of the entry in the bucket's notifications.
terraform import modal_bridge_trigger.uploads make-thumbnail/s3/my-uploads/modal-trigger-2f9c1e7ab0d34d0c9b1c6a5e8f7d4a3b

# http_api: the bridge, and the id of the API.
terraform import modal_bridge_trigger.search search/http_api/a1b2c3d4

# sns: the bridge, and the ARN of the topic.
terraform import modal_bridge_trigger.alerts make-thumbnail/sns/arn:aws:sns:us-east-1:111122223333:alerts

# schedule: the bridge, the group and the name of the schedule.
terraform import modal_bridge_trigger.nightly make-thumbnail/schedule/default/nightly-thumbnails

# event_rule: the bridge, the event bus and the name of the rule.
terraform import modal_bridge_trigger.shipped make-thumbnail/event_rule/orders/shipped-orders
