//! The block, as it is written.

use std::collections::BTreeMap;

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Type, Validator, Value,
};

use super::super::undelivered::{self, RetryPolicyModel};
use super::super::{json, names, within};
use crate::arn::Arn;
use crate::aws::eventbridge::{InputTransformer, RuleSettings, RuleTarget};

pub(in crate::resources::bridge_trigger) const NAME: &str = "event_rule";

/// The bus that AWS's own services send to.
const DEFAULT_BUS: &str = "default";

/// The rule's one target: the rule is of this trigger alone.
pub(super) const TARGET_ID: &str = "modal-bridge";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct EventRuleModel {
    pub(super) event_bus_name: Value<String>,
    pub(super) name: Value<String>,
    pub(super) event_pattern: Value<String>,
    pub(super) state: Value<String>,
    pub(super) dead_letter_arn: Value<String>,
    pub(super) input_transformer: Value<InputTransformerModel>,
    pub(super) retry_policy: Value<RetryPolicyModel>,
}

/// Attributes of `input_transformer`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InputTransformerModel {
    pub(super) input_paths: Value<BTreeMap<String, String>>,
    pub(super) input_template: Value<String>,
}

pub(in crate::resources::bridge_trigger) fn block() -> Block {
    Block::single(
        "Events on an event bus that match a pattern, by a rule of this trigger's own whose target \
         is the bridge. The bus is in the region of the bridge, and in its account.",
    )
    .attribute(
        "event_bus_name",
        Attribute::string(
            "Name or ARN of the event bus. `default` unless set, where AWS's own services tell what \
             happens. Another bus means another trigger.",
        )
        .default(DEFAULT_BUS)
        .requires_replace()
        .validate(Validator::text(check_bus)),
    )
    .attribute(
        "name",
        Attribute::string(
            "Name of the rule. `<bridge>-<hash of the pattern>` unless set, made once and then kept. \
             Another name means another trigger.",
        )
        .optional_computed()
        .use_state_for_unknown()
        .requires_replace()
        .validate(Validator::text(names::check)),
    )
    .attribute(
        "event_pattern",
        json::object("Which events call the bridge: a JSON object, as `jsonencode` makes it.")
            .required(),
    )
    .attribute(
        "state",
        Attribute::string(
            "`ENABLED`, `DISABLED`, or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`, which also \
             takes what CloudTrail tells of read-only calls. `ENABLED` unless set.",
        )
        .default("ENABLED")
        .validate(Validator::one_of(&[
            "ENABLED",
            "DISABLED",
            "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ])),
    )
    .attribute(
        "dead_letter_arn",
        Attribute::string(
            "ARN of the SQS queue for events that EventBridge cannot deliver. The queue's policy \
             must let `events.amazonaws.com` send to it (`sqs:SendMessage`) where `aws:SourceArn` \
             is `source_arn`: EventBridge takes any queue, and loses the events where it may not \
             send. They are lost unless set. What the bridge or Modal fail at is no such event: for \
             those, there is the bridge's own failure destination.",
        )
        .validate(undelivered::queue()),
    )
    .block(
        "input_transformer",
        Block::single("Rewrites events. The bridge gets them as they are unless set.")
            .attribute(
                "input_paths",
                Attribute::new(
                    Type::map(Type::String),
                    "Parts of the event, each a JSON path such as `$.detail.id`, by the names that \
                     the template has for them.",
                )
                .validate(Validator::each(Validator::text(check_path))),
            )
            .attribute(
                "input_template",
                Attribute::string(
                    "What the bridge gets, with names in angle brackets in the place of parts: \
                     `{\"order\": <id>}`. Not made by `jsonencode`, which writes angle brackets as \
                     `\\u003c` and `\\u003e`.",
                )
                .required()
                .validate(Validator::length(1..=8192)),
            ),
    )
    .block(
        "retry_policy",
        undelivered::retry_policy(
            "How long EventBridge goes on trying to hand an event to Lambda. Lambda's own retries \
             are the bridge's.",
        ),
    )
}

impl EventRuleModel {
    /// Name of the bus, however it is given.
    pub(super) fn bus(&self) -> Option<&str> {
        let text = self.event_bus_name.known()?;
        let arn = Arn::parse(text).and_then(|arn| arn.resource.strip_prefix("event-bus/"));
        Some(arn.unwrap_or(text))
    }

    /// The rule as it should be.
    pub(super) fn settings(&self) -> Result<RuleSettings, Diagnostic> {
        Ok(RuleSettings {
            event_pattern: self.event_pattern.require("event_pattern")?.clone(),
            state: self.state.require("state")?.clone(),
        })
    }

    /// Its target as it should be.
    pub(super) fn target(&self, function_arn: String) -> RuleTarget {
        RuleTarget {
            id: TARGET_ID.to_owned(),
            function_arn,
            input_transformer: self.input_transformer.known().map(|block| InputTransformer {
                input_paths: block.input_paths.known().cloned().unwrap_or_default(),
                input_template: block.input_template.known().cloned().unwrap_or_default(),
            }),
            retry_policy: self.retry_policy.known().map(RetryPolicyModel::desired),
            dead_letter_arn: self.dead_letter_arn.known().cloned(),
        }
    }

    /// As EventBridge has it: the rule, and its target where it has it. What means the same in this
    /// state keeps its spelling.
    pub(super) fn observed(
        &self,
        name: &str,
        rule: Option<RuleSettings>,
        target: Option<RuleTarget>,
    ) -> Self {
        let mut block = Self { name: name.into(), ..self.clone() };
        if let Some(rule) = rule {
            block.event_pattern = json::spelled(Some(rule.event_pattern), &self.event_pattern);
            block.state = Value::Known(rule.state);
        }
        if let Some(target) = target {
            block.dead_letter_arn = target.dead_letter_arn.into();
            block.input_transformer = match target.input_transformer {
                Some(found) => {
                    Value::Known(InputTransformerModel::of(found, self.input_transformer.known()))
                }
                None => Value::Null,
            };
            block.retry_policy =
                undelivered::observed_retries(target.retry_policy, &self.retry_policy);
        }
        block
    }

    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let Some(transformer) = self.input_transformer.known() else { return Vec::new() };
        let at = |attribute: &str| within(NAME, "input_transformer").attribute(attribute);
        let mut found = Vec::new();
        let mut names = transformer.input_paths.known().into_iter().flat_map(BTreeMap::keys);
        if let Some(name) = names.find(|name| name.to_ascii_uppercase().starts_with("AWS.")) {
            found.push(
                Diagnostic::error(
                    "Invalid value for event_rule.input_transformer.input_paths",
                    format!("{name:?} begins with \"AWS.\", which EventBridge keeps for itself."),
                )
                .at(at("input_paths")),
            );
        }
        if transformer.input_template.known().is_some_and(|text| text.contains("\\u003c")) {
            found.push(
                Diagnostic::warning(
                    "Names in input_template are not replaced",
                    "The template has \\u003c where an angle bracket should be, as jsonencode() \
                     writes it, and EventBridge does not read that. Write the template as text: \
                     \"{\\\"order\\\": <id>}\".",
                )
                .at(at("input_template")),
            );
        }
        found
    }
}

impl InputTransformerModel {
    fn of(found: InputTransformer, state: Option<&Self>) -> Self {
        let none = state.is_some_and(|state| state.input_paths.is_null());
        Self {
            input_paths: match found.input_paths {
                paths if paths.is_empty() && none => Value::Null,
                paths => Value::Known(paths),
            },
            input_template: Value::Known(found.input_template),
        }
    }
}

impl Model for EventRuleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            event_bus_name: object.take("event_bus_name"),
            name: object.take("name"),
            event_pattern: object.take("event_pattern"),
            state: object.take("state"),
            dead_letter_arn: object.take("dead_letter_arn"),
            input_transformer: object.take_block("input_transformer"),
            retry_policy: object.take_block("retry_policy"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            event_bus_name,
            name,
            event_pattern,
            state,
            dead_letter_arn,
            input_transformer,
            retry_policy,
        } = self;
        object.put("event_bus_name", event_bus_name);
        object.put("name", name);
        object.put("event_pattern", event_pattern);
        object.put("state", state);
        object.put("dead_letter_arn", dead_letter_arn);
        object.put_block("input_transformer", input_transformer);
        object.put_block("retry_policy", retry_policy);
    }
}

