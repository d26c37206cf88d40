//! The block, as it is written.

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Validator, Value,
};

use super::super::{json, within};
use crate::arn::Arn;
use crate::aws::sns::SubscriptionSettings;

pub(in crate::resources::bridge_trigger) const NAME: &str = "sns";

/// What SNS filters by unless told.
const USUAL_SCOPE: &str = "MessageAttributes";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SnsModel {
    pub(super) topic_arn: Value<String>,
    pub(super) filter_policy: Value<String>,
    pub(super) filter_policy_scope: Value<String>,
    pub(super) redrive_policy: Value<String>,
}

pub(in crate::resources::bridge_trigger) fn block() -> Block {
    Block::single(
        "Messages published to a topic, by a subscription. The topic may be in another region and \
         in another account, whose topic policy must then allow `sns:Subscribe` to this one. SNS has \
         one subscription for each topic and function: one that is there already is not taken over.",
    )
    .attribute(
        "topic_arn",
        Attribute::string(
            "ARN of the topic, a standard one: FIFO topics deliver to queues alone. Another topic \
             means another trigger.",
        )
        .required()
        .requires_replace()
        .validate(Validator::text(check_topic)),
    )
    .attribute(
        "filter_policy",
        json::object(
            "Which messages reach the bridge: a JSON object, as `jsonencode` makes it. All of them \
             unless set.",
        ),
    )
    .attribute(
        "filter_policy_scope",
        Attribute::string(
            "What `filter_policy` looks at: `MessageAttributes`, or `MessageBody`, which must then \
             be JSON. `MessageAttributes` unless set.",
        )
        .validate(Validator::one_of(&[USUAL_SCOPE, "MessageBody"])),
    )
    .attribute(
        "redrive_policy",
        json::object(
            "Where messages go that SNS cannot deliver: \
             `jsonencode({ deadLetterTargetArn = \"<ARN of a queue>\" })`. The queue is in the \
             region and account of the subscription, and its policy must let `sns.amazonaws.com` \
             send. They are lost unless set. What the bridge or Modal fail at is no such message: \
             for those, there is the bridge's own failure destination.",
        ),
    )
}

impl SnsModel {
    /// What the subscription should have.
    pub(super) fn settings(&self) -> SubscriptionSettings {
        let filter_policy = self.filter_policy.known().cloned();
        let scope = self.filter_policy_scope.known().map_or(USUAL_SCOPE, String::as_str);
        SubscriptionSettings {
            filter_policy_scope: filter_policy.is_some().then(|| scope.to_owned()),
            filter_policy,
            redrive_policy: self.redrive_policy.known().cloned(),
        }
    }

    /// As SNS has it. What means the same in this state keeps its spelling.
    pub(super) fn observed(&self, found: SubscriptionSettings) -> Self {
        let usual = found.filter_policy_scope.as_deref() == Some(USUAL_SCOPE);
        Self {
            topic_arn: self.topic_arn.clone(),
            filter_policy: json::spelled(found.filter_policy, &self.filter_policy),
            filter_policy_scope: match &self.filter_policy_scope {
                Value::Null if usual => Value::Null,
                _ => found.filter_policy_scope.into(),
            },
            redrive_policy: json::spelled(found.redrive_policy, &self.redrive_policy),
        }
    }

    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.filter_policy.is_null() && self.filter_policy_scope.known().is_some() {
            found.push(
                Diagnostic::error(
                    "Invalid value for sns.filter_policy_scope",
                    "It says what filter_policy looks at, and there is none.",
                )
                .at(within(NAME, "filter_policy_scope")),
            );
        }
        found
    }
}

impl Model for SnsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            topic_arn: object.take("topic_arn"),
            filter_policy: object.take("filter_policy"),
            filter_policy_scope: object.take("filter_policy_scope"),
            redrive_policy: object.take("redrive_policy"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { topic_arn, filter_policy, filter_policy_scope, redrive_policy } = self;
        object.put("topic_arn", topic_arn);
        object.put("filter_policy", filter_policy);
        object.put("filter_policy_scope", filter_policy_scope);
        object.put("redrive_policy", redrive_policy);
    }
}

/// An ARN of a topic that Lambda functions may be subscribed to.
pub(super) fn check_topic(text: &str) -> Result<(), String> {
    let arn = Arn::parse(text).filter(|arn| {
        let whole = ![arn.region, arn.account].contains(&"");
        arn.service == "sns" && whole && !arn.resource.contains(':')
    });
    match arn {
        None => Err(format!("must be the ARN of an SNS topic, not {text:?}.")),
        Some(arn) if arn.resource.ends_with(".fifo") => Err(
            "must not be a FIFO topic: those deliver to SQS queues alone. Subscribe a queue to it, \
             and let modal_bridge_event_source read the queue."
                .to_owned(),
        ),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

    #[test]
    fn a_topic_is_standard() {
        assert_eq!(check_topic(TOPIC), Ok(()));
        expect_test::expect!["must not be a FIFO topic: those deliver to SQS queues alone. Subscribe a queue to it, and let modal_bridge_event_source read the queue."]
            .assert_eq(&check_topic(&format!("{TOPIC}.fifo")).unwrap_err());
        for other in ["alerts", "arn:aws:sns:us-east-1::alerts", &format!("{TOPIC}:5a2c")] {
            assert!(check_topic(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_sns_has_by_itself_is_no_drift() {
        let policy = r#"{ "store": ["example"] }"#;
        let state = SnsModel {
            topic_arn: TOPIC.into(),
            filter_policy: policy.into(),
            ..SnsModel::default()
        };
        let mut found = SubscriptionSettings {
            filter_policy: Some(r#"{"store":["example"]}"#.to_owned()),
            filter_policy_scope: Some(USUAL_SCOPE.to_owned()),
            redrive_policy: None,
        };
        assert_eq!(state.observed(found.clone()), state);
        found.filter_policy_scope = Some("MessageBody".to_owned());
        assert_eq!(state.observed(found).filter_policy_scope, "MessageBody".into());
    }
}
