//! A trigger, as a practitioner writes it and as AWS has it.

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use super::kind::{EventRuleModel, HttpApiModel, S3Model, ScheduleModel, SnsModel};
use crate::resources::timeouts::TimeoutsModel;
use crate::tags::Tags;

/// Attributes and blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BridgeTriggerModel {
    pub(super) bridge_name: Value<String>,
    pub(super) region: Value<String>,
    pub(super) id: Value<String>,
    pub(super) source_arn: Value<String>,
    pub(super) statement_id: Value<String>,
    pub(super) api_endpoint: Value<String>,
    pub(super) role_arn: Value<String>,
    pub(super) subscription_arn: Value<String>,
    pub(super) tags: Value<Tags>,
    pub(super) tags_all: Value<Tags>,
    pub(super) s3: Value<S3Model>,
    pub(super) sns: Value<SnsModel>,
    pub(super) schedule: Value<ScheduleModel>,
    pub(super) event_rule: Value<EventRuleModel>,
    pub(super) http_api: Value<HttpApiModel>,
    pub(super) timeouts: Value<TimeoutsModel>,
}

impl Model for BridgeTriggerModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            bridge_name: object.take("bridge_name"),
            region: object.take("region"),
            id: object.take("id"),
            source_arn: object.take("source_arn"),
            statement_id: object.take("statement_id"),
            api_endpoint: object.take("api_endpoint"),
            role_arn: object.take("role_arn"),
            subscription_arn: object.take("subscription_arn"),
            tags: object.take("tags"),
            tags_all: object.take("tags_all"),
            s3: object.take_block("s3"),
            sns: object.take_block("sns"),
            schedule: object.take_block("schedule"),
            event_rule: object.take_block("event_rule"),
            http_api: object.take_block("http_api"),
            timeouts: object.take_block("timeouts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            bridge_name,
            region,
            id,
            source_arn,
            statement_id,
            api_endpoint,
            role_arn,
            subscription_arn,
            tags,
            tags_all,
            s3,
            sns,
            schedule,
            event_rule,
            http_api,
            timeouts,
        } = self;
        object.put("bridge_name", bridge_name);
        object.put("region", region);
        object.put("id", id);
        object.put("source_arn", source_arn);
        object.put("statement_id", statement_id);
        object.put("api_endpoint", api_endpoint);
        object.put("role_arn", role_arn);
        object.put("subscription_arn", subscription_arn);
        object.put("tags", tags);
        object.put("tags_all", tags_all);
        object.put_block("s3", s3);
        object.put_block("sns", sns);
        object.put_block("schedule", schedule);
        object.put_block("event_rule", event_rule);
        object.put_block("http_api", http_api);
        object.put_block("timeouts", timeouts);
    }
}