impl Model for InputTransformerModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            input_paths: object.take("input_paths"),
            input_template: object.take("input_template"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { input_paths, input_template } = self;
        object.put("input_paths", input_paths);
        object.put("input_template", input_template);
    }
}

/// A name, which may be that of a partner's bus and so have slashes, or an ARN.
pub(super) fn check_bus(text: &str) -> Result<(), String> {
    let is_name = |name: &str| {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "/.-_".contains(letter);
        (1..=256).contains(&name.len()) && name.chars().all(known)
    };
    let fits = match Arn::parse(text) {
        Some(arn) => {
            arn.service == "events" && arn.resource.strip_prefix("event-bus/").is_some_and(is_name)
        }
        None => is_name(text),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("must be the name or the ARN of an event bus, not {text:?}."))
    }
}

fn check_path(text: &str) -> Result<(), String> {
    if text == "$" || text.starts_with("$.") || text.starts_with("$[") {
        Ok(())
    } else {
        Err(format!("must be JSON paths such as \"$.detail.id\", not {text:?}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_named_or_given_by_its_arn() {
        let bus = |text: &str| {
            check_bus(text).unwrap();
            let block = EventRuleModel { event_bus_name: text.into(), ..Default::default() };
            block.bus().map(str::to_owned)
        };
        assert_eq!(bus("orders").as_deref(), Some("orders"));
        let arn = "arn:aws:events:us-east-1:111122223333:event-bus/aws.partner/shop.example/1";
        assert_eq!(bus(arn).as_deref(), Some("aws.partner/shop.example/1"));
        for other in ["", "a bus", "arn:aws:events:us-east-1:111122223333:rule/orders"] {
            assert!(check_bus(other).is_err(), "{other}");
        }
    }
}
