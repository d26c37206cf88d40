//! The schema, whose descriptions make the documentation page.

use tf_framework::{Attribute, Schema, Type};

use super::{TIMEOUTS, kind, place};
use crate::resources::region;
use crate::tags;

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "Calls a bridge when something happens in AWS: the wiring and the permission to invoke, in \
         one. Exactly one block says what happens. For sources that Lambda reads itself, queues and \
         streams, there is `modal_bridge_event_source`.",
    )
    .attribute("bridge_name", place::attribute())
    .attribute("region", region::attribute())
    .attribute(
        "id",
        Attribute::string("`<bridge>/<kind>/<key>`, as it is imported.")
            .computed()
            .use_state_for_unknown(),
    )
    .attribute(
        "source_arn",
        Attribute::string(
            "ARN of what invokes the bridge: bucket, topic, schedule or rule. Null while a \
             subscription, a schedule, or a rule's target is not there, or calls something else: the \
             next apply makes it again.",
        )
        .computed()
        .use_state_for_unknown(),
    )
    .attribute(
        "statement_id",
        Attribute::string(
            "Name of the statement in the function's policy that allows it. Null while it is not \
             there, or says something else: the next apply writes it again. A `schedule` needs \
             none.",
        )
        .computed()
        .use_state_for_unknown(),
    )
    .attribute(
        "role_arn",
        Attribute::string(
            "With `schedule`, ARN of the role that Scheduler invokes the bridge by. Null while it is \
             not there, or is not as it should be: the next apply writes it again.",
        )
        .computed()
        .use_state_for_unknown(),
    )
    .attribute(
        "subscription_arn",
        Attribute::string("With `sns`, ARN of the subscription.")
            .computed()
            .use_state_for_unknown(),
    )
    .attribute(
        "api_endpoint",
        Attribute::string("URL of the API, with `http_api`; null with other blocks.")
            .computed()
            .use_state_for_unknown(),
    )
    .attribute(
        "tags",
        Attribute::new(
            Type::map(Type::String),
            "Tags of the API, by key, with `http_api`. What other triggers make has none.",
        )
        .validate(tags::validator()),
    )
    .attribute(
        "tags_all",
        Attribute::new(
            Type::map(Type::String),
            "The tags with the provider's `default_tags`; null with other blocks than `http_api`.",
        )
        .computed(),
    );
    kind::blocks()
        .fold(schema, |schema, (name, block)| schema.block(name, block))
        .block("timeouts", TIMEOUTS.block())
}
