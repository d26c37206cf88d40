//! The blocks of an event source: filters, destination, scaling.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tf_framework::{Attribute, Block, Model, ObjectReader, ObjectWriter, Schema, Validator, Value};

use crate::arn::Arn;

/// The block `filter_criteria`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FilterCriteriaModel {
    pub(super) filters: Value<Vec<FilterModel>>,
}

/// The block `filter` in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FilterModel {
    pub(super) pattern: Value<String>,
}

/// The block `destination_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DestinationConfigModel {
    pub(super) on_failure: Value<OnFailureModel>,
}

/// The block `on_failure` in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OnFailureModel {
    pub(super) destination_arn: Value<String>,
}

/// The block `scaling_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ScalingConfigModel {
    pub(super) maximum_concurrency: Value<i64>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    let filter = Block::set(
        "One filter. A record that matches any of them is passed on; of a queue, what matches none \
         is deleted.",
    )
    .max_items(10)
    .attribute(
        "pattern",
        Attribute::string(
            "What a record must be like: a JSON object as `jsonencode` makes it, such as \
             `jsonencode({ body = { kind = [\"image\"] } })`. At most 4096 characters.",
        )
        .required()
        .validate(Validator::text(check_pattern)),
    );
    let on_failure = Block::single("Where Lambda sends word of the records that it gave up.")
        .attribute(
            "destination_arn",
            Attribute::string(
                "ARN of an SQS queue, an SNS topic or an S3 bucket. The bridge's role is allowed \
                 to send there.",
            )
            .required()
            .validate(Validator::text(check_destination)),
        );
    schema
        .block(
            "filter_criteria",
            Block::single("Which records are passed on. All, without this block.")
                .block("filter", filter),
        )
        .block(
            "destination_config",
            Block::single(
                "What becomes of records that were tried for too long or too often. For streams; a \
                 queue has its own dead-letter queue (`redrive_policy`).",
            )
            .block("on_failure", on_failure),
        )
        .block(
            "scaling_config",
            Block::single("How many invocations the source may cause at a time. For queues.")
                .attribute(
                    "maximum_concurrency",
                    Attribute::number(
                        "At most so many at a time, 2 to 1000: what Modal shall run at once, or \
                         what leaves other functions of the account their share.",
                    )
                    .required()
                    .validate(Validator::between(2..=1000)),
                ),
        )
}

impl FilterCriteriaModel {
    /// The patterns; `None` while one is not known.
    fn patterns(&self) -> Option<BTreeSet<String>> {
        match &self.filters {
            Value::Unknown => None,
            Value::Null => Some(BTreeSet::new()),
            Value::Known(filters) => {
                filters.iter().map(|filter| filter.pattern.known().cloned()).collect()
            }
        }
    }
}

/// The patterns of a block that may not be there.
pub(super) fn patterns(block: &Value<FilterCriteriaModel>) -> BTreeSet<String> {
    block.known().and_then(FilterCriteriaModel::patterns).unwrap_or_default()
}

/// The block that has these patterns. One that means the same stays as it is.
pub(super) fn observed_filters(
    found: BTreeSet<String>,
    before: &Value<FilterCriteriaModel>,
) -> Value<FilterCriteriaModel> {
    if patterns(before) == found {
        return before.clone();
    }
    if found.is_empty() {
        return Value::Null;
    }
    let filter = |pattern| FilterModel { pattern: Value::Known(pattern) };
    let filters = Value::Known(found.into_iter().map(filter).collect());
    Value::Known(FilterCriteriaModel { filters })
}

/// ARN of the destination; unknown while it is not known whether there is one, and which.
pub(super) fn destination(block: &Value<DestinationConfigModel>) -> Value<String> {
    let on_failure = match block {
        Value::Known(block) => &block.on_failure,
        Value::Null => return Value::Null,
        Value::Unknown => return Value::Unknown,
    };
    match on_failure {
        Value::Known(on_failure) => on_failure.destination_arn.clone(),
        Value::Null => Value::Null,
        Value::Unknown => Value::Unknown,
    }
}

/// Likewise.
pub(super) fn observed_destination(
    found: Option<String>,
    before: &Value<DestinationConfigModel>,
) -> Value<DestinationConfigModel> {
    if destination(before).known() == found.as_ref() {
        return before.clone();
    }
    let on_failure = |arn| OnFailureModel { destination_arn: Value::Known(arn) };
    let block = |arn| DestinationConfigModel { on_failure: Value::Known(on_failure(arn)) };
    found.map(block).into()
}

fn check_pattern(pattern: &str) -> Result<(), String> {
    match serde_json::from_str::<Json>(pattern) {
        Ok(Json::Object(_)) if pattern.chars().count() <= 4096 => Ok(()),
        Ok(Json::Object(_)) => {
            let count = pattern.chars().count();
            Err(format!("must have 4096 characters at most, not {count}."))
        }
        Ok(_) => {
            Err("must be a JSON object, such as jsonencode({ body = { kind = [\"image\"] } })."
                .to_owned())
        }
        Err(error) => Err(format!("is not JSON: {error}.")),
    }
}

fn check_destination(arn: &str) -> Result<(), String> {
    let known = |arn: Arn<'_>| ["sqs", "sns", "s3"].contains(&arn.service);
    if Arn::parse(arn).is_some_and(known) {
        Ok(())
    } else {
        Err(format!("must be the ARN of an SQS queue, an SNS topic or an S3 bucket, not {arn:?}."))
    }
}

impl Model for FilterCriteriaModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { filters: object.take_blocks("filter") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put_block_set("filter", self.filters);
    }
}

impl Model for FilterModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { pattern: object.take("pattern") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("pattern", self.pattern);
    }
}

impl Model for DestinationConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { on_failure: object.take_block("on_failure") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put_block("on_failure", self.on_failure);
    }
}

impl Model for OnFailureModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { destination_arn: object.take("destination_arn") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("destination_arn", self.destination_arn);
    }
}

impl Model for ScalingConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { maximum_concurrency: object.take("maximum_concurrency") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("maximum_concurrency", self.maximum_concurrency);
    }
}
