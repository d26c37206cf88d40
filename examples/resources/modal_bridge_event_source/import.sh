# By the UUID of the event source mapping: `aws lambda list-event-source-mappings` tells it.
terraform import modal_bridge_event_source.jobs 14e0db71-5d35-4eb5-b481-8945cf9d10c2
# In another region than the provider's, UUID@region.
terraform import modal_bridge_event_source.jobs 14e0db71-5d35-4eb5-b481-8945cf9d10c2@eu-west-1
